"""The whole diagnosis of a territory in one answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.access_parameters import AccessParameters
from geo_service.api.accessibilite import TerritoryAccess
from geo_service.api.comparables import compare, comparison_json
from geo_service.api.couverture import documented_coverage
from geo_service.api.parameters import Atlas, CountedTerritory, NoParameters
from geo_service.api.peers import choose
from geo_service.api.recommandations import first_recommendations
from geo_service.atlas import Metadata, PublishedAtlas
from geo_service.diagnostics import diagnosis
from geo_service.diagnostics import diagnosis_sentences as sentences
from geo_service.rounding import rounded
from geo_service.territories import Territory

router = APIRouter(prefix="/api/territoires", tags=["Diagnostic"])

#: Gaps, and recommandations, told in a diagnosis; their own addresses tell all.
_GAPS, _ADVICE = 10, 3
#: The access told is that of no parameter.
_DEFAULT_ACCESS = AccessParameters.model_validate({})

#: Definitions the answer relies on.
WORDS = (
    *("taux", "statut", "service-documente", "lacune", "part-population", "population-couverte"),
    *("distance", "vol-d-oiseau", "quantile-distance", "population-eloignee", "e2sfca", "gini"),
    *("comparables", "strate", "rang", "centile", "meilleur-quart", "recommandation"),
    *("evolution", "publication", "population", "part-absente", "part-non-renseignee"),
    *("grappe", "lieu-imprecis"),
)
_RATE = (
    *("taux", "documentes", "presents", "services_total"),
    *("part_presente", "part_partagee", "part_absente", "part_non_renseignee"),
)


def evolution(metadata: Metadata, territory: Territory) -> list[dict[str, Any]]:
    """Tell the rate of a territory in every publication up to this one, the oldest first."""
    now = sorted(metadata.documented)
    return [
        {
            "publication": point.publication,
            "date": point.creee_le.date().isoformat(),
            "date_donnees": point.date_donnees,
            "millesime": point.millesime,
            "documentes": point.documentes,
            "presents": point.presents,
            "taux": rounded(point.taux),
            # Rates over other services do not measure the same thing.
            "comparable": sorted(point.services) == now,
        }
        for point in metadata.evolutions.of(territory.niveau, territory.code)
    ]


async def diagnosis_answer(atlas: PublishedAtlas, territory: Territory) -> dict[str, Any]:
    """Put together the diagnosis of a territory.

    Parameters
    ----------
    atlas
        The publication.
    territory
        A territory whose services are counted.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.Diagnosis`.
    """
    metadata = atlas.metadata
    points = evolution(metadata, territory)
    covered = documented_coverage(atlas, territory)
    peers = choose(metadata, territory)
    missing = diagnosis.gaps(covered["services"], list(metadata.services))
    ranked = diagnosis.by_coverage(covered["services"])
    # Absent from some of its communes and unknown in the others, a service is a gap, told above.
    silent = [
        item["libelle"]
        for item in covered["services"]
        if item["statut"] == "non_renseigne" and not item["communes_absentes"]
    ]
    view = TerritoryAccess(atlas, territory, _DEFAULT_ACCESS)
    access = await view.as_json()
    compared = comparison_json(territory, peers, compare(territory, peers))
    # A place is opened for one service: the gap that concerns most people among those with lieux.
    placed = diagnosis.service_to_place(
        [item["service"]["code"] for item in access["services"]],
        [gap["code"] for gap in missing],
        list(metadata.services),
    )
    said = [
        sentences.coverage(territory, territory.population, covered),
        sentences.gaps(territory, missing) if metadata.documented else None,
        sentences.unknown(silent, len(ranked)),
    ]
    straight = access["mesure"]["mode"] == "vol-d-oiseau"
    said += sentences.distances(territory, access["services"], straight=straight)
    said += [compared["phrase"], sentences.evolution(territory, points)]
    address = f"/api/territoires/{territory.niveau}/{territory.code}"
    return {
        "territoire": territory.summary(),
        "phrases": [sentence for sentence in said if sentence is not None],
        "couverture": {name: covered[name] for name in _RATE},
        "manques": {"total": len(missing), "premiers": missing[:_GAPS]},
        "services": ranked,
        "accessibilite": {name: access[name] for name in ("mesure", "indice", "services")},
        "comparaison": compared,
        "recommandations": first_recommendations(metadata, territory, peers, _ADVICE),
        "evolution": points,
        "parties": diagnosis.parts(metadata, territory),
        "liens": {
            **{
                name: f"{address}/{name}"
                for name in (
                    *("couverture", "lacunes", "accessibilite", "comparables"),
                    *("recommandations", "mutualisation"),
                )
            },
            "implantations": f"{address}/implantations?service={placed}",
        },
    }


@router.get(
    "/{niveau}/{code}/diagnostic",
    summary="Diagnostic complet d’un territoire",
    response_model=shapes.Diagnosis,
    responses=shapes.ERRORS,
)
async def diagnostic(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[NoParameters, Query()],
) -> Response:
    """Couverture, manques, accessibilité, rang parmi les comparables, évolution, en une réponse.

    `phrases` le dit en quelques phrases à lire. `parties` donne les taux des territoires plus
    petits : régions et départements du pays, départements d’une région, EPCI d’un département,
    communes d’un EPCI. `liens` mène au détail de chaque partie.
    """

    async def as_json() -> dict[str, Any]:
        return await diagnosis_answer(atlas, territory)

    return await reply(request, atlas, parameters.asked(), as_json, words=WORDS)
