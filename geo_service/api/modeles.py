"""Templates of the atlas's own file formats, to fill in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from etl.templates import TEMPLATES, as_csv
from geo_service.answers import reply, static_response
from geo_service.api import shapes
from geo_service.api.parameters import Atlas, NoParameters, Parameters
from geo_service.errors import Problem, closest

router = APIRouter(prefix="/api/modeles", tags=["L’atlas lui-même"])


class TemplateParameters(Parameters):
    """Parameters of a template."""

    exemples: bool = Field(True, description="Donner des lignes d’exemple, marquées fictives.")


@router.get(
    "", summary="Les modèles de fichiers", response_model=shapes.Templates, responses=shapes.ERRORS
)
async def modeles(
    request: Request, atlas: Atlas, parameters: Annotated[NoParameters, Query()]
) -> Response:
    """Les formats de fichiers de l’atlas, colonne par colonne."""

    async def as_json() -> dict[str, Any]:
        return {
            "modeles": [
                {
                    "code": template.code,
                    "libelle": template.libelle,
                    "texte": template.texte,
                    "fichier": f"/api/modeles/{template.code}.csv",
                    "colonnes": [
                        {
                            "nom": column.nom,
                            "obligatoire": column.obligatoire,
                            "texte": column.texte,
                            "exemple": column.exemples[0],
                        }
                        for column in template.colonnes
                    ],
                }
                for template in TEMPLATES.values()
            ]
        }

    return await reply(request, atlas, parameters.asked(), as_json, words=("action", "label"))


@router.get(
    "/{code}.csv",
    summary="Un modèle de fichier à remplir",
    responses={200: {"content": {"text/csv": {}}}, **shapes.ERRORS},
    response_class=Response,
)
async def modele(
    request: Request,
    code: Annotated[str, Path(description="Code du modèle.", examples=["actions"])],
    parameters: Annotated[TemplateParameters, Query()],
) -> Response:
    """Un fichier CSV à ouvrir dans un tableur (points-virgules, UTF-8) et à remplir."""
    template = TEMPLATES.get(code)
    if template is None:
        meant = closest(code, list(TEMPLATES)) or next(iter(TEMPLATES))
        raise Problem(
            404,
            f"Il n’y a pas de modèle « {code[:40]} ». Vouliez-vous dire « {meant} » ? "
            "La liste est à /api/modeles.",
        )
    answer = static_response(
        request, as_csv(template, examples=parameters.exemples), "text/csv; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="modele-{code}.csv"'
    return answer
