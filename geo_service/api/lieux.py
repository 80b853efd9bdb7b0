"""Lieux of a territory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from etl.identifiers import LONGEST_ID
from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.carried import (
    CarriedParameters,
    find_page,
    framed,
    read_file,
    read_one,
    read_page,
)
from geo_service.api.geometry import points
from geo_service.api.parameters import Atlas, CountedTerritory, NoParameters, check_axes
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem
from geo_service.exports import WITH_GEOMETRY, Batch, Column, Dataset, Geometry
from geo_service.sql import load
from geo_service.territories import Territory

router = APIRouter(prefix="/api", tags=["Lieux et actions"])

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


def _json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write a lieu as the lists do."""
    return {
        **{column.name: row[column.name] for column in _COLUMNS},
        "provenances": row["provenances"] or [],
        "point": [round(row["lon"], 6), round(row["lat"], 6)],
    }


async def places_answer(
    atlas: PublishedAtlas, territory: Territory, parameters: CarriedParameters
) -> dict[str, Any]:
    """Write a page of the lieux of a territory.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.Places`.

    Raises
    ------
    Problem
        400 for the cursor of another list.
    """
    carriers = atlas.metadata.lieux
    page = find_page(atlas, carriers, territory, parameters)
    return {
        **framed(atlas, territory, parameters, page, "Aucun lieu"),
        "lieux": [_json(row) for row in await read_page(atlas, carriers, page, parameters.service)],
    }


async def place_answer(atlas: PublishedAtlas, identifiant: str) -> dict[str, Any]:
    """Write all that is known of one lieu.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.PlaceDetail`.

    Raises
    ------
    Problem
        404 if there is none of this identifier.
    """
    row = await read_one(atlas, load("lieu") + load("lieux"), identifiant)
    if row is None:
        raise Problem(
            404,
            f"Aucun lieu n’a l’identifiant « {identifiant[:60]} » dans cette publication. Les "
            "lieux d’un territoire sont à /api/territoires/{niveau}/{code}/lieux",
        )
    more = ("accessibilite", "telephone", "date_maj")
    return {**_json(row), **{name: row[name] for name in more}}


def _cell(row: Mapping[str, Any], name: str) -> Any:
    """Value of a column in a table: where a lieu comes from is written « source:identifiant »."""
    if name != "provenances":
        return row[name]
    return [f"{found['source']}:{found['identifiant']}" for found in row[name] or []]


@router.get(
    "/territoires/{niveau}/{code}/lieux",
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

    carriers = atlas.metadata.lieux

    async def as_json() -> dict[str, Any]:
        return await places_answer(atlas, territory, parameters)

    async def as_table() -> Dataset:
        page = find_page(atlas, carriers, territory, parameters)
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


@router.get(
    "/lieux/{identifiant:path}",
    summary="Décrire un lieu",
    response_model=shapes.PlaceDetail,
    responses=shapes.ERRORS,
)
async def detail(
    request: Request,
    atlas: Atlas,
    identifiant: Annotated[
        str,
        Path(max_length=LONGEST_ID, description="Identifiant du lieu, donné par les listes."),
    ],
    parameters: Annotated[NoParameters, Query()],
) -> Response:
    """Adresse, horaires, services, accessibilité d’un lieu, et d’où on le sait."""

    async def as_json() -> dict[str, Any]:
        return await place_answer(atlas, identifiant)

    return await reply(
        request, atlas, parameters.asked(), as_json, words=("lieu", "localisation", "provenance")
    )
