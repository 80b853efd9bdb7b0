"""Lieux of a territory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.carried import CarriedParameters, find_page, framed, read_file, read_page
from geo_service.api.geometry import points
from geo_service.api.parameters import Atlas, CountedTerritory, check_axes
from geo_service.exports import WITH_GEOMETRY, Batch, Column, Dataset, Geometry

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
    Column("precision_m", "number"),
    Column("provenances", "list"),
)


def _cell(row: Mapping[str, Any], name: str) -> Any:
    """Value of a column in a table: where a lieu comes from is written « source:identifiant »."""
    if name != "provenances":
        return row[name]
    return [f"{found['source']}:{found['identifiant']}" for found in row[name] or []]


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
                    "provenances": row["provenances"] or [],
                    "point": [round(row["lon"], 6), round(row["lat"], 6)],
                }
                for row in await read_page(atlas, carriers, page, service)
            ],
        }

    async def as_table() -> Dataset:
        page = await find_page(atlas, carriers, territory, parameters)
        names = [column.name for column in _COLUMNS]

        async def batches() -> AsyncIterator[Batch]:
            async for found in read_file(atlas, carriers, territory, parameters, page):
                yield Batch(
                    [
                        (*(_cell(row, name) for name in names), row["lon"], row["lat"])
                        for row in found
                    ],
                    points(parameters.format, found),
                )

        return Dataset(
            f"lieux-{territory.niveau}-{territory.code}",
            (*_COLUMNS, Column("longitude", "number"), Column("latitude", "number")),
            batches,
            Geometry("Point", missing=False) if parameters.format in WITH_GEOMETRY else None,
            count=page.count,
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("lieu", "localisation", "provenance"),
        make_table=as_table,
    )
