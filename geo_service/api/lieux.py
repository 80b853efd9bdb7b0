"""Lieux of a territory."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.geometry import points
from geo_service.api.listing import PAGE, PageParameters
from geo_service.api.parameters import Atlas, CountedTerritory, ServiceField, check_axes
from geo_service.database import Rows
from geo_service.exports import Column, Table
from geo_service.sql import load

router = APIRouter(prefix="/api/territoires", tags=["Lieux et actions"])


_COLUMNS = (
    Column("id", "text"),
    Column("nom", "text"),
    Column("commune", "text"),
    Column("commune_nom", "text"),
    Column("adresse", "text"),
    Column("horaires", "text"),
    Column("site_web", "text"),
    Column("services", "list"),
    Column("source", "text"),
    Column("localisation", "text"),
)


class PlaceParameters(PageParameters):
    """Parameters of the lieux and of the actions of a territory."""

    service: ServiceField = None


@router.get(
    "/{niveau}/{code}/lieux",
    summary="Lieux d’un territoire",
    response_model=shapes.Places,
    responses=shapes.ERRORS,
)
async def lieux(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[PlaceParameters, Query()],
) -> Response:
    """Les lieux où des services sont rendus, par commune puis par nom."""
    check_axes(atlas, service=parameters.service)

    async def rows(limit: int | None) -> Rows:
        return await atlas.database.fetch(
            load("lieux"),
            {
                "niveau": territory.niveau,
                "code": territory.code,
                "service": parameters.service,
                "limite": limit,
            },
        )

    async def as_json() -> dict[str, Any]:
        found = await rows(parameters.limit or PAGE)
        names = [column.name for column in _COLUMNS]
        return {
            "total": found[0]["total"],
            "lieux": [
                {
                    **{name: row[name] for name in names},
                    "point": [round(row["lon"], 6), round(row["lat"], 6)],
                }
                for row in found
                if row["id"] is not None
            ],
        }

    async def as_table() -> Table:
        found = [row for row in await rows(parameters.limit) if row["id"] is not None]
        columns = (*_COLUMNS, Column("longitude", "number"), Column("latitude", "number"))
        names = [column.name for column in _COLUMNS]
        return Table(
            f"lieux-{territory.niveau}-{territory.code}",
            columns,
            [(*(row[name] for name in names), row["lon"], row["lat"]) for row in found],
            points(parameters.format, found),
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("lieu",),
        make_table=as_table,
    )
