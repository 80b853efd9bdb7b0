/** The map's side of the page: loads MapLibre late, and keeps legend, frames and states in step. */

import { render } from "lit-html";
import { api, labelsAddress } from "../api/client.ts";
import type { Bbox, Reference } from "../api/types.ts";
import type { Carte, Chosen, MapState } from "../map/carte.ts";
import { FRAMES, type Frame } from "../map/frames.ts";
import type { LevelChoice } from "../map/levels.ts";
import { LIGHT } from "../map/palette.ts";
import type { Outlines } from "../map/outlines.ts";
import type { Drawing } from "../map/values.ts";
import { framesView } from "../views/frames.ts";
import { legendView } from "../views/legend.ts";
import { trouble } from "../views/states.ts";
import { fr, upperFirst } from "../words/format.ts";
import { levelNames } from "../words/grammar.ts";
import { sentenceOf } from "../site/faults.ts";
import { indicatorKey, type View } from "../api/indicator.ts";

export interface MapElements {
  frame: HTMLElement;
  canvas: HTMLElement;
  legend: HTMLElement;
  frames: HTMLElement;
  trouble: HTMLElement;
  level: HTMLSelectElement;
  labels: HTMLSelectElement;
  levelNote: HTMLElement;
}

export class MapView {
  readonly #elements: MapElements;
  readonly #onTerritory: (territory: Reference) => void;
  readonly #outlines = new Map<Frame, Outlines>();
  #route: View;
  #carte: Carte | null = null;
  #regions: Drawing | null = null;
  #troubled = false;

  constructor(elements: MapElements, route: View, onTerritory: (territory: Reference) => void) {
    this.#elements = elements;
    this.#route = route;
    this.#onTerritory = onTerritory;
    elements.level.addEventListener("change", () => {
      this.#carte?.setLevel(elements.level.value as LevelChoice);
    });
    elements.labels.addEventListener("change", () => this.#showLabels());
    this.#state("busy");
    this.#drawFrames();
  }

  /** Fetch the map's code and start it on a box. */
  async start(bounds: Bbox): Promise<void> {
    try {
      const { Carte } = await import("../map/carte.ts");
      this.#carte = new Carte({
        container: this.#elements.canvas,
        bounds,
        indicator: this.#route.indicator,
        onTerritory: this.#onTerritory,
        onDrawing: (drawing, wanted) => this.#drawn(drawing, wanted),
        onState: (state, error) => this.#state(state, error),
      });
    } catch (error) {
      console.warn(error);
      this.#say(
        fr`La carte ne peut pas s’afficher sur cet appareil. Le diagnostic et les chiffres restent lisibles.`,
        () => location.reload(),
      );
      this.#elements.frame.dataset["mapState"] = "error";
      return;
    }
    void this.#loadFrames();
    void this.#loadLabels();
  }

  /** Offer the years of the label, where the atlas knows of any. */
  async #loadLabels(): Promise<void> {
    const { labels } = this.#elements;
    try {
      const { annees } = await api.labels();
      const options = annees.map(({ annee }) => new Option(String(annee), String(annee)));
      labels.append(...options);
      const field = labels.closest("label");
      if (field !== null) field.hidden = annees.length === 0;
    } catch {
      // The labels are a comfort: without them the field stays hidden.
    }
  }

  #showLabels(): void {
    const { value } = this.#elements.labels;
    this.#carte?.showLabels(value === "" ? null : labelsAddress(Number(value)));
  }

  /** Follow the address: outline the territory, draw the indicator. */
  follow(route: View): void {
    const changed = indicatorKey(route.indicator) !== indicatorKey(this.#route.indicator);
    this.#route = route;
    if (changed) {
      this.#carte?.show(route.indicator);
      void this.#loadRegions();
    }
    this.#drawFrames();
  }

  choose(chosen: Chosen | null): void {
    this.#carte?.choose(chosen);
  }

  fit(bounds: Bbox): void {
    this.#carte?.fit(bounds);
  }

  #drawn(drawing: Drawing, wanted: LevelChoice): void {
    const { legend, level, levelNote } = this.#elements;
    render(legendView(drawing), legend);
    const automatic = level.options[0];
    if (automatic !== undefined) {
      automatic.textContent =
        wanted === "auto" ? `${upperFirst(levelNames(drawing.level))} (auto)` : "Automatique";
    }
    levelNote.textContent =
      wanted !== "auto" && wanted !== drawing.level
        ? fr`Zoomez pour voir les ${levelNames(wanted)} : à cette échelle, la carte montre les ${levelNames(drawing.level)}.`
        : "";
    this.#elements.frame.dataset["mapLevel"] = drawing.level;
  }

  #state(state: MapState, error?: unknown): void {
    if (state === "error") {
      this.#troubled = true;
      const known = error instanceof Error && error.name === "ApiError";
      this.#say(
        known ? sentenceOf(error) : fr`La carte n’a pas pu charger toutes ses données.`,
        () => this.retry(),
      );
    }
    this.#elements.frame.dataset["mapState"] = this.#troubled ? "error" : state;
  }

  /** Ask again for what failed; nothing when nothing did. */
  retry(): void {
    if (!this.#troubled) return;
    this.#troubled = false;
    render(null, this.#elements.trouble);
    this.#state("busy");
    this.#carte?.retry();
    void this.#loadFrames();
  }

  #say(sentence: string, onRetry: () => void): void {
    render(trouble(sentence, onRetry), this.#elements.trouble);
  }

  /** The small frames are a comfort: when they fail, the map's own message is enough. */
  async #loadFrames(): Promise<void> {
    const { outlinesOf } = await import("../map/outlines.ts");
    await Promise.allSettled(
      FRAMES.map(async (frame) => {
        this.#outlines.set(frame, await outlinesOf(frame));
      }),
    );
    await this.#loadRegions();
  }

  async #loadRegions(): Promise<void> {
    const { indicator } = this.#route;
    try {
      const { drawingOf } = await import("../map/values.ts");
      const regions = await drawingOf("region", indicator);
      if (indicatorKey(this.#route.indicator) === indicatorKey(indicator)) this.#regions = regions;
    } catch {
      this.#regions = null;
    }
    this.#drawFrames();
  }

  #drawFrames(): void {
    const regions = this.#regions;
    const colourOf = (code: string): string =>
      regions?.colours[regions.classes.get(code) ?? -1] ?? LIGHT.unknown;
    render(framesView(this.#route, this.#outlines, colourOf), this.#elements.frames);
  }
}
