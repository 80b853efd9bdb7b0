import { describe, expect, it } from "vitest";
import { classify, classOf } from "../src/map/classes.ts";

/** A generator of our own, so that a failing case can be found again (mulberry32). */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Sum of squared deviations of the best partition, by trying every one. */
function bestByExhaustion(values: number[], classes: number): number {
  const cost = (part: number[]) => {
    const mean = part.reduce((a, b) => a + b, 0) / part.length;
    return part.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  };
  if (classes === 1) return cost(values);
  let best = Number.POSITIVE_INFINITY;
  for (let cut = 1; cut <= values.length - classes + 1; cut += 1) {
    best = Math.min(
      best,
      cost(values.slice(0, cut)) + bestByExhaustion(values.slice(cut), classes - 1),
    );
  }
  return best;
}

describe("natural breaks", () => {
  it("gives each of a few different values its class", () => {
    const classes = classify([0, 0.5, 0.5, 1 / 6, null]);
    expect(classes.exact).toBe(true);
    expect(classes.bounds).toEqual([0, 0.17, 0.5]);
    expect(classes.counts).toEqual([1, 1, 2]);
    expect(classes.unknown).toBe(1);
  });

  it("parts clusters that are plain to see", () => {
    const values = [0.01, 0.02, 0.03, 0.5, 0.51, 0.52, 0.9, 0.91, 0.92];
    const classes = classify(values, 3);
    expect(classes.bounds).toEqual([0.03, 0.52, 0.92]);
    expect(classes.lows).toEqual([0.01, 0.5, 0.9]);
    expect(classes.counts).toEqual([3, 3, 3]);
  });

  it("is as good as the best of all partitions", () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const random = randoms(seed);
      const values = Array.from({ length: 14 }, () => Math.round(random() * 100) / 100);
      const classes = classify(values, 4);
      if (classes.exact) continue;
      const sorted = values.toSorted((a, b) => a - b);
      const parts = classes.bounds.map((bound, i) =>
        sorted.filter((v) => v <= bound && v > (classes.bounds[i - 1] ?? -1)),
      );
      const got = parts.reduce((sum, part) => sum + bestByExhaustion(part, 1), 0);
      expect(got, `seed ${seed}`).toBeCloseTo(bestByExhaustion(sorted, 4), 9);
    }
  });

  it("puts every value in the class its label names", () => {
    const random = randoms(7);
    const values = Array.from({ length: 500 }, () => random());
    const classes = classify(values);
    const counts = classes.bounds.map(() => 0);
    for (const value of values) {
      const index = classOf(value, classes);
      counts[index] = (counts[index] ?? 0) + 1;
      const percent = Math.round(value * 100);
      expect(percent).toBeGreaterThanOrEqual(Math.round((classes.lows[index] ?? 0) * 100));
      expect(percent).toBeLessThanOrEqual(Math.round((classes.bounds[index] ?? 0) * 100));
    }
    expect(counts).toEqual(classes.counts);
  });

  it("keeps the unknown apart", () => {
    expect(classOf(null, classify([0.1, null]))).toBe(-1);
  });

  it("stands a level without any value", () => {
    const classes = classify([null, null]);
    expect(classes.bounds).toEqual([]);
    expect(classes.unknown).toBe(2);
  });
});
