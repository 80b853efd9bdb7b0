/**
 * The page of a kit: the map of `src/map/` over files beside the page, with no server of ours.
 *
 * The archive of tiles is fetched whole and read from memory: the simplest of web servers give no
 * part of a file (`python -m http.server` answers 200 to a request for a range).
 */

import "./styles/widget-page.css";
import { type RangeResponse, PMTiles, Protocol, type Source } from "pmtiles";
import type { Indicator } from "./api/indicator.ts";
import { indicatorKey } from "./api/indicator.ts";
import type { Bbox } from "./api/types.ts";
import type { DrawnLevel } from "./map/levels.ts";
import type { IndicatorGroup, LevelValues, MapSource } from "./map/source.ts";
import { comfortMap } from "./widget/explore.ts";

/** `donnees.json`, as geo_service/widget/kit/values.py writes it. */
interface KitData {
  tuiles: { fichier: string; minzoom: number; maxzoom: number };
  emprise: Bbox;
  niveaux: DrawnLevel[];
  choix: IndicatorGroup[];
  /** By indicator (`ensemble`, `enjeu:education`), then by level. */
  valeurs: Record<string, Partial<Record<DrawnLevel, LevelValues>>>;
}

/** An archive in memory. */
class MemorySource implements Source {
  readonly #key: string;
  readonly #bytes: ArrayBuffer;

  constructor(key: string, bytes: ArrayBuffer) {
    this.#key = key;
    this.#bytes = bytes;
  }

  getKey(): string {
    return this.#key;
  }

  async getBytes(offset: number, length: number): Promise<RangeResponse> {
    return { data: this.#bytes.slice(offset, offset + length) };
  }
}

async function fetched(address: string): Promise<Response> {
  const response = await fetch(new URL(address, document.baseURI));
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response;
}

async function kitSource(): Promise<MapSource> {
  const data = (await (await fetched("donnees.json")).json()) as KitData;
  const { fichier, minzoom, maxzoom } = data.tuiles;
  const archive = new PMTiles(
    new MemorySource(fichier, await (await fetched(fichier)).arrayBuffer()),
  );
  const protocol = new Protocol();
  protocol.add(archive);
  return {
    territories: { tiles: [`pmtiles://${fichier}/{z}/{x}/{y}`], minzoom, maxzoom },
    places: null,
    protocols: { pmtiles: protocol.tile },
    levels: data.niveaux,
    bounds: data.emprise,
    tile: null,
    labels: null,
    indicators: async () => data.choix,
    async values(level: DrawnLevel, indicator: Indicator) {
      const values = data.valeurs[indicatorKey(indicator)]?.[level];
      if (values === undefined) throw new Error(`no values of ${indicatorKey(indicator)}`);
      return values;
    },
    pageOf: () => null,
    placePage: () => null,
    download: () => null,
  };
}

const button = document.querySelector<HTMLButtonElement>("[data-explorer]");
const figure = document.querySelector<HTMLElement>("[data-carte]");
const status = document.querySelector<HTMLElement>("#etat");
if (button !== null && figure !== null && status !== null) {
  comfortMap(button, figure, status, kitSource, {});
}
