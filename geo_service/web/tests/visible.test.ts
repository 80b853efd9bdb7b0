import { describe, expect, it } from "vitest";
import type { Bbox, Point } from "../src/api/types.ts";
import {
  boxAround,
  closest,
  joined,
  LONGEST,
  nearest,
  ordered,
  towards,
  type Visible,
} from "../src/map/visible.ts";

const VIEW: Bbox = [0, 0, 10, 10];

function at(code: string, longitude: number, latitude: number, nom = code): Visible {
  return { code, nom, point: [longitude, latitude] as Point };
}

describe("pieces of territories", () => {
  it("joins those of one code, and keeps to what is in view", () => {
    const pieces = [
      { code: "a", nom: "A", box: [-4, 2, 2, 4] as Bbox },
      { code: "a", nom: "A", box: [2, 2, 6, 4] as Bbox },
      { code: "b", nom: "B", box: [8, 8, 14, 12] as Bbox },
    ];
    expect(joined(pieces, VIEW)).toEqual([at("a", 3, 3, "A"), at("b", 9, 9, "B")]);
  });

  it("finds the box of any geometry", () => {
    const multi: GeoJSON.MultiPolygon = {
      type: "MultiPolygon",
      coordinates: [
        [[[1, 2], [3, 2], [3, 5], [1, 2]]],
        [[[-1, 7], [0, 7], [0, 8], [-1, 7]]],
      ],
    };
    expect(boxAround(multi)).toEqual([-1, 2, 3, 8]);
    expect(boxAround({ type: "Point", coordinates: [4, 5] })).toEqual([4, 5, 4, 5]);
    expect(boxAround({ type: "MultiPoint", coordinates: [] })).toBeNull();
  });
});

describe("order of the list", () => {
  const items = [at("1", 5, 1, "Èvre"), at("2", 5, 9, "Zola"), at("3", 5, 5, "Étain")];
  const values: Record<string, number> = { "1": 0.5, "2": -1, "3": 0.2 };
  const codes = (order: "name" | "value" | "north"): string =>
    ordered(items, order, (code) => values[code] ?? -1, "fr")
      .map(({ code }) => code)
      .join("");

  it("is alphabetical, accents apart", () => expect(codes("name")).toBe("312"));
  it("goes up by value, the unknown first", () => expect(codes("value")).toBe("231"));
  it("goes down from the north", () => expect(codes("north")).toBe("231"));
});

describe("from one to another by arrows", () => {
  const grid = [0, 1, 2].flatMap((x) => [0, 1, 2].map((y) => at(`${x}${y}`, x, y)));
  const from: Point = [1, 1];

  it.each([
    ["ArrowUp", "12"],
    ["ArrowDown", "10"],
    ["ArrowLeft", "01"],
    ["ArrowRight", "21"],
  ] as const)("%s goes to %s", (direction, code) => {
    expect(towards(grid, from, direction, "11")?.code).toBe(code);
  });

  it("stops at the edge", () => {
    expect(towards(grid, [2, 1], "ArrowRight", "21")).toBeUndefined();
  });

  it("reaches every one from any other", () => {
    const seen = new Set(["00"]);
    const todo = [at("00", 0, 0)];
    for (let item = todo.pop(); item !== undefined; item = todo.pop()) {
      for (const direction of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"] as const) {
        const next = towards(grid, item.point, direction, item.code);
        if (next === undefined || seen.has(next.code)) continue;
        seen.add(next.code);
        todo.push(next);
      }
    }
    expect(seen.size).toBe(grid.length);
  });

  it("begins at the one nearest the middle", () => {
    expect(closest(grid, [1.9, 0.2])?.code).toBe("20");
    expect(closest([], [0, 0])).toBeUndefined();
  });
});

describe("what a list can hold", () => {
  it("is all, or those nearest the middle", () => {
    const many = Array.from({ length: LONGEST + 50 }, (_, i) => at(String(i), i / 100, 0));
    const kept = nearest(many, [0, 0]);
    expect(kept).toHaveLength(LONGEST);
    expect(kept.at(-1)?.code).toBe(String(LONGEST - 1));
    expect(nearest(many.slice(0, 3), [9, 9])).toHaveLength(3);
  });
});
