/** The MapLibre map of the atlas: draws a level for an indicator, and tells what people do on it. */

import "maplibre-gl/dist/maplibre-gl.css";
import {
  type ErrorEvent,
  type ExpressionSpecification,
  type GeoJSONSource,
  Map as LibreMap,
  type MapGeoJSONFeature,
  type MapMouseEvent,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "virtual:map-worker";
import type { Bbox, Point, Reference } from "../api/types.ts";
import type { Indicator } from "../api/indicator.ts";
import { DRAWN, isOutlined, LAYERS, type LevelChoice, levelAt, OUTLINED } from "./levels.ts";
import { LOCALE } from "./locale.ts";
import { DARK, LIGHT, type MapTheme } from "./palette.ts";
import { hatching } from "./pattern.ts";
import {
  buildStyle,
  fillColour,
  frontiersOver,
  HATCH_IMAGE,
  LABELS_SOURCE,
  hatchOpacity,
  labelsOf,
  layerId,
  NOTHING,
  PLACES_LAYER,
  POINT_SOURCE,
  TERRITORIES,
} from "./style.ts";
import { Tooltip } from "./tooltip.ts";
import { type Drawing, drawingOf } from "./values.ts";

setWorkerUrl(workerUrl);

/** Closest view a territory is fitted in: a commune keeps its neighbours around it. */
const CLOSEST = 10.4;

export type MapState = "busy" | "idle" | "error";

export interface CarteOptions {
  container: HTMLElement;
  bounds: Bbox;
  indicator: Indicator;
  onTerritory: (territory: Reference) => void;
  onDrawing: (drawing: Drawing, wanted: LevelChoice) => void;
  onState: (state: MapState, error?: unknown) => void;
}

/** A territory to outline; its centre stands for it where its layer is not drawn. */
export interface Chosen extends Reference {
  centre: Point | null;
}

function pointAt(coordinates: Point): GeoJSON.Feature {
  return { type: "Feature", properties: {}, geometry: { type: "Point", coordinates } };
}

const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function themeNow(): MapTheme {
  return darkScheme.matches ? DARK : LIGHT;
}

export class Carte {
  readonly #map: LibreMap;
  readonly #options: CarteOptions;
  readonly #tooltip: Tooltip;
  #indicator: Indicator;
  #levelChoice: LevelChoice = "auto";
  #drawing: Drawing | null = null;
  #wanted = "";
  #pending = false;
  #chosen: Chosen | null = null;
  #labels: string | null = null;
  #hovered = "";
  /** Whether the style's layers are there to be changed. */
  #styled = false;

  constructor(options: CarteOptions) {
    this.#options = options;
    this.#indicator = options.indicator;
    this.#tooltip = new Tooltip(options.container);
    this.#map = new LibreMap({
      container: options.container,
      style: buildStyle(location.origin, themeNow()),
      bounds: options.bounds,
      fitBoundsOptions: { padding: this.#padding(), maxZoom: CLOSEST },
      minZoom: 3,
      maxZoom: 14,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      renderWorldCopies: false,
      locale: LOCALE,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.#map.addControl(new ScaleControl({ unit: "metric" }), "top-left");
    this.#listen();
  }

  /** Draw another indicator. */
  show(indicator: Indicator): void {
    this.#indicator = indicator;
    void this.#refresh();
  }

  /** Draw a level whatever the zoom, or follow the zoom again. */
  setLevel(choice: LevelChoice): void {
    this.#levelChoice = choice;
    const minzoom = choice === "auto" ? 0 : LAYERS[choice].minzoom;
    if (this.#map.getZoom() < minzoom) this.#map.easeTo({ zoom: minzoom, ...this.#motion() });
    void this.#refresh();
  }

  /** Show the territories that got the label, from the address of their points; or none. */
  showLabels(address: string | null): void {
    this.#labels = address;
    if (this.#styled) this.#award();
  }

  /** Outline a territory, or none. */
  choose(chosen: Chosen | null): void {
    this.#chosen = chosen;
    if (this.#styled) this.#outline();
  }

  /** Bring a box into view, at once if the person prefers less motion. */
  fit(bounds: Bbox): void {
    this.#map.fitBounds(bounds, { padding: this.#padding(), maxZoom: CLOSEST, ...this.#motion() });
  }

  /** Try again after tiles or values failed to come. */
  retry(): void {
    this.#wanted = "";
    this.#map.refreshTiles(TERRITORIES);
    void this.#refresh();
  }

  #padding(): { top: number; bottom: number; left: number; right: number } {
    // On a wide screen the legend lies over the lower left corner.
    const wide = this.#options.container.clientWidth > 640;
    return wide
      ? { top: 24, bottom: 24, left: 276, right: 40 }
      : { top: 16, bottom: 64, left: 16, right: 16 };
  }

  #motion(): { duration?: number } {
    return calm.matches ? { duration: 0 } : { duration: 700 };
  }

  #listen(): void {
    const map = this.#map;
    map.on("style.load", () => {
      map.addImage(HATCH_IMAGE, hatching(themeNow().hatch), { pixelRatio: 2 });
      this.#styled = true;
      this.#wanted = "";
      this.#drawing = null;
      void this.#refresh();
      this.#outline();
      this.#award();
    });
    map.on("movestart", () => this.#options.onState("busy"));
    map.on("dataloading", () => this.#options.onState("busy"));
    map.on("zoomend", () => void this.#refresh());
    map.on("moveend", () => this.#mark());
    map.on("idle", () => {
      if (!this.#pending) this.#options.onState("idle");
    });
    map.on("error", (event: ErrorEvent) => this.#options.onState("error", event.error));
    map.on("click", (event) => this.#click(event));
    map.on("mousemove", (event) => this.#hover(event));
    map.getCanvas().addEventListener("mouseleave", () => this.#leave());
    darkScheme.addEventListener("change", () => {
      this.#styled = false;
      map.setStyle(buildStyle(location.origin, themeNow()), { diff: false });
    });
  }

  /** Show the level and indicator of the moment, when they are not already shown. */
  async #refresh(): Promise<void> {
    if (!this.#styled) return;
    const level = levelAt(this.#map.getZoom(), this.#levelChoice);
    const indicator = this.#indicator;
    const wanted = JSON.stringify([level, indicator]);
    if (wanted === this.#wanted) {
      if (this.#drawing !== null) this.#options.onDrawing(this.#drawing, this.#levelChoice);
      return;
    }
    this.#wanted = wanted;
    this.#pending = true;
    this.#options.onState("busy");
    try {
      const drawing = await drawingOf(level, indicator);
      if (this.#wanted !== wanted) return;
      this.#draw(drawing);
    } catch (error) {
      if (this.#wanted !== wanted) return;
      this.#wanted = "";
      this.#options.onState("error", error);
    } finally {
      this.#pending = false;
    }
  }

  #draw(drawing: Drawing): void {
    const map = this.#map;
    const { level } = drawing;
    this.#drawing = drawing;
    const target = { source: TERRITORIES, sourceLayer: LAYERS[level].layer };
    for (const [id, c] of drawing.classes) map.setFeatureState({ ...target, id }, { c });
    map.setPaintProperty(layerId.fill(level), "fill-color", fillColour(drawing.colours, themeNow()));
    map.setPaintProperty(layerId.hatch(level), "fill-opacity", hatchOpacity(drawing.hatchedClass));
    const frontiers = frontiersOver(level);
    for (const other of DRAWN) {
      const own = other === level ? "visible" : "none";
      for (const id of [layerId.fill, layerId.hatch, layerId.border]) {
        map.setLayoutProperty(id(other), "visibility", own);
      }
      const named = labelsOf(level) === other ? "visible" : "none";
      map.setLayoutProperty(layerId.label(other), "visibility", named);
    }
    for (const other of ["departement", "region"] as const) {
      const seen = frontiers.includes(other) ? "visible" : "none";
      map.setLayoutProperty(layerId.frontier(other), "visibility", seen);
    }
    this.#places();
    this.#leave();
    this.#options.onDrawing(drawing, this.#levelChoice);
    map.triggerRepaint();
  }

  /** The lieux of the service on the map, where there is one. */
  #places(): void {
    const indicator = this.#indicator;
    const seen = indicator.kind === "service" ? "visible" : "none";
    this.#map.setLayoutProperty(PLACES_LAYER, "visibility", seen);
    if (indicator.kind !== "service") return;
    const services: ExpressionSpecification = ["concat", ",", ["get", "services"], ","];
    this.#map.setFilter(PLACES_LAYER, ["in", `,${indicator.code},`, services]);
  }

  #outline(): void {
    for (const level of OUTLINED) {
      const code = this.#chosen?.niveau === level ? this.#chosen.code : "";
      const filter = code === "" ? NOTHING : (["==", ["get", "code"], code] as typeof NOTHING);
      this.#map.setFilter(layerId.casing(level), filter);
      this.#map.setFilter(layerId.chosen(level), filter);
    }
    this.#mark();
  }

  #award(): void {
    const nothing: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
    this.#map.getSource<GeoJSONSource>(LABELS_SOURCE)?.setData(this.#labels ?? nothing);
  }

  /** A point for the chosen territory where the zoom is too low for its outline. */
  #mark(): void {
    const source = this.#map.getSource<GeoJSONSource>(POINT_SOURCE);
    if (source === undefined) return;
    const chosen = this.#chosen;
    const small =
      chosen !== null &&
      // A région is seen from everywhere; the centre of scattered communes says nothing.
      chosen.niveau !== "region" &&
      chosen.niveau !== "groupe" &&
      isOutlined(chosen.niveau) &&
      this.#map.getZoom() < LAYERS[chosen.niveau].minzoom + 1;
    const point = chosen?.centre == null ? [] : [pointAt(chosen.centre)];
    source.setData({ type: "FeatureCollection", features: small ? point : [] });
  }

  #territoryAt(event: MapMouseEvent): MapGeoJSONFeature | undefined {
    const level = this.#drawing?.level;
    if (level === undefined) return undefined;
    return this.#map.queryRenderedFeatures(event.point, { layers: [layerId.fill(level)] })[0];
  }

  #click(event: MapMouseEvent): void {
    const feature = this.#territoryAt(event);
    const level = this.#drawing?.level;
    if (feature === undefined || level === undefined) return;
    const { code, nom } = feature.properties;
    this.#leave();
    this.#options.onTerritory({ niveau: level, code: String(code), nom: String(nom) });
  }

  #hover(event: MapMouseEvent): void {
    const place = this.#map.queryRenderedFeatures(event.point, { layers: [PLACES_LAYER] })[0];
    const feature = this.#territoryAt(event);
    const drawing = this.#drawing;
    if (feature === undefined || drawing === null) {
      this.#leave();
      return;
    }
    const code = String(feature.properties["code"]);
    this.#map.getCanvas().style.cursor = "pointer";
    if (code !== this.#hovered) {
      this.#hovered = code;
      this.#map.setFilter(layerId.hover(drawing.level), ["==", ["get", "code"], code]);
    }
    const title = String(feature.properties["nom"]);
    const detail = drawing.describe(code);
    const name = place === undefined ? "" : String(place.properties["nom"] ?? "");
    const vague = place?.properties["approximatif"] === true;
    const extra = vague ? `${name} (position approximative)` : name;
    this.#tooltip.show(event.point, title, detail, extra);
  }

  #leave(): void {
    this.#tooltip.hide();
    this.#map.getCanvas().style.cursor = "";
    if (this.#hovered === "") return;
    this.#hovered = "";
    for (const level of DRAWN) this.#map.setFilter(layerId.hover(level), NOTHING);
  }
}
