/** What the map is opened with, and what its opener gets. */

import type { Indicator } from "../api/indicator.ts";
import type { Reference } from "../api/types.ts";
import type { MapThemes } from "./palette.ts";
import type { MapSource } from "./source.ts";
import type { Lang } from "./words.ts";

/** Colours of a host page; what is not given stays ours. */
export interface ThemeOptions extends MapThemes {
  /** `auto` follows the reader's preference. */
  scheme?: "auto" | "light" | "dark";
}

export interface MapOptions {
  source: MapSource;
  /** Language of labels, French unless said. */
  lang?: Lang;
  theme?: ThemeOptions;
  /** A view shared before, as `onState` gave it. */
  state?: string;
  /** Told of the view when it changes, in a text fit for the hash of an address. */
  onState?: (state: string) => void;
  /** Told of the territory chosen, whose card the map shows by itself. */
  onTerritory?: (territory: Reference) => void;
  /** Told when the reader goes back to the drawing. */
  onClose?: () => void;
  /** Appended to the addresses of pages: `#carte-interactive` keeps the map open on the next one. */
  linkHash?: string;
  /** `_top` or `_blank` where the map is in the frame of somebody else's page. */
  linkTarget?: "_top" | "_blank";
}

export interface MapHandle {
  /** Give the drawing back and free everything. Harmless when done already. */
  close(): void;
  /** Show another indicator. */
  show(indicator: Indicator): void;
  /** Put the focus on the map, announced with its name and how it is used. */
  focus(): void;
}

/** The map cannot be shown; the message says why, in the language asked for. */
export class MapUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MapUnavailableError";
  }
}
