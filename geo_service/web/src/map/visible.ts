/** The territories and lieux in view: what the list names, and where arrows go from one to another. */

import type { Bbox, Point } from "../api/types.ts";

/** Something on the map that can be reached and chosen. */
export interface Visible {
  code: string;
  nom: string;
  /** Middle of what is in view of it. */
  point: Point;
}

/** A piece of something, as a tile gives it. */
export interface Piece {
  code: string;
  nom: string;
  box: Bbox;
}

/** Most things a list holds: more would be slow to draw, and nobody reads them. */
export const LONGEST = 400;

/** A box around every position of a geometry; null for one without any. */
export function boxAround(geometry: GeoJSON.Geometry): Bbox | null {
  let west = Number.POSITIVE_INFINITY;
  let south = Number.POSITIVE_INFINITY;
  let east = Number.NEGATIVE_INFINITY;
  let north = Number.NEGATIVE_INFINITY;
  const visit = (item: unknown): void => {
    if (!Array.isArray(item)) return;
    const [x, y] = item as unknown[];
    if (typeof x === "number" && typeof y === "number") {
      west = Math.min(west, x);
      east = Math.max(east, x);
      south = Math.min(south, y);
      north = Math.max(north, y);
    } else {
      item.forEach(visit);
    }
  };
  if (geometry.type === "GeometryCollection") return null;
  visit(geometry.coordinates);
  return west <= east ? [west, south, east, north] : null;
}

function within(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/**
 * Join the pieces of each thing, and find the middle of what is in view of it.
 *
 * @param view The box of the map: a piece may go beyond, its tile being larger.
 */
export function joined(pieces: Iterable<Piece>, view: Bbox): Visible[] {
  const [west, south, east, north] = view;
  const boxes = new Map<string, { nom: string; box: Bbox }>();
  for (const { code, nom, box } of pieces) {
    const inView: Bbox = [
      within(box[0], west, east),
      within(box[1], south, north),
      within(box[2], west, east),
      within(box[3], south, north),
    ];
    const known = boxes.get(code)?.box ?? inView;
    const whole: Bbox = [
      Math.min(known[0], inView[0]),
      Math.min(known[1], inView[1]),
      Math.max(known[2], inView[2]),
      Math.max(known[3], inView[3]),
    ];
    boxes.set(code, { nom, box: whole });
  }
  return [...boxes].map(([code, { nom, box }]) => ({
    code,
    nom,
    point: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2],
  }));
}

/** Degrees of longitude are shorter than those of latitude: a plane true near a place. */
function flat([longitude, latitude]: Point, [, at]: Point): [number, number] {
  return [longitude * Math.cos((at * Math.PI) / 180), latitude];
}

function away(from: Point, to: Point): [number, number] {
  const [ax, ay] = flat(from, from);
  const [bx, by] = flat(to, from);
  return [bx - ax, by - ay];
}

/** The `LONGEST` nearest to a place. */
export function nearest<T extends Visible>(items: readonly T[], centre: Point): T[] {
  if (items.length <= LONGEST) return [...items];
  const far = (item: Visible): number => Math.hypot(...away(centre, item.point));
  return items.toSorted((a, b) => far(a) - far(b)).slice(0, LONGEST);
}

export type Order = "name" | "value" | "north";

const collators = new Map<string, Intl.Collator>();

/** Put in order: by name, by value with the lowest first and the unknown before, or by latitude. */
export function ordered<T extends Visible>(
  items: readonly T[],
  order: Order,
  rank: (code: string) => number,
  lang: string,
): T[] {
  const collator = collators.get(lang) ?? new Intl.Collator(lang, { numeric: true });
  collators.set(lang, collator);
  const byName = (a: Visible, b: Visible): number => collator.compare(a.nom, b.nom);
  return items.toSorted((a, b) => {
    const difference =
      order === "value"
        ? rank(a.code) - rank(b.code)
        : order === "north"
          ? b.point[1] - a.point[1]
          : 0;
    return difference || byName(a, b);
  });
}

export type Direction = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

const STEPS: Record<Direction, [number, number]> = {
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

/** The next one that way: near, and more ahead than aside. Undefined at the edge. */
export function towards<T extends Visible>(
  items: readonly T[],
  from: Point,
  direction: Direction,
  except: string,
): T | undefined {
  const [dx, dy] = STEPS[direction];
  let best: T | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const item of items) {
    if (item.code === except) continue;
    const [x, y] = away(from, item.point);
    const ahead = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (ahead <= 0 || ahead < aside / 2) continue;
    const cost = ahead + 2 * aside;
    if (cost < least) {
      least = cost;
      best = item;
    }
  }
  return best;
}

/** The one whose middle is nearest a place. */
export function closest<T extends Visible>(items: readonly T[], place: Point): T | undefined {
  let best: T | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const far = Math.hypot(...away(place, item.point));
    if (far < least) {
      least = far;
      best = item;
    }
  }
  return best;
}
