"""The styles: what each draws, and the documents that are served."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from geo_service.styles.palette import (
    BOLD,
    DARK,
    LIGHT,
    RATE_BOUNDS,
    RATES,
    SEMIBOLD,
    SPRITE,
    Theme,
)
from geo_service.styles.parts import (
    LEVELS,
    PLACES,
    TERRITORIES,
    Layer,
    Level,
    background,
    between,
    borders,
    drawn,
    land,
    names,
)

#: Services of the référentiel by thème.
Services = Mapping[str, Sequence[str]]

_MIXED = "theme-plusieurs"
#: The service of the starter référentiel that a mairie gives.
MAIRIE = "accueil-mairie"
#: Icons that the sprite has, by thème.
THEME_ICONS = (
    "democratie-services-publics",
    "vivre-ensemble",
    "partage-connaissances",
    "creation-richesses",
)


@dataclass(frozen=True)
class Style:
    """A style of the atlas.

    Attributes
    ----------
    name
        As in its address, without ``-sombre``.
    title, description
        As told to people.
    sources
        Tilesets it draws.
    layers
        Makes its layers.
    legend
        Gives classes by colour, for whoever writes a legend.
    """

    name: str
    title: str
    description: str
    sources: tuple[str, ...]
    layers: Callable[[Theme, Services], list[Layer]]
    legend: Callable[[Theme], tuple[tuple[str, str], ...]] = lambda _: ()


def _territories(theme: Theme, _: Services) -> list[Layer]:
    return [background(theme), land(theme), *borders(theme), *names(theme)]


def _coverage(theme: Theme, _: Services) -> list[Layer]:
    fills = [layer for level in LEVELS for layer in _choropleth(theme, level)]
    return [background(theme), land(theme), *fills, *borders(theme), *names(theme)]


def _choropleth(theme: Theme, level: Level) -> list[Layer]:
    rates = rates_of(theme)
    steps = [part for pair in zip(RATE_BOUNDS, rates[1:], strict=True) for part in pair]
    return [
        {
            "id": f"{level.layer}-taux",
            "type": "fill",
            **drawn(level.layer),
            **between(level),
            "filter": ["has", "taux"],
            "paint": {
                "fill-color": ["step", ["get", "taux"], rates[0], *steps],
                "fill-antialias": False,
            },
        },
        {
            "id": f"{level.layer}-sans-taux",
            "type": "fill",
            **drawn(level.layer),
            **between(level),
            "filter": ["!", ["has", "taux"]],
            "paint": {"fill-color": theme.unknown},
        },
        {
            "id": f"{level.layer}-hachures",
            "type": "fill",
            **drawn(level.layer),
            **between(level),
            "filter": ["!", ["has", "taux"]],
            "paint": {"fill-pattern": theme.hatch},
        },
    ]


def _places(theme: Theme, services: Services) -> list[Layer]:
    number = ["coalesce", ["get", "nombre"], 1]
    alone = ["<=", number, 1]
    return [
        background(theme),
        land(theme),
        *borders(theme),
        *names(theme),
        {
            "id": "lieux-groupes",
            "type": "circle",
            **_of_places(),
            "filter": [">", number, 1],
            "paint": {
                "circle-color": theme.cluster,
                "circle-opacity": 0.88,
                "circle-stroke-color": theme.cluster_edge,
                "circle-stroke-width": 1.5,
                # The surface grows as the logarithm: from 2 to 20 000 lieux on one map.
                "circle-radius": [
                    "interpolate",
                    ["linear"],
                    ["log10", number],
                    *(0.3, 8, 2, 13, 3, 17, 4, 22),
                ],
            },
        },
        {
            "id": "lieux-nombre",
            "type": "symbol",
            **_of_places(),
            "filter": [">", number, 1],
            "layout": {
                "text-field": [
                    "case",
                    [">=", number, 10000],
                    ["concat", ["to-string", ["round", ["/", number, 1000]]], " k"],
                    ["to-string", number],
                ],
                "text-font": BOLD,
                "text-size": 11,
                "symbol-sort-key": ["-", 0, number],
            },
            "paint": {"text-color": theme.cluster_ink},
        },
        {
            "id": "lieux",
            "type": "symbol",
            **_of_places(),
            "filter": alone,
            "layout": {
                "icon-image": _icon(services),
                "icon-size": ["interpolate", ["linear"], ["zoom"], 6, 0.5, 10, 0.7, 14, 1],
                "icon-allow-overlap": True,
                "icon-padding": 0,
                "text-field": ["step", ["zoom"], "", 12.5, ["coalesce", ["get", "nom"], ""]],
                "text-font": SEMIBOLD,
                "text-size": 12,
                "text-anchor": "top",
                "text-offset": [0, 1],
                "text-max-width": 9,
                "text-optional": True,
            },
            "paint": {
                "text-color": theme.ink,
                "text-halo-color": theme.halo,
                "text-halo-width": 1.6,
                # Where only the street or the commune is known, the point is a guess.
                "icon-opacity": ["case", ["==", ["get", "approximatif"], True], 0.6, 1],
            },
        },
    ]


def _of_places() -> Layer:
    return {"source": PLACES, "source-layer": "lieux"}


def _icon(services: Services) -> list[Any]:
    """Icon of a lieu: that of the one thème of its services, a mixed one if there are several."""
    given = ["concat", ",", ["coalesce", ["get", "services"], ""], ","]
    of_theme = {
        theme: ["any", *(["in", f",{code},", given] for code in sorted(codes))]
        for theme, codes in services.items()
        if theme in THEME_ICONS and codes
    }
    if not of_theme:
        return ["literal", "lieu"]
    count = ["+", *(["case", found, 1, 0] for found in of_theme.values())]
    cases: list[Any] = [[">", count, 1], _MIXED]
    if any(MAIRIE in codes for codes in services.values()):
        cases += [["in", f",{MAIRIE},", given], "mairie"]
    for theme, found in of_theme.items():
        cases += [found, f"theme-{theme}"]
    return ["case", *cases, "lieu"]


def rates_of(theme: Theme) -> tuple[str, ...]:
    """Colours of the classes, lowest first: the highest stands out from the ground of the map."""
    return RATES[::-1] if theme.dark else RATES


def _legend(theme: Theme) -> tuple[tuple[str, str], ...]:
    edges = (0.0, *RATE_BOUNDS, 1.0)
    return tuple(
        (colour, f"de {low * 100:.0f} à {high * 100:.0f}\u00a0%")
        for colour, (low, high) in zip(rates_of(theme), pairwise(edges), strict=True)
    )


_STYLES = (
    Style(
        "territoires",
        "Territoires",
        "Contours et noms des régions, départements, intercommunalités et communes.",
        (TERRITORIES,),
        _territories,
    ),
    Style(
        "couverture",
        "Taux de couverture",
        "Part des services numériques documentés qui sont présents ou partagés, du territoire que "
        "montre chaque zoom ; hachuré là où personne ne s’est prononcé.",
        (TERRITORIES,),
        _coverage,
        _legend,
    ),
    Style(
        "lieux",
        "Lieux",
        "Les lieux où des services sont rendus : groupés avec leur nombre aux petites échelles, un "
        "par un ensuite, avec l’icône de leur thème.",
        (TERRITORIES, PLACES),
        _places,
    ),
)

_DARK_SUFFIX = "-sombre"

#: Every style by the name of its address, light ones first.
STYLES: Mapping[str, tuple[Style, Theme]] = {
    **{style.name: (style, LIGHT) for style in _STYLES},
    **{f"{style.name}{_DARK_SUFFIX}": (style, DARK) for style in _STYLES},
}


def style_document(name: str, origin: str, services: Services, publication: str) -> dict[str, Any]:
    """Write a style.

    Parameters
    ----------
    name
        One of :data:`STYLES`.
    origin
        Scheme and host the client used.
    services
        Documented services of each thème.
    publication
        Id of the publication.

    Returns
    -------
    dict
        MapLibre style specification, version 8. The attribution leads to the list of producers and
        dates, which would cover the map: the TileJSON of the sources has it whole.
    """
    style, theme = STYLES[name]
    credit = f'<a href="{origin}/api/sources">Atlas de l’internet citoyen : sources et dates</a>'
    return {
        "version": 8,
        "name": _title(style, theme),
        "metadata": {
            "atlas:publication": publication,
            "atlas:description": style.description,
            "atlas:legende": [
                {"couleur": colour, "libelle": label} for colour, label in style.legend(theme)
            ],
        },
        "center": [2.5, 46.6],
        "zoom": 5,
        "sources": {
            source: {
                "type": "vector",
                "url": f"{origin}/tiles/{source}.json",
                "attribution": credit,
                **({"promoteId": "code"} if source == TERRITORIES else {}),
            }
            for source in style.sources
        },
        "sprite": f"{origin}/sprites/{SPRITE}",
        "glyphs": f"{origin}/fonts/{{fontstack}}/{{range}}.pbf",
        "layers": style.layers(theme, services),
    }


def styles_list(origin: str) -> dict[str, Any]:
    """List the styles, with their addresses."""
    return {
        "styles": [
            {
                "nom": name,
                "titre": _title(style, theme),
                "description": style.description,
                "sombre": theme.dark,
                "url": f"{origin}/styles/{name}.json",
            }
            for name, (style, theme) in STYLES.items()
        ]
    }


def _title(style: Style, theme: Theme) -> str:
    return f"{style.title} (sombre)" if theme.dark else style.title
