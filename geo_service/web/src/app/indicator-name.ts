/** The name of an indicator, found in the référentiel. */

import type { Referentiel } from "../api/types.ts";
import type { Indicator } from "./route.ts";

export interface NamedIndicator {
  name: string;
  /** What kind of group it is, in words. */
  kind: string;
  description: string;
  documented: boolean;
}

/** `null` when the référentiel has no such thème, enjeu or service. */
export function nameIndicator(indicator: Indicator, referentiel: Referentiel): NamedIndicator | null {
  if (indicator.kind === "ensemble") {
    return {
      name: "Couverture générale",
      kind: "tous les services documentés",
      description: "",
      documented: true,
    };
  }
  for (const theme of referentiel.themes) {
    const enjeux = theme.enjeux;
    if (indicator.kind === "theme" && theme.code === indicator.code) {
      const documented = enjeux.some((e) => e.services.some((s) => s.documente));
      return { name: theme.libelle, kind: "thème", description: "", documented };
    }
    for (const enjeu of enjeux) {
      if (indicator.kind === "enjeu" && enjeu.code === indicator.code) {
        const documented = enjeu.services.some((s) => s.documente);
        return { name: enjeu.libelle, kind: "enjeu", description: "", documented };
      }
      const service = enjeu.services.find((s) => s.code === indicator.code);
      if (indicator.kind === "service" && service !== undefined) {
        return {
          name: service.libelle,
          kind: "service",
          description: service.description,
          documented: service.documente,
        };
      }
    }
  }
  return null;
}
