"""Lieux of a territory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.geometry import WITH_GEOMETRY
from geo_service.api.parameters import (
    Atlas,
    CountedTerritory,
    GeoFormatField,
    Parameters,
    ServiceField,
    check_axes,
)
from geo_service.database import Rows
from geo_service.exports import Column, Table
from geo_service.sql import load

router = APIRouter(prefix="/api/territoires", tags=["Lieux et actions"])

#: Rows when no limit is given.
PAGE = 50

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


class PlaceParameters(Parameters):
    """Parameters of the lieux and of the actions of a territory."""

    service: ServiceField = None
    limit: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="Nombre de réponses, au plus ; 50 par défaut. Un fichier (« format ») les "
        "contient toutes quand « limit » n’est pas donnée.",
    )
    format: GeoFormatField = "json"


def points(wanted: str, rows: Rows) -> list[bytes | None] | None:
    """Make the WKB points (EPSG:4326) of rows that have ``lon`` and ``lat``."""
    if wanted not in WITH_GEOMETRY:
        return None
    return [
        None if row["lon"] is None else shapely.to_wkb(shapely.Point(row["lon"], row["lat"]))
        for row in rows
    ]


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
                    "provenances": row["provenances"] or [],
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
            [(*(_cell(row, name) for name in names), row["lon"], row["lat"]) for row in found],
            points(parameters.format, found),
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("lieu", "localisation", "provenance"),
        make_table=as_table,
    )
