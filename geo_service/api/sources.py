"""The sources of the publication."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.parameters import Atlas, FormatField, Parameters
from geo_service.exports import Column, Table

router = APIRouter(prefix="/api", tags=["L’atlas lui-même"])

_COLUMNS = (
    Column("id", "text"),
    Column("nom", "text"),
    Column("producteur", "text"),
    Column("licence", "text"),
    Column("url", "text"),
    Column("date_donnees", "date"),
    Column("role", "text"),
    Column("statut", "text"),
    Column("lignes_lues", "integer"),
    Column("lignes_chargees", "integer"),
    Column("lignes_rejetees", "integer"),
    Column("lignes_reparees", "integer"),
    Column("exhaustive", "list"),
    Column("note", "text"),
    Column("ancienne", "boolean"),
    Column("synthetique", "boolean"),
    Column("avertissement", "text"),
)


class SourceParameters(Parameters):
    """Parameters of the sources."""

    format: FormatField = "json"


@router.get(
    "/sources",
    summary="Les sources de données",
    response_model=shapes.Sources,
    responses=shapes.ERRORS,
)
async def sources(
    request: Request, atlas: Atlas, parameters: Annotated[SourceParameters, Query()]
) -> Response:
    """Producteur, licence, date, et ce qui a été lu, chargé, réparé ou rejeté de chaque source."""

    async def as_json() -> dict[str, Any]:
        # The whole table stands here for the summary that ends other answers.
        return {"sources": atlas.metadata.sources}

    async def as_table() -> Table:
        return Table(
            "sources",
            _COLUMNS,
            [tuple(row[column.name] for column in _COLUMNS) for row in atlas.metadata.sources],
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("source",),
        make_table=as_table,
    )
