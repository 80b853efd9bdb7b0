"""Gaps: the communes where services are missing, the most populated first."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.axes import AxisParameters
from geo_service.api.geometry import polygons
from geo_service.api.listing import PAGE, PageParameters
from geo_service.api.parameters import NAMES, Atlas, CountedTerritory, Statut
from geo_service.api.within import WithinParameters
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem
from geo_service.exports import Column, Table
from geo_service.gaps import Gaps, Order, find_gaps
from geo_service.matrices import STATUTS
from geo_service.rounding import KM
from geo_service.sql import load
from geo_service.territories import Territory
from geo_service.territory_list import communes_inside

router = APIRouter(prefix="/api/territoires", tags=["Lacunes"])

#: Largest distance asked, in km: from one end of the country to the other, overseas included.
FARTHEST = 20_000
#: Most inhabitants that a bound may name.
_CROWD = 100_000_000

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


class GapParameters(AxisParameters, WithinParameters, PageParameters):
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
        None, ge=0, le=_CROWD, description="Communes d’au moins tant d’habitants."
    )
    population_max: int | None = Field(
        None, ge=0, le=_CROWD, description="Communes d’au plus tant d’habitants."
    )
    statut: Statut | None = Field(
        None,
        description="Statut du service dans la commune ; « absent » par défaut, tous quand "
        "« distance_km » est donnée.",
    )
    tri: Order = Field(
        "population",
        description="« population » : les communes les plus peuplées d’abord ; « distance » : les "
        "plus éloignées d’un des services d’abord.",
    )

    @property
    def sought(self) -> Statut | None:
        """Statut to keep, ``None`` for all."""
        if self.statut is None and self.distance_km is None:
            return "absent"
        return self.statut

    def check(self, atlas: PublishedAtlas) -> None:
        """Refuse what cannot hold.

        Raises
        ------
        Problem
            400, saying what to change.
        """
        self.services(atlas)
        self.within(atlas)
        low, high = self.population_min, self.population_max
        if low is not None and high is not None and low > high:
            raise Problem(
                400,
                f"« population_min » ({low}) dépasse « population_max » ({high}) : aucune commune "
                "n’est entre les deux. Échangez-les.",
            )


def gaps(atlas: PublishedAtlas, territory: Territory, parameters: GapParameters) -> Gaps:
    """Find the communes that the filters keep, all pages together.

    Parameters
    ----------
    atlas
        The publication.
    territory
        Where to look.
    parameters
        Filters; without « service », the documented services alone are looked at.

    Returns
    -------
    Gaps
        In the order asked.
    """
    matrices = atlas.metadata.matrices
    rows = np.flatnonzero(communes_inside(matrices, [territory, *parameters.within(atlas)]))
    return find_gaps(
        matrices,
        rows,
        _looked_at(atlas, parameters),
        statut=None if parameters.sought is None else STATUTS.index(parameters.sought),
        farther_than=parameters.distance_km,
        population_min=parameters.population_min,
        population_max=parameters.population_max,
        order=parameters.tri,
    )


def _looked_at(atlas: PublishedAtlas, parameters: GapParameters) -> list[str]:
    return [
        service.code
        for service in parameters.services(atlas)
        if service.documente or parameters.service is not None
    ]


async def _communes(atlas: PublishedAtlas, found: Gaps, page: slice) -> list[dict[str, Any]]:
    """Members of the communes of a page."""
    known = atlas.metadata
    codes: list[str] = known.matrices.codes[found.rows[page]].tolist()
    far = found.farthest(page)
    pairs = [(code, service) for code, service in zip(codes, far, strict=True) if service]
    near: dict[str, dict[str, Any]] = {}
    if pairs:
        rows = await atlas.database.fetch(
            load("lieux_proches"),
            {"communes": [pair[0] for pair in pairs], "services": [pair[1] for pair in pairs]},
        )
        near = {row["commune"]: row for row in rows}
    statuts = found.worst_statuts(page)
    communes = []
    for index, code in enumerate(codes):
        commune = known.territories.by_key["commune", code]
        place = near.get(code)
        communes.append(
            {
                "code": code,
                "nom": commune.nom,
                "population": commune.population,
                "statut": statuts[index],
                "distance_km": place and round(place["distance_km"], KM),
                "lieu_proche": place
                and {
                    "id": place["id"],
                    "nom": place["nom"],
                    "commune": known.territories.by_key["commune", place["lieu_commune"]].nom,
                },
                "services": [
                    found.services[column]
                    for column in np.flatnonzero(found.concerned[page][index])
                ],
            }
        )
    return communes


def _why_none(atlas: PublishedAtlas, territory: Territory, parameters: GapParameters) -> str:
    """Say why no commune was found: an empty list alone does not tell good news from no news."""
    known = atlas.metadata
    matrices = known.matrices
    where = [territory, *parameters.within(atlas)]
    rows = np.flatnonzero(communes_inside(matrices, where))
    if not len(rows):
        places = " et dans ".join(_named(other) for other in where)
        return f"Aucune commune n’est à la fois dans {places}."
    chosen = parameters.services(atlas)
    if not chosen:
        return (
            "Aucun service du référentiel ne répond à la fois aux paramètres « service », "
            "« enjeu » et « theme » donnés."
        )
    if not any(service.documente for service in chosen) and parameters.statut != "non_renseigne":
        return (
            "Aucune source de cette publication ne parle de ce qui est demandé : on ne sait pas "
            "où cela manque. Ce n’est pas une absence de lacune."
        )
    columns = np.array(
        [matrices.service_position[service.code] for service in chosen if service.documente],
        dtype=np.intp,
    )
    if (
        parameters.distance_km is not None
        and np.isnan(matrices.distances[np.ix_(rows, columns)]).all()
    ):
        return "Aucun lieu connu ne rend ce service dans la zone : la distance est inconnue."
    return "Aucune commune ne répond à tous ces critères."


def _named(territory: Territory) -> str:
    return f"{NAMES[territory.niveau]} {territory.nom}"


async def gaps_answer(
    atlas: PublishedAtlas, territory: Territory, parameters: GapParameters
) -> dict[str, Any]:
    """Write a page of the gaps of a territory.

    Parameters
    ----------
    atlas
        The publication.
    territory
        Where to look.
    parameters
        Filters and page, checked by :meth:`GapParameters.check`.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.Gaps`.

    Raises
    ------
    Problem
        400 for the cursor of another list.
    """
    place = f"{territory.niveau}/{territory.code}"
    found = gaps(atlas, territory, parameters)
    start = _start(atlas, found, parameters, place)
    end = start + (parameters.limit or PAGE)
    communes = await _communes(atlas, found, slice(start, end))
    following = None
    if end < len(found.rows):
        following = parameters.following(atlas, place, communes[-1]["code"])
    services = atlas.metadata.services
    return {
        "territoire": territory.summary(),
        "total": len(found.rows),
        "population": found.people(),
        "explication": None if len(found.rows) else _why_none(atlas, territory, parameters),
        "par_service": [
            {
                "code": code,
                "libelle": services[code].libelle,
                "communes": communes_concerned,
                "population": people,
            }
            for code, communes_concerned, people in found.by_service()
        ],
        "communes": communes,
        "suivant": following,
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

    Les filtres se combinent : une commune doit répondre à tous, pour un même service. Sans
    « service » : tous les services documentés (de l’enjeu, du thème) ; « services » dit alors
    lesquels sont concernés dans chaque commune. « total » et « population » comptent toutes les
    pages, chaque commune une fois ; « par_service » compte une commune pour chacun de ses services.
    """
    parameters.check(atlas)
    place = f"{territory.niveau}/{territory.code}"

    async def as_json() -> dict[str, Any]:
        return await gaps_answer(atlas, territory, parameters)

    async def as_table() -> Table:
        found = gaps(atlas, territory, parameters)
        start = _start(atlas, found, parameters, place)
        end = len(found.rows) if parameters.limit is None else start + parameters.limit
        communes = await _communes(atlas, found, slice(start, end))
        return Table(
            f"lacunes-{territory.niveau}-{territory.code}",
            _COLUMNS,
            [_flat(commune) for commune in communes],
            await polygons(
                atlas, parameters.format, [("commune", commune["code"]) for commune in communes]
            ),
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("lacune", "statut", "distance", "population"),
        make_table=as_table,
    )


def _start(atlas: PublishedAtlas, found: Gaps, parameters: GapParameters, place: str) -> int:
    """Rank of the first commune of the page."""
    after = parameters.after(atlas, place, str)
    if after is None:
        return 0
    row = atlas.metadata.matrices.position[after[0]]
    return int(np.flatnonzero(found.rows == row)[0]) + 1


def _flat(commune: dict[str, Any]) -> tuple[Any, ...]:
    near = commune["lieu_proche"] or {}
    return (
        commune["code"],
        commune["nom"],
        commune["population"],
        commune["statut"],
        commune["distance_km"],
        near.get("id"),
        near.get("nom"),
        near.get("commune"),
        commune["services"],
    )
