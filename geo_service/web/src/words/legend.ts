/** Words of the map's legend. */

import type { Classification } from "../map/classes.ts";
import { fr, number } from "./format.ts";

/** Label of each class, lowest first: "0 à 20 %", or "33 %" when the class is one value. */
export function classLabels({ bounds, lows }: Classification): string[] {
  return bounds.map((bound, i) => {
    const high = Math.round(bound * 100);
    const low = Math.round((lows[i] ?? bound) * 100);
    return low === high ? fr`${high} %` : fr`${low} à ${high} %`;
  });
}

/** How the classes were made, and on what. */
export function classMethod({ counts, unknown, exact }: Classification, territories: string): string {
  const total = counts.reduce((sum, n) => sum + n, unknown);
  return exact
    ? fr`Une couleur par valeur, sur ${number(total)} ${territories}.`
    : fr`Seuils naturels (Fisher-Jenks) sur ${number(total)} ${territories}, en pourcentages entiers.`;
}
