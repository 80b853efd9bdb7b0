/** The form that adds a territory to a comparison: a territory chosen in the list is added. */

import type { Territoire } from "../api/types.ts";
import { comfortSearch } from "./search.ts";

/** Address of a comparison with one territory more. */
export function withTerritory(asked: string, { niveau, code }: Territoire): string {
  const added = `${niveau}/${encodeURIComponent(code)}`;
  return `/comparer?territoires=${asked === "" ? added : `${asked},${added}`}`;
}

export function comfortComparison(form: HTMLFormElement): void {
  const asked = form.dataset["ajouter"] ?? "";
  comfortSearch(form, (territory) => location.assign(withTerritory(asked, territory)));
}
