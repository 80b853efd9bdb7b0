/** Small outlines of régions, read from the map's own tiles and given as SVG paths. */

import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import type { Frame } from "./frames.ts";
import { OVERSEAS_REGIONS } from "./frames.ts";

export interface Outlines {
  viewBox: string;
  /** SVG path of each région, by its code. */
  paths: Map<string, string>;
}

/** Pixels of the frame's longest side in the SVG's own units. */
const SIDE = 100;

/** Web Mercator, the whole world being the unit square with y downwards. */
function unit([longitude, latitude]: [number, number]): [number, number] {
  const y = Math.asinh(Math.tan((latitude * Math.PI) / 180));
  return [(longitude + 180) / 360, (1 - y / Math.PI) / 2];
}

/** Bytes of a tile of territories. */
export type TileReader = (z: number, x: number, y: number) => Promise<ArrayBuffer | null>;

export async function outlinesOf(
  { bbox, zoom, niveau }: Frame,
  read: TileReader,
): Promise<Outlines> {
  const [west, south, east, north] = bbox;
  const [left, top] = unit([west, north]);
  const [right, bottom] = unit([east, south]);
  const scale = SIDE / Math.max(right - left, bottom - top);
  const tiles = 2 ** zoom;
  const jobs: Promise<[string, string][]>[] = [];
  for (let x = Math.floor(left * tiles); x <= Math.floor(right * tiles); x += 1) {
    for (let y = Math.floor(top * tiles); y <= Math.floor(bottom * tiles); y += 1) {
      const place = (px: number, py: number): string =>
        `${(((x + px) / tiles - left) * scale).toFixed(1)} ${(((y + py) / tiles - top) * scale).toFixed(1)}`;
      jobs.push(
        read(zoom, x, y).then((bytes) =>
          bytes === null ? [] : paths(new VectorTile(new PbfReader(bytes)), place),
        ),
      );
    }
  }
  const all = new Map<string, string>();
  for (const [code, path] of (await Promise.all(jobs)).flat()) {
    if (niveau === "pays" ? !OVERSEAS_REGIONS.has(code) : OVERSEAS_REGIONS.has(code)) {
      all.set(code, (all.get(code) ?? "") + path);
    }
  }
  const size = [(right - left) * scale, (bottom - top) * scale].map((n) => n.toFixed(1));
  return { viewBox: `0 0 ${size.join(" ")}`, paths: all };
}

function paths(tile: VectorTile, place: (px: number, py: number) => string): [string, string][] {
  const layer = tile.layers["regions"];
  if (layer === undefined) return [];
  return Array.from({ length: layer.length }, (_, i) => {
    const feature = layer.feature(i);
    const rings = feature.loadGeometry().map((ring) => {
      const points = ring.map(({ x, y }) => place(x / feature.extent, y / feature.extent));
      return `M${points.join("L")}Z`;
    });
    return [String(feature.properties["code"]), rings.join("")];
  });
}
