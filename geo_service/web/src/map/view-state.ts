/** The view of the map as a text of an address, so that it can be shared. */

import { type Indicator, indicatorKey } from "../api/indicator.ts";
import type { Point } from "../api/types.ts";
import { DRAWN, type DrawnLevel, type LevelChoice } from "./levels.ts";
import { parseIndicator } from "./source.ts";

export interface ViewState {
  indicator?: Indicator;
  level?: LevelChoice;
  camera?: { zoom: number; centre: Point };
  /** Territory whose card is open. */
  chosen?: { niveau: DrawnLevel; code: string };
  /** Year of the labels shown. */
  year?: number;
}

/** Write a view: parameters, empty for the view a figure opens with. */
export function writeState({ indicator, level, camera, chosen, year }: ViewState): string {
  const params = new URLSearchParams();
  if (indicator !== undefined) params.set("indicateur", indicatorKey(indicator));
  if (level !== undefined && level !== "auto") params.set("niveau", level);
  if (camera !== undefined) {
    const [longitude, latitude] = camera.centre;
    params.set("vue", [camera.zoom.toFixed(2), latitude.toFixed(4), longitude.toFixed(4)].join("/"));
  }
  if (chosen !== undefined) params.set("choix", `${chosen.niveau}/${chosen.code}`);
  if (year !== undefined) params.set("label", String(year));
  // What an address may hold as it is stays readable.
  return params.toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
}

function drawn(text: string | undefined): DrawnLevel | undefined {
  return DRAWN.find((level) => level === text);
}

/** Read a view; what cannot be read is left out, since an address may have been cut. */
export function readState(text: string): ViewState {
  const params = new URLSearchParams(text);
  const state: ViewState = {};
  const indicator = params.get("indicateur");
  if (indicator !== null) state.indicator = parseIndicator(indicator);
  const level = drawn(params.get("niveau") ?? undefined);
  if (level !== undefined) state.level = level;
  const [zoom, latitude, longitude] = (params.get("vue") ?? "").split("/").map(Number);
  if (
    zoom !== undefined &&
    latitude !== undefined &&
    longitude !== undefined &&
    [zoom, latitude, longitude].every(Number.isFinite) &&
    Math.abs(latitude) <= 85 &&
    Math.abs(longitude) <= 180
  ) {
    state.camera = { zoom, centre: [longitude, latitude] };
  }
  const [niveau, code] = (params.get("choix") ?? "").split("/", 2);
  const chosen = drawn(niveau);
  if (chosen !== undefined && code) state.chosen = { niveau: chosen, code };
  const year = Number(params.get("label") ?? Number.NaN);
  if (Number.isInteger(year)) state.year = year;
  return state;
}
