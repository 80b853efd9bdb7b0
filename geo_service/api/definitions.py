"""The definitions of the words of the atlas."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.parameters import Atlas, NoParameters
from geo_service.definitions import DEFINITIONS

router = APIRouter(prefix="/api", tags=["L’atlas lui-même"])


@router.get(
    "/definitions",
    summary="Les définitions",
    response_model=shapes.Definitions,
    responses=shapes.ERRORS,
)
async def definitions(
    request: Request, atlas: Atlas, parameters: Annotated[NoParameters, Query()]
) -> Response:
    """Ce que veut dire chaque mot et chaque chiffre, avec son unité."""

    async def as_json() -> dict[str, Any]:
        return {"definitions": [definition._asdict() for definition in DEFINITIONS.values()]}

    return await reply(request, atlas, parameters.asked(), as_json, words=tuple(DEFINITIONS))
