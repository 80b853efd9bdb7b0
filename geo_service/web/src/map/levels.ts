/** Which level of territory the map draws at which zoom (zooms of 512-pixel tiles). */

import type { Niveau } from "../api/types.ts";

/** Levels that are drawn; the country as a whole is not. */
export const DRAWN = ["region", "departement", "epci", "commune"] as const satisfies Niveau[];
export type DrawnLevel = (typeof DRAWN)[number];

/** Levels whose territories can be outlined, drawn or not. */
export const OUTLINED = [...DRAWN, "arrondissement", "groupe"] as const satisfies Niveau[];
export type OutlinedLevel = (typeof OUTLINED)[number];

export function isOutlined(niveau: Niveau): niveau is OutlinedLevel {
  return (OUTLINED as readonly Niveau[]).includes(niveau);
}

/** Layer of the tileset, and the lowest zoom it is there. */
export const LAYERS: Record<OutlinedLevel, { layer: string; minzoom: number }> = {
  region: { layer: "regions", minzoom: 3 },
  departement: { layer: "departements", minzoom: 4 },
  epci: { layer: "epcis", minzoom: 5 },
  commune: { layer: "communes", minzoom: 7 },
  arrondissement: { layer: "arrondissements", minzoom: 9 },
  groupe: { layer: "groupes", minzoom: 5 },
};

/** Zoom from which each level is the one shown when nobody chose. */
const AUTOMATIC: [DrawnLevel, number][] = [
  ["commune", 8.1],
  ["epci", 6.9],
  ["departement", 5.6],
];

export type LevelChoice = DrawnLevel | "auto";

/**
 * The level to draw. A level chosen by hand is kept, except below the zoom where its layer starts:
 * the finest level drawn there stands in, and the map says so.
 *
 * @param levels Those that have values, in any order; at least one.
 */
export function levelAt(
  zoom: number,
  choice: LevelChoice,
  levels: readonly DrawnLevel[] = DRAWN,
): DrawnLevel {
  const widestFirst = DRAWN.filter((level) => levels.includes(level));
  const widest = widestFirst[0] ?? "region";
  if (choice === "auto") {
    const found = AUTOMATIC.find(([level, from]) => zoom >= from && levels.includes(level));
    return found?.[0] ?? widest;
  }
  if (zoom >= LAYERS[choice].minzoom) return choice;
  return widestFirst.toReversed().find((level) => zoom >= LAYERS[level].minzoom) ?? widest;
}
