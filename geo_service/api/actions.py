"""Actions that reach a territory."""

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
    Column("titre", "text"),
    Column("description", "text"),
    Column("url", "text"),
    Column("porteur_niveau", "text"),
    Column("porteur_code", "text"),
    Column("porteur_nom", "text"),
    Column("services", "list"),
    Column("type", "text"),
    Column("source", "text"),
)


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
    parameters: Annotated[CarriedParameters, Query()],
) -> Response:
    """Les actions portées par le territoire, par ceux qu’il contient et ceux qui le contiennent.

    Celles des communes d’abord, par nom de commune, puis des EPCI, des départements et des régions.
    """
    check_axes(atlas, service=parameters.service)

    service, carriers = parameters.service, atlas.metadata.actions

    async def as_json() -> dict[str, Any]:
        page = await find_page(atlas, carriers, territory, parameters)
        found = await read_page(atlas, carriers, page, service)
        return {
            **framed(atlas, territory, parameters, page, "Aucune action"),
            "actions": [
                {
                    "id": row["id"],
                    "titre": row["titre"],
                    "description": row["description"],
                    "url": row["url"],
                    "porteur": {
                        "niveau": row["porteur_niveau"],
                        "code": row["porteur_code"],
                        "nom": row["porteur_nom"],
                    },
                    "services": row["services"],
                    "type": row["type"],
                    "source": row["source"],
                }
                for row in found
            ],
        }

    async def as_table() -> Table:
        page = await find_page(atlas, carriers, territory, parameters)
        found = await read_page(atlas, carriers, page, service)
        return Table(
            f"actions-{territory.niveau}-{territory.code}",
            _COLUMNS,
            [tuple(row[column.name] for column in _COLUMNS) for row in found],
            points(parameters.format, found),
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("action",),
        make_table=as_table,
    )
