/** What the map draws at a level for an indicator: a class for each territory, and its legend. */

import { api } from "../api/client.ts";
import { type Indicateurs, STATUTS, type Statut } from "../api/types.ts";
import type { Indicator } from "../api/indicator.ts";
import { fr, percent } from "../words/format.ts";
import { countOf, levelName, levelNames } from "../words/grammar.ts";
import { classLabels, classMethod } from "../words/legend.ts";
import { STATUT_LABELS, STATUT_MEANINGS } from "../words/statuts.ts";
import { classOf, classify } from "./classes.ts";
import type { DrawnLevel } from "./levels.ts";
import { ramp, STATUT_COLOURS } from "./palette.ts";

export interface LegendEntry {
  label: string;
  /** How many territories. */
  detail: string;
  /** What it means, where the label does not say it. */
  meaning: string;
  colour: string;
  hatched: boolean;
}

export interface Drawing {
  level: DrawnLevel;
  /** Colour of each class; class `i` of a territory is drawn with `colours[i]`. */
  colours: string[];
  /** Class that is hatched, -1 for "no value". */
  hatchedClass: number;
  classes: Map<string, number>;
  /** The value of a territory in words, for the tooltip. */
  describe(code: string): string;
  legend: { title: string; note: string; entries: LegendEntry[] };
}

const UNKNOWN = "non documenté";
const SHARE_NOTE = "Les communes non renseignées comptent comme non couvertes.";
/** Drawings already made, kept as long as the answers they were made from. */
const drawings = new WeakMap<Indicateurs, Drawing>();

/** Ask the API for the values of every territory of a level and class them, once. */
export async function drawingOf(level: DrawnLevel, indicator: Indicator): Promise<Drawing> {
  const answer = await api.indicateurs(level, indicator);
  const known = drawings.get(answer);
  if (known !== undefined) return known;
  const drawing =
    answer.indicateur === "statut"
      ? ofStatuts(level, answer.codes, answer.valeurs)
      : ofShares(level, indicator, answer.codes, answer.valeurs);
  drawings.set(answer, drawing);
  return drawing;
}

function ofShares(
  level: DrawnLevel,
  indicator: Indicator,
  codes: string[],
  values: (number | string | null)[],
): Drawing {
  const shares = values.map((value) => (typeof value === "number" ? value : null));
  const classes = classify(shares);
  const colours = ramp(classes.bounds.length);
  const byCode = new Map(codes.map((code, i) => [code, shares[i] ?? null]));
  const entries = classLabels(classes).map((label, i) => ({
    label,
    detail: countOf(classes.counts[i] ?? 0, level),
    meaning: "",
    colour: colours[i] ?? "",
    hatched: false,
  }));
  if (classes.unknown > 0) {
    entries.push({
      label: UNKNOWN,
      detail: countOf(classes.unknown, level),
      meaning: "",
      colour: "",
      hatched: true,
    });
  }
  return {
    level,
    colours,
    hatchedClass: -1,
    classes: new Map([...byCode].map(([code, value]) => [code, classOf(value, classes)])),
    describe: (code) => {
      const value = byCode.get(code) ?? null;
      return value === null ? UNKNOWN : percent(value);
    },
    legend: {
      title:
        indicator.kind === "service"
          ? fr`Part de la population couverte, par ${levelName(level)}`
          : fr`Taux de couverture, par ${levelName(level)}`,
      note:
        indicator.kind === "service"
          ? `${classMethod(classes, levelNames(level))} ${SHARE_NOTE}`
          : classMethod(classes, levelNames(level)),
      entries,
    },
  };
}

function ofStatuts(
  level: DrawnLevel,
  codes: string[],
  values: (number | string | null)[],
): Drawing {
  const statuts = values.map((value) =>
    STATUTS.includes(value as Statut) ? (value as Statut) : "non_renseigne",
  );
  const byCode = new Map(codes.map((code, i) => [code, statuts[i] ?? "non_renseigne"]));
  const totals = new Map<Statut, number>();
  for (const statut of statuts) totals.set(statut, (totals.get(statut) ?? 0) + 1);
  return {
    level,
    colours: STATUTS.map((statut) => STATUT_COLOURS[statut]),
    hatchedClass: STATUTS.indexOf("non_renseigne"),
    classes: new Map([...byCode].map(([code, statut]) => [code, STATUTS.indexOf(statut)])),
    describe: (code) => STATUT_LABELS[byCode.get(code) ?? "non_renseigne"],
    legend: {
      title: fr`Statut du service, par ${levelName(level)}`,
      note: "",
      entries: STATUTS.map((statut) => ({
        label: STATUT_LABELS[statut],
        detail: countOf(totals.get(statut) ?? 0, level),
        meaning: STATUT_MEANINGS[statut],
        colour: statut === "non_renseigne" ? "" : STATUT_COLOURS[statut],
        hatched: statut === "non_renseigne",
      })),
    },
  };
}
