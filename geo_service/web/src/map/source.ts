/**
 * Where the interactive map takes what it shows from: a server of the atlas (`server-source.ts`),
 * or the files of a self-hosted kit. Nothing here, nor in what imports it, loads MapLibre.
 */

import type { AddProtocolAction } from "maplibre-gl";
import type { Indicator } from "../api/indicator.ts";
import type { Bbox, Niveau, Reference } from "../api/types.ts";
import type { DrawnLevel } from "./levels.ts";

/** Where vector tiles are, with the layers and attributes of `docs/donnees.md` (« Les tuiles »). */
export interface TileSet {
  /** Absolute addresses with `{z}`, `{x}` and `{y}`, or `pmtiles://…` with its protocol. */
  tiles: string[];
  minzoom: number;
  /** Beyond, the map enlarges the last tiles. */
  maxzoom: number;
}

/** Classes made elsewhere, in whole percentages: those of the static map, say. */
export interface GivenClasses {
  /** Lowest and highest value of each class, lowest class first. */
  lows: readonly number[];
  highs: readonly number[];
  /** Whether each class is one value. */
  exact: boolean;
  /** How many territories they were made on. */
  total: number;
}

/** The value of each territory of a level, as `/api/indicateurs/{niveau}` answers. */
export interface LevelValues {
  /** Shares from 0 to 1 (`taux`, `part_population`), or statuts. */
  indicateur: "taux" | "part_population" | "statut";
  codes: readonly string[];
  /** In the order of `codes`; null where nobody knows. */
  valeurs: readonly (number | string | null)[];
  /** Else classes are made of the values themselves. */
  classes?: GivenClasses;
}

/** A choice of the list of indicators. */
export interface IndicatorChoice {
  indicator: Indicator;
  label: string;
}

export interface IndicatorGroup {
  /** Thèmes and enjeux come under a heading in the map's language; services under this label. */
  kind: "theme" | "enjeu" | "service";
  label: string;
  choices: IndicatorChoice[];
}

/** The labels « Territoires, Villes et Villages Internet », year by year. */
export interface LabelSource {
  /** Years known, the latest first; none when the atlas knows of no label. */
  years(): Promise<number[]>;
  /** GeoJSON points of a year (`arobases`, `arobase_verte`), or their absolute address. */
  points(year: number): GeoJSON.FeatureCollection | string;
}

export interface MapSource {
  /** Tiles of territories, and of lieux where there are. */
  readonly territories: TileSet;
  readonly places: TileSet | null;
  /** Ways to read tiles that the browser does not know, by scheme: `{ pmtiles: protocol.tile }`. */
  readonly protocols?: Readonly<Record<string, AddProtocolAction>>;
  /** Levels with values, the widest first. */
  readonly levels: readonly DrawnLevel[];
  /** The map does not leave it; null for the whole world. */
  readonly bounds: Bbox | null;
  /**
   * Bytes of a tile of territories, to draw the small frames of the mainland and of each overseas
   * département; null for no frames, since the map is of a small part of the country.
   */
  readonly tile: ((z: number, x: number, y: number) => Promise<ArrayBuffer | null>) | null;
  readonly labels: LabelSource | null;

  /** What can be shown, for the list of indicators; « everything together » is added by the map. */
  indicators(): Promise<IndicatorGroup[]>;
  values(level: DrawnLevel, indicator: Indicator): Promise<LevelValues>;
  /** Box of a territory whose figure says none; null for one without outline. */
  box?(territory: Reference): Promise<Bbox | null>;
  /** Address of the page of a territory; null without one. */
  pageOf(territory: Reference, indicator: Indicator): string | null;
  /** Address of the page of a lieu; null without one. */
  placePage(id: string): string | null;
  /** Address of the values of a level as a file for a spreadsheet; null without one. */
  download(level: DrawnLevel, indicator: Indicator): string | null;
}

/** What a `figure[data-carte]` says of itself. */
export interface MapSubject {
  territory: Reference;
  /** Null for a territory without outline. */
  bbox: Bbox | null;
  indicator: Indicator;
}

const NIVEAUX: readonly string[] = [
  "arrondissement",
  "commune",
  "ept",
  "epci",
  "departement",
  "region",
  "pays",
  "groupe",
] satisfies Niveau[];

/** Read an indicator written `ensemble`, `theme:x`, `enjeu:x` or `service:x`. */
export function parseIndicator(text: string | undefined): Indicator {
  const [kind, code] = (text ?? "").split(":", 2);
  if ((kind === "theme" || kind === "enjeu" || kind === "service") && code) return { kind, code };
  return { kind: "ensemble" };
}

/** Read a box written `west,south,east,north` in degrees. */
export function parseBbox(text: string | undefined): Bbox | null {
  const parts = (text ?? "").split(",").map(Number);
  const [west, south, east, north] = parts;
  if (parts.length !== 4 || !parts.every(Number.isFinite)) return null;
  if (west === undefined || south === undefined || east === undefined || north === undefined) {
    return null;
  }
  return west < east && south < north ? [west, south, east, north] : null;
}

/** Read what a figure says of itself. */
export function subjectOf({ dataset }: HTMLElement): MapSubject {
  const niveau = dataset["niveau"] ?? "";
  return {
    territory: {
      niveau: NIVEAUX.includes(niveau) ? (niveau as Niveau) : "pays",
      code: dataset["code"] ?? "france",
      nom: dataset["nom"] ?? "France",
    },
    bbox: parseBbox(dataset["bbox"]),
    indicator: parseIndicator(dataset["indicateur"]),
  };
}
