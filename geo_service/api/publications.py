"""The publications of the catalogue."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.parameters import Atlas, NoParameters
from geo_service.sql import load

router = APIRouter(prefix="/api", tags=["L’atlas lui-même"])


@router.get(
    "/publications",
    summary="Les publications de l’atlas",
    response_model=shapes.Publications,
    responses=shapes.ERRORS,
)
async def publications(
    request: Request, atlas: Atlas, parameters: Annotated[NoParameters, Query()]
) -> Response:
    """Les versions gardées de l’atlas, la plus récente d’abord."""

    async def as_json() -> dict[str, Any]:
        return {"publications": await atlas.database.fetch(load("publications"))}

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("publication", "millesime"),
        etag_of_content=True,
    )
