"""The publications of the catalogue."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import json_bytes, static_response
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
    request: Request, atlas: Atlas, _: Annotated[NoParameters, Query()]
) -> Response:
    """Les versions gardées de l’atlas, la plus récente d’abord."""
    # The catalogue may change while the active publication does not: the ETag is of the content.
    known = {"publications": await atlas.database.fetch(load("publications"), catalogue=True)}
    body = json_bytes(atlas, known, ("publication", "millesime"))
    return static_response(request, body, "application/json")
