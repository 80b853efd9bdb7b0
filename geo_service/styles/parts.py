"""Layers that several styles share: grounds, borders, names (MapLibre style specification 8)."""

from __future__ import annotations

from typing import Any, NamedTuple

from geo_service.styles.palette import BOLD, REGULAR, SEMIBOLD, Theme

Layer = dict[str, Any]

#: Sources, which are also the names of the tilesets.
TERRITORIES, PLACES = "territoires", "lieux"
#: Layer of the names in the tileset of territories.
NAMES = "etiquettes"


class Level(NamedTuple):
    """A niveau on the map: its layer, and the zooms between which it is the one shown."""

    niveau: str
    layer: str
    first: float
    last: float


#: The zooms of the web pages' own map, in tiles of 512 pixels.
LEVELS = (
    Level("region", "regions", 0, 5.6),
    Level("departement", "departements", 5.6, 6.9),
    Level("epci", "epcis", 6.9, 8.1),
    Level("commune", "communes", 8.1, 24),
)
#: Borders drawn over the finer levels, to find one's way, from the zoom their own level ends at.
_FRONTIERS = (("departement", "departements", 5.6), ("region", "regions", 5.6))


def between(level: Level) -> Layer:
    """Zooms of the layers of a level."""
    found: Layer = {}
    if level.first > 0:
        found["minzoom"] = level.first
    if level.last < 24:  # noqa: PLR2004 (the deepest zoom of the specification)
        found["maxzoom"] = level.last
    return found


def drawn(layer: str) -> Layer:
    """Name a layer of the territories."""
    return {"source": TERRITORIES, "source-layer": layer}


def background(theme: Theme) -> Layer:
    """Colour the sea."""
    return {"id": "mer", "type": "background", "paint": {"background-color": theme.sea}}


def land(theme: Theme) -> Layer:
    """Colour the land, which régions cover."""
    return {
        "id": "terre",
        "type": "fill",
        **drawn("regions"),
        "paint": {"fill-color": theme.land, "fill-antialias": False},
    }


def borders(theme: Theme, levels: tuple[Level, ...] = LEVELS) -> list[Layer]:
    """Draw the borders of each level where it is the one shown; those of larger ones over it."""
    own = [
        {
            "id": f"{level.layer}-bord",
            "type": "line",
            **drawn(level.layer),
            **between(level),
            "layout": {"line-join": "round"},
            "paint": {
                "line-color": theme.border,
                "line-width": ["interpolate", ["linear"], ["zoom"], 4, 0.8, 8, 0.6, 12, 1.4],
            },
        }
        for level in levels
    ]
    frontiers = [
        {
            "id": f"{layer}-frontiere",
            "type": "line",
            **drawn(layer),
            "minzoom": zoom,
            "layout": {"line-join": "round"},
            "paint": {
                "line-color": theme.frontier,
                "line-opacity": 0.75 if niveau == "region" else 0.5,
                "line-width": ["interpolate", ["linear"], ["zoom"], 5, 0.8, 12, 2]
                if niveau == "region"
                else ["interpolate", ["linear"], ["zoom"], 5, 0.5, 12, 1.4],
            },
        }
        for niveau, layer, zoom in _FRONTIERS
    ]
    return [*own, *frontiers]


def names(theme: Theme) -> list[Layer]:
    """Write the names: régions, départements, then towns, the most populous first."""
    return [
        _name(theme, Level("region", NAMES, 0, 5.6), BOLD, [4, 12, 6, 16]),
        _name(theme, Level("departement", NAMES, 5.6, 7.4), BOLD, [5, 12, 8, 16]),
        _name(theme, Level("commune", NAMES, 7.4, 24), SEMIBOLD, None),
        _name(theme, Level("arrondissement", NAMES, 11, 24), REGULAR, [11, 11, 14, 14]),
    ]


def _name(theme: Theme, level: Level, font: list[str], sizes: list[float] | None) -> Layer:
    """Write the names of a niveau, their size by zoom, or by population when none is given."""
    by_people = ["coalesce", ["get", "population"], 0]
    size = (
        ["interpolate", ["linear"], by_people, 500, 12, 100000, 17]
        if sizes is None
        else ["interpolate", ["linear"], ["zoom"], *sizes]
    )
    return {
        "id": f"{level.niveau}-nom",
        "type": "symbol",
        **drawn(level.layer),
        **between(level),
        "filter": ["==", ["get", "niveau"], level.niveau],
        "layout": {
            "text-field": ["get", "nom"],
            "text-font": font,
            "text-size": size,
            "text-max-width": 7,
            "text-padding": 4,
            "symbol-sort-key": ["-", 0, by_people],
        },
        "paint": {
            "text-color": theme.ink,
            "text-halo-color": theme.halo,
            "text-halo-width": 1.6,
        },
    }
