/** The address bar: which territory is open, and what the map shows. */

import { NIVEAUX, type Niveau } from "../api/types.ts";

/** What the map and the panel look at: everything, or one thème, enjeu or service. */
export type Indicator =
  | { kind: "ensemble" }
  | { kind: "theme" | "enjeu" | "service"; code: string };

export interface Route {
  niveau: Niveau;
  code: string;
  indicator: Indicator;
}

export const EVERYTHING: Indicator = { kind: "ensemble" };
export const COUNTRY = { niveau: "pays", code: "france" } as const;

const CODE = /^[0-9A-Za-z-]{1,40}$/;

function isNiveau(text: string): text is Niveau {
  return (NIVEAUX as readonly string[]).includes(text);
}

function parseIndicator(params: URLSearchParams): Indicator {
  for (const kind of ["service", "enjeu", "theme"] as const) {
    const code = params.get(kind);
    if (code !== null && CODE.test(code)) return { kind, code };
  }
  return EVERYTHING;
}

/** Read an address of this site; `null` when it opens no territory (an asset, the API…). */
export function parseRoute(url: URL): Route | null {
  const indicator = parseIndicator(url.searchParams);
  const parts = url.pathname.split("/").filter((part) => part !== "");
  if (parts.length === 0) return { ...COUNTRY, indicator };
  const [niveau, code] = parts;
  if (parts.length !== 2 || niveau === undefined || code === undefined) return null;
  if (!isNiveau(niveau) || !CODE.test(code)) return null;
  return { niveau, code, indicator };
}

/** The address of a territory and indicator; the country seen as a whole is `/`. */
export function formatRoute({ niveau, code, indicator }: Route): string {
  const path = niveau === "pays" ? "/" : `/${niveau}/${encodeURIComponent(code)}`;
  if (indicator.kind === "ensemble") return path;
  return `${path}?${indicator.kind}=${encodeURIComponent(indicator.code)}`;
}

export function sameIndicator(a: Indicator, b: Indicator): boolean {
  return indicatorKey(a) === indicatorKey(b);
}

/** A short text that is the same for the same indicator. */
export function indicatorKey(indicator: Indicator): string {
  return indicator.kind === "ensemble" ? "ensemble" : `${indicator.kind}:${indicator.code}`;
}
