"""Mutualisation: the neighbours that lack the same services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.parameters import Atlas, CountedTerritory, FormatField
from geo_service.api.peers import ServiceParameters, service_json
from geo_service.atlas import Metadata
from geo_service.diagnostics import sentences
from geo_service.diagnostics.pooling import Partner, partners
from geo_service.exports import Column, Table
from geo_service.levels import Level
from geo_service.rounding import rounded
from geo_service.territories import Territory

router = APIRouter(prefix="/api/territoires", tags=["Diagnostic"])

#: Definitions the answer relies on.
WORDS = ("mutualisation", "voisin", "manque", "statut", "population", "service-documente")

_COLUMNS = (
    Column("territoire", "text"),
    Column("code", "text"),
    Column("nom", "text"),
    Column("frontiere_km", "number"),
    Column("meme_epci", "boolean"),
    Column("services", "list"),
    Column("manques_communs", "integer"),
    Column("population", "integer"),
    Column("phrase", "text"),
)

#: Why a territory has no neighbours here, in French.
_WITHOUT = {
    "pays": "Les voisins du pays ne sont pas dans cet atlas. Demandez une commune, une "
    "intercommunalité, un département ou une région.",
    "groupe": "Les communes d’un groupe ne se touchent pas toutes : il n’a pas de voisins. "
    "Demandez ceux d’une de ses communes.",
}
_NO_OUTLINE = "Ce territoire n’a pas de contour dans l’atlas : ses voisins ne sont pas connus."
_ISLAND = "Ce territoire n’a de frontière avec aucun autre du même niveau."
_NO_GAP = "Aucun des services demandés ne manque ici : il n’y a rien à mutualiser."
_NOTHING_SHARED = "Aucun voisin ne manque des mêmes services."


class PoolingParameters(ServiceParameters):
    """Parameters of the mutualisation."""

    format: FormatField = "json"


def pooling_answer(
    metadata: Metadata, territory: Territory, services: Sequence[int], n: int | None
) -> dict[str, Any]:
    """Write with whom a territory could share services.

    Parameters
    ----------
    metadata
        The publication.
    territory
        The territory.
    services
        Columns of the services to look at.
    n
        Most neighbours to give.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.Pooling`.
    """
    level = metadata.levels.get(territory.niveau)
    if level is None:
        return _answer(territory, 0, 0, [], _WITHOUT[territory.niveau])
    row = level.position[territory.code]
    around = len(level.neighbours(row)[0])
    lacking = level.lacks(row)
    missing = sum(bool(lacking[column]) for column in services)
    found = partners(level, metadata.matrices, territory.code, services)
    raison = None
    if not around:
        raison = _alone(level, row)
    elif not missing:
        raison = _NO_GAP
    elif not found:
        raison = _NOTHING_SHARED
    listed = [_partner(metadata, territory, level, item) for item in found[:n]]
    return _answer(territory, around, missing, listed, raison)


def _answer(
    territory: Territory,
    around: int,
    missing: int,
    listed: list[dict[str, Any]],
    raison: str | None,
) -> dict[str, Any]:
    return {
        "territoire": territory.summary(),
        "voisins_total": around,
        "manques": missing,
        "raison": raison,
        "voisins": listed,
    }


def _alone(level: Level, row: int) -> str:
    # What has no outline has no place on the map.
    return _NO_OUTLINE if rounded(float(level.area[row])) is None else _ISLAND


def _partner(
    metadata: Metadata, territory: Territory, level: Level, item: Partner
) -> dict[str, Any]:
    other = metadata.territories.by_key[level.niveau, level.codes[item.row]]
    parents = metadata.territories.parents
    mine = parents.get((territory.niveau, territory.code), ())
    theirs = parents.get((other.niveau, other.code), ())
    shared = [key for key in mine if key in theirs and key[0] != "pays"]
    same_epci = any(niveau == "epci" for niveau, _ in shared)
    services = [service_json(metadata, column) for column in item.columns]
    by_key = metadata.territories.by_key
    return {
        "code": other.code,
        "nom": other.nom,
        "frontiere_km": rounded(item.border_km, 2),
        "meme_epci": same_epci if territory.niveau == "commune" else None,
        "en_commun": [{"niveau": key[0], "code": key[1], "nom": by_key[key].nom} for key in shared],
        "services": services,
        "manques_communs": len(services),
        "population": item.people,
        "phrase": sentences.pooling(
            territory,
            other,
            [service["libelle"] for service in services],
            item.people,
            same_epci=same_epci,
        ),
    }


@router.get(
    "/{niveau}/{code}/mutualisation",
    summary="Voisins qui manquent des mêmes services",
    response_model=shapes.Pooling,
    responses=shapes.ERRORS,
)
async def mutualisation(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[PoolingParameters, Query()],
) -> Response:
    """Les territoires voisins, de même niveau, à qui manquent les mêmes services.

    Ceux qui ont le plus de manques en commun d’abord, puis ceux où le plus d’habitants sont
    concernés. `raison` dit pourquoi la liste est vide.
    """
    services = parameters.columns(atlas)

    async def as_json() -> dict[str, Any]:
        return pooling_answer(atlas.metadata, territory, services, parameters.n)

    async def as_table() -> Table:
        place = f"{territory.niveau}/{territory.code}"
        names = [column.name for column in _COLUMNS[1:]]
        rows = [
            item | {"services": [service["code"] for service in item["services"]]}
            for item in (await as_json())["voisins"]
        ]
        return Table(
            f"mutualisation-{territory.niveau}-{territory.code}",
            _COLUMNS,
            [(place, *(row[name] for name in names)) for row in rows],
        )

    return await reply(
        request, atlas, parameters.asked(), as_json, words=WORDS, make_table=as_table
    )
