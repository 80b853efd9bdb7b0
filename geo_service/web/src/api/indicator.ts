/** What a map looks at: every service together, or one thème, enjeu or service. */

import type { Niveau } from "./types.ts";
export type Indicator =
  | { kind: "ensemble" }
  | { kind: "theme" | "enjeu" | "service"; code: string };

/** A short text that is the same for the same indicator. */
export function indicatorKey(indicator: Indicator): string {
  return indicator.kind === "ensemble" ? "ensemble" : `${indicator.kind}:${indicator.code}`;
}

/** A territory and what is looked at in it: what an address of the site says. */
export interface View {
  niveau: Niveau;
  code: string;
  indicator: Indicator;
}

/** The address of the page of a territory, for an indicator. */
export function pageOf({ niveau, code, indicator }: View): string {
  const path = `/${niveau}/${encodeURIComponent(code)}`;
  if (indicator.kind === "ensemble") return path;
  return `${path}?${indicator.kind}=${encodeURIComponent(indicator.code)}`;
}
