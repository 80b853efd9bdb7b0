"""Lieux of a territory."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.carried import CarriedParameters, find_page, framed, read_page
from geo_service.api.geometry import points
from geo_service.api.parameters import Atlas, CountedTerritory, check_axes
from geo_service.exports import Column, Table

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
    parameters: Annotated[CarriedParameters, Query()],
) -> Response:
    """Les lieux où des services sont rendus, par commune puis par nom."""
    check_axes(atlas, service=parameters.service)

    service, carriers = parameters.service, atlas.metadata.lieux

    async def as_json() -> dict[str, Any]:
        page = await find_page(atlas, carriers, territory, parameters)
        names = [column.name for column in _COLUMNS]
        return {
            **framed(atlas, territory, parameters, page, "Aucun lieu"),
            "lieux": [
                {
                    **{name: row[name] for name in names},
                    "point": [round(row["lon"], 6), round(row["lat"], 6)],
                }
                for row in await read_page(atlas, carriers, page, service)
            ],
        }

    async def as_table() -> Table:
        page = await find_page(atlas, carriers, territory, parameters)
        found = await read_page(atlas, carriers, page, service)
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
