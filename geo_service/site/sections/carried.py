"""The first lieux and actions of a territory; their own pages list them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from geo_service.api.carried import CarriedParameters, find_page, read_page
from geo_service.atlas import PublishedAtlas
from geo_service.carriers import Carriers
from geo_service.database import Rows
from geo_service.territories import Territory

#: Lieux, and actions, shown in the page of a territory.
FIRST: Final = 5


@dataclass(frozen=True)
class Carried:
    """A list's first rows, and how many it has."""

    total: int
    rows: Rows


async def first_lieux(atlas: PublishedAtlas, territory: Territory) -> Carried:
    """Read the first lieux of a territory."""
    return await _first(atlas, atlas.metadata.lieux, territory)


async def first_actions(atlas: PublishedAtlas, territory: Territory) -> Carried:
    """Read the first actions of a territory."""
    return await _first(atlas, atlas.metadata.actions, territory)


async def _first(atlas: PublishedAtlas, carriers: Carriers, territory: Territory) -> Carried:
    parameters = CarriedParameters.model_validate({"limit": FIRST})
    page = find_page(atlas, carriers, territory, parameters)
    rows = await read_page(atlas, carriers, page, None)
    names = {code: service.libelle for code, service in atlas.metadata.services.items()}
    return Carried(
        page.total, [{**row, "libelles": _names(row["services"], names)} for row in rows]
    )


def _names(codes: Sequence[str] | None, names: Mapping[str, str]) -> list[str]:
    return [names[code] for code in codes or () if code in names]


def dated(rows: Sequence[Mapping[str, Any]]) -> tuple[Any, Any] | None:
    """Give the oldest and the latest dates of the data of some sources; None for no source."""
    dates = [row["date_donnees"] for row in rows]
    return (min(dates), max(dates)) if dates else None
