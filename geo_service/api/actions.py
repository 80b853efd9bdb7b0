"""Actions that reach a territory."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.axes import services_of
from geo_service.api.carried import (
    LONGEST_FILE,
    CarriedParameters,
    find_page,
    framed,
    read_page,
    too_long,
)
from geo_service.api.geometry import points
from geo_service.api.listing import PAGE
from geo_service.api.parameters import Atlas, CountedTerritory, EnjeuField
from geo_service.atlas import PublishedAtlas
from geo_service.carriers import Page
from geo_service.database import Rows
from geo_service.exports import Column, Table
from geo_service.sql import load
from geo_service.territories import Territory
from geo_service.territory_list import communes_inside

router = APIRouter(prefix="/api/territoires", tags=["Lieux et actions"])

_COLUMNS = (
    Column("id", "text"),
    Column("titre", "text"),
    Column("description", "text"),
    Column("url", "text"),
    Column("porteur_niveau", "text"),
    Column("porteur_code", "text"),
    Column("porteur_nom", "text"),
    Column("services", "list"),
    Column("type", "text"),
    Column("statut", "text"),
    Column("date_debut", "text"),
    Column("date_fin", "text"),
    Column("date_maj", "text"),
    Column("acteurs", "list"),
    Column("source", "text"),
)


class ActionParameters(CarriedParameters):
    """Parameters of the actions; given together, they must all hold."""

    enjeu: EnjeuField = None
    statut: Literal["prevue", "en_cours", "terminee", "abandonnee"] | None = Field(
        None, description="Actions de ce statut seulement."
    )
    depuis: dt.date | None = Field(
        None,
        description="Actions récentes : leur dernière date connue n’est pas avant ce jour.",
        examples=["2025-01-01"],
    )

    @property
    def chooses(self) -> bool:
        """Whether a filter is given that no count is kept for."""
        return (self.enjeu, self.statut, self.depuis) != (None, None, None)


@router.get(
    "/{niveau}/{code}/actions",
    summary="Actions menées dans un territoire ou pour lui",
    response_model=shapes.Actions,
    responses=shapes.ERRORS,
)
async def actions(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[ActionParameters, Query()],
) -> Response:
    """Les actions portées par le territoire, par ceux qu’il contient et ceux qui le contiennent.

    Celles des communes d’abord, par nom de commune, puis des EPCI, des départements et des régions.
    Avec « depuis », les actions récentes : celles dont la dernière date connue (fin, mise à jour ou
    début) n’est pas plus ancienne ; une action sans date n’est pas récente.
    """
    # Refused before anything is asked.
    services_of(atlas, service=parameters.service, enjeu=parameters.enjeu)

    async def as_json() -> dict[str, Any]:
        frame, found = await _read(atlas, territory, parameters)
        return {**frame, "actions": [_json(row) for row in found]}

    async def as_table() -> Table:
        _, found = await _read(atlas, territory, parameters)
        rows = [row | {"acteurs": [one["nom"] for one in row["acteurs"] or []]} for row in found]
        return Table(
            f"actions-{territory.niveau}-{territory.code}",
            _COLUMNS,
            [tuple(row[column.name] for column in _COLUMNS) for row in rows],
            points(parameters.format, rows),
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("action", "acteur"),
        make_table=as_table,
    )


async def _read(
    atlas: PublishedAtlas, territory: Territory, parameters: ActionParameters
) -> tuple[dict[str, Any], Rows]:
    """Read a page, and what to say of the list."""
    carriers = atlas.metadata.actions
    if parameters.chooses:
        page, found = await _chosen(atlas, territory, parameters)
    else:
        page = await find_page(atlas, carriers, territory, parameters)
        found = await read_page(atlas, carriers, page, parameters.service)
    return framed(atlas, territory, parameters, page, "Aucune action"), found


async def _chosen(
    atlas: PublishedAtlas, territory: Territory, parameters: ActionParameters
) -> tuple[Page, Rows]:
    """Read a page of the actions that pass filters no count is kept for."""
    keys = atlas.metadata.actions.keys_of(communes_inside(atlas.metadata.matrices, [territory]))
    place = f"{territory.niveau}/{territory.code}"
    _, skipped = parameters.after(atlas, place, int, int) or (0, 0)
    limit = parameters.limit or (PAGE if parameters.format == "json" else LONGEST_FILE + 1)
    services = None
    if parameters.service or parameters.enjeu:
        chosen = services_of(atlas, service=parameters.service, enjeu=parameters.enjeu)
        services = [service.code for service in chosen]
    values = {
        "niveaux": [niveau for niveau, _ in keys],
        "codes": [code for _, code in keys],
        "statut": parameters.statut,
        "depuis": parameters.depuis,
        "services": services,
    }
    query = load("actions_page_choisie") + load("actions")
    found = await atlas.database.fetch(query, {**values, "limite": limit, "sautees": skipped})
    if len(found) > LONGEST_FILE:
        raise too_long(found[0]["total"])
    total = int(found[0]["total"]) if found else 0
    shown = skipped + len(found)
    return Page(total, keys, skipped, len(found), (0, shown) if shown < total else None), found


def _json(row: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "titre", "description", "url", "services", "type", "statut", "source")
    return {
        **{name: row[name] for name in names},
        "porteur": {
            "niveau": row["porteur_niveau"],
            "code": row["porteur_code"],
            "nom": row["porteur_nom"],
        },
        "date_debut": row["date_debut"],
        "date_fin": row["date_fin"],
        "date_maj": row["date_maj"],
        "acteurs": row["acteurs"] or [],
        "points": [[round(value, 6) for value in point] for point in row["points"] or []],
    }
