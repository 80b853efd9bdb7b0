/** The parts of France that no single view holds: the mainland and the five overseas départements. */

import type { Bbox, Niveau } from "../api/types.ts";

export interface Frame {
  name: string;
  niveau: Niveau;
  code: string;
  bbox: Bbox;
  /** Zoom of the tiles its small outline is read from. */
  zoom: number;
}

export const MAINLAND: Bbox = [-5.15, 41.33, 9.57, 51.1];

/** Degrees of longitude beyond which a territory spans oceans: the mainland is shown instead. */
const WIDEST = 40;

/** What the map shows for a territory: its box, or the mainland for what has none or spans oceans. */
export function boxOf({ niveau, bbox }: { niveau: Niveau; bbox: Bbox | null }): Bbox {
  if (niveau === "pays" || bbox === null || bbox[2] - bbox[0] > WIDEST) return MAINLAND;
  return bbox;
}

/** Régions drawn in the frame of the mainland are all but these. */
export const OVERSEAS_REGIONS = new Set(["01", "02", "03", "04", "06"]);

export const FRAMES: readonly Frame[] = [
  { name: "Métropole", niveau: "pays", code: "france", bbox: MAINLAND, zoom: 3 },
  { name: "Guadeloupe", niveau: "region", code: "01", bbox: [-61.82, 15.82, -60.98, 16.53], zoom: 6 },
  { name: "Martinique", niveau: "region", code: "02", bbox: [-61.24, 14.38, -60.8, 14.89], zoom: 7 },
  { name: "Guyane", niveau: "region", code: "03", bbox: [-54.61, 2.1, -51.6, 5.78], zoom: 4 },
  { name: "La Réunion", niveau: "region", code: "04", bbox: [55.21, -21.4, 55.85, -20.86], zoom: 7 },
  { name: "Mayotte", niveau: "region", code: "06", bbox: [45.01, -13.02, 45.31, -12.62], zoom: 7 },
];
