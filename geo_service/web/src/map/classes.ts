/** Classes of a choropleth: natural breaks that people can read, and that the legend states. */

export interface Classification {
  /** Upper bounds: a value belongs to the first class whose bound it does not exceed. */
  bounds: number[];
  /** Lowest value found in each class. */
  lows: number[];
  /** How many values fall in each class, and how many are unknown. */
  counts: number[];
  unknown: number;
  /** True when each class is one single value. */
  exact: boolean;
}

const STEP = 100;

/** Up to this many different values, each has a class of its own. */
const EXACT = 8;

/**
 * Split shares (0..1) into at most `wanted` classes.
 *
 * Shares are rounded to whole percentages first: the breaks are then the ones printed. When few
 * different values remain, each has its class; otherwise breaks are Fisher's optimal partition
 * (W. D. Fisher, "On grouping for maximum homogeneity", JASA 1958; known to cartographers as
 * Jenks's natural breaks), found exactly by dynamic programming on the distinct values.
 */
export function classify(values: readonly (number | null)[], wanted = 6): Classification {
  const weights = new Map<number, number>();
  let unknown = 0;
  for (const value of values) {
    if (value === null) unknown += 1;
    else {
      const rounded = Math.round(value * STEP);
      weights.set(rounded, (weights.get(rounded) ?? 0) + 1);
    }
  }
  const distinct = [...weights.keys()].sort((a, b) => a - b);
  const exact = distinct.length <= EXACT;
  const last = exact ? distinct.map((_, i) => i) : fisher(distinct, weights, wanted);
  const classes = last.map((end, i) => distinct.slice(i === 0 ? 0 : (last[i - 1] ?? 0) + 1, end + 1));
  const counts = classes.map((inside) =>
    inside.reduce((sum, value) => sum + (weights.get(value) ?? 0), 0),
  );
  return {
    bounds: last.map((end) => (distinct[end] ?? 0) / STEP),
    lows: classes.map((inside) => (inside[0] ?? 0) / STEP),
    counts,
    unknown,
    exact,
  };
}

/** Index of the last distinct value of each class, minimising the sum of squared deviations. */
function fisher(distinct: number[], weights: Map<number, number>, classes: number): number[] {
  const n = distinct.length;
  const w = [0];
  const wx = [0];
  const wxx = [0];
  distinct.forEach((x, i) => {
    const weight = weights.get(x) ?? 0;
    w.push((w[i] ?? 0) + weight);
    wx.push((wx[i] ?? 0) + weight * x);
    wxx.push((wxx[i] ?? 0) + weight * x * x);
  });
  const at = (sums: number[], i: number) => sums[i] ?? 0;
  /** Squared deviation of values i..j (included) from their mean. */
  const cost = (i: number, j: number) => {
    const total = at(w, j + 1) - at(w, i);
    const sum = at(wx, j + 1) - at(wx, i);
    return at(wxx, j + 1) - at(wxx, i) - (sum * sum) / total;
  };
  let best = distinct.map((_, j) => cost(0, j));
  const cuts: number[][] = [];
  for (let k = 1; k < classes; k += 1) {
    const next: number[] = [];
    const cut: number[] = [];
    for (let j = 0; j < n; j += 1) {
      next.push(Number.POSITIVE_INFINITY);
      cut.push(j);
      for (let i = k; i <= j; i += 1) {
        const candidate = at(best, i - 1) + cost(i, j);
        if (candidate < at(next, j)) {
          next[j] = candidate;
          cut[j] = i;
        }
      }
    }
    cuts.push(cut);
    best = next;
  }
  const ends = [n - 1];
  for (const cut of cuts.toReversed()) ends.unshift((cut[ends[0] ?? 0] ?? 1) - 1);
  return ends;
}

/** Class of a share, or -1 when it is not known. */
export function classOf(value: number | null, { bounds }: Classification): number {
  if (value === null) return -1;
  const rounded = Math.round(value * STEP) / STEP;
  const found = bounds.findIndex((bound) => rounded <= bound);
  return found === -1 ? bounds.length - 1 : found;
}
