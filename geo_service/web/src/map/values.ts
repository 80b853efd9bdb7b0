/** What the map draws at a level for an indicator: a class for each territory, and its legend. */

import type { Indicator } from "../api/indicator.ts";
import { STATUTS, type Statut } from "../api/types.ts";
import { type Classification, classify, classOf } from "./classes.ts";
import type { DrawnLevel } from "./levels.ts";
import { type Fill, SILENCE, STATUT_FILLS } from "./palette.ts";
import type { GivenClasses, LevelValues, MapSource } from "./source.ts";
import type { MapWords } from "./words.ts";

export interface LegendEntry {
  label: string;
  /** How many territories. */
  detail: string;
  /** What it means, where the label does not say it. */
  meaning: string;
  fill: Fill;
}

export interface Drawing {
  level: DrawnLevel;
  /** What each class is drawn with: class `i` of a territory with `fills[i]`. */
  fills: readonly Fill[];
  /** Class of each territory by its code, -1 for one whose value is not known. */
  classes: ReadonlyMap<string, number>;
  /** The value of a territory in words. */
  describe(code: string): string;
  /** What to order territories by: the higher the better; the unknown last. */
  rank(code: string): number;
  legend: { title: string; note: string; entries: LegendEntry[] };
}

/** Drawings already made, kept as long as the values they were made from. */
const drawings = new WeakMap<LevelValues, Map<MapWords, Drawing>>();

/** Ask a source for the values of every territory of a level and class them, once. */
export async function drawingOf(
  source: MapSource,
  words: MapWords,
  level: DrawnLevel,
  indicator: Indicator,
): Promise<Drawing> {
  const values = await source.values(level, indicator);
  const known = drawings.get(values) ?? new Map<MapWords, Drawing>();
  drawings.set(values, known);
  const drawing = known.get(words) ?? draw(values, words, level, indicator);
  known.set(words, drawing);
  return drawing;
}

export function draw(
  values: LevelValues,
  words: MapWords,
  level: DrawnLevel,
  indicator: Indicator,
): Drawing {
  return values.indicateur === "statut"
    ? ofStatuts(values, words, level)
    : ofShares(values, words, level, indicator);
}

/** The classes of a static map, counted on the values at hand. */
function given(values: readonly (number | null)[], classes: GivenClasses): Classification {
  const made: Classification = {
    bounds: classes.highs.map((high) => high / 100),
    lows: classes.lows.map((low) => low / 100),
    counts: classes.highs.map(() => 0),
    unknown: 0,
    exact: classes.exact,
  };
  for (const value of values) {
    const index = classOf(value, made);
    if (index < 0) made.unknown += 1;
    else made.counts[index] = (made.counts[index] ?? 0) + 1;
  }
  return made;
}

function ofShares(
  { codes, valeurs, indicateur, classes: ready }: LevelValues,
  words: MapWords,
  level: DrawnLevel,
  indicator: Indicator,
): Drawing {
  const shares = valeurs.map((value) => (typeof value === "number" ? value : null));
  const classes = ready === undefined ? classify(shares) : given(shares, ready);
  const steps = classes.bounds.length;
  const fills = classes.bounds.map((_, step): Fill => ({ step, steps }));
  const byCode = new Map(codes.map((code, i) => [code, shares[i] ?? null]));
  const entries = fills.map((fill, i): LegendEntry => {
    const high = Math.round((classes.bounds[i] ?? 0) * 100);
    const low = Math.round((classes.lows[i] ?? 0) * 100);
    return {
      label: words.classLabel(low, high),
      detail: words.count(classes.counts[i] ?? 0, level),
      meaning: "",
      fill,
    };
  });
  if (classes.unknown > 0) {
    entries.push({
      label: words.unknown,
      detail: words.count(classes.unknown, level),
      meaning: steps === 0 ? words.dataUnknown(indicator) : "",
      fill: SILENCE,
    });
  }
  const notes = [words.method(classes.exact, ready?.total ?? shares.length, level)];
  if (indicateur === "part_population") notes.push(words.shareNote);
  return {
    level,
    fills,
    classes: new Map([...byCode].map(([code, value]) => [code, classOf(value, classes)])),
    describe: (code) => {
      const value = byCode.get(code);
      if (value === undefined) return words.absentFromData;
      return value === null ? words.unknown : words.percent(value);
    },
    rank: (code) => byCode.get(code) ?? -1,
    legend: {
      title: words.title(level, indicateur),
      note: steps === 0 ? "" : notes.join(" "),
      entries,
    },
  };
}

function ofStatuts({ codes, valeurs }: LevelValues, words: MapWords, level: DrawnLevel): Drawing {
  const statutOf = (value: unknown): Statut =>
    STATUTS.find((statut) => statut === value) ?? "non_renseigne";
  const byCode = new Map(codes.map((code, i) => [code, statutOf(valeurs[i])]));
  const totals = new Map<Statut, number>();
  for (const statut of byCode.values()) totals.set(statut, (totals.get(statut) ?? 0) + 1);
  return {
    level,
    fills: STATUT_FILLS,
    classes: new Map([...byCode].map(([code, statut]) => [code, STATUTS.indexOf(statut)])),
    describe: (code) => {
      const statut = byCode.get(code);
      return statut === undefined ? words.absentFromData : words.statut[statut].toLowerCase();
    },
    rank: (code) => {
      const statut = byCode.get(code);
      return statut === undefined ? -1 : STATUTS.length - STATUTS.indexOf(statut);
    },
    legend: {
      title: words.title(level, "statut"),
      note: "",
      entries: STATUTS.map((statut) => ({
        label: words.statut[statut],
        detail: words.count(totals.get(statut) ?? 0, level),
        meaning: words.meaning[statut],
        fill: { statut },
      })),
    },
  };
}
