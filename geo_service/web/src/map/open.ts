/** The one door of the interactive map: everything behind it is loaded only when it is asked for. */

import { Exploration } from "./exploration.ts";
import type { MapHandle, MapOptions } from "./options.ts";
import { wordsIn } from "./words.ts";

export { MapUnavailableError } from "./options.ts";
export type { MapHandle, MapOptions, ThemeOptions } from "./options.ts";
export { serverSource } from "./server-source.ts";
export type * from "./source.ts";

/**
 * Open the map over the drawing of a figure, in the same box.
 *
 * The drawing stays in view until the map has drawn itself, comes back when it cannot, and is what
 * is printed. The figure carries `data-niveau`, `data-code`, `data-nom`, `data-bbox` and
 * `data-indicateur`; its drawing is the child `.carte-dessin`, else its first `<svg>`, which is
 * then wrapped. The rest of the figure but its `<details>` is set aside while the map is open.
 *
 * @throws {MapUnavailableError} without WebGL; the figure is then as it was.
 */
export async function openMap(figure: HTMLElement, options: MapOptions): Promise<MapHandle> {
  const words = await wordsIn(options.lang ?? "fr");
  return Exploration.open(figure, options, words);
}
