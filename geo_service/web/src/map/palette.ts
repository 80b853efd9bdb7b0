/**
 * Colours of the map. The ramp goes from pale yellow to deep blue and its lightness falls at every
 * step, so that it also reads in grey and with any colour vision deficiency; the statuts oppose
 * blue and orange, and what is not known is hatched, never only coloured.
 */

import type { Statut } from "../api/types.ts";

const DEEPEST = "#123a6b";
const RAMP = ["#fdf1c3", "#c6e2b5", "#7fc8b4", "#3a9fac", "#1d6a97", DEEPEST];

/** `n` colours evenly spread along the ramp, always ending on the deepest. */
export function ramp(n: number): string[] {
  if (n <= 1) return [DEEPEST];
  return Array.from({ length: n }, (_, i) => alongRamp((i * (RAMP.length - 1)) / (n - 1)));
}

/** Colour at a position of the ramp, mixed from the two stops around it. */
function alongRamp(position: number): string {
  const below = RAMP[Math.floor(position)] ?? DEEPEST;
  const above = RAMP[Math.ceil(position)] ?? DEEPEST;
  const share = position - Math.floor(position);
  const channel = (start: number): string => {
    const [a, b] = [below, above].map((hex) => Number.parseInt(hex.slice(start, start + 2), 16));
    return Math.round((a ?? 0) * (1 - share) + (b ?? 0) * share)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}

export const STATUT_COLOURS: Record<Statut, string> = {
  present: "#3a83a8",
  partage: "#a9d4e6",
  absent: "#ec8c4a",
  non_renseigne: "#f3f0e8",
};

export interface MapTheme {
  sea: string;
  waiting: string;
  unknown: string;
  hatch: string;
  border: string;
  frontier: string;
  ink: string;
  halo: string;
}

export const LIGHT: MapTheme = {
  sea: "#e6eef0",
  waiting: "#f4f6f4",
  unknown: "#f3f0e8",
  hatch: "#a39d8e",
  border: "#ffffff",
  frontier: "#40565e",
  ink: "#10262d",
  halo: "#ffffff",
};

export const DARK: MapTheme = {
  sea: "#0f1d23",
  waiting: "#22343b",
  unknown: "#3a4448",
  hatch: "#7e898c",
  border: "#16262c",
  frontier: "#dbe7e6",
  ink: "#f4f8f7",
  halo: "#0f1d23",
};
