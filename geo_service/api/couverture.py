"""Coverage of a territory: rates, and each service of the référentiel."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.axes import AxisParameters
from geo_service.api.parameters import Atlas, CountedTerritory, FormatField
from geo_service.atlas import PublishedAtlas, Service
from geo_service.database import Rows
from geo_service.exports import Column, Table
from geo_service.sql import load
from geo_service.territories import Territory

router = APIRouter(prefix="/api/territoires", tags=["Couverture"])

#: Statuts that count as covered.
COVERED = ("present", "partage")
#: Decimals of rates and shares.
DECIMALS = 4

_COLUMNS = (
    Column("territoire", "text"),
    Column("code", "text"),
    Column("libelle", "text"),
    Column("theme", "text"),
    Column("enjeu", "text"),
    Column("documente", "boolean"),
    Column("statut", "text"),
    Column("actions", "integer"),
    Column("lieux", "integer"),
    Column("communes_presentes", "integer"),
    Column("communes_partagees", "integer"),
    Column("communes_absentes", "integer"),
    Column("communes_non_renseignees", "integer"),
    Column("population_couverte", "integer"),
    Column("part_population", "number"),
)


class CoverageParameters(AxisParameters):
    """Parameters of the coverage."""

    format: FormatField = "json"


def share(part: float | None, whole: float | None) -> float | None:
    """Divide and round; ``None`` when there is nothing to divide by."""
    return None if part is None or not whole else round(part / whole, DECIMALS)


def _service(territory: Territory, service: Service, row: dict[str, Any] | None) -> dict[str, Any]:
    known = row or {}
    present = known.get("communes_presentes", 0)
    shared = known.get("communes_partagees", 0)
    absent = known.get("communes_absentes", 0)
    covered = known.get("population_couverte", 0)
    statut = known.get("statut", "non_renseigne")
    return {
        "code": service.code,
        "libelle": service.libelle,
        "enjeu": service.enjeu,
        "theme": service.theme,
        "documente": service.documente,
        "statut": statut,
        "actions": known.get("actions", 0),
        "lieux": known.get("lieux", 0),
        "communes_presentes": present,
        "communes_partagees": shared,
        "communes_absentes": absent,
        "communes_non_renseignees": territory.communes - present - shared - absent,
        # The people of a commune nobody has counted are not nobody.
        "population_couverte": None if territory.population is None else covered,
        # Where nobody said anything the share is unknown: a question, not a gap of 0 %.
        "part_population": None
        if statut == "non_renseigne"
        else share(covered, territory.population),
    }


def _axis(row: dict[str, Any] | None, services: int) -> dict[str, Any]:
    known = row or {}
    rate = known.get("taux")
    return {
        "taux": None if rate is None else round(rate, DECIMALS),
        "documentes": known.get("documentes", 0),
        "presents": known.get("presents", 0),
        "services": services,
    }


def _whole(
    territory: Territory,
    services: list[dict[str, Any]],
    rates: dict[tuple[str, str], dict[str, Any]],
    axis: tuple[str, str] | None,
) -> dict[str, Any]:
    """Rate of the selection: that of its axis, else that of its only service."""
    documented = [service for service in services if service["documente"]]
    present = [service for service in documented if service["statut"] in COVERED]
    if axis is not None:
        row = rates.get(axis)
        rate = None if row is None or row["taux"] is None else round(row["taux"], DECIMALS)
    elif not documented or not territory.communes:
        rate = None
    elif territory.niveau == "commune":
        rate = share(len(present), len(documented))
    else:
        covered = sum(service["population_couverte"] or 0 for service in documented)
        rate = share(covered, len(documented) * (territory.population or 0))
    return {
        "taux": rate,
        "part_presents": share(len(present), len(documented)),
        "documentes": len(documented),
        "presents": len(present),
        "services_total": len(services),
    }


async def coverage(
    atlas: PublishedAtlas, territory: Territory, parameters: CoverageParameters
) -> dict[str, Any]:
    """Compute the JSON answer.

    Parameters
    ----------
    atlas
        The publication.
    territory
        The territory.
    parameters
        Which services to keep.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.Coverage`.
    """
    key = {"niveau": territory.niveau, "code": territory.code}
    kept = parameters.services(atlas)
    covers: Rows
    covers, rows = await asyncio.gather(
        atlas.database.fetch(load("couvertures"), key), atlas.database.fetch(load("taux"), key)
    )
    rates = {(row["axe"], row["axe_code"]): row for row in rows}
    by_service = {row["service"]: row for row in covers}
    services = [_service(territory, item, by_service.get(item.code)) for item in kept]
    axis: tuple[str, str] | None = ("ensemble", "")
    if parameters.service is not None or (parameters.theme and parameters.enjeu):
        axis = None
    elif parameters.enjeu is not None:
        axis = ("enjeu", parameters.enjeu)
    elif parameters.theme is not None:
        axis = ("theme", parameters.theme)
    by_theme = {item.theme for item in kept}
    by_enjeu = {item.enjeu for item in kept}
    return {
        "territoire": territory.summary(),
        **_whole(territory, services, rates, axis),
        "par_theme": [
            {
                "code": theme.code,
                "libelle": theme.libelle,
                **_axis(rates.get(("theme", theme.code)), atlas.metadata.sizes[theme.code]),
            }
            for theme in atlas.metadata.themes.values()
            if theme.code in by_theme
        ],
        "par_enjeu": [
            {
                "code": enjeu.code,
                "libelle": enjeu.libelle,
                "theme": enjeu.theme,
                **_axis(rates.get(("enjeu", enjeu.code)), atlas.metadata.sizes[enjeu.code]),
            }
            for enjeu in atlas.metadata.enjeux.values()
            if enjeu.code in by_enjeu
        ],
        "services": services,
    }


@router.get(
    "/{niveau}/{code}/couverture",
    summary="Couverture d’un territoire par les services",
    response_model=shapes.Coverage,
    responses=shapes.ERRORS,
)
async def couverture(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[CoverageParameters, Query()],
) -> Response:
    """Taux d’ensemble, par thème et par enjeu, et le statut de chaque service.

    Un taux se lit toujours avec « presents services sur documentes documentés ».
    """
    parameters.services(atlas)  # refused before anything is asked

    async def as_json() -> dict[str, Any]:
        return await coverage(atlas, territory, parameters)

    async def as_table() -> Table:
        services = (await as_json())["services"]
        names = [column.name for column in _COLUMNS[1:]]
        place = f"{territory.niveau}/{territory.code}"
        return Table(
            f"couverture-{territory.niveau}-{territory.code}",
            _COLUMNS,
            [(place, *(service[name] for name in names)) for service in services],
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=(
            "taux",
            "part-presents",
            "service-documente",
            "statut",
            "population-couverte",
            "part-population",
            "action",
            "lieu",
        ),
        make_table=as_table,
    )
