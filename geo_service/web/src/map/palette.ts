/**
 * Colours of the map, those of the static one (`geo_service/maps/palette.py`). The ramp goes from
 * pale yellow to deep blue and its lightness falls at every step, so that it also reads in grey and
 * with any colour vision deficiency. Statuts oppose blue and orange; absent has dots as well, and
 * what is not known is hatched: colour is never alone.
 */

import { STATUTS, type Statut } from "../api/types.ts";

const RAMP: readonly string[] = ["#fdf1c3", "#c6e2b5", "#7fc8b4", "#3a9fac", "#1d6a97", "#123a6b"];

/** `n` colours evenly spread along a ramp, always ending on its last one. */
export function ramp(n: number, stops: readonly string[] = RAMP): string[] {
  if (n <= 1) return [stops.at(-1) ?? ""];
  return Array.from({ length: n }, (_, i) => along(stops, (i * (stops.length - 1)) / (n - 1)));
}

/** Colour at a position of a ramp, mixed from the two stops around it. */
function along(stops: readonly string[], position: number): string {
  const below = stops[Math.floor(position)] ?? "";
  const above = stops[Math.ceil(position)] ?? "";
  const share = position - Math.floor(position);
  const channel = (start: number): string => {
    const [a, b] = [below, above].map((hex) => Number.parseInt(hex.slice(start, start + 2), 16));
    return Math.round((a ?? 0) * (1 - share) + (b ?? 0) * share)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}

/** Colours of a scheme, all written `#rrggbb`. */
export interface MapTheme {
  sea: string;
  /** Of a territory whose value has not come yet. */
  waiting: string;
  border: string;
  frontier: string;
  ink: string;
  halo: string;
  /** Of the territory chosen or reached by keyboard, over a casing of ink. */
  focus: string;
  statuts: Record<Statut, string>;
  /** Dots over absent, stripes over what is not known. */
  dot: string;
  hatch: string;
  /** Stops of the colours of shares, lowest first. */
  ramp: readonly string[];
}

const LIGHT: MapTheme = {
  sea: "#e6eef0",
  waiting: "#f4f6f4",
  border: "#ffffff",
  frontier: "#40565e",
  ink: "#10262d",
  halo: "#ffffff",
  focus: "#ffc233",
  statuts: { present: "#3a83a8", partage: "#a9d4e6", absent: "#ec8c4a", non_renseigne: "#f3f0e8" },
  dot: "#8a3f0f",
  hatch: "#a39d8e",
  ramp: RAMP,
};

const DARK: MapTheme = {
  sea: "#0f1d23",
  waiting: "#22343b",
  border: "#16262c",
  frontier: "#dbe7e6",
  ink: "#f4f8f7",
  halo: "#0f1d23",
  focus: "#ffc233",
  statuts: { present: "#4b9fd0", partage: "#a9daf0", absent: "#f0883f", non_renseigne: "#3a4448" },
  dot: "#5c2606",
  hatch: "#7e898c",
  ramp: RAMP,
};

/** Colours that replace ours, by scheme. */
export interface MapThemes {
  light?: Partial<MapTheme>;
  dark?: Partial<MapTheme>;
}

/** The colours of a scheme, those of a host page first. */
export function themeOf(dark: boolean, given: MapThemes = {}): MapTheme {
  return dark ? { ...DARK, ...given.dark } : { ...LIGHT, ...given.light };
}

/** What a class is drawn with: a statut, or a step of the ramp. */
export type Fill = { statut: Statut } | { step: number; steps: number };

export const STATUT_FILLS: readonly Fill[] = STATUTS.map((statut) => ({ statut }));

/** What is not known, a rate as a statut. */
export const SILENCE: Fill = { statut: "non_renseigne" };

export function colourOf(fill: Fill, theme: MapTheme): string {
  if ("statut" in fill) return theme.statuts[fill.statut];
  return ramp(fill.steps, theme.ramp)[fill.step] ?? theme.waiting;
}

/** Pattern over the colour, if any. */
export function patternOf(fill: Fill): "hatched" | "dotted" | null {
  if (!("statut" in fill)) return null;
  if (fill.statut === "non_renseigne") return "hatched";
  return fill.statut === "absent" ? "dotted" : null;
}
