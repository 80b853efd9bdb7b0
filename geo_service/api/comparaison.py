"""Two to four territories side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.access_parameters import AccessParameters
from geo_service.api.accessibilite import TerritoryAccess
from geo_service.api.couverture import CoverageParameters, coverage
from geo_service.api.diagnostic import evolution
from geo_service.api.parameters import NIVEAUX, Atlas, FormatField, Niveau, Parameters
from geo_service.api.within import named_territory
from geo_service.atlas import PublishedAtlas
from geo_service.diagnostics import comparison_sentences as sentences
from geo_service.diagnostics.diagnosis_sentences import FAR_KM
from geo_service.errors import Problem, closest
from geo_service.exports import Column, Table
from geo_service.territories import Territory

router = APIRouter(prefix="/api", tags=["Diagnostic"])

#: Territories of a comparison: fewer compare nothing, more cannot be read side by side.
FEWEST: Final = 2
MOST: Final = 4
#: Longest list of territories in an address.
_LONGEST: Final = 300

WORDS = (
    *("territoire", "taux", "service-documente", "statut", "part-population", "population"),
    *("part-absente", "part-non-renseignee", "distance", "vol-d-oiseau", "quantile-distance"),
    *("population-eloignee", "evolution", "publication"),
)

_COLUMNS = (
    Column("territoire", "text"),
    Column("nom", "text"),
    Column("rubrique", "text"),
    Column("code", "text"),
    Column("libelle", "text"),
    Column("statut", "text"),
    Column("valeur", "number"),
    Column("unite", "text"),
)
_Figure = tuple[str, str, str, str | None, float | None, str]
_ACCESS = AccessParameters.model_validate({})
_ALL = CoverageParameters.model_validate({})
_FIGURES = (
    *("taux", "documentes", "presents", "services_total"),
    *("part_presente", "part_partagee", "part_absente", "part_non_renseignee"),
)


class ComparisonParameters(Parameters):
    """Parameters of the comparison."""

    territoires: str = Field(
        max_length=_LONGEST,
        description="Deux à quatre territoires, « niveau/code », séparés par des virgules.",
        examples=["commune/48095,commune/35238"],
    )
    format: FormatField = "json"


def _refused(detail: str) -> Problem:
    return Problem(400, detail, {"parametres": [{"nom": "territoires", "motif": "valeur_refusee"}]})


def one_territory(atlas: PublishedAtlas, text: str) -> Territory:
    """Find the territory that « niveau/code » names.

    Raises
    ------
    Problem
        400, with the territory likely meant.
    """
    niveau, slash, code = text.strip().partition("/")
    known: list[Niveau] = [name for name in NIVEAUX if name == niveau]
    if not slash or not known:
        detail = f"« {text.strip()[:60]} » ne désigne pas un territoire : écrivez « niveau/code »"
        likely = closest(niveau, list(NIVEAUX))
        example = f"{likely}/{code}" if slash and likely else "commune/48095"
        raise _refused(f"{detail}, par exemple « {example[:60]} ».")
    found = named_territory(atlas, "territoires", known[0], code)
    if found.niveau != "arrondissement":
        return found
    # Services are known by commune: those of an arrondissement are those of its city.
    city = atlas.metadata.territories.anciens[found.code]
    return atlas.metadata.territories.by_key["commune", city]


def some_territories(atlas: PublishedAtlas, text: str) -> list[Territory]:
    """Find the territories of a list, whatever their number.

    Raises
    ------
    Problem
        400 for more than :data:`MOST`, one named twice, one unknown.
    """
    parts = [part for part in text.split(",") if part.strip()]
    if len(parts) > MOST:
        raise _refused(
            f"Une comparaison met au plus {MOST} territoires côte à côte ; {len(parts)} sont "
            "demandés. Retirez-en."
        )
    found: list[Territory] = []
    for part in parts:
        territory = one_territory(atlas, part)
        if territory in found:
            raise _refused(
                f"{territory.nom} ({territory.niveau}/{territory.code}) est demandé deux fois : un "
                "territoire ne se compare pas à lui-même."
            )
        found.append(territory)
    return found


async def comparison_answer(
    atlas: PublishedAtlas, territories: Sequence[Territory]
) -> dict[str, Any]:
    """Put territories side by side.

    Parameters
    ----------
    atlas
        The publication.
    territories
        Two to four, whose services are counted.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.Comparison`; the members that are lists have one item
        for each territory, in the order given.
    """
    metadata = atlas.metadata
    covered = [coverage(atlas, territory, _ALL) for territory in territories]
    accesses = [
        await TerritoryAccess(atlas, territory, _ACCESS).as_json() for territory in territories
    ]
    themes = [
        {
            "code": first["code"],
            "libelle": first["libelle"],
            "documentes": first["documentes"],
            "presents": [answer["par_theme"][at]["presents"] for answer in covered],
            "taux": [answer["par_theme"][at]["taux"] for answer in covered],
        }
        for at, first in enumerate(covered[0]["par_theme"])
    ]
    services = [
        {
            **{name: first[name] for name in ("code", "libelle", "enjeu", "theme", "documente")},
            "statuts": [answer["services"][at]["statut"] for answer in covered],
            "part_population": [answer["services"][at]["part_population"] for answer in covered],
        }
        for at, first in enumerate(covered[0]["services"])
    ]
    documented = [row for row in services if row["documente"]]
    communes = all(territory.niveau == "commune" for territory in territories)
    said = [
        sentences.rates(territories, [answer["taux"] for answer in covered]),
        sentences.themes(territories, themes),
        *(
            sentences.differences(territories, documented)
            if communes
            else sentences.parts(territories, documented)
        ),
    ]
    return {
        "territoires": [
            {
                **territory.summary(),
                **{name: answer[name] for name in _FIGURES},
                "evolution": evolution(metadata, territory),
            }
            for territory, answer in zip(territories, covered, strict=True)
        ],
        "avertissement": sentences.warning(territories),
        "phrases": [sentence for sentence in said if sentence is not None],
        "par_theme": themes,
        "services": services,
        "mesure": accesses[0]["mesure"],
        "seuil_km": FAR_KM,
        "distances": _distances(territories, accesses),
    }


def _distances(
    territories: Sequence[Territory], accesses: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Say how far each service is, for those that have lieux."""
    rows = []
    for at, first in enumerate(accesses[0]["services"]):
        mine = [answer["services"][at] for answer in accesses]
        kilometres = []
        far = []
        for territory, service in zip(territories, mine, strict=True):
            told = service["distances"]
            # A commune has one distance, whoever lives there; a larger territory a median.
            farthest = told["plus_eloignee"]
            if territory.niveau == "commune":
                kilometres.append(None if farthest is None else farthest["distance_km"])
            else:
                kilometres.append(told["quantiles_km"]["p50"])
            limit = next(item for item in service["seuils"] if item["km"] == FAR_KM)
            far.append(limit["part_population"])
        rows.append(
            {
                **first["service"],
                "exhaustif": first["exhaustif"],
                "distance_km": kilometres,
                "part_eloignee": far,
            }
        )
    return rows


def _rows(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of the file: one for each figure of each territory."""
    return [
        (f"{territory['niveau']}/{territory['code']}", territory["nom"], *figure)
        for at, territory in enumerate(answer["territoires"])
        for figure in _of_one(answer, territory, at)
    ]


def _of_one(answer: dict[str, Any], territory: dict[str, Any], at: int) -> Iterator[_Figure]:
    """Give the figures of one territory: rubrique, code, libelle, statut, valeur, unite."""
    part = "part de 0 à 1"
    for code, libelle, unit in (
        ("population", "Population", "habitants"),
        ("communes", "Communes", "communes"),
        ("taux", "Taux de couverture", part),
        ("presents", "Services présents ou partagés", "services"),
        ("documentes", "Services documentés", "services"),
        ("part_absente", "Part absente", part),
        ("part_non_renseignee", "Part non renseignée", part),
    ):
        yield "chiffres", code, libelle, None, territory[code], unit
    for row in answer["par_theme"]:
        yield "theme", row["code"], row["libelle"], None, row["taux"][at], part
    for row in answer["services"]:
        statut, share = row["statuts"][at], row["part_population"][at]
        yield "service", row["code"], row["libelle"], statut, share, "part des habitants, de 0 à 1"
    for row in answer["distances"]:
        yield "distance", row["code"], row["libelle"], None, row["distance_km"][at], "km"
        far = f"part des habitants à plus de {FAR_KM} km"
        yield "au-dela", row["code"], row["libelle"], None, row["part_eloignee"][at], far
    for point in territory["evolution"]:
        label = f"Publication du {point['date']}"
        yield "evolution", point["publication"], label, None, point["taux"], part


@router.get(
    "/comparaison",
    summary="Comparer deux à quatre territoires",
    response_model=shapes.Comparison,
    responses=shapes.ERRORS,
)
async def comparaison(
    request: Request, atlas: Atlas, parameters: Annotated[ComparisonParameters, Query()]
) -> Response:
    """Chiffres clés, taux par thème, statut de chaque service, distances, évolution, côte à côte.

    Les territoires peuvent être de niveaux différents : `avertissement` dit alors ce qui ne se
    compare pas. Les listes (`taux`, `statuts`…) suivent l’ordre des territoires demandés.
    """
    territories = some_territories(atlas, parameters.territoires)
    if len(territories) < FEWEST:
        raise _refused(
            "Une comparaison demande au moins deux territoires, par exemple "
            "« commune/48095,commune/35238 »."
        )

    async def as_json() -> dict[str, Any]:
        return await comparison_answer(atlas, territories)

    async def as_table() -> Table:
        name = "-".join(f"{item.niveau}-{item.code}" for item in territories)
        return Table(f"comparaison-{name}", _COLUMNS, _rows(await as_json()))

    return await reply(
        request, atlas, parameters.asked(), as_json, words=WORDS, make_table=as_table
    )
