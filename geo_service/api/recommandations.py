"""Recommandations: what is missing here that comparables have, and who did it near."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.parameters import Atlas, CountedTerritory
from geo_service.api.peers import (
    PeerParameters,
    Peers,
    ServiceParameters,
    bracket_json,
    choose,
    service_json,
)
from geo_service.atlas import Metadata, PublishedAtlas
from geo_service.database import Rows
from geo_service.diagnostics import sentences
from geo_service.diagnostics.carriers import carriers
from geo_service.diagnostics.comparables import Comparables
from geo_service.diagnostics.recommendations import Recommendation, questions, recommendations
from geo_service.exports import Column, Table
from geo_service.rounding import rounded
from geo_service.sql import load
from geo_service.territories import Key, Territory

router = APIRouter(prefix="/api/territoires", tags=["Diagnostic"])

#: Distance beyond which an example is not said to be near: half of metropolitan France.
NEAR_KM = 500

#: Definitions the answer relies on.
WORDS = (
    *("recommandation", "a-verifier", "effet-taux", "comparables", "strate", "statut"),
    *("taux", "part-population", "population", "service-documente", "distance"),
    *("action", "lieu"),
)

_COLUMNS = (
    Column("territoire", "text"),
    Column("nature", "text"),
    Column("code", "text"),
    Column("libelle", "text"),
    Column("theme", "text"),
    Column("enjeu", "text"),
    Column("comparables_mieux", "integer"),
    Column("comparables", "integer"),
    Column("part_comparables", "number"),
    Column("part_population", "number"),
    Column("part_population_comparables", "number"),
    Column("communes", "integer"),
    Column("population", "integer"),
    Column("taux", "number"),
    Column("taux_apres", "number"),
    Column("exemples", "list"),
    Column("pages", "list"),
    Column("phrase", "text"),
)


class RecommendationParameters(ServiceParameters, PeerParameters):
    """Parameters of the recommandations: which services, and which comparables."""


#: A territory given as an example, its distance, and whether it is a comparable.
_Example = tuple[int, float, bool]


def _examples(item: Recommendation) -> list[_Example]:
    """Territories to show for a recommendation, the nearest first."""
    shown = [
        (int(row), float(km), True) for row, km in zip(item.examples, item.examples_km, strict=True)
    ]
    if item.neighbour is not None and item.neighbour_km is not None:
        shown.insert(0, (item.neighbour, item.neighbour_km, False))
    return shown


async def _deeds(
    atlas: PublishedAtlas, found: Comparables, items: Sequence[Recommendation]
) -> dict[tuple[int, int], Mapping[str, Any]]:
    """Find the action or the lieu of each example: by column and row, those that have one."""
    metadata, niveau = atlas.metadata, found.level.niveau
    asked = [
        (
            (item.column, row),
            carriers(
                metadata.matrices,
                metadata.territories.parents,
                niveau,
                str(found.level.codes[row]),
                item.column,
            ),
        )
        for item in items
        for row, _, _ in _examples(item)
    ]
    if metadata.deeds is None:
        return await _asked_deeds(atlas, asked)
    shown = ((pair, metadata.deeds.find(pair[0], keys)) for pair, keys in asked)
    return {pair: deed for pair, deed in shown if deed is not None}


async def _asked_deeds(
    atlas: PublishedAtlas, asked: Sequence[tuple[tuple[int, int], list[Key]]]
) -> dict[tuple[int, int], Mapping[str, Any]]:
    """Ask the database for them, all at once."""
    services = atlas.metadata.matrices.services
    demands = [
        (number, services[column], *key)
        for number, ((column, _), keys) in enumerate(asked)
        for key in keys
    ]
    if not demands:
        return {}
    numbers, codes_of_services, niveaux, codes = (list(part) for part in zip(*demands, strict=True))
    rows: Rows = await atlas.database.fetch(
        load("exemples"),
        {"paires": numbers, "services": codes_of_services, "niveaux": niveaux, "codes": codes},
    )
    return {asked[row["paire"]][0]: row for row in rows}


def page_of(deed: Mapping[str, Any] | None, territory: Territory) -> str:
    """Address to read more: that of the action or of the lieu, else a territory's page here.

    Only ``http`` and ``https`` addresses of others are given.
    """
    page = str((deed or {}).get("page") or "").strip()
    try:
        parts = urlsplit(page)
        linked = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        linked = False
    return page if linked else f"/{territory.niveau}/{territory.code}"


def _example_json(
    metadata: Metadata,
    found: Comparables,
    item: Recommendation,
    example: _Example,
    deed: Mapping[str, Any] | None,
) -> dict[str, Any]:
    row, km, comparable = example
    level, by_key = found.level, metadata.territories.by_key
    territory = by_key[level.niveau, level.codes[row]]
    part = float(level.part(row, item.column))
    carrier = None if deed is None else by_key[deed["niveau"], deed["code"]]
    title = None if deed is None else deed["titre"]
    # A title that only says the service again tells nothing more.
    label = metadata.services[metadata.matrices.services[item.column]].libelle
    said = sentences.example(
        territory,
        km,
        part,
        where=carrier if carrier and carrier.niveau == "commune" != level.niveau else None,
        title=None if title == label else title,
    )
    return {
        "niveau": territory.niveau,
        "code": territory.code,
        "nom": territory.nom,
        "comparable": comparable,
        "distance_km": rounded(km, 1),
        "part_population": rounded(part),
        "nature": "territoire" if deed is None else deed["nature"],
        "id": None if deed is None else deed["id"],
        "titre": title,
        "porteur": None
        if carrier is None
        else {"niveau": carrier.niveau, "code": carrier.code, "nom": carrier.nom},
        "page": page_of(deed, carrier or territory),
        "phrase": f"{said}.",
    }


def _figures(metadata: Metadata, found: Comparables, item: Recommendation) -> dict[str, Any]:
    total = len(found.rows)
    unknown = found.level.unknown(found.row)[1][item.column]
    # Where nobody said anything the share is unknown: a question, not a gap of 0 %.
    silent = bool(unknown == found.level.communes[found.row])
    return {
        **service_json(metadata, item.column),
        "comparables_mieux": item.better,
        "comparables": total,
        "part_comparables": rounded(item.better / total),
        "part_population": None if silent else rounded(item.part),
        "part_population_comparables": rounded(item.part_comparables),
        "communes": item.communes,
        "population": item.people,
    }


def _sentence(
    metadata: Metadata, territory: Territory, found: Comparables, item: Recommendation
) -> str:
    """Say a recommandation, with the nearest territory that did it."""
    nearest = None
    row, km, _ = _examples(item)[0]
    if km <= NEAR_KM:
        place = metadata.territories.by_key[found.level.niveau, found.level.codes[row]]
        nearest = sentences.example(place, km, float(found.level.part(row, item.column)))
    return sentences.recommendation(
        territory,
        metadata.services[metadata.matrices.services[item.column]].libelle,
        better=item.better,
        total=len(found.rows),
        people=item.people,
        communes=item.communes,
        nearest=nearest,
    )


def first_recommendations(
    metadata: Metadata, territory: Territory, peers: Peers, n: int
) -> list[dict[str, Any]]:
    """Say the first recommandations of a territory, over all services, without their examples.

    Parameters
    ----------
    metadata
        The publication.
    territory
        The territory.
    peers
        What :func:`geo_service.api.peers.choose` gave for it.
    n
        Most to say.
    """
    found = peers.found
    if found is None or not len(found.rows):
        return []
    told = []
    for item in recommendations(found, range(len(metadata.documented)), n):
        service = metadata.services[metadata.matrices.services[item.column]]
        told.append(
            {
                "code": service.code,
                "libelle": service.libelle,
                "population": item.people,
                "phrase": _sentence(metadata, territory, found, item),
            }
        )
    return told


async def recommendations_answer(
    atlas: PublishedAtlas,
    territory: Territory,
    peers: Peers,
    services: Sequence[int],
    n: int | None,
) -> dict[str, Any]:
    """Write the recommandations of a territory.

    Parameters
    ----------
    atlas
        The publication.
    territory
        The territory.
    peers
        What :func:`geo_service.api.peers.choose` gave for it.
    services
        Columns of the services to look at.
    n
        Most recommandations, and most questions.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.Recommendations`.
    """
    metadata, found = atlas.metadata, peers.found
    own = {
        "territoire": territory.summary(),
        "taux": rounded(territory.taux),
        "presents": territory.presents,
        "documentes": territory.documentes,
        "raison": peers.raison,
        "avertissement": peers.avertissement,
        "strate": bracket_json(found),
    }
    if found is None or not len(found.rows):
        return {**own, "recommandations": [], "a_verifier": []}
    gaps = recommendations(found, services, n)
    deeds = await _deeds(atlas, found, gaps)
    listed = []
    for item in gaps:
        figures = _figures(metadata, found, item)
        shown = [
            _example_json(metadata, found, item, example, deeds.get((item.column, example[0])))
            for example in _examples(item)
        ]
        listed.append(
            {
                **figures,
                "effet": {
                    "taux": rounded(item.rate),
                    "taux_apres": rounded(item.rate_after),
                    "phrase": sentences.effect(territory, item.rate, item.rate_after),
                },
                "exemples": shown,
                "phrase": _sentence(metadata, territory, found, item),
            }
        )
    asked = []
    for item in questions(found, services, n):
        figures = _figures(metadata, found, item)
        asked.append(
            {
                **figures,
                "phrase": sentences.question(
                    territory,
                    figures["libelle"],
                    better=item.better,
                    total=len(found.rows),
                    people=item.people,
                    communes=item.communes,
                ),
            }
        )
    return {**own, "recommandations": listed, "a_verifier": asked}


def _rows(place: str, answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of the file: recommandations, then questions, each with its nature."""
    names = [column.name for column in _COLUMNS[2:13]]
    rows = []
    for nature, items in (
        ("recommandation", answer["recommandations"]),
        ("a_verifier", answer["a_verifier"]),
    ):
        for item in items:
            effect = item.get("effet", {})
            examples = item.get("exemples", [])
            rows.append(
                (
                    place,
                    nature,
                    *(item[name] for name in names),
                    effect.get("taux"),
                    effect.get("taux_apres"),
                    [example["nom"] for example in examples],
                    [example["page"] for example in examples],
                    item["phrase"],
                )
            )
    return rows


@router.get(
    "/{niveau}/{code}/recommandations",
    summary="Ce qui manque ici et que des territoires comparables ont",
    response_model=shapes.Recommendations,
    responses=shapes.ERRORS,
)
async def recommandations(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[RecommendationParameters, Query()],
) -> Response:
    """Les services absents ici que des comparables ont, et qui l’a fait près d’ici.

    `a_verifier` est à part : des services dont personne n’a rien dit ici. Ce sont des questions,
    pas des manques.
    """
    peers = choose(
        atlas.metadata,
        territory,
        k=parameters.k,
        perimeter=parameters.perimeter(atlas),
    )
    services = parameters.columns(atlas)

    async def as_json() -> dict[str, Any]:
        return await recommendations_answer(atlas, territory, peers, services, parameters.n)

    async def as_table() -> Table:
        return Table(
            f"recommandations-{territory.niveau}-{territory.code}",
            _COLUMNS,
            _rows(f"{territory.niveau}/{territory.code}", await as_json()),
        )

    return await reply(
        request, atlas, parameters.asked(), as_json, words=WORDS, make_table=as_table
    )
