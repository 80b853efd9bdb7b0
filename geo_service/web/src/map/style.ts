/** The map's style: one set of layers per level, drawn from the tiles of a source. */

import type {
  ExpressionSpecification,
  FilterSpecification,
  GeoJSONSourceSpecification,
  LayerSpecification,
  StyleSpecification,
} from "maplibre-gl";
import { DRAWN, type DrawnLevel, LAYERS, OUTLINED, type OutlinedLevel } from "./levels.ts";
import { colourOf, type Fill, type MapTheme, patternOf } from "./palette.ts";
import type { TileSet } from "./source.ts";

export const TERRITORIES = "territoires";
export const PLACES = "lieux";
export const PLACES_LAYER = "lieux-points";
export const PATTERNS = { hatched: "hachures", dotted: "points" } as const;
type Pattern = keyof typeof PATTERNS;
export const POINT_SOURCE = "reperes";
/** The lieu reached by keyboard. */
export const SPOT_SOURCE = "lieu-pointe";
export const LABELS_SOURCE = "labels";

const FONT = ["Atlas Texte Semibold"];
const FONT_BOLD = ["Atlas Texte Bold"];

/** Points on the map: lieux, and the territory chosen from afar. */
const MARK = "#ffc233";
const MARK_EDGE = "#10262d";
const AWARD_GREEN = "#7fc97f";

/** Places are one by one in the tiles from this zoom. */
const PLACES_MINZOOM = 10;

/** Whether the point of a place is only approximate. */
const APPROXIMATE: ExpressionSpecification = ["==", ["get", "approximatif"], true];

export const layerId = {
  fill: (level: DrawnLevel) => `${level}-fond`,
  pattern: (level: DrawnLevel, pattern: Pattern) => `${level}-${PATTERNS[pattern]}`,
  border: (level: DrawnLevel) => `${level}-bord`,
  hover: (level: DrawnLevel) => `${level}-survol`,
  focusCasing: (level: DrawnLevel) => `${level}-pointe-fond`,
  focus: (level: DrawnLevel) => `${level}-pointe`,
  frontier: (level: DrawnLevel) => `${level}-frontiere`,
  casing: (level: OutlinedLevel) => `${level}-choisi-fond`,
  chosen: (level: OutlinedLevel) => `${level}-choisi`,
  label: (level: DrawnLevel) => `${level}-nom`,
};

export const NOTHING: FilterSpecification = ["==", ["get", "code"], ""];

/**
 * What a territory is drawn with is in its feature state: colours may all change without any tile
 * being read again, as a new expression would make the map do.
 */
export interface TerritoryState extends Record<string, unknown> {
  fill: string;
  hatched: number;
  dotted: number;
}

export function stateOf(fill: Fill, theme: MapTheme): TerritoryState {
  const pattern = patternOf(fill);
  return {
    fill: colourOf(fill, theme),
    hatched: Number(pattern === "hatched"),
    dotted: Number(pattern === "dotted"),
  };
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

/** The layers that are seen, of those of `levelled`. */
export function seenLayers(level: DrawnLevel, places: boolean): ReadonlySet<string> {
  const own = [layerId.fill(level), layerId.border(level), layerId.label(labelsOf(level))];
  const patterns = (["hatched", "dotted"] as const).map((name) => layerId.pattern(level, name));
  const frontiers = frontiersOver(level).map(layerId.frontier);
  return new Set([...own, ...patterns, ...frontiers, ...(places ? [PLACES_LAYER] : [])]);
}

/** The layers that are seen or not by level and indicator; all others always are. */
export function levelled(hasPlaces: boolean): string[] {
  const layers = DRAWN.flatMap((level) => [
    layerId.fill(level),
    layerId.pattern(level, "hatched"),
    layerId.pattern(level, "dotted"),
    layerId.border(level),
    layerId.label(level),
  ]);
  const frontiers = (["departement", "region"] as const).map(layerId.frontier);
  return [...layers, ...frontiers, ...(hasPlaces ? [PLACES_LAYER] : [])];
}

function levelLayers(level: DrawnLevel, theme: MapTheme): LayerSpecification[] {
  const source = { source: TERRITORIES, "source-layer": LAYERS[level].layer };
  return [
    {
      id: layerId.fill(level),
      type: "fill",
      ...source,
      paint: {
        "fill-color": ["to-color", ["coalesce", ["feature-state", "fill"], theme.waiting]],
        "fill-antialias": false,
      },
    },
    ...(["hatched", "dotted"] as const).map(
      (pattern): LayerSpecification => ({
        id: layerId.pattern(level, pattern),
        type: "fill",
        ...source,
        paint: {
          "fill-pattern": PATTERNS[pattern],
          "fill-opacity": ["coalesce", ["feature-state", pattern], 0],
        },
      }),
    ),
    {
      id: layerId.border(level),
      type: "line",
      ...source,
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

/** The territory chosen, or reached by keyboard. */
function focusLayers(level: DrawnLevel, theme: MapTheme): LayerSpecification[] {
  const source = { source: TERRITORIES, "source-layer": LAYERS[level].layer };
  const layout = { "line-join": "round", "line-cap": "round" } as const;
  return [
    {
      id: layerId.focusCasing(level),
      type: "line",
      ...source,
      filter: NOTHING,
      layout,
      paint: { "line-color": theme.ink, "line-width": 7 },
    },
    {
      id: layerId.focus(level),
      type: "line",
      ...source,
      filter: NOTHING,
      layout,
      paint: { "line-color": theme.focus, "line-width": 3.4 },
    },
  ];
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
    layout: { "line-join": "round" },
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
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], PLACES_MINZOOM, 4.5, 13, 8],
      // A ring, where only the commune or the street is known.
      "circle-color": ["case", APPROXIMATE, "rgba(255, 255, 255, 0.35)", MARK],
      "circle-stroke-color": ["case", APPROXIMATE, MARK, MARK_EDGE],
      "circle-stroke-width": ["case", APPROXIMATE, 2.6, 1.4],
    },
  };
}

/** The label of a year: as many arobases as a territory got, on a leaf green ground if one is green. */
function awardLayers(theme: MapTheme): LayerSpecification[] {
  return [
    {
      id: "labels-points",
      type: "circle",
      source: LABELS_SOURCE,
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 4, 3.5, 10, 7],
        "circle-color": ["case", ["get", "arobase_verte"], AWARD_GREEN, MARK],
        "circle-stroke-color": MARK_EDGE,
        "circle-stroke-width": 1.4,
      },
    },
    {
      id: "labels-arobases",
      type: "symbol",
      source: LABELS_SOURCE,
      layout: {
        "text-field": ["slice", "@@@@@", 0, ["get", "arobases"]],
        "text-font": FONT_BOLD,
        "text-size": 13,
        "text-anchor": "top",
        "text-offset": [0, 0.6],
        "symbol-sort-key": ["-", ["get", "arobases"]],
      },
      paint: { "text-color": theme.ink, "text-halo-color": theme.halo, "text-halo-width": 2 },
    },
  ];
}

/** The whole style, the layers of a level seen: its tiles are then read once. */
export function buildStyle(
  tiles: { territories: TileSet; places: TileSet | null },
  theme: MapTheme,
  level: DrawnLevel,
): StyleSpecification {
  const none: GeoJSONSourceSpecification = {
    type: "geojson",
    data: { type: "FeatureCollection", features: [] },
  };
  const { places } = tiles;
  const seen = seenLayers(level, false);
  const turned = new Set(levelled(places !== null));
  return {
    version: 8,
    sources: {
      [TERRITORIES]: { type: "vector", ...tiles.territories, promoteId: "code" },
      ...(places === null
        ? {}
        : {
            [PLACES]: {
              type: "vector",
              ...places,
              // Groups of places are of no use here: their tiles are not asked for.
              minzoom: Math.min(Math.max(places.minzoom, PLACES_MINZOOM), places.maxzoom),
            },
          }),
      [POINT_SOURCE]: none,
      [LABELS_SOURCE]: none,
      [SPOT_SOURCE]: none,
    },
    layers: layers(theme, places !== null).map((layer) =>
      turned.has(layer.id) && !seen.has(layer.id) ? hidden(layer) : layer,
    ),
  };
}

/** A layer that is there, and not seen. */
function hidden(layer: LayerSpecification): LayerSpecification {
  return { ...layer, layout: { ...layer.layout, visibility: "none" } } as LayerSpecification;
}

function layers(theme: MapTheme, hasPlaces: boolean): LayerSpecification[] {
  return [
    { id: "mer", type: "background", paint: { "background-color": theme.sea } },
    ...DRAWN.flatMap((level) => levelLayers(level, theme)),
    frontierLayer("departement", theme),
    frontierLayer("region", theme),
    ...DRAWN.map((level) => hoverLayer(level, theme)),
    ...OUTLINED.flatMap((level) => chosenLayers(level, theme)),
    ...DRAWN.flatMap((level) => focusLayers(level, theme)),
    ...DRAWN.map((level) => labelLayer(level, theme)),
    ...(hasPlaces ? [placesLayer()] : []),
    ...awardLayers(theme),
    {
      id: "lieu-pointe",
      type: "circle",
      source: SPOT_SOURCE,
      paint: {
        "circle-radius": 14,
        "circle-color": "rgba(0, 0, 0, 0)",
        "circle-stroke-color": theme.ink,
        "circle-stroke-width": 4,
      },
    },
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
  ];
}
