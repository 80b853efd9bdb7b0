/** The map's style: one set of layers per level, drawn from this server's own tiles. */

import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  StyleSpecification,
} from "maplibre-gl";
import { DRAWN, type DrawnLevel, LAYERS, OUTLINED, type OutlinedLevel } from "./levels.ts";
import type { MapTheme } from "./palette.ts";

export const TERRITORIES = "territoires";
export const PLACES = "lieux";
export const PLACES_LAYER = "lieux-points";
export const HATCH_IMAGE = "hachures";
export const POINT_SOURCE = "reperes";

const FONT = ["Atlas Texte Semibold"];
const FONT_BOLD = ["Atlas Texte Bold"];

/** Points on the map: lieux, and the territory chosen from afar. */
const MARK = "#ffc233";
const MARK_EDGE = "#10262d";

/** Zooms the archives end at; beyond, MapLibre enlarges. */
const TERRITORIES_MAXZOOM = 11;
const PLACES_MAXZOOM = 12;
/** Places are one by one in the tiles from this zoom. */
const PLACES_MINZOOM = 10;

/** Whether the point of a place is only approximate. */
const APPROXIMATE: ExpressionSpecification = ["==", ["get", "approximatif"], true];

export const layerId = {
  fill: (level: DrawnLevel) => `${level}-fond`,
  hatch: (level: DrawnLevel) => `${level}-hachures`,
  border: (level: DrawnLevel) => `${level}-bord`,
  hover: (level: DrawnLevel) => `${level}-survol`,
  frontier: (level: DrawnLevel) => `${level}-frontiere`,
  casing: (level: OutlinedLevel) => `${level}-choisi-fond`,
  chosen: (level: OutlinedLevel) => `${level}-choisi`,
  label: (level: DrawnLevel) => `${level}-nom`,
};

export const NOTHING: FilterSpecification = ["==", ["get", "code"], ""];

/** Class of a territory in its feature state; -2 until the values have come. */
const CLASS: ExpressionSpecification = ["coalesce", ["feature-state", "c"], -2];

export function fillColour(colours: readonly string[], theme: MapTheme): ExpressionSpecification {
  const cases = colours.flatMap((colour, i) => [i, colour]);
  return ["match", CLASS, -1, theme.unknown, ...cases, theme.waiting] as ExpressionSpecification;
}

export function hatchOpacity(hatched: number): ExpressionSpecification {
  return ["case", ["==", CLASS, hatched], 1, 0];
}

/** Levels whose outlines are drawn over the one shown, to find one's way. */
export function frontiersOver(level: DrawnLevel): DrawnLevel[] {
  if (level === "commune" || level === "epci") return ["departement", "region"];
  return level === "departement" ? ["region"] : [];
}

/** Names written at a level: people find their way by départements, then by towns. */
export function labelsOf(level: DrawnLevel): DrawnLevel {
  return level === "epci" ? "commune" : level;
}

function levelLayers(level: DrawnLevel, theme: MapTheme): LayerSpecification[] {
  const source = { source: TERRITORIES, "source-layer": LAYERS[level].layer };
  const hidden = { visibility: "none" } as const;
  return [
    {
      id: layerId.fill(level),
      type: "fill",
      ...source,
      layout: hidden,
      paint: { "fill-color": theme.waiting, "fill-antialias": false },
    },
    {
      id: layerId.hatch(level),
      type: "fill",
      ...source,
      layout: hidden,
      paint: { "fill-pattern": HATCH_IMAGE, "fill-opacity": 0 },
    },
    {
      id: layerId.border(level),
      type: "line",
      ...source,
      layout: hidden,
      paint: {
        "line-color": theme.border,
        "line-width": ["interpolate", ["linear"], ["zoom"], 4, 0.8, 8, 0.5, 11, 1.4],
        "line-opacity": level === "commune" ? ["interpolate", ["linear"], ["zoom"], 7, 0.25, 10, 0.9] : 0.85,
      },
    },
  ];
}

function hoverLayer(level: DrawnLevel, theme: MapTheme): LayerSpecification {
  return {
    id: layerId.hover(level),
    type: "line",
    source: TERRITORIES,
    "source-layer": LAYERS[level].layer,
    filter: NOTHING,
    paint: { "line-color": theme.ink, "line-width": 1.6 },
  };
}

function chosenLayers(level: OutlinedLevel, theme: MapTheme): LayerSpecification[] {
  const source = { source: TERRITORIES, "source-layer": LAYERS[level].layer };
  const round = { "line-join": "round", "line-cap": "round" } as const;
  return [
    {
      id: layerId.casing(level),
      type: "line",
      ...source,
      filter: NOTHING,
      layout: round,
      paint: { "line-color": theme.halo, "line-width": 6, "line-opacity": 0.9 },
    },
    {
      id: layerId.chosen(level),
      type: "line",
      ...source,
      filter: NOTHING,
      layout: round,
      paint: { "line-color": theme.ink, "line-width": 2.6 },
    },
  ];
}

function frontierLayer(level: DrawnLevel, theme: MapTheme): LayerSpecification {
  return {
    id: layerId.frontier(level),
    type: "line",
    source: TERRITORIES,
    "source-layer": LAYERS[level].layer,
    layout: { visibility: "none", "line-join": "round" },
    paint: {
      "line-color": theme.frontier,
      "line-opacity": level === "region" ? 0.75 : 0.5,
      "line-width": level === "region" ? 1.3 : 0.8,
    },
  };
}

function labelLayer(level: DrawnLevel, theme: MapTheme): LayerSpecification {
  const towns = level === "commune";
  return {
    id: layerId.label(level),
    type: "symbol",
    source: TERRITORIES,
    "source-layer": "etiquettes",
    filter: ["==", ["get", "niveau"], level],
    layout: {
      visibility: "none",
      "text-field": ["get", "nom"],
      "text-font": towns ? FONT : FONT_BOLD,
      "text-size": towns
        ? ["interpolate", ["linear"], ["coalesce", ["get", "population"], 0], 500, 13, 100000, 17]
        : ["interpolate", ["linear"], ["zoom"], 4, 12, 7, 15],
      "text-max-width": 7,
      "text-padding": 4,
      "symbol-sort-key": ["-", ["coalesce", ["get", "population"], 0]],
    },
    paint: {
      "text-color": theme.ink,
      "text-halo-color": theme.halo,
      "text-halo-width": 2,
    },
  };
}

/**
 * Places of a service, one by one. Below their first zoom the tiles only hold groups of places of
 * every service, whose point says nothing of this one: the colours of the communes say it instead.
 */
function placesLayer(): LayerSpecification {
  return {
    id: PLACES_LAYER,
    type: "circle",
    source: PLACES,
    "source-layer": "lieux",
    filter: NOTHING,
    layout: { visibility: "none" },
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], PLACES_MINZOOM, 4.5, 13, 8],
      // A ring, where only the commune or the street is known.
      "circle-color": ["case", APPROXIMATE, "rgba(255, 255, 255, 0.35)", MARK],
      "circle-stroke-color": ["case", APPROXIMATE, MARK, MARK_EDGE],
      "circle-stroke-width": ["case", APPROXIMATE, 2.6, 1.4],
    },
  };
}

/** The whole style; levels start hidden and the page shows the one it wants. */
export function buildStyle(origin: string, theme: MapTheme): StyleSpecification {
  const tiles = (set: string) => [`${origin}/tiles/${set}/{z}/{x}/{y}.mvt`];
  return {
    version: 8,
    sources: {
      [TERRITORIES]: {
        type: "vector",
        tiles: tiles("territoires"),
        minzoom: 3,
        maxzoom: TERRITORIES_MAXZOOM,
        promoteId: "code",
      },
      [PLACES]: {
        type: "vector",
        tiles: tiles("lieux"),
        minzoom: PLACES_MINZOOM,
        maxzoom: PLACES_MAXZOOM,
      },
      [POINT_SOURCE]: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
    },
    layers: [
      { id: "mer", type: "background", paint: { "background-color": theme.sea } },
      ...DRAWN.flatMap((level) => levelLayers(level, theme)),
      frontierLayer("departement", theme),
      frontierLayer("region", theme),
      ...DRAWN.map((level) => hoverLayer(level, theme)),
      ...OUTLINED.flatMap((level) => chosenLayers(level, theme)),
      ...DRAWN.map((level) => labelLayer(level, theme)),
      placesLayer(),
      {
        id: "repere",
        type: "circle",
        source: POINT_SOURCE,
        paint: {
          "circle-radius": 7,
          "circle-color": MARK,
          "circle-stroke-color": MARK_EDGE,
          "circle-stroke-width": 2.5,
        },
      },
    ],
  };
}
