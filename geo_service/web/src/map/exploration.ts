/** The map opened over a drawing: keeps the map, its settings, its legend and its list in step. */

import { html, nothing, render } from "lit-html";
import { ApiError } from "../api/client.ts";
import { type Indicator, indicatorKey } from "../api/indicator.ts";
import type { Point } from "../api/types.ts";
import { Card } from "./card.ts";
import type { Carte, Under } from "./carte.ts";
import { boxOf, FRAMES, type Frame } from "./frames.ts";
import { framesView, nameOf } from "./frames-view.ts";
import { legendView } from "./legend-view.ts";
import type { DrawnLevel, LevelChoice } from "./levels.ts";
import { type MapHandle, type MapOptions, MapUnavailableError } from "./options.ts";
import type { Outlines } from "./outlines.ts";
import { colourOf, type MapTheme, themeOf } from "./palette.ts";
import { labelOf, settingsView } from "./settings-view.ts";
import { type Skeleton, skeleton } from "./skeleton.ts";
import { type IndicatorGroup, type MapSubject, subjectOf } from "./source.ts";
import { holderOf, putBack, setAside, stageOf } from "./stage.ts";
import { loadStyle } from "./stylesheet.ts";
import { type ListItem, TerritoryList } from "./territory-list.ts";
import { Tooltip } from "./tooltip.ts";
import { type Drawing, drawingOf } from "./values.ts";
import { readState, writeState } from "./view-state.ts";
import { closest, type Direction, nearest, towards } from "./visible.ts";
import { hasWebGL } from "./webgl.ts";
import type { MapWords } from "./words.ts";

/** Share of the view that a press of a button, or an arrow past the last territory, moves by. */
const STEP = 0.4;

/** What has its card open. */
interface Chosen {
  level: DrawnLevel;
  code: string;
  nom: string;
}

export class Exploration implements MapHandle {
  readonly #figure: HTMLElement;
  readonly #options: MapOptions;
  readonly #words: MapWords;
  readonly #subject: MapSubject;
  readonly #stage: HTMLElement;
  readonly #parts: Skeleton;
  readonly #list: TerritoryList;
  readonly #card: Card;
  readonly #tooltip: Tooltip;
  readonly #outlines = new Map<Frame, Outlines>();
  readonly #darkScheme = matchMedia("(prefers-color-scheme: dark)");
  readonly #ended = new AbortController();
  #carte: Carte | null = null;
  #theme: MapTheme;
  #indicator: Indicator;
  #level: LevelChoice = "auto";
  #year: number | null = null;
  #years: readonly number[] = [];
  #groups: readonly IndicatorGroup[] | null = null;
  #drawing: Drawing | null = null;
  #regions: Drawing | null = null;
  #wanted = "";
  #pending = false;
  #troubled = false;
  #chosen: Chosen | null = null;
  /** A territory of a shared address, shown once it is in view. */
  #awaited: { level: DrawnLevel; code: string } | null = null;
  #reached: string | null = null;

  static async open(
    figure: HTMLElement,
    options: MapOptions,
    words: MapWords,
  ): Promise<Exploration> {
    if (!hasWebGL()) throw new MapUnavailableError(words.noWebGL);
    const opened = new Exploration(figure, options, words);
    try {
      await opened.#start();
    } catch (error) {
      opened.#end();
      const sentence = navigator.onLine ? words.noData : words.offline;
      throw new MapUnavailableError(sentence, { cause: error });
    }
    return opened;
  }

  private constructor(figure: HTMLElement, options: MapOptions, words: MapWords) {
    this.#figure = figure;
    this.#options = options;
    this.#words = words;
    this.#subject = subjectOf(figure);
    this.#indicator = this.#subject.indicator;
    this.#theme = this.#themeNow();
    this.#stage = stageOf(figure);
    this.#parts = skeleton(words, this.#subject.territory.nom);
    this.#tooltip = new Tooltip(this.#parts.map);
    this.#card = new Card(this.#parts.card, words, options.linkTarget, () => this.#choose(null));
    this.#list = new TerritoryList(this.#parts.list, words, {
      reach: (item) => this.#reach(item),
      choose: (item) => this.#open(item, this.#listElement()),
      list: () => this.#refreshList(),
    });
  }

  async #start(): Promise<void> {
    const { map, panel, back } = this.#parts;
    const { signal } = this.#ended;
    const shared = readState(this.#options.state ?? "");
    this.#indicator = shared.indicator ?? this.#indicator;
    this.#level = shared.level ?? "auto";
    this.#year = shared.year ?? null;
    this.#awaited =
      shared.chosen === undefined
        ? null
        : { level: shared.chosen.niveau, code: shared.chosen.code };
    const { territory } = this.#subject;
    const [{ Carte }, bbox] = await Promise.all([
      import("./carte.ts"),
      this.#subject.bbox ?? this.#options.source.box?.(territory) ?? null,
      loadStyle(this.#figure),
      document.fonts.load('600 16px "Atlas Texte Semibold"').catch(() => []),
    ]);
    setAside(this.#figure, this.#stage);
    this.#stage.classList.add("ex-scene");
    this.#stage.append(map);
    holderOf(this.#figure, this.#stage).after(panel);
    const centre: Point | null =
      bbox === null ? null : [(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2];
    this.#carte = new Carte({
      container: this.#parts.canvas,
      source: this.#options.source,
      theme: this.#theme,
      level: this.#level,
      locale: this.#words.locale,
      start: shared.camera ?? boxOf({ niveau: territory.niveau, bbox }),
      home: { ...territory, centre },
      calm: matchMedia("(prefers-reduced-motion: reduce)").matches,
      events: {
        busy: () => this.#state("busy"),
        idle: () => this.#idle(),
        failed: (error) => this.#failed(error),
        zoomed: () => void this.#refresh(),
        moved: () => this.#share(),
        pressed: (under) => this.#pressed(under),
        over: (under) => this.#over(under),
      },
    });
    const { canvas } = this.#carte;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", this.#words.canvas);
    canvas.setAttribute("aria-describedby", map.getAttribute("aria-describedby") ?? "");
    canvas.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    canvas.addEventListener("blur", () => this.#reach(null));
    map.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#card.close();
    });
    back.addEventListener("click", () => this.close());
    this.#darkScheme.addEventListener("change", () => this.#recolour(), { signal });
    addEventListener("online", () => this.#retry(), { signal });
    this.#options.onState?.(this.#options.state ?? "");
    this.#state("busy");
    this.#drawSettings();
    void this.#refresh();
    void this.#loadSettings();
    void this.#loadFrames();
  }

  // What the opener may ask.

  close(): void {
    if (this.#ended.signal.aborted) return;
    this.#end();
    this.#options.onClose?.();
  }

  show(indicator: Indicator): void {
    this.#indicator = indicator;
    this.#drawSettings();
    void this.#refresh(true);
    void this.#loadRegions();
    this.#share();
  }

  focus(): void {
    this.#parts.map.focus({ preventScroll: true });
    this.#say(this.#words.opened(this.#subject.territory.nom));
  }

  #end(): void {
    this.#ended.abort();
    this.#carte?.remove();
    this.#carte = null;
    this.#parts.map.remove();
    this.#parts.panel.remove();
    this.#stage.classList.remove("ex-scene", "ex-dessinee");
    putBack(this.#figure);
  }

  // Drawing.

  #themeNow(): MapTheme {
    const { scheme = "auto", ...given } = this.#options.theme ?? {};
    const dark = scheme === "auto" ? this.#darkScheme.matches : scheme === "dark";
    return themeOf(dark, given);
  }

  #recolour(): void {
    this.#theme = this.#themeNow();
    this.#carte?.paintIn(this.#theme, this.#level);
    this.#drawLegend();
    this.#drawSettings();
  }

  /** Show the level and indicator of the moment, when they are not already shown. */
  async #refresh(aloud = false): Promise<void> {
    const carte = this.#carte;
    if (carte === null) return;
    const indicator = this.#indicator;
    const level = carte.level(this.#level);
    const wanted = `${level} ${indicatorKey(indicator)}`;
    if (wanted === this.#wanted) {
      this.#drawNote();
      return;
    }
    this.#wanted = wanted;
    this.#pending = true;
    this.#state("busy");
    try {
      const drawing = await drawingOf(this.#options.source, this.#words, level, indicator);
      if (this.#wanted !== wanted || this.#carte === null) return;
      const levelChanged = this.#drawing !== null && this.#drawing.level !== level;
      this.#drawing = drawing;
      this.#pending = false;
      carte.draw(drawing, indicator);
      if (this.#chosen !== null && this.#chosen.level !== level) this.#card.close();
      this.#drawLegend();
      this.#drawSettings();
      this.#drawNote();
      if (aloud || levelChanged) this.#say(this.#words.drawn(drawing.legend.title));
    } catch (error) {
      if (this.#wanted !== wanted) return;
      this.#wanted = "";
      this.#pending = false;
      this.#failed(error);
    }
  }

  #subjectLabel(): string {
    return labelOf(this.#indicator, this.#groups, this.#words);
  }

  #drawLegend(): void {
    if (this.#drawing === null) return;
    const { source } = this.#options;
    const download = source.download(this.#drawing.level, this.#indicator);
    render(
      html`${legendView(this.#drawing, this.#theme, this.#subjectLabel())}
      ${download === null
        ? nothing
        : html`<p><a href=${download} download>${this.#words.download}</a></p>`}`,
      this.#parts.legend,
    );
  }

  #drawNote(): void {
    const drawn = this.#drawing?.level;
    this.#parts.note.textContent =
      this.#level !== "auto" && drawn !== undefined && drawn !== this.#level
        ? this.#words.zoomFor(this.#level, drawn)
        : "";
  }

  #drawSettings(): void {
    const { source } = this.#options;
    const settings = settingsView(
      {
        indicator: this.#indicator,
        groups: this.#groups,
        levels: source.levels,
        level: this.#level,
        drawn: this.#drawing?.level ?? null,
        years: this.#years,
        year: this.#year,
      },
      this.#words,
      {
        indicator: (chosen) => this.show(chosen),
        level: (chosen) => {
          this.#level = chosen;
          if (chosen !== "auto") this.#carte?.reach(chosen);
          this.#drawSettings();
          void this.#refresh(true);
          this.#share();
        },
        year: (chosen) => this.#showYear(chosen),
      },
    );
    const regions = this.#regions;
    const ofRegion = (code: string): string => {
      const fill = regions?.fills[regions.classes.get(code) ?? -1];
      return fill === undefined ? this.#theme.statuts.non_renseigne : colourOf(fill, this.#theme);
    };
    const frames =
      source.tile === null
        ? nothing
        : framesView(this.#words, this.#outlines, ofRegion, (frame) => {
            this.#carte?.fit(frame.bbox);
            this.#say(this.#words.centred(nameOf(frame, this.#words)));
          });
    render(html`${this.#moves()}${frames}${settings}`, this.#parts.settings);
  }

  /** Buttons that move the map: what a drag does, without one (WCAG 2.2, 2.5.7). */
  #moves(): unknown {
    const moves = [
      ["ArrowLeft", "←", -STEP, 0],
      ["ArrowUp", "↑", 0, STEP],
      ["ArrowDown", "↓", 0, -STEP],
      ["ArrowRight", "→", STEP, 0],
    ] as const;
    return html`<div class="ex-pas" role="group" aria-label=${this.#words.moves.label}>
      ${moves.map(
        ([direction, sign, x, y]) =>
          html`<button
            type="button"
            class="ex-rond"
            aria-label=${this.#words.moves[direction]}
            @click=${() => this.#carte?.shift(x, y)}
          >
            ${sign}
          </button>`,
      )}
    </div>`;
  }

  async #loadSettings(): Promise<void> {
    const { source } = this.#options;
    const [groups, years] = await Promise.allSettled([
      source.indicators(),
      source.labels?.years() ?? [],
    ]);
    if (this.#carte === null) return;
    // Without them the map stands: the indicator of the figure is shown, no label is offered.
    if (groups.status === "fulfilled") this.#groups = groups.value;
    if (years.status === "fulfilled") this.#years = years.value;
    this.#drawSettings();
    this.#drawLegend();
    if (this.#year !== null) this.#showYear(this.#years.includes(this.#year) ? this.#year : null);
  }

  #showYear(year: number | null): void {
    this.#year = year;
    const points = year === null ? null : (this.#options.source.labels?.points(year) ?? null);
    this.#carte?.award(points);
    this.#drawSettings();
    this.#share();
  }

  /** The small frames are a comfort: when they fail, their names remain. */
  async #loadFrames(): Promise<void> {
    const { tile } = this.#options.source;
    if (tile === null) return;
    try {
      const { outlinesOf } = await import("./outlines.ts");
      await Promise.allSettled(
        FRAMES.map(async (frame) => this.#outlines.set(frame, await outlinesOf(frame, tile))),
      );
    } catch (error) {
      console.warn(error);
    }
    await this.#loadRegions();
  }

  async #loadRegions(): Promise<void> {
    const { source } = this.#options;
    const indicator = this.#indicator;
    if (source.tile === null) return;
    try {
      const regions = await drawingOf(source, this.#words, "region", indicator);
      if (indicatorKey(this.#indicator) === indicatorKey(indicator)) this.#regions = regions;
    } catch {
      this.#regions = null;
    }
    if (this.#carte !== null) this.#drawSettings();
  }

  // States.

  #state(state: "busy" | "idle" | "error"): void {
    const { map, waiting } = this.#parts;
    const shown = this.#troubled ? "error" : state;
    map.dataset["etat"] = shown;
    if (this.#drawing !== null) map.dataset["niveau"] = this.#drawing.level;
    waiting.hidden = shown !== "busy" || this.#stage.classList.contains("ex-dessinee");
  }

  #idle(): void {
    if (this.#pending || this.#drawing === null) return;
    if (!this.#troubled) this.#stage.classList.add("ex-dessinee");
    this.#refreshList();
    this.#meetAwaited();
    this.#state("idle");
  }

  #failed(error: unknown): void {
    // What the map gave up by itself (it moved on) is no failure.
    if (error instanceof DOMException && error.name === "AbortError") return;
    this.#troubled = true;
    const words = this.#words;
    const told = error instanceof ApiError && words.lang === "fr" ? error.message : words.noData;
    const sentence = navigator.onLine ? told : words.offline;
    render(
      html`<div class="souci ex-souci-boite" role="alert">
        <p>${sentence}</p>
        <button type="button" class="bouton" @click=${() => this.#retry()}>${words.retry}</button>
      </div>`,
      this.#parts.trouble,
    );
    this.#state("error");
  }

  /** Ask again for what failed; nothing when nothing did. */
  #retry(): void {
    if (!this.#troubled) return;
    this.#troubled = false;
    const had = this.#parts.trouble.contains(document.activeElement);
    render(nothing, this.#parts.trouble);
    if (had) this.#parts.map.focus({ preventScroll: true });
    this.#wanted = "";
    this.#state("busy");
    this.#carte?.refresh(this.#level);
    void this.#refresh();
    if (this.#groups === null) void this.#loadSettings();
    void this.#loadFrames();
  }

  #say(sentence: string): void {
    this.#parts.live.textContent = sentence;
  }

  /** Tell the opener the view, so that the address says it. */
  #share(): void {
    const carte = this.#carte;
    if (carte === null || this.#options.onState === undefined) return;
    const same = indicatorKey(this.#indicator) === indicatorKey(this.#subject.indicator);
    const awaited = this.#awaited;
    const chosen = this.#chosen ?? awaited;
    this.#options.onState(
      writeState({
        ...(same ? {} : { indicator: this.#indicator }),
        level: this.#level,
        camera: carte.camera,
        ...(chosen === null ? {} : { chosen: { niveau: chosen.level, code: chosen.code } }),
        ...(this.#year === null ? {} : { year: this.#year }),
      }),
    );
  }

  // Territories and lieux.

  #refreshList(): void {
    const carte = this.#carte;
    const drawing = this.#drawing;
    if (carte === null || drawing === null) return;
    const words = this.#words;
    const places = carte.places();
    const listed = this.#list.listed === "places" && places.length > 0 ? "places" : "territories";
    const awards = carte.awards();
    const all: ListItem[] =
      listed === "places"
        ? places.map((place) => ({ ...place, value: place.approximate ? words.approximate : "" }))
        : carte.territories().map((territory) => ({
            ...territory,
            value: this.#valueOf(drawing, territory.code, awards),
          }));
    const items = nearest(all, carte.camera.centre);
    this.#list.show({
      items,
      title:
        listed === "places"
          ? words.visiblePlaces(all.length)
          : words.visible(all.length, drawing.level),
      note: items.length < all.length ? words.nearest(items.length, all.length) : "",
      places: places.length > 0,
      rank: drawing.rank,
    });
  }

  #valueOf(drawing: Drawing, code: string, awards: ReturnType<Carte["awards"]>): string {
    const award = this.#year === null ? undefined : awards.get(`${drawing.level}/${code}`);
    const value = drawing.describe(code);
    if (award === undefined || this.#year === null) return value;
    return `${value}, ${this.#words.arobases(award.arobases, award.green, this.#year)}`;
  }

  #listElement(): HTMLElement | null {
    return this.#parts.list.querySelector<HTMLElement>('[role="listbox"]');
  }

  /** Outline what was reached; without one, what has its card open. */
  #reach(item: ListItem | null): void {
    this.#reached = item?.code ?? null;
    if (item !== null) this.#list.point(item.code);
    const drawing = this.#drawing;
    if (drawing === null) return;
    if (item !== null && this.#list.listed === "territories") {
      this.#carte?.point({ level: drawing.level, code: item.code });
    } else if (item !== null) {
      this.#carte?.spot(item.point);
    } else {
      this.#carte?.spot(null);
      this.#carte?.point(this.#chosen);
    }
  }

  #open(item: ListItem, from: HTMLElement | null): void {
    if (this.#list.listed === "places") this.#openPlace(item, from);
    else this.#openTerritory(item, from);
  }

  #href(address: string | null): string | null {
    return address === null ? null : address + (this.#options.linkHash ?? "");
  }

  #openTerritory({ code, nom }: { code: string; nom: string }, from: HTMLElement | null): void {
    const drawing = this.#drawing;
    if (drawing === null) return;
    const words = this.#words;
    const { level } = drawing;
    const territory = { niveau: level, code, nom };
    const value = this.#valueOf(drawing, code, this.#carte?.awards() ?? new Map());
    this.#choose({ level, code, nom });
    this.#say(words.said(nom, value));
    this.#card.show(
      {
        nom,
        kind: words.kind(territory),
        subject: this.#subjectLabel(),
        value,
        detail: "",
        href: this.#href(this.#options.source.pageOf(territory, this.#indicator)),
        link: words.openPage(nom),
      },
      from,
    );
    this.#options.onTerritory?.(territory);
  }

  #openPlace({ code, nom, value }: ListItem, from: HTMLElement | null): void {
    const words = this.#words;
    this.#say(value === "" ? nom : words.said(nom, value));
    this.#card.show(
      {
        nom,
        kind: words.place,
        subject: "",
        value: "",
        detail: value,
        href: this.#options.source.placePage(code),
        link: words.openPlace,
      },
      from,
    );
  }

  #choose(chosen: Chosen | null): void {
    this.#chosen = chosen;
    this.#awaited = null;
    if (this.#reached === null || chosen !== null) this.#carte?.point(chosen);
    this.#share();
  }

  /** Open the card of the territory that a shared address names, once the map shows it. */
  #meetAwaited(): void {
    const awaited = this.#awaited;
    if (awaited === null || awaited.level !== this.#drawing?.level) return;
    const found = this.#carte?.territories().find(({ code }) => code === awaited.code);
    if (found !== undefined) this.#openTerritory(found, null);
  }

  #pressed({ territory, place }: Under): void {
    this.#tooltip.hide();
    if (place !== null) {
      this.#openPlace(
        { ...place, value: place.approximate ? this.#words.approximate : "" },
        null,
      );
    } else if (territory !== null) {
      this.#openTerritory(territory, null);
    } else {
      this.#card.close();
    }
  }

  #over(under: Under | null): void {
    const territory = under?.territory ?? null;
    if (under === null || territory === null || this.#drawing === null) {
      this.#tooltip.hide();
      return;
    }
    const { place } = under;
    const vague = place?.approximate === true ? ` (${this.#words.approximate})` : "";
    this.#tooltip.show(
      under.point,
      territory.nom,
      this.#drawing.describe(territory.code),
      place === null ? "" : place.nom + vague,
    );
  }

  /** From the map itself: Shift and an arrow go from territory to territory, Enter opens. */
  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#carte === null) return;
    const { centre } = this.#carte.camera;
    const items = this.#list.items;
    const active = items.find(({ code }) => code === this.#reached);
    if (event.key === "Enter" || event.key === " ") {
      const chosen = active ?? closest(items, centre);
      if (chosen !== undefined) this.#open(chosen, this.#carte.canvas);
    } else if (event.shiftKey && event.key.startsWith("Arrow")) {
      const direction = event.key as Direction;
      const next =
        active === undefined
          ? closest(items, centre)
          : towards(items, active.point, direction, active.code);
      if (next === undefined) this.#step(direction);
      else {
        this.#reach(next);
        this.#say(next.value === "" ? next.nom : this.#words.said(next.nom, next.value));
      }
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #step(direction: Direction): void {
    const x = direction === "ArrowLeft" ? -STEP : direction === "ArrowRight" ? STEP : 0;
    const y = direction === "ArrowDown" ? -STEP : direction === "ArrowUp" ? STEP : 0;
    this.#carte?.shift(x, y);
  }
}
