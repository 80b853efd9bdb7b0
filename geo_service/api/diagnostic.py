"""The whole diagnosis of a territory in one answer."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from etl.history import EVOLUTION
from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.access_parameters import AccessParameters
from geo_service.api.accessibilite import TerritoryAccess
from geo_service.api.comparables import comparables_answer
from geo_service.api.couverture import CoverageParameters, coverage
from geo_service.api.parameters import Atlas, CountedTerritory, NoParameters
from geo_service.api.peers import choose
from geo_service.api.recommandations import recommendations_answer
from geo_service.atlas import PublishedAtlas
from geo_service.diagnostics import diagnosis
from geo_service.diagnostics import diagnosis_sentences as sentences
from geo_service.territories import Territory

router = APIRouter(prefix="/api/territoires", tags=["Diagnostic"])

#: Gaps, and recommandations, told in a diagnosis; their own addresses tell all.
_GAPS, _ADVICE = 10, 3
_DECIMALS = 4

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
_COMPARED = (
    *("raison", "avertissement", "strate", "rang", "ex_aequo", "sur", "centile", "phrase"),
    "taux_median",
)


async def evolution(atlas: PublishedAtlas, territory: Territory) -> list[dict[str, Any]]:
    """Read the rate of a territory in every publication up to this one, the oldest first."""
    rows = await atlas.database.fetch(
        EVOLUTION,
        {
            "niveau": territory.niveau,
            "code": territory.code,
            "axe": "ensemble",
            "axe_code": "",
            "publication": atlas.id,
        },
    )
    now = sorted(atlas.metadata.documented)
    return [
        {
            "publication": row["publication"],
            "date": row["creee_le"].date().isoformat(),
            "date_donnees": row["date_donnees"],
            "millesime": row["millesime"],
            "documentes": row["documentes"],
            "presents": row["presents"],
            "taux": None if row["taux"] is None else round(row["taux"], _DECIMALS),
            # Rates over other services do not measure the same thing.
            "comparable": sorted(row["services"]) == now,
        }
        for row in rows
    ]


def _compared(atlas: PublishedAtlas, territory: Territory) -> dict[str, Any]:
    answer = comparables_answer(atlas.metadata, territory, choose(atlas.metadata, territory))
    best = answer["meilleur_quart"]
    return {
        **{name: answer[name] for name in _COMPARED},
        "meilleur_quart": best
        and {name: best[name] for name in ("territoires", "taux_min", "taux_moyen")},
    }


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
    everything = list(range(len(metadata.documented)))
    covered, points, advice = await asyncio.gather(
        coverage(atlas, territory, CoverageParameters()),
        evolution(atlas, territory),
        recommendations_answer(atlas, territory, choose(metadata, territory), everything, _ADVICE),
    )
    missing = diagnosis.gaps(covered["services"], list(metadata.services))
    ranked = diagnosis.by_coverage(covered["services"])
    # Absent from some of its communes and unknown in the others, a service is a gap, told above.
    silent = [
        item["libelle"]
        for item in covered["services"]
        if item["documente"] and item["statut"] == "non_renseigne" and not item["communes_absentes"]
    ]
    view = TerritoryAccess(atlas, territory, AccessParameters.model_validate({}))
    access = await view.as_json()
    compared = _compared(atlas, territory)
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
        "recommandations": [
            {name: item[name] for name in ("code", "libelle", "population", "phrase")}
            for item in advice["recommandations"]
        ],
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
