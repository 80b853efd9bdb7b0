/** How French names levels and kinds of territories. */

import type { Niveau } from "../api/types.ts";
import { count } from "./format.ts";

const LEVELS: Record<Niveau, { one: string; many: string }> = {
  arrondissement: { one: "arrondissement municipal", many: "arrondissements municipaux" },
  ept: { one: "établissement public territorial", many: "établissements publics territoriaux" },
  groupe: { one: "groupe de communes", many: "groupes de communes" },
  commune: { one: "commune", many: "communes" },
  epci: { one: "intercommunalité", many: "intercommunalités" },
  departement: { one: "département", many: "départements" },
  region: { one: "région", many: "régions" },
  pays: { one: "pays", many: "pays" },
};

export function levelName(niveau: Niveau): string {
  return LEVELS[niveau].one;
}

export function levelNames(niveau: Niveau): string {
  return LEVELS[niveau].many;
}

/** How many territories of a level, in few letters: an intercommunalité is then an EPCI. */
export function countOf(value: number, niveau: Niveau): string {
  return niveau === "epci"
    ? count(value, "EPCI", "EPCI")
    : count(value, levelName(niveau), levelNames(niveau));
}

const NATURES: Record<string, string> = {
  CC: "communauté de communes",
  CA: "communauté d’agglomération",
  CU: "communauté urbaine",
  ME: "métropole",
  METRO: "métropole",
  MET69: "métropole",
  COM: "collectivité d’outre-mer",
  programme: "programme",
};

/** What kind of territory this is, in words: by its legal nature when it says more. */
export function kindOf(niveau: Niveau, nature: string | null): string {
  return (nature !== null && NATURES[nature]) || levelName(niveau);
}
