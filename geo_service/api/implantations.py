"""Where to open places of a service, for the most people not yet near one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.geometry import WITH_GEOMETRY
from geo_service.api.parameters import (
    TEXT,
    Atlas,
    CountedTerritory,
    GeoFormatField,
    Parameters,
    check_axes,
)
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem
from geo_service.exports import Column, Table
from geo_service.implantation_sentences import warnings, whole_sentence, with_sentence
from geo_service.rounding import KM, rounded, share
from geo_service.solving import Solving
from geo_service.sql import load
from geo_service.territories import Territory

router = APIRouter(prefix="/api/territoires", tags=["Implantations"])

#: Places when their number is not given, and the most that may be asked.
PLACES, MOST_PLACES = 3, 100
#: Largest distance, in km: beyond, « near » means nothing any more.
FARTHEST = 100
#: Seconds of search by default: a département is to be answered within 2 s, all included.
SECONDS, LARGE_SECONDS, MOST_SECONDS = 1.5, 6.0, 10.0
#: Niveaux that may hold thousands of communes.
LARGE = ("region", "pays", "groupe")

_COLUMNS = (
    Column("rang", "integer"),
    Column("code", "text"),
    Column("nom", "text"),
    Column("population", "integer"),
    Column("population_gagnee", "integer"),
    Column("population_gagnee_cumulee", "integer"),
    Column("part_desservie", "number"),
    Column("distance_moyenne_km", "number"),
    Column("service", "text"),
    Column("rayon_km", "number"),
    Column("methode", "text"),
    Column("optimal", "boolean"),
    Column("ecart_optimum", "number"),
    Column("phrase", "text"),
)

_OBJECTIVES = {
    "couverture": "population_gagnee",
    "p-mediane": "habitants_km_evites",
    "cible": "nombre_de_lieux",
}
_SOLVER = "bornes lagrangiennes, échanges et HiGHS (un seul fil, graine fixe)"
_ORDER = (
    "Le premier est celui qui apporte le plus à lui seul ; chacun des suivants, celui qui ajoute "
    "le plus à ceux d’avant. C’est l’ensemble qui est le meilleur : ouvrir les premiers seulement "
    "n’est pas toujours le meilleur choix pour ce nombre-là."
)

_solving = Solving()


class PlacesParameters(Parameters):
    """Parameters of the implantations."""

    service: str = Field(
        max_length=TEXT,
        description="Code d’un service du référentiel (voir /api/referentiel).",
        examples=["france-services"],
    )
    methode: Literal["couverture", "p-mediane", "cible"] = Field(
        "couverture",
        description="couverture : le plus d’habitants à moins de « rayon_km » ; p-mediane : la "
        "plus petite distance moyenne ; cible : le moins de lieux pour desservir la part « part ».",
    )
    nombre: int | None = Field(
        None,
        ge=1,
        le=MOST_PLACES,
        description="Lieux à ouvrir, de 1 à 100 ; 3 par défaut. Sans objet pour « cible ».",
        examples=[3],
    )
    rayon_km: float = Field(
        10,
        ge=1,
        le=FARTHEST,
        allow_inf_nan=False,
        description="Distance à vol d’oiseau en deçà de laquelle on est desservi, de 1 à 100 km.",
        examples=[15],
    )
    part: float | None = Field(
        None,
        gt=0,
        le=1,
        allow_inf_nan=False,
        description="Pour « cible » : part de la population à desservir, de 0 à 1 ; 1 par défaut.",
    )
    duree_max_s: float | None = Field(
        None,
        ge=0.5,
        le=MOST_SECONDS,
        allow_inf_nan=False,
        description="Durée de la recherche, de 0,5 à 10 s ; 1,5 par défaut, 6 pour une région, un "
        "groupe ou le pays. Quand elle est atteinte, l’écart à l’optimum est donné.",
    )
    format: GeoFormatField = "json"


def _check(parameters: PlacesParameters) -> None:
    """Refuse parameters that have no meaning together.

    Raises
    ------
    Problem
        400.
    """
    if parameters.methode == "cible" and parameters.nombre is not None:
        raise Problem(
            400,
            "Le paramètre « nombre » est sans objet avec « methode » = « cible », qui cherche le "
            "plus petit nombre de lieux. Retirez « nombre », ou choisissez une autre méthode.",
        )
    if parameters.methode != "cible" and parameters.part is not None:
        raise Problem(
            400,
            "Le paramètre « part » ne vaut qu’avec « methode » = « cible », qui cherche le plus "
            "petit nombre de lieux pour desservir cette part de la population.",
        )


async def _solution(
    atlas: PublishedAtlas, territory: Territory, parameters: PlacesParameters
) -> dict[str, Any]:
    """Find the places, once for a publication: every format gives the same answer."""
    large = territory.niveau in LARGE
    seconds = parameters.duree_max_s or (LARGE_SECONDS if large else SECONDS)
    asked = parameters.model_copy(update={"format": "json", "duree_max_s": seconds})
    key = f"implantations/{territory.niveau}/{territory.code}?{asked.asked().canonical}"

    async def make() -> bytes:
        rows = await atlas.database.fetch(
            load("implantations"),
            {"niveau": territory.niveau, "code": territory.code, "service": asked.service},
        )
        compute = _computation(rows[0], asked)
        body = orjson.dumps(await _solving.run(compute, large=large))
        atlas.answers.keep(key, body)
        return body

    found: dict[str, Any] = orjson.loads(await atlas.answers.once(key, make))
    return found


def _computation(row: dict[str, Any], asked: PlacesParameters) -> Callable[[], dict[str, Any]]:
    """Prepare the computation of a thread."""

    def compute() -> dict[str, Any]:
        # SciPy and HiGHS take a second to import: not at start-up, nor in the event loop.
        from geo_service.diagnostics import demand  # noqa: PLC0415
        from geo_service.diagnostics import implantations as method  # noqa: PLC0415

        communes = demand.Communes.packed(row)
        question = demand.Question(
            methode=asked.methode,
            nombre=asked.nombre or PLACES,
            rayon_km=asked.rayon_km,
            part=asked.part or 1.0,
            seconds=asked.duree_max_s or SECONDS,
        )
        try:
            found = method.solve(communes, question)
        except demand.TooManyPairsError:
            raise Problem(
                400,
                f"Cette question compare trop de communes deux à deux (plus de "
                f"{demand.MAX_PAIRS // 1_000_000} millions de couples). Demandez un territoire "
                "plus petit, un « rayon_km » plus court, ou « methode » = « couverture ».",
            ) from None
        except demand.NoStartingDistanceError:
            raise Problem(
                400,
                "La p-médiane réduit la distance moyenne ; or une partie de ce territoire, outre-"
                "mer, n’a encore aucun lieu de ce service, donc pas de distance. Choisissez "
                "« methode » = « couverture », ou un territoire d’un seul tenant.",
            ) from None
        return {
            "etudiee": communes.total,
            "desservie": communes.served(asked.rayon_km),
            "sans_lieu": communes.without_any,
            "limite": question.seconds,
            **method.as_dict(found),
        }

    return compute


def _answer(
    atlas: PublishedAtlas,
    territory: Territory,
    parameters: PlacesParameters,
    found: dict[str, Any],
) -> dict[str, Any]:
    """Tell what was found."""
    service = atlas.metadata.services[parameters.service]
    known = atlas.metadata.territories.by_key
    whole, served = found["etudiee"], found["desservie"]
    gained = 0
    communes = []
    for rank, place in enumerate(found["places"], 1):
        gained += place["gain"]
        commune = known["commune", place["code"]]
        communes.append(
            {
                "rang": rank,
                "code": commune.code,
                "nom": commune.nom,
                "population": commune.population,
                "population_gagnee": place["gain"],
                "population_gagnee_cumulee": gained,
                "part_desservie": share(served + gained, whole),
                "distance_moyenne_km": rounded(place["mean_km"], KM),
            }
        )
    means = [found["mean_km"], *(place["mean_km"] for place in found["places"])]
    with_sentence(communes, parameters.rayon_km, parameters.methode, rounded(means[0], KM))
    whole_number = parameters.methode != "p-mediane"
    answer = {
        "territoire": territory.summary(),
        "service": {"code": service.code, "libelle": service.libelle},
        "methode": parameters.methode,
        "nombre": None if parameters.methode == "cible" else parameters.nombre or PLACES,
        "rayon_km": parameters.rayon_km,
        "part": (parameters.part or 1.0) if parameters.methode == "cible" else None,
        "part_atteinte": found["reached"] if parameters.methode == "cible" and whole else None,
        "avertissements": warnings(territory, service, found, parameters),
        "population_etudiee": whole,
        "population_deja_desservie": served,
        "population_gagnee": gained,
        "population_restante": whole - served - gained,
        "population_sans_mesure": None
        if territory.population is None
        else max(territory.population - whole, 0),
        "part_deja_desservie": share(served, whole),
        "part_desservie": share(served + gained, whole),
        "distance_moyenne_avant_km": rounded(means[0], KM),
        "distance_moyenne_apres_km": rounded(means[-1], KM),
        "ordre": _ORDER,
        "communes": communes,
        "recherche": {
            "objectif": _OBJECTIVES[parameters.methode],
            "valeur": round(found["value"], 0 if whole_number else 1),
            "borne": round(found["bound"], 0 if whole_number else 1),
            "optimal": found["optimal"],
            # Never rounded down to the 0 of an optimum that is not proved.
            "ecart_optimum": 0.0 if found["optimal"] else max(round(found["gap"], 6), 1e-6),
            "candidats": found["candidates"],
            "duree_max_s": found["limite"],
            "temps_s": round(found["seconds"], 3),
            "solveur": _SOLVER,
        },
    }
    return answer | {"phrase": whole_sentence(answer)}


async def places_to_open(
    atlas: PublishedAtlas, territory: Territory, parameters: PlacesParameters
) -> dict[str, Any]:
    """Find where to open places, and tell it.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.Implantations`.

    Raises
    ------
    Problem
        400 for a question too large; 503 while too many searches are under way.
    """
    _check(parameters)
    found = await _solution(atlas, territory, parameters)
    return _answer(atlas, territory, parameters, found)


async def _points(
    atlas: PublishedAtlas, wanted: str, codes: list[str]
) -> list[bytes | None] | None:
    """Read the chef-lieu of each commune, for a format that has geometries."""
    if wanted not in WITH_GEOMETRY:
        return None
    rows = await atlas.database.fetch(load("chefs_lieux"), {"codes": codes})
    found = {row["code"]: row["geom"] for row in rows}
    return [found.get(code) for code in codes]


@router.get(
    "/{niveau}/{code}/implantations",
    summary="Où ouvrir des lieux d’un service",
    response_model=shapes.Implantations,
    responses=shapes.ERRORS,
)
async def implantations(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[PlacesParameters, Query()],
) -> Response:
    """Les communes où ouvrir, pour que le plus d’habitants non desservis le deviennent.

    Les candidats sont les chefs-lieux des communes du territoire ; les lieux qui existent comptent,
    ceux des voisins aussi. « recherche » dit si c’est prouvé optimal, sinon à quel écart.
    """
    check_axes(atlas, service=parameters.service)
    _check(parameters)
    found = await _solution(atlas, territory, parameters)
    # A search that its time limit ends depends on the machine: the ETag is that of what was found.
    version = hashlib.sha256(orjson.dumps(found)).hexdigest()
    asked = replace(parameters.asked(), version=version)

    async def as_json() -> dict[str, Any]:
        return _answer(atlas, territory, parameters, found)

    async def as_table() -> Table:
        answer = await as_json()
        rows = [
            answer
            | commune
            | {
                "service": parameters.service,
                "optimal": answer["recherche"]["optimal"],
                "ecart_optimum": answer["recherche"]["ecart_optimum"],
            }
            for commune in answer["communes"]
        ]
        return Table(
            f"implantations-{territory.niveau}-{territory.code}",
            _COLUMNS,
            [tuple(row[column.name] for column in _COLUMNS) for row in rows],
            await _points(atlas, parameters.format, [row["code"] for row in rows]),
        )

    return await reply(
        request,
        atlas,
        asked,
        as_json,
        words=("implantation", "mclp", "ecart-optimum", "distance", "population", "lieu"),
        make_table=as_table,
    )
