"""Codes of communes of any year, and what they mean today."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AfterValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from boundaries.errors import BoundariesError
from boundaries.resolution import HISTORIQUES, Commune, parse_date
from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.parameters import Atlas, Parameters

router = APIRouter(prefix="/api/cog", tags=["Territoires"])

#: Longest code accepted: « 01001.0 » and spaces around.
_LENGTH = 20


def _date(value: str) -> str:
    try:
        return parse_date(value)
    except BoundariesError as error:
        raise ValueError(str(error).rstrip(".")) from error


class CodeParameters(Parameters):
    """Parameters of the resolution of a code."""

    code: str = Field(
        max_length=_LENGTH,
        description="Code INSEE d’une commune, de n’importe quelle année depuis 1943 : commune, "
        "commune déléguée ou associée, arrondissement municipal.",
        examples=["14513"],
    )
    date: Annotated[str, AfterValidator(_date)] | None = Field(
        None,
        max_length=_LENGTH,
        description="Date des données où se trouve le code : 2015-12-31, 31/12/2015 ou 2015 (au "
        "1er janvier). Sans elle, le code est pris dans son dernier sens : un code actuel se "
        "désigne lui-même.",
        examples=["2015-12-31"],
    )


def _commune(commune: Commune) -> dict[str, str]:
    return {"code": commune.code, "nom": commune.nom}


@router.get(
    "/resoudre",
    summary="Que désigne aujourd’hui un code de commune",
    response_model=shapes.Resolution,
    responses=shapes.ERRORS,
)
async def resolve(
    request: Request, atlas: Atlas, parameters: Annotated[CodeParameters, Query()]
) -> Response:
    """Commune actuelle d’un code de n’importe quelle année, et pourquoi.

    Fusions en chaîne, changements de code et de département, rétablissements, communes déléguées
    et associées, arrondissements. Le territoire d’un code partagé entre plusieurs communes donne
    tous ses candidats, et `commune` est nul. Un code inconnu est une réponse (statut `inconnu`),
    non une erreur.
    """

    async def as_json() -> dict[str, Any]:
        history = atlas.metadata.history
        found = history.resolve(parameters.code, parameters.date)
        return {
            "code": parameters.code,
            "code_lu": found.code,
            "date": parameters.date,
            "statut": found.statut,
            "commune": _commune(found.commune) if found.commune else None,
            "candidats": [_commune(commune) for commune in found.candidats],
            "chemin": list(found.chemin),
            "avertissements": list(found.avertissements),
            "comment_choisir": found.choix,
            "historique": {
                "code": history.historique,
                "libelle": HISTORIQUES[history.historique],
            },
        }

    return await reply(
        request, atlas, parameters.asked(), as_json, words=("territoire", "millesime")
    )
