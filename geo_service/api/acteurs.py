"""Organisations that take part in actions: who works on this, near here."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from boundaries.names import normalise
from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.axes import AxisParameters
from geo_service.api.listing import LONGEST_PAGE, PAGE
from geo_service.api.parameters import (
    TEXT,
    Atlas,
    CountedTerritory,
    FormatField,
    NoParameters,
    Parameters,
)
from geo_service.database import Rows
from geo_service.errors import Problem
from geo_service.exports import Column, Table
from geo_service.sql import load

router = APIRouter(prefix="/api", tags=["Lieux et actions"])

#: Radius when none is given, km, and the largest: beyond, nobody is « near ».
RADIUS, FARTHEST = 30.0, 200.0
#: Most actions listed of one organisation.
_ACTIONS = 1000

_COLUMNS = (
    Column("id", "text"),
    Column("nom", "text"),
    Column("siren", "text"),
    Column("actions", "integer"),
    Column("services", "list"),
)
_NEAR_COLUMNS = (
    *_COLUMNS,
    Column("distance_km", "number"),
    Column("action_id", "text"),
    Column("action_titre", "text"),
    Column("action_url", "text"),
    Column("porteur_niveau", "text"),
    Column("porteur_code", "text"),
    Column("porteur_nom", "text"),
)

LimitField = Annotated[
    int | None,
    Field(
        ge=1,
        le=LONGEST_PAGE,
        description="Nombre de réponses, au plus ; 50 par défaut. Un fichier (« format ») les "
        "contient toutes quand « limit » n’est pas donnée.",
    ),
]


class ActeurSearch(Parameters):
    """Parameters of the search of organisations."""

    q: str | None = Field(
        None, max_length=TEXT, description="Partie du nom, ou numéro SIREN.", examples=["coop"]
    )
    limit: LimitField = None
    format: FormatField = "json"


class NearParameters(AxisParameters):
    """Parameters of the organisations near a territory."""

    rayon_km: float = Field(
        RADIUS,
        ge=0,
        le=FARTHEST,
        allow_inf_nan=False,
        description="Distance autour du centre du territoire (km, à vol d’oiseau).",
    )
    limit: LimitField = None
    format: FormatField = "json"


def _porteur(row: dict[str, Any]) -> dict[str, str]:
    return {
        "niveau": row["porteur_niveau"],
        "code": row["porteur_code"],
        "nom": row["porteur_nom"],
    }


def _acteur(row: dict[str, Any]) -> dict[str, Any]:
    return {column.name: row[column.name] for column in _COLUMNS}


@router.get(
    "/acteurs",
    summary="Chercher une organisation",
    response_model=shapes.Acteurs,
    responses=shapes.ERRORS,
)
async def search(
    request: Request, atlas: Atlas, parameters: Annotated[ActeurSearch, Query()]
) -> Response:
    """Les organisations qui participent à des actions, celles qui en ont le plus d’abord."""

    async def rows(limit: int | None) -> Rows:
        wanted = normalise(parameters.q) if parameters.q else None
        digits = "".join((parameters.q or "").split())
        return await atlas.database.fetch(
            load("acteurs"),
            {
                "q": wanted,
                "siren": digits if digits.isdigit() else None,
                "id": None,
                "limite": limit,
            },
        )

    async def as_json() -> dict[str, Any]:
        found = await rows(parameters.limit or PAGE)
        return {
            "total": found[0]["total"],
            "acteurs": [_acteur(row) for row in found if row["id"] is not None],
        }

    async def as_table() -> Table:
        found = [row for row in await rows(parameters.limit) if row["id"] is not None]
        return Table(
            "acteurs", _COLUMNS, [tuple(row[column.name] for column in _COLUMNS) for row in found]
        )

    return await reply(
        request, atlas, parameters.asked(), as_json, words=("acteur",), make_table=as_table
    )


@router.get(
    "/acteurs/{identifiant}",
    summary="Décrire une organisation et ses actions",
    response_model=shapes.ActeurDetail,
    responses=shapes.ERRORS,
)
async def detail(
    request: Request,
    atlas: Atlas,
    identifiant: Annotated[
        str,
        Path(max_length=300, description="Identifiant, donné par la recherche : SIREN, ou nom."),
    ],
    parameters: Annotated[NoParameters, Query()],
) -> Response:
    """Les actions auxquelles une organisation participe, les plus récentes d’abord."""

    async def as_json() -> dict[str, Any]:
        (row,) = await atlas.database.fetch(
            load("acteurs"), {"q": None, "siren": None, "id": identifiant, "limite": 1}
        )
        if row["id"] is None:
            raise Problem(
                404,
                f"Aucune organisation n’a l’identifiant « {identifiant[:60]} ». Cherchez-la par "
                "son nom : /api/acteurs?q=…",
            )
        done = await atlas.database.fetch(
            load("acteur_actions"), {"id": identifiant, "limite": _ACTIONS}
        )
        names = ("id", "titre", "url", "services", "statut", "date_debut", "date_fin")
        return {
            **_acteur(row),
            "liste": [
                {**{name: action[name] for name in names}, "porteur": _porteur(action)}
                for action in done
            ],
        }

    return await reply(request, atlas, parameters.asked(), as_json, words=("acteur", "action"))


@router.get(
    "/territoires/{niveau}/{code}/acteurs",
    summary="Organisations qui agissent près d’un territoire",
    response_model=shapes.NearActeurs,
    responses=shapes.ERRORS,
)
async def near(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[NearParameters, Query()],
) -> Response:
    """Qui travaille là-dessus près d’ici : organisations des actions du territoire et d’autour.

    Les plus proches d’abord. Une action du territoire, de ses communes ou de ceux qui le
    contiennent est à 0 km.
    """
    services = [service.code for service in parameters.services(atlas)]
    asked = parameters.service or parameters.enjeu or parameters.theme

    async def rows(limit: int | None) -> Rows:
        return await atlas.database.fetch(
            load("acteurs_proches"),
            {
                "niveau": territory.niveau,
                "code": territory.code,
                "rayon_km": parameters.rayon_km,
                "services": services if asked else None,
                "limite": limit,
            },
        )

    async def as_json() -> dict[str, Any]:
        found = await rows(parameters.limit or PAGE)
        return {
            "territoire": territory.summary(),
            "rayon_km": parameters.rayon_km,
            "total": found[0]["total"],
            "acteurs": [
                {
                    **_acteur(row),
                    "plus_proche": {
                        "id": row["action_id"],
                        "titre": row["action_titre"],
                        "url": row["action_url"],
                        "porteur": _porteur(row),
                        "distance_km": round(row["distance_km"], 1),
                    },
                }
                for row in found
                if row["id"] is not None
            ],
        }

    async def as_table() -> Table:
        found = [row for row in await rows(parameters.limit) if row["id"] is not None]
        return Table(
            f"acteurs-{territory.niveau}-{territory.code}",
            _NEAR_COLUMNS,
            [tuple(row[column.name] for column in _NEAR_COLUMNS) for row in found],
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("acteur", "action", "distance", "population"),
        make_table=as_table,
    )
