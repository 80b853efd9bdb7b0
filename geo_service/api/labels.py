"""Labels « Territoires, Villes et Villages Internet » of all territories."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.geometry import points
from geo_service.api.listing import PAGE, PageParameters
from geo_service.api.parameters import Atlas, Niveau
from geo_service.database import Rows
from geo_service.exports import Column, Table
from geo_service.sql import load

router = APIRouter(prefix="/api", tags=["Label"])

_YEARS = """
    SELECT annee, count(*) AS territoires FROM labels GROUP BY annee ORDER BY annee DESC
"""

_COLUMNS = (
    Column("niveau", "text"),
    Column("code", "text"),
    Column("nom", "text"),
    Column("annee", "integer"),
    Column("arobases", "integer"),
    Column("arobase_verte", "boolean"),
    Column("mentions", "list"),
    Column("source", "text"),
)
_KEY = (int, int, str, str)


class LabelParameters(PageParameters):
    """Parameters of the labels; given together, they must all hold."""

    annee: int | None = Field(
        None, ge=1999, le=2100, description="Labels de cette année.", examples=[2025]
    )
    niveau: Niveau | None = Field(None, description="Seulement ce niveau de territoire.")
    arobases_min: int | None = Field(None, ge=1, le=5, description="Au moins tant d’arobases.")
    arobase_verte: bool = Field(False, description="Seulement avec l’arobase verte.")


@router.get(
    "/labels", summary="Labels obtenus", response_model=shapes.Labels, responses=shapes.ERRORS
)
async def labels(
    request: Request, atlas: Atlas, parameters: Annotated[LabelParameters, Query()]
) -> Response:
    """Les territoires labellisés, l’année la plus récente d’abord, puis le plus d’arobases.

    En « geojson », un point par territoire : une couche de carte par année (« annee »).
    """

    async def rows(limit: int | None) -> Rows:
        after = parameters.after(atlas, "labels", *_KEY) or (None, None, None, None)
        return await atlas.database.fetch(
            load("labels"),
            {
                **parameters.model_dump(
                    include={"annee", "niveau", "arobases_min", "arobase_verte"}
                ),
                "apres_annee": after[0],
                "apres_arobases": after[1],
                "apres_niveau": after[2],
                "apres_code": after[3],
                "limite": limit,
            },
        )

    async def as_json() -> dict[str, Any]:
        limit = parameters.limit or PAGE
        # One more than the page tells whether another page follows.
        read = await rows(limit + 1)
        found = [row for row in read if row["code"] is not None]
        following = None
        if len(found) > limit:
            last = found[limit - 1]
            key = (last["annee"], last["arobases"], last["niveau"], last["code"])
            following = parameters.following(atlas, "labels", *key)
        return {
            "annees": await atlas.database.fetch(_YEARS),
            "total": read[0]["total"],
            "labels": [
                {
                    **{column.name: row[column.name] for column in _COLUMNS},
                    "centre": None
                    if row["lon"] is None
                    else [round(row["lon"], 6), round(row["lat"], 6)],
                }
                for row in found[:limit]
            ],
            "suivant": following,
        }

    async def as_table() -> Table:
        found = [row for row in await rows(parameters.limit) if row["code"] is not None]
        return Table(
            "labels",
            _COLUMNS,
            [tuple(row[column.name] for column in _COLUMNS) for row in found],
            points(parameters.format, found),
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("label", "territoire"),
        make_table=as_table,
    )
