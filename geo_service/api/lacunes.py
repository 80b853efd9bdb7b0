"""Gaps: the communes where services are missing, the most populated first."""

from __future__ import annotations

from typing import Annotated, Any, LiteralString

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.axes import AxisParameters
from geo_service.api.geometry import polygons
from geo_service.api.listing import PAGE, PageParameters
from geo_service.api.parameters import Atlas, CountedTerritory, Statut
from geo_service.atlas import PublishedAtlas
from geo_service.database import Rows
from geo_service.exports import Column, Table
from geo_service.sql import load
from geo_service.territories import Territory

router = APIRouter(prefix="/api/territoires", tags=["Lacunes"])

#: Largest distance asked, in km: from one end of the country to the other, overseas included.
FARTHEST = 20_000
#: Decimals of distances in km.
_DECIMALS = 2

_COLUMNS = (
    Column("code", "text"),
    Column("nom", "text"),
    Column("population", "integer"),
    Column("statut", "text"),
    Column("distance_km", "number"),
    Column("lieu_proche_id", "text"),
    Column("lieu_proche_nom", "text"),
    Column("lieu_proche_commune", "text"),
    Column("services", "list"),
)


class GapParameters(AxisParameters, PageParameters):
    """Parameters of the gaps; given together, they must all hold."""

    distance_km: float | None = Field(
        None,
        ge=0,
        le=FARTHEST,
        allow_inf_nan=False,
        description="Communes dont le chef-lieu est à plus de cette distance (km, à vol d’oiseau) "
        "du lieu le plus proche qui rend le service.",
        examples=[10],
    )
    population_min: int | None = Field(
        None, ge=0, le=100_000_000, description="Communes d’au moins tant d’habitants."
    )
    statut: Statut | None = Field(
        None,
        description="Statut du service dans la commune ; « absent » par défaut, tous quand "
        "« distance_km » est donnée.",
    )


def _pairs(statut: Statut | None, distance_km: float | None) -> LiteralString:
    """Choose the pairs commune × service that the filters keep."""
    if statut is None and distance_km is None:
        statut = "absent"
    kept: list[LiteralString] = []
    if statut == "non_renseigne":
        kept.append(load("lacunes_inconnues"))
    elif statut is not None:
        kept.append(load("lacunes_statut"))
    if distance_km is not None:
        kept.append(load("lacunes_distance"))
    return "\nINTERSECT\n".join(kept)


async def gaps(
    atlas: PublishedAtlas, territory: Territory, parameters: GapParameters, limit: int | None
) -> Rows:
    """Read the communes kept by the filters.

    Parameters
    ----------
    atlas
        The publication.
    territory
        Where to look.
    parameters
        Filters and page.
    limit
        Most communes to give; ``None`` for all.

    Returns
    -------
    list of dict
        At least one row: ``total`` and ``population_totale`` are on each, and ``code`` is
        ``None`` on the only row of an empty page.
    """
    after = parameters.after(atlas, _place(territory), int, str) or (None, None)
    services = [service.code for service in parameters.services(atlas)]
    if parameters.service is None:
        services = [code for code in services if code in atlas.metadata.documented]
    pairs = _pairs(parameters.statut, parameters.distance_km)
    return await atlas.database.fetch(
        f"WITH paires AS (\n{pairs}\n)\n{load('lacunes')}",
        {
            "niveau": territory.niveau,
            "code": territory.code,
            "services": services,
            "statut": parameters.statut or "absent",
            "distance_km": parameters.distance_km,
            "population_min": parameters.population_min,
            "apres_population": after[0],
            "apres_code": after[1],
            "limite": limit,
        },
    )


def _place(territory: Territory) -> str:
    return f"{territory.niveau}/{territory.code}"


def _rounded(distance: float | None) -> float | None:
    return None if distance is None else round(distance, _DECIMALS)


def _json(row: dict[str, Any], order: dict[str, int]) -> dict[str, Any]:
    near = None
    if row["lieu_id"] is not None:
        near = {"id": row["lieu_id"], "nom": row["lieu_nom"], "commune": row["lieu_commune"]}
    return {
        "code": row["code"],
        "nom": row["nom"],
        "population": row["population"],
        "statut": row["statut"],
        "distance_km": _rounded(row["distance_km"]),
        "lieu_proche": near,
        "services": sorted(row["services"], key=order.__getitem__),
    }


@router.get(
    "/{niveau}/{code}/lacunes",
    summary="Communes où des services manquent",
    response_model=shapes.Gaps,
    responses=shapes.ERRORS,
)
async def lacunes(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[GapParameters, Query()],
) -> Response:
    """Les communes où un service manque, ou est trop loin ; les plus peuplées d’abord.

    Sans « service » ni « enjeu » : tous les services documentés ; « services » dit alors lesquels
    sont concernés dans chaque commune. « total » et « population » comptent toutes les pages.
    """
    parameters.services(atlas)  # refused before anything is asked
    order = {code: index for index, code in enumerate(atlas.metadata.services)}

    async def as_json() -> dict[str, Any]:
        limit = parameters.limit or PAGE
        # One more than the page tells whether another page follows.
        rows = await gaps(atlas, territory, parameters, limit + 1)
        communes = [_json(row, order) for row in rows if row["code"] is not None]
        following = None
        if len(communes) > limit:
            last = communes[limit - 1]
            population = -1 if last["population"] is None else last["population"]
            following = parameters.following(atlas, _place(territory), population, last["code"])
        return {
            "territoire": territory.summary(),
            "total": rows[0]["total"],
            "population": rows[0]["population_totale"],
            "communes": communes[:limit],
            "suivant": following,
        }

    async def as_table() -> Table:
        rows = await gaps(atlas, territory, parameters, parameters.limit)
        found = [row for row in rows if row["code"] is not None]
        return Table(
            f"lacunes-{territory.niveau}-{territory.code}",
            _COLUMNS,
            [
                (
                    row["code"],
                    row["nom"],
                    row["population"],
                    row["statut"],
                    _rounded(row["distance_km"]),
                    row["lieu_id"],
                    row["lieu_nom"],
                    row["lieu_commune"],
                    sorted(row["services"], key=order.__getitem__),
                )
                for row in found
            ],
            await polygons(atlas, parameters.format, [("commune", row["code"]) for row in found]),
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("lacune", "statut", "distance", "population"),
        make_table=as_table,
    )
