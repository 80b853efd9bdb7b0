"""Comparables of a territory: the territories most like it, and where it stands among them."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.parameters import Atlas, CountedTerritory
from geo_service.api.peers import (
    PeerParameters,
    Peers,
    bracket_json,
    choose,
    service_json,
)
from geo_service.atlas import Metadata
from geo_service.diagnostics import sentences
from geo_service.diagnostics.comparables import (
    Comparables,
    Standing,
    best_quarter,
    kilometres,
    ranks,
    standing,
)
from geo_service.exports import Column, Table
from geo_service.rounding import SHARE, rounded
from geo_service.territories import Territory

router = APIRouter(prefix="/api/territoires", tags=["Diagnostic"])

#: Definitions the answer relies on.
WORDS = (
    *("comparables", "strate", "ressemblance", "rang", "centile", "meilleur-quart"),
    *("taux", "population", "part-population", "service-documente", "distance"),
)

_COLUMNS = (
    Column("territoire", "text"),
    Column("code", "text"),
    Column("nom", "text"),
    Column("population", "integer"),
    Column("densite", "number"),
    Column("ressemblance", "number"),
    Column("distance_km", "number"),
    Column("taux", "number"),
    Column("presents", "integer"),
    Column("rang", "integer"),
    Column("meilleur_quart", "boolean"),
)


@dataclass(frozen=True)
class Comparison:
    """A territory among its comparables.

    Attributes
    ----------
    found
        The comparables.
    place
        Where it stands.
    best
        Rows of the best quarter.
    """

    found: Comparables
    place: Standing
    best: NDArray[np.intp]


def compare(territory: Territory, peers: Peers) -> Comparison | None:
    """Rank a territory among its comparables; None when there is nobody or nothing to compare."""
    found = peers.found
    if found is None or not len(found.rows) or not territory.documentes:
        return None
    return Comparison(found, standing(found), best_quarter(found))


def comparison_json(
    territory: Territory, peers: Peers, compared: Comparison | None
) -> dict[str, Any]:
    """Write the rank of a territory, without the comparables themselves.

    Parameters
    ----------
    territory
        The territory.
    peers
        What :func:`geo_service.api.peers.choose` gave for it.
    compared
        What :func:`compare` gave for them.

    Returns
    -------
    dict
        ``meilleur_quart`` has its rates alone.
    """
    own = {
        "raison": peers.raison,
        "avertissement": peers.avertissement,
        "strate": bracket_json(peers.found),
    }
    if compared is None:
        none = dict.fromkeys(("rang", "ex_aequo", "sur", "centile", "phrase", "taux_median"))
        return {**own, **none, "meilleur_quart": None}
    found, place = compared.found, compared.place
    rates = found.level.rate
    best = rates[compared.best]
    return {
        **own,
        "rang": place.rank,
        "ex_aequo": place.ties,
        "sur": place.among,
        "centile": rounded(place.percentile, 1),
        "phrase": sentences.standing(
            territory, place.rank, place.ties, place.among, float(rates[found.row])
        ),
        "taux_median": rounded(median(rates[found.rows].tolist())),
        "meilleur_quart": {
            "territoires": len(best),
            "taux_min": rounded(float(best.min())),
            "taux_moyen": rounded(float(best.mean())),
        },
    }


def comparables_answer(metadata: Metadata, territory: Territory, peers: Peers) -> dict[str, Any]:
    """Write what the comparables of a territory tell.

    Parameters
    ----------
    metadata
        The publication.
    territory
        The territory.
    peers
        What :func:`geo_service.api.peers.choose` gave for it.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.Comparables`.
    """
    found, compared = peers.found, compare(territory, peers)
    answer = comparison_json(territory, peers, compared)
    if compared is not None:
        answer["meilleur_quart"] = {**answer["meilleur_quart"], **_quarter(metadata, compared)}
    density = None if found is None else float(found.level.density[found.row])
    return {
        "territoire": territory.summary(),
        "taux": rounded(territory.taux),
        "presents": territory.presents,
        "documentes": territory.documentes,
        **answer,
        "densite": rounded(density, 2),
        "comparables": [] if compared is None else _list(metadata, compared.found, compared.best),
    }


def _quarter(metadata: Metadata, compared: Comparison) -> dict[str, Any]:
    """Say who the best quarter is, and which services it has."""
    found, best = compared.found, compared.best
    level, row = found.level, found.row
    shares, mine = level.part(best), level.part(row)
    silent = level.unknown(row)[1] == level.communes[row]
    order = np.lexsort((np.arange(len(mine)), -shares.mean(axis=0)))
    return {
        "codes": [str(code) for code in level.codes[best]],
        "services": [
            {
                **service_json(metadata, column),
                "territoires": int((shares[:, column] > 0).sum()),
                "part_population": rounded(float(shares[:, column].mean())),
                # Of what nobody said anything here, nothing is known: no 0.
                "part_population_ici": None if silent[column] else rounded(float(mine[column])),
            }
            for column in order.tolist()
        ],
    }


def _list(metadata: Metadata, found: Comparables, best: NDArray[np.intp]) -> list[dict[str, Any]]:
    level, rows = found.level, found.rows
    territories = [
        metadata.territories.by_key[level.niveau, code] for code in level.codes[rows].tolist()
    ]
    # Every comparable is on the map, has inhabitants and a rate: none of these figures is NaN.
    figures = zip(
        territories,
        level.density[rows].round(2).tolist(),
        found.likeness.round(SHARE).tolist(),
        kilometres(level, found.row, rows).round(1).tolist(),
        level.rate[rows].round(SHARE).tolist(),
        ranks(found).tolist(),
        np.isin(rows, best).tolist(),
        strict=True,
    )
    return [
        {
            "code": territory.code,
            "nom": territory.nom,
            "population": territory.population,
            "densite": density,
            "ressemblance": likeness,
            "distance_km": km,
            "taux": rate,
            "presents": territory.presents,
            "rang": rank,
            "meilleur_quart": leads,
        }
        for territory, density, likeness, km, rate, rank, leads in figures
    ]


@router.get(
    "/{niveau}/{code}/comparables",
    summary="Territoires comparables, et rang parmi eux",
    response_model=shapes.Comparables,
    responses=shapes.ERRORS,
)
async def comparables(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[PeerParameters, Query()],
) -> Response:
    """Les territoires du même niveau et de la même strate légale, proches en population et densité.

    Le plus ressemblant d’abord. `raison` dit pourquoi il n’y en a aucun (pays, groupe, population
    inconnue) ; `avertissement`, pourquoi il y en a moins que demandé.
    """
    peers = choose(
        atlas.metadata,
        territory,
        k=parameters.k,
        perimeter=parameters.perimeter(atlas),
    )

    async def as_json() -> dict[str, Any]:
        return comparables_answer(atlas.metadata, territory, peers)

    async def as_table() -> Table:
        names = [column.name for column in _COLUMNS[1:]]
        place = f"{territory.niveau}/{territory.code}"
        rows = (await as_json())["comparables"]
        return Table(
            f"comparables-{territory.niveau}-{territory.code}",
            _COLUMNS,
            [(place, *(row[name] for name in names)) for row in rows],
        )

    return await reply(
        request, atlas, parameters.asked(), as_json, words=WORDS, make_table=as_table
    )
