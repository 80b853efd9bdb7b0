/** Links inside the atlas. */

import { html, type TemplateResult } from "lit-html";
import type { Niveau, Reference } from "../api/types.ts";
import { formatRoute, type Indicator } from "../app/route.ts";

/** A link to a territory that keeps looking at the same indicator. */
export function territoryLink(
  { niveau, code, nom }: Reference,
  indicator: Indicator,
): TemplateResult {
  return html`<a href=${formatRoute({ niveau, code, indicator })}>${nom}</a>`;
}

/** The address of another indicator for the same territory. */
export function indicatorHref(
  place: { niveau: Niveau; code: string },
  indicator: Indicator,
): string {
  return formatRoute({ ...place, indicator });
}
