/** How French names places: "à Rennes", "au Mans", "en Lozère", "dans les Landes". */

import type { Niveau, Reference } from "../api/types.ts";
import { count } from "./format.ts";

/**
 * Départements whose name takes a feminine, masculine, plural or elided article (INSEE's TNCC).
 * Those it gives none, Eure-et-Loir, Ille-et-Vilaine and Indre-et-Loire among them, come after "en".
 */
const FEMININE = new Set(
  "16 17 19 21 23 24 26 2A 2B 31 33 42 43 44 48 50 51 52 53 55 57 58 70 72 73 74 76 80 85 86 87 93".split(
    " ",
  ),
);
const MASCULINE = new Set(
  "14 15 18 25 29 30 32 39 41 45 46 47 56 59 62 63 67 68 69 81 82 83 84 90 94 95".split(" "),
);
const PLURAL = new Set("04 05 06 08 13 22 40 64 65 66 78 79 88 92 984".split(" "));
const ELIDED = new Set("01 02 03 07 09 10 11 12 27 34 36 38 60 61 89 91 989".split(" "));
const OVERSEAS = new Set(["971", "972", "973"]);
const AT = new Set(["75", "974", "975", "976", "977", "978", "986"]);

const REGIONS_IN_THE: Record<string, string> = {
  "32": "dans les",
  "44": "dans le",
  "52": "dans les",
  "04": "à",
  "06": "à",
};

function inDepartement(code: string, nom: string): string {
  if (OVERSEAS.has(code)) return `en ${nom}`;
  if (FEMININE.has(code)) return `dans la ${nom}`;
  if (MASCULINE.has(code)) return `dans le ${nom}`;
  if (PLURAL.has(code)) return `dans les ${nom}`;
  if (ELIDED.has(code)) return `dans l’${nom}`;
  if (AT.has(code)) return `à ${nom}`;
  return `en ${nom}`;
}

/** "au Mans" for "Le Mans", "aux Abymes" for "Les Abymes", "à Rennes" for the rest. */
function atCommune(nom: string): string {
  if (nom.startsWith("Le ")) return `au ${nom.slice(3)}`;
  if (nom.startsWith("Les ")) return `aux ${nom.slice(4)}`;
  return `à ${nom}`;
}

/** The territory after a preposition of place, without a capital. */
export function inPlace({ niveau, code, nom }: Reference): string {
  switch (niveau) {
    case "commune":
    case "arrondissement":
      return atCommune(nom);
    case "epci":
      return `dans l’intercommunalité ${nom}`;
    case "ept":
      return `dans l’établissement public territorial ${nom}`;
    case "groupe":
      return `dans le groupe ${nom}`;
    case "departement":
      return inDepartement(code, nom);
    case "region":
      return `${REGIONS_IN_THE[code] ?? "en"} ${nom}`;
    case "pays":
      return "en France";
  }
}

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
