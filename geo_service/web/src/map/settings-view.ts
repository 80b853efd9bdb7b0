/** What is chosen beside the map: what it shows, at which level, the labels of a year. */

import { html, nothing, type TemplateResult } from "lit-html";
import { type Indicator, indicatorKey } from "../api/indicator.ts";
import { upperFirst } from "../words/format.ts";
import type { DrawnLevel, LevelChoice } from "./levels.ts";
import { type IndicatorChoice, type IndicatorGroup, parseIndicator } from "./source.ts";
import type { MapWords } from "./words.ts";

export interface Settings {
  indicator: Indicator;
  /** Null until they have come: the one shown stands alone. */
  groups: readonly IndicatorGroup[] | null;
  levels: readonly DrawnLevel[];
  level: LevelChoice;
  drawn: DrawnLevel | null;
  years: readonly number[];
  year: number | null;
}

export interface SettingsEvents {
  indicator(chosen: Indicator): void;
  level(chosen: LevelChoice): void;
  year(chosen: number | null): void;
}

/** The name of an indicator, from the choices known. */
export function labelOf(
  indicator: Indicator,
  groups: readonly IndicatorGroup[] | null,
  words: MapWords,
): string {
  if (indicator.kind === "ensemble") return words.everything;
  const key = indicatorKey(indicator);
  const choices = groups?.flatMap((group) => group.choices) ?? [];
  return choices.find((choice) => indicatorKey(choice.indicator) === key)?.label ?? indicator.code;
}

function option(value: string, label: string, chosen: string): TemplateResult {
  return html`<option value=${value} ?selected=${value === chosen} .selected=${value === chosen}>
    ${label}
  </option>`;
}

function group(name: string, choices: readonly IndicatorChoice[], chosen: string): TemplateResult {
  return html`<optgroup label=${name}>
    ${choices.map(({ indicator, label }) => option(indicatorKey(indicator), label, chosen))}
  </optgroup>`;
}

const valueOf = (event: Event): string => (event.currentTarget as HTMLSelectElement).value;

export function settingsView(
  settings: Settings,
  words: MapWords,
  events: SettingsEvents,
): TemplateResult {
  const { groups, level, drawn, levels, years, year } = settings;
  const chosen = indicatorKey(settings.indicator);
  const known = (groups ?? []).filter(({ choices }) => choices.length > 0);
  const offered = known.some(({ choices }) =>
    choices.some(({ indicator }) => indicatorKey(indicator) === chosen),
  );
  return html`<div class="ex-choix">
    <label class="ex-reglage"
      ><span>${words.indicator}</span>
      <select
        data-choix="indicateur"
        @change=${(event: Event) => events.indicator(parseIndicator(valueOf(event)))}
      >
        ${option("ensemble", words.everything, chosen)}
        ${settings.indicator.kind === "ensemble" || offered
          ? nothing
          : option(chosen, labelOf(settings.indicator, groups, words), chosen)}
        ${known.map(({ kind, label, choices }) =>
          group(kind === "service" ? label : words.groups[kind], choices, chosen),
        )}
      </select></label
    >
    ${levels.length < 2
      ? nothing
      : html`<label class="ex-reglage"
          ><span>${words.level}</span>
          <select
            data-choix="niveau"
            @change=${(event: Event) => events.level(valueOf(event) as LevelChoice)}
          >
            ${option(
              "auto",
              level === "auto" && drawn !== null ? words.automaticAs(drawn) : words.automatic,
              level,
            )}
            ${levels.map((item) => option(item, upperFirst(words.levelNames(item)), level))}
          </select></label
        >`}
    ${years.length === 0
      ? nothing
      : html`<label class="ex-reglage"
          ><span>${words.labels}</span>
          <select
            data-choix="label"
            @change=${(event: Event) => {
              const value = valueOf(event);
              events.year(value === "" ? null : Number(value));
            }}
          >
            ${option("", words.noLabel, year === null ? "" : String(year))}
            ${years.map((item) => option(String(item), String(item), String(year ?? "")))}
          </select></label
        >`}
  </div>`;
}
