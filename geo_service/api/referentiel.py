"""The référentiel of the publication."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.parameters import Atlas, NoParameters

router = APIRouter(prefix="/api", tags=["L’atlas lui-même"])


@router.get(
    "/referentiel",
    summary="Le référentiel",
    response_model=shapes.Referentiel,
    responses=shapes.ERRORS,
)
async def referentiel(
    request: Request, atlas: Atlas, parameters: Annotated[NoParameters, Query()]
) -> Response:
    """Thèmes, enjeux et services ; « documente » : au moins une source en parle."""
    known = atlas.metadata

    async def as_json() -> dict[str, Any]:
        return {
            **known.referentiel,
            "themes": [
                {
                    "code": theme.code,
                    "libelle": theme.libelle,
                    "enjeux": [
                        {
                            "code": enjeu.code,
                            "libelle": enjeu.libelle,
                            "services": [
                                {
                                    "code": service.code,
                                    "libelle": service.libelle,
                                    "description": service.description,
                                    "documente": service.documente,
                                }
                                for service in known.services.values()
                                if service.enjeu == enjeu.code
                            ],
                        }
                        for enjeu in known.enjeux.values()
                        if enjeu.theme == theme.code
                    ],
                }
                for theme in known.themes.values()
            ],
        }

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("referentiel", "service-documente"),
    )
