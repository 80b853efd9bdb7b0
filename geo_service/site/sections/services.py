"""The services by thème and enjeu: the mosaic, and the choice of what the map shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from geo_service.atlas import Axis, Metadata, Service
from geo_service.diagnostics.sentences import percent
from geo_service.site.words import STATUTS
from geo_service.territories import Territory

#: Side of a mark of the mosaic, and the step from one to the next, in its own units.
MARK: Final = 10
STEP: Final = 12
#: Shades of the share of the people who have a service: those of the maps (palette.RAMP).
_SHADES: Final = 6


@dataclass(frozen=True)
class Mark:
    """A service in the mosaic.

    Attributes
    ----------
    x
        Where it is in its row.
    css
        Class: a statut (commune), a shade (larger territory), or ``non-documente``.
    title
        What it is, for a mouse; None for what no source speaks of. The table says the same.
    """

    x: int
    css: str
    title: str | None


@dataclass(frozen=True)
class Row:
    """A thème: its figures, as the API gives them, and its marks, documented services first."""

    theme: Mapping[str, Any]
    marks: list[Mark]


@dataclass(frozen=True)
class Mosaic:
    """The rows, and the width they are drawn in."""

    rows: list[Row]
    width: int


def mosaic(territory: Territory, covered: Mapping[str, Any]) -> Mosaic:
    """Draw one mark a service, one row a thème.

    Parameters
    ----------
    territory
        The territory.
    covered
        Its coverage, all services.
    """
    rows = []
    for theme in covered["par_theme"]:
        services = [item for item in covered["services"] if item["theme"] == theme["code"]]
        services.sort(key=lambda item: not item["documente"])
        marks = [
            Mark(place * STEP, _look(territory, item), _title(territory, item))
            for place, item in enumerate(services)
        ]
        rows.append(Row(theme, marks))
    widest = max((len(row.marks) for row in rows), default=1)
    return Mosaic(rows, widest * STEP - (STEP - MARK))


def _look(territory: Territory, item: Mapping[str, Any]) -> str:
    if not item["documente"]:
        return "non-documente"
    share = item["part_population"]
    if territory.niveau == "commune" or not share:
        return f"st-{item['statut']}"
    return f"part-{min(_SHADES - 1, int(share * _SHADES))}"


def _title(territory: Territory, item: Mapping[str, Any]) -> str | None:
    if not item["documente"]:
        return None
    share = item["part_population"]
    if territory.niveau == "commune" or not share:
        return f"{item['libelle']}\u00a0: {STATUTS[item['statut']]}"
    return f"{item['libelle']}\u00a0: {percent(share)} des habitants"


@dataclass(frozen=True)
class Choice:
    """A subject of the list over the map: ``value`` is ``service:site-internet-commune``."""

    value: str
    libelle: str


def choices(metadata: Metadata) -> list[tuple[str, list[Choice]]]:
    """List what the map can show: thèmes and enjeux with documented services, then these.

    Returns
    -------
    list of (str, list of Choice)
        Groups of the list, by their heading.
    """
    known = [metadata.services[code] for code in metadata.documented]
    themes, enjeux = {item.theme for item in known}, {item.enjeu for item in known}
    groups: list[tuple[str, str, Iterable[Axis | Service]]] = [
        ("Thèmes", "theme", (item for item in metadata.themes.values() if item.code in themes)),
        ("Enjeux", "enjeu", (item for item in metadata.enjeux.values() if item.code in enjeux)),
        ("Services documentés", "service", known),
    ]
    return [
        (heading, [Choice(f"{kind}:{item.code}", item.libelle) for item in items])
        for heading, kind, items in groups
        if known
    ]
