import { describe, expect, it } from "vitest";
import { boxOf, MAINLAND } from "../src/map/frames.ts";
import { levelAt } from "../src/map/levels.ts";
import { ramp } from "../src/map/palette.ts";

describe("levels by zoom", () => {
  it.each([
    [4, "region"],
    [6, "departement"],
    [7.5, "epci"],
    [9, "commune"],
  ] as const)("draws at zoom %d the %s", (zoom, level) => {
    expect(levelAt(zoom, "auto")).toBe(level);
  });

  it("keeps a level chosen by hand", () => {
    expect(levelAt(11, "region")).toBe("region");
    expect(levelAt(7, "commune")).toBe("commune");
  });

  it("stands in with the finest level the tiles hold", () => {
    expect(levelAt(5.5, "commune")).toBe("epci");
    expect(levelAt(4.2, "epci")).toBe("departement");
    expect(levelAt(3, "departement")).toBe("region");
  });

  it("keeps to the levels that have values", () => {
    expect(levelAt(3, "auto", ["commune"])).toBe("commune");
    expect(levelAt(9, "auto", ["region", "departement"])).toBe("departement");
    expect(levelAt(5, "commune", ["departement", "commune"])).toBe("departement");
  });
});

describe("what the map shows of a territory", () => {
  it("is its box, or the mainland for what has none or spans oceans", () => {
    const rennes: [number, number, number, number] = [-1.75, 48.07, -1.62, 48.15];
    expect(boxOf({ niveau: "commune", bbox: rennes })).toBe(rennes);
    expect(boxOf({ niveau: "commune", bbox: null })).toBe(MAINLAND);
    expect(boxOf({ niveau: "groupe", bbox: [-61.8, -21.4, 55.8, 51] })).toBe(MAINLAND);
    expect(boxOf({ niveau: "pays", bbox: [-61.8, -21.4, 55.8, 51] })).toBe(MAINLAND);
  });
});

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

describe("colour ramp", () => {
  it.each([1, 2, 5, 6, 8])("darkens at each of %d steps, so that it reads in grey", (n) => {
    const steps = ramp(n).map(luminance);
    expect(steps).toHaveLength(n);
    for (let i = 1; i < n; i += 1) expect(steps[i]).toBeLessThan(steps[i - 1] ?? 0);
  });
});
