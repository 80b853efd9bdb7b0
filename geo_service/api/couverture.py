"""Coverage of a territory: rates, and each service of the référentiel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.axes import AxisParameters
from geo_service.api.parameters import Atlas, CountedTerritory, FormatField
from geo_service.atlas import PublishedAtlas, Service
from geo_service.coverage import UNKNOWN, ServiceCoverage
from geo_service.exports import Column, Table
from geo_service.rounding import SHARE, share
from geo_service.shares import Shares, TerritoryShares
from geo_service.territories import Territory

router = APIRouter(prefix="/api/territoires", tags=["Couverture"])

#: Statuts that count as covered.
COVERED = ("present", "partage")

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
    Column("population_presente", "integer"),
    Column("population_partagee", "integer"),
    Column("population_absente", "integer"),
    Column("population_non_renseignee", "integer"),
    Column("part_population", "number"),
)


class CoverageParameters(AxisParameters):
    """Parameters of the coverage."""

    format: FormatField = "json"


def _service(
    territory: Territory, service: Service, known: ServiceCoverage, people: Shares | None
) -> dict[str, Any]:
    # The people of a commune nobody has counted are not nobody.
    present_people, shared_people, absent_people, unknown_people = people or (None,) * 4
    return {
        "code": service.code,
        "libelle": service.libelle,
        "enjeu": service.enjeu,
        "theme": service.theme,
        "documente": service.documente,
        "statut": known.statut,
        "actions": known.actions,
        "lieux": known.lieux,
        "communes_presentes": known.present,
        "communes_partagees": known.shared,
        "communes_absentes": known.absent,
        "communes_non_renseignees": territory.communes
        - known.present
        - known.shared
        - known.absent,
        "population_couverte": _whole_number(people and people.covered),
        "population_presente": _whole_number(present_people),
        "population_partagee": _whole_number(shared_people),
        "population_absente": _whole_number(absent_people),
        "population_non_renseignee": _whole_number(unknown_people),
        # Where nobody said anything the share is unknown: a question, not a gap of 0 %.
        "part_population": None
        if known.statut == UNKNOWN.statut or people is None
        else share(people.covered, territory.population),
    }


def _whole_number(people: float | None) -> int | None:
    return None if people is None else round(people)


def _rate(
    services: Iterable[Service], known: Mapping[str, ServiceCoverage], shares: TerritoryShares
) -> dict[str, Any]:
    """Members of a rate over these services: always with what it counts."""
    documented = [service.code for service in services if service.documente]
    parts = shares.parts(documented)
    present, shared, absent, unknown = (
        (None,) * 4 if parts is None else (round(part, SHARE) for part in parts)
    )
    return {
        "taux": None if parts is None else round(parts.covered, SHARE),
        "documentes": len(documented),
        "presents": sum(known[code].statut in COVERED for code in documented),
        "part_presente": present,
        "part_partagee": shared,
        "part_absente": absent,
        "part_non_renseignee": unknown,
    }


def _known(
    atlas: PublishedAtlas, territory: Territory
) -> tuple[dict[str, ServiceCoverage], TerritoryShares]:
    """Find what a territory has of each documented service, and how its people are shared out."""
    metadata = atlas.metadata
    known = metadata.coverage.of(territory.niveau, territory.code)
    shares = TerritoryShares(metadata.matrices, territory)
    return dict(zip(metadata.documented, known, strict=True)), shares


def documented_coverage(atlas: PublishedAtlas, territory: Territory) -> dict[str, Any]:
    """Compute the rate of a territory and the cover of the documented services alone.

    Returns
    -------
    dict
        The members of :func:`coverage` but those of thèmes and enjeux.
    """
    known, shares = _known(atlas, territory)
    services = atlas.metadata.services
    kept = [services[code] for code in atlas.metadata.documented]
    return {
        **_rate(kept, known, shares),
        "services_total": len(services),
        "services": [
            _service(territory, item, known.get(item.code, UNKNOWN), shares.people(item.code))
            for item in kept
        ],
    }


def coverage(
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
    known, shares = _known(atlas, territory)
    kept = parameters.services(atlas)
    rate = _rate(kept, known, shares)
    by_theme, by_enjeu = {item.theme for item in kept}, {item.enjeu for item in kept}
    # An axis is told whole, even when only one of its services is asked.
    of_axis: defaultdict[tuple[str, str], list[Service]] = defaultdict(list)
    for item in atlas.metadata.services.values():
        of_axis["theme", item.theme].append(item)
        of_axis["enjeu", item.enjeu].append(item)

    def axis(kind: str, code: str) -> dict[str, Any]:
        services = of_axis[kind, code]
        return {**_rate(services, known, shares), "services": len(services)}

    return {
        "territoire": territory.summary(),
        **rate,
        "part_presents": share(rate["presents"], rate["documentes"]),
        "services_total": len(kept),
        "par_theme": [
            {
                "code": theme.code,
                "libelle": theme.libelle,
                **axis("theme", theme.code),
            }
            for theme in atlas.metadata.themes.values()
            if theme.code in by_theme
        ],
        "par_enjeu": [
            {
                "code": enjeu.code,
                "libelle": enjeu.libelle,
                "theme": enjeu.theme,
                **axis("enjeu", enjeu.code),
            }
            for enjeu in atlas.metadata.enjeux.values()
            if enjeu.code in by_enjeu
        ],
        "services": [
            _service(territory, item, known.get(item.code, UNKNOWN), shares.people(item.code))
            for item in kept
        ],
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
        return coverage(atlas, territory, parameters)

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
            "part-absente",
            "part-non-renseignee",
            "population",
            "action",
            "lieu",
        ),
        make_table=as_table,
    )
