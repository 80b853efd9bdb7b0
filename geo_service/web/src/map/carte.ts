/** The MapLibre map of the atlas: draws a level for an indicator, and tells what people do on it. */

import {
  addProtocol,
  type ErrorEvent,
  type ExpressionSpecification,
  type GeoJSONSource,
  Map as LibreMap,
  type MapGeoJSONFeature,
  type MapMouseEvent,
  NavigationControl,
  type PointLike,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "virtual:map-worker";
import type { Indicator } from "../api/indicator.ts";
import type { Bbox, Point, Reference } from "../api/types.ts";
import {
  DRAWN,
  type DrawnLevel,
  isOutlined,
  LAYERS,
  type LevelChoice,
  levelAt,
  OUTLINED,
} from "./levels.ts";
import { type MapTheme, SILENCE } from "./palette.ts";
import { dotting, hatching } from "./pattern.ts";
import type { LabelSource, MapSource } from "./source.ts";
import {
  buildStyle,
  LABELS_SOURCE,
  layerId,
  levelled,
  NOTHING,
  PATTERNS,
  PLACES_LAYER,
  POINT_SOURCE,
  seenLayers,
  SPOT_SOURCE,
  stateOf,
  TERRITORIES,
} from "./style.ts";
import type { Drawing } from "./values.ts";
import { boxAround, joined, type Piece, type Visible } from "./visible.ts";

setWorkerUrl(workerUrl);

/** Closest view a territory is fitted in: a commune keeps its neighbours around it. */
const CLOSEST = 10.4;
/** Pixels around a touch or a press in which a lieu is meant: its mark is smaller than a finger. */
const REACH = 8;

/** A lieu of the service shown, where tiles give it one by one. */
export interface PlaceSeen extends Visible {
  approximate: boolean;
}

/** What is under the pointer. */
export interface Under {
  point: { x: number; y: number };
  territory: Visible | null;
  place: PlaceSeen | null;
}

export interface CarteEvents {
  /** Something is being fetched or moved. */
  busy(): void;
  /** All that was asked for is drawn. */
  idle(): void;
  /** Tiles failed to come. */
  failed(error: unknown): void;
  /** The level to draw may have changed with the zoom. */
  zoomed(): void;
  moved(): void;
  pressed(under: Under): void;
  /** Null when the pointer leaves. */
  over(under: Under | null): void;
}

export interface CarteOptions {
  container: HTMLElement;
  source: MapSource;
  theme: MapTheme;
  level: LevelChoice;
  locale: Record<string, string>;
  start: Bbox | { zoom: number; centre: Point };
  /** The territory the page is about, outlined whatever is drawn. */
  home: Reference & { centre: Point | null };
  calm: boolean;
  events: CarteEvents;
}

/** One map, between its creation and `remove`. */
export class Carte {
  readonly #map: LibreMap;
  readonly #source: MapSource;
  readonly #events: CarteEvents;
  readonly #home: CarteOptions["home"];
  readonly #calm: boolean;
  #theme: MapTheme;
  #drawing: Drawing | null = null;
  #service: string | null = null;
  #focused: { level: DrawnLevel; code: string } | null = null;
  #spotted: Point | null = null;
  #award: ReturnType<LabelSource["points"]> | null = null;
  #hovered = "";
  /** Whether the style's layers are there to be changed. */
  #styled = false;

  /** @throws {Error} without WebGL. */
  constructor(options: CarteOptions) {
    this.#source = options.source;
    this.#events = options.events;
    this.#home = options.home;
    this.#calm = options.calm;
    this.#theme = options.theme;
    for (const [scheme, action] of Object.entries(options.source.protocols ?? {})) {
      addProtocol(scheme, action);
    }
    const { start } = options;
    this.#map = new LibreMap({
      container: options.container,
      ...("zoom" in start
        ? { zoom: start.zoom, center: start.centre }
        : { bounds: start, fitBoundsOptions: { padding: 24, maxZoom: CLOSEST } }),
      ...(options.source.bounds === null ? {} : { maxBounds: roomAround(options.source.bounds) }),
      minZoom: options.source.territories.minzoom,
      maxZoom: 14,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      renderWorldCopies: false,
      // A wheel that scrolls the page is not caught by the map: it zooms with Ctrl.
      cooperativeGestures: matchMedia("(pointer: fine)").matches,
      fadeDuration: options.calm ? 0 : 300,
      locale: options.locale,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.#map.addControl(new ScaleControl({ unit: "metric" }), "bottom-right");
    this.#listen();
    this.paintIn(options.theme, options.level);
  }

  get canvas(): HTMLCanvasElement {
    return this.#map.getCanvas();
  }

  get camera(): { zoom: number; centre: Point } {
    const { lng, lat } = this.#map.getCenter();
    return { zoom: this.#map.getZoom(), centre: [lng, lat] };
  }

  level(choice: LevelChoice): DrawnLevel {
    return levelAt(this.#map.getZoom(), choice, this.#source.levels);
  }

  /** Come close enough for a level to be in the tiles. */
  reach(level: DrawnLevel): void {
    const { minzoom } = LAYERS[level];
    if (this.#map.getZoom() < minzoom) this.#map.easeTo({ zoom: minzoom, ...this.#motion() });
  }

  /** Draw values, and the lieux of the service they are about. */
  draw(drawing: Drawing, indicator: Indicator): void {
    this.#drawing = drawing;
    this.#service = indicator.kind === "service" ? indicator.code : null;
    if (this.#styled) this.#paint();
  }

  /** Show the labels of a year, from their points; or none. */
  award(points: ReturnType<LabelSource["points"]> | null): void {
    this.#award = points;
    if (this.#styled) this.#showAward();
  }

  /** Outline the territory that was chosen or reached by keyboard; or none. */
  point(target: { level: DrawnLevel; code: string } | null): void {
    this.#focused = target;
    if (this.#styled) this.#outlineFocus();
  }

  /** Ring the lieu that was reached by keyboard; or none. */
  spot(point: Point | null): void {
    this.#spotted = point;
    if (this.#styled) this.#showSpot();
  }

  /** Bring a box into view, at once if the person prefers less motion. */
  fit(bounds: Bbox): void {
    this.#map.fitBounds(bounds, { padding: 24, maxZoom: CLOSEST, ...this.#motion() });
  }

  centre(point: Point): void {
    this.#map.easeTo({ center: point, ...this.#motion() });
  }

  /** Move by a share of the view: x to the east, y to the north. */
  shift(x: number, y: number): void {
    const { clientWidth, clientHeight } = this.#map.getContainer();
    this.#map.panBy([x * clientWidth, -y * clientHeight], this.#motion());
  }

  /**
   * Ask again for tiles that failed to come: sources made anew, since MapLibre 6.12 takes a tile
   * in error that it refreshes for one on its way, and never asks for it.
   */
  refresh(choice: LevelChoice): void {
    this.paintIn(this.#theme, choice);
  }

  /** Draw in the colours of a scheme. */
  paintIn(theme: MapTheme, choice: LevelChoice): void {
    this.#theme = theme;
    this.#styled = false;
    const level = this.#drawing?.level ?? this.level(choice);
    const style = buildStyle(this.#source, theme, level);
    this.#map.setStyle(style, { diff: false });
  }

  resize(): void {
    this.#map.resize();
  }

  remove(): void {
    this.#map.remove();
  }

  /** The territories of the level drawn that are in view. */
  territories(): Visible[] {
    const level = this.#drawing?.level;
    if (level === undefined || !this.#styled) return [];
    const found = this.#map.queryRenderedFeatures({ layers: [layerId.fill(level)] });
    return joined(pieces(found), this.#view());
  }

  /** The lieux of the service shown that are in view. */
  places(): PlaceSeen[] {
    if (this.#service === null || !this.#styled || this.#source.places === null) return [];
    const found = this.#map.queryRenderedFeatures({ layers: [PLACES_LAYER] });
    const seen = found.map(placeOf).filter((place) => place !== null);
    return [...new Map(seen.map((place) => [place.code, place])).values()];
  }

  /** The labels shown in view, by `niveau/code`. */
  awards(): Map<string, { arobases: number; green: boolean }> {
    if (this.#award === null || !this.#styled) return new Map();
    return new Map(
      this.#map.querySourceFeatures(LABELS_SOURCE).map(({ properties }) => [
        `${String(properties["niveau"])}/${String(properties["code"])}`,
        {
          arobases: Number(properties["arobases"]),
          green: properties["arobase_verte"] === true,
        },
      ]),
    );
  }

  #view(): Bbox {
    const [[west, south], [east, north]] = this.#map.getBounds().toArray();
    return [west, south, east, north];
  }

  #motion(): { duration: number } {
    return { duration: this.#calm ? 0 : 700 };
  }

  #listen(): void {
    const map = this.#map;
    map.on("style.load", () => {
      map.addImage(PATTERNS.hatched, hatching(this.#theme.hatch), { pixelRatio: 2 });
      map.addImage(PATTERNS.dotted, dotting(this.#theme.dot), { pixelRatio: 2 });
      this.#styled = true;
      this.#outlineHome();
      this.#outlineFocus();
      this.#showAward();
      this.#showSpot();
      if (this.#drawing !== null) this.#paint();
    });
    map.on("movestart", () => this.#events.busy());
    map.on("dataloading", () => this.#events.busy());
    map.on("zoomend", () => this.#events.zoomed());
    map.on("moveend", () => {
      this.#mark();
      this.#events.moved();
    });
    map.on("idle", () => this.#events.idle());
    map.on("error", (event: ErrorEvent) => this.#events.failed(event.error));
    map.on("click", (event) => this.#events.pressed(this.#under(event)));
    map.on("mousemove", (event) => this.#hover(event));
    map.getCanvas().addEventListener("mouseleave", () => this.#leave());
  }

  #paint(): void {
    const drawing = this.#drawing;
    if (drawing === null) return;
    const map = this.#map;
    const { level } = drawing;
    const target = { source: TERRITORIES, sourceLayer: LAYERS[level].layer };
    const states = drawing.fills.map((fill) => stateOf(fill, this.#theme));
    const silence = stateOf(SILENCE, this.#theme);
    for (const [id, index] of drawing.classes) {
      map.setFeatureState({ ...target, id }, states[index] ?? silence);
    }
    const hasPlaces = this.#source.places !== null;
    const seen = seenLayers(level, hasPlaces && this.#service !== null);
    for (const id of levelled(hasPlaces)) {
      const wanted = seen.has(id) ? "visible" : "none";
      if ((map.getLayoutProperty(id, "visibility") ?? "visible") !== wanted) {
        map.setLayoutProperty(id, "visibility", wanted);
      }
    }
    if (hasPlaces) {
      const services: ExpressionSpecification = ["concat", ",", ["get", "services"], ","];
      map.setFilter(PLACES_LAYER, ["in", `,${this.#service ?? ""},`, services]);
    }
    this.#leave();
    map.triggerRepaint();
  }

  #outlineHome(): void {
    for (const level of OUTLINED) {
      const code = this.#home.niveau === level ? this.#home.code : "";
      for (const id of [layerId.casing(level), layerId.chosen(level)]) this.#only(id, code);
    }
    this.#mark();
  }

  #outlineFocus(): void {
    for (const level of DRAWN) {
      const code = this.#focused?.level === level ? this.#focused.code : "";
      for (const id of [layerId.focusCasing(level), layerId.focus(level)]) this.#only(id, code);
    }
  }

  #only(layer: string, code: string): void {
    this.#map.setFilter(layer, code === "" ? NOTHING : ["==", ["get", "code"], code]);
  }

  #showSpot(): void {
    const source = this.#map.getSource<GeoJSONSource>(SPOT_SOURCE);
    source?.setData(pointsAt(this.#spotted));
  }

  #showAward(): void {
    this.#map.getSource<GeoJSONSource>(LABELS_SOURCE)?.setData(this.#award ?? pointsAt(null));
  }

  /** A point for the territory of the page where the zoom is too low for its outline. */
  #mark(): void {
    const { niveau, centre } = this.#home;
    const small =
      // A région is seen from everywhere; the centre of scattered communes says nothing.
      niveau !== "region" &&
      niveau !== "groupe" &&
      isOutlined(niveau) &&
      this.#map.getZoom() < LAYERS[niveau].minzoom + 1;
    const source = this.#map.getSource<GeoJSONSource>(POINT_SOURCE);
    source?.setData(pointsAt(small ? centre : null));
  }

  #under({ point, lngLat }: MapMouseEvent): Under {
    const level = this.#drawing?.level;
    if (level === undefined || !this.#styled) return { point, territory: null, place: null };
    const [feature] = this.#map.queryRenderedFeatures(point, { layers: [layerId.fill(level)] });
    const territory =
      feature === undefined ? null : { ...named(feature), point: lngLat.toArray() as Point };
    return { point, territory, place: this.#placeAt(point) };
  }

  #placeAt({ x, y }: { x: number; y: number }): PlaceSeen | null {
    if (this.#source.places === null || this.#service === null) return null;
    const around: [PointLike, PointLike] = [
      [x - REACH, y - REACH],
      [x + REACH, y + REACH],
    ];
    const found = this.#map.queryRenderedFeatures(around, { layers: [PLACES_LAYER] });
    for (const feature of found) {
      const place = placeOf(feature);
      if (place !== null) return place;
    }
    return null;
  }

  #hover(event: MapMouseEvent): void {
    const under = this.#under(event);
    const level = this.#drawing?.level;
    if (under.territory === null || level === undefined) {
      this.#leave();
      return;
    }
    this.#map.getCanvas().style.cursor = "pointer";
    if (under.territory.code !== this.#hovered) {
      this.#hovered = under.territory.code;
      this.#only(layerId.hover(level), this.#hovered);
    }
    this.#events.over(under);
  }

  #leave(): void {
    this.#events.over(null);
    this.#map.getCanvas().style.cursor = "";
    if (this.#hovered === "" || !this.#styled) return;
    this.#hovered = "";
    for (const level of DRAWN) this.#map.setFilter(layerId.hover(level), NOTHING);
  }
}

function pointsAt(coordinates: Point | null): GeoJSON.FeatureCollection {
  const features: GeoJSON.Feature[] =
    coordinates === null
      ? []
      : [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates } }];
  return { type: "FeatureCollection", features };
}

/** Room to move around a small country, so that its edge can be brought to the middle. */
function roomAround([west, south, east, north]: Bbox): Bbox {
  const [x, y] = [(east - west) / 2, (north - south) / 2];
  return [west - x, Math.max(south - y, -85), east + x, Math.min(north + y, 85)];
}

function named({ properties }: MapGeoJSONFeature): { code: string; nom: string } {
  return { code: String(properties["code"]), nom: String(properties["nom"]) };
}

function* pieces(features: Iterable<MapGeoJSONFeature>): Generator<Piece> {
  for (const feature of features) {
    const box = boxAround(feature.geometry);
    if (box !== null) yield { ...named(feature), box };
  }
}

function placeOf({ geometry, properties }: MapGeoJSONFeature): PlaceSeen | null {
  const { id, nom, approximatif } = properties;
  if (geometry.type !== "Point" || id === undefined) return null;
  const [longitude, latitude] = geometry.coordinates;
  if (longitude === undefined || latitude === undefined) return null;
  return {
    code: String(id),
    nom: String(nom ?? id),
    point: [longitude, latitude],
    approximate: approximatif === true,
  };
}
