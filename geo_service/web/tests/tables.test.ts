import { describe, expect, it } from "vitest";
import { withTerritory } from "../src/site/comparison.ts";
import { figureOf, line, order, sortKey } from "../src/site/tables.ts";

const THIN = "\u202f";
const NBSP = "\u00a0";

describe("figures as French writes them", () => {
  it.each([
    [`1${THIN}234`, 1234],
    [`49,4${NBSP}%`, 49.4],
    [`3,4${NBSP}km`, 3.4],
    ["−2", -2],
    ["0.5", 0.5],
    ["2026-11-22", null],
    ["12 rue du Centre", null],
    ["", null],
  ])("reads %s", (text, expected) => {
    expect(figureOf(text)).toBe(expected);
  });
});

describe("what a cell is sorted by", () => {
  it("is its value where one is given", () => {
    expect(sortKey("moins de 1 %", "0.004")).toBe(0.004);
    expect(sortKey("22 novembre 2026", "2026-11-22")).toBe("2026-11-22");
  });

  it("is nothing for what is not known", () => {
    expect(sortKey("inconnue", "")).toBeNull();
    expect(sortKey("–", null)).toBeNull();
  });

  it("is its text otherwise", () => {
    expect(sortKey(" Mende ", null)).toBe("Mende");
    expect(sortKey(`12${THIN}464`, null)).toBe(12464);
  });
});

describe("the order of rows", () => {
  it("is that of the French alphabet", () => {
    const names = ["Zuydcoote", "Étaples", "Eu", "Évreux", "étain", "Ex"];
    expect(order(names, "ascending").map((at) => names[at])).toEqual([
      "étain",
      "Étaples",
      "Eu",
      "Évreux",
      "Ex",
      "Zuydcoote",
    ]);
  });

  it("keeps equals as they were, both ways", () => {
    expect(order([2, 1, 2, 1], "ascending")).toEqual([1, 3, 0, 2]);
    expect(order([2, 1, 2, 1], "descending")).toEqual([0, 2, 1, 3]);
  });

  it("puts what is not known last, both ways", () => {
    expect(order([null, 1, null, 2], "ascending")).toEqual([1, 3, 0, 2]);
    expect(order([null, 1, null, 2], "descending")).toEqual([3, 1, 0, 2]);
  });
});

describe("a row for a spreadsheet", () => {
  it("has no tab nor line end in a cell", () => {
    expect(line(["a\tb", "c\n  d", `1${THIN}234`])).toBe("a b\tc d\t1 234");
  });

  it("makes no formula of a text", () => {
    expect(line(["=1+1", "+33", "@x", "-x", "-3"])).toBe("'=1+1\t'+33\t'@x\t'-x\t-3");
  });
});

describe("the address of a comparison", () => {
  const mende = { niveau: "commune", code: "48095" } as Parameters<typeof withTerritory>[1];

  it("adds a territory at the end", () => {
    expect(withTerritory("", mende)).toBe("/comparer?territoires=commune/48095");
    expect(withTerritory("region/76", mende)).toBe("/comparer?territoires=region/76,commune/48095");
  });
});
