"""Territories: search and description."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.geometry import polygons
from geo_service.api.listing import LONGEST_PAGE, PAGE, PageParameters
from geo_service.api.parameters import (
    NIVEAUX,
    TEXT,
    Atlas,
    KnownTerritory,
    Niveau,
    NoParameters,
)
from geo_service.api.within import WithinParameters, named_territory
from geo_service.atlas import PublishedAtlas
from geo_service.database import Rows
from geo_service.errors import Problem
from geo_service.exports import Batch, Column, Dataset, parts_of
from geo_service.rounding import rounded
from geo_service.sql import load
from geo_service.territories import Key, Territory
from geo_service.territory_list import keep_inside, list_communes

router = APIRouter(prefix="/api/territoires", tags=["Territoires"])

#: Territories of a page when no limit is given: of a search, and of the list of a parent.
_FOUND, _LISTED = 10, PAGE
#: Decimals of coordinates in JSON: 1 m.
_DECIMALS = 5

_COLUMNS = (
    Column("niveau", "text"),
    Column("code", "text"),
    Column("nom", "text"),
    Column("nature", "text"),
    Column("population", "integer"),
    Column("population_annee", "integer"),
    Column("superficie_km2", "number"),
    Column("taux", "number"),
    Column("presents", "integer"),
    Column("documentes", "integer"),
    Column("epci", "text"),
    Column("departement", "text"),
    Column("region", "text"),
    Column("longitude", "number"),
    Column("latitude", "number"),
)


class SearchParameters(WithinParameters, PageParameters):
    """Parameters of the search and of the list; given together, they must all hold."""

    q: str | None = Field(
        None,
        max_length=TEXT,
        description="Nom (accents, casse et tirets indifférents, « st » pour « saint », une faute "
        "de frappe admise), code INSEE, numéro SIREN ou code postal. Sans lui : les territoires "
        "les plus peuplés d’abord, page après page.",
        examples=["st etienne"],
    )
    niveau: Niveau | None = Field(
        None,
        description="Seulement ce niveau de territoire ; « commune » par défaut dans la liste "
        "d’un « parent ».",
    )
    parent: str | None = Field(
        None,
        max_length=TEXT,
        description="Seulement les territoires qui ont des communes dans celui-ci, écrit "
        "niveau/code.",
        examples=["epci/243500139"],
    )
    limit: int | None = Field(
        None,
        ge=1,
        le=LONGEST_PAGE,
        description="Lignes par page ; 10 par défaut, 50 dans la liste d’un « parent ». Un fichier "
        "(« format ») contient toute la liste quand ni « q » ni « limit » ne sont donnés.",
    )

    def inside(self, atlas: PublishedAtlas) -> list[Territory]:
        """Find the territories whose communes are meant.

        Raises
        ------
        Problem
            400 if one is unknown, or if parameters do not go together.
        """
        found = self.within(atlas)
        if self.parent is not None:
            niveau, _, code = self.parent.partition("/")
            if niveau not in _HOLDERS or not code:
                raise Problem(
                    400,
                    "Le paramètre « parent » s’écrit niveau/code, par exemple « epci/243500139 » "
                    f"ou « departement/35 » ; niveaux possibles : {', '.join(_HOLDERS)}.",
                    {"parametres": [{"nom": "parent", "motif": "valeur_refusee"}]},
                )
            found.append(named_territory(atlas, "parent", _HOLDERS[niveau], code))
        if self.q is not None and self.cursor is not None:
            raise Problem(
                400,
                "Le paramètre « cursor » continue une liste : il ne va pas avec la recherche "
                "« q ». Augmentez plutôt « limit ».",
                {"parametres": [{"nom": "cursor", "motif": "valeur_refusee"}]},
            )
        return found


#: Niveaux a parent may have: those made of communes.
_HOLDERS: dict[str, Niveau] = {niveau: niveau for niveau in NIVEAUX if niveau != "arrondissement"}


class _Listed(NamedTuple):
    """Territories of a page; how many the list has, and its next page: unknown for a search."""

    keys: list[Key]
    total: int | None
    following: str | None


def _listed(atlas: PublishedAtlas, parameters: SearchParameters) -> _Listed:
    known = atlas.metadata
    territories, matrices = known.territories, known.matrices
    within = parameters.inside(atlas)
    limit = parameters.limit or (_LISTED if within else _FOUND)
    niveau = parameters.niveau
    if parameters.q is None and within and niveau in (None, "commune"):
        keys = list_communes(matrices, within)
    else:
        searched = parameters.q is not None and not within
        most = limit if searched else len(territories.by_key)
        keys = territories.names.find(parameters.q or "", niveau, most)
        if within:
            keys = keep_inside(keys, territories, matrices, within)
    if parameters.q is not None:
        return _Listed(keys[:limit], None, None)
    start = 0
    after = parameters.after(atlas, "territoires", str, str)
    if after is not None:
        start = keys.index((after[0], after[1])) + 1
    end = start + limit
    if parameters.format != "json" and parameters.limit is None:
        end = len(keys)
    page = keys[start:end]
    following = None
    if end < len(keys):
        following = parameters.following(atlas, "territoires", *page[-1])
    return _Listed(page, len(keys), following)


async def describe(atlas: PublishedAtlas, keys: list[tuple[str, str]]) -> Rows:
    """Read the description of some territories, in the order of their keys (niveau, code)."""
    known = atlas.metadata.territories
    rows = await atlas.database.fetch(
        load("territoires"),
        {"niveaux": [key[0] for key in keys], "codes": [key[1] for key in keys]},
    )
    for row in rows:
        row["parents"] = [
            {"niveau": niveau, "code": code, "nom": known.by_key[niveau, code].nom}
            for niveau, code in known.parents.get((row["niveau"], row["code"]), ())
        ]
        territory = known.by_key[row["niveau"], row["code"]]
        row["taux"] = rounded(territory.taux)
        row["presents"], row["documentes"] = territory.presents, territory.documentes
    return rows


def _json(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "niveau": row["niveau"],
        "code": row["code"],
        "nom": row["nom"],
        "nature": row["nature"],
        "population": row["population"],
        "population_annee": row["population_annee"],
        "taux": row["taux"],
        "presents": row["presents"],
        "documentes": row["documentes"],
        "parents": row["parents"],
        "centre": None
        if row["lon"] is None
        else [round(row["lon"], _DECIMALS), round(row["lat"], _DECIMALS)],
        "bbox": row["emprise"] and [round(value, _DECIMALS) for value in row["emprise"]],
    }


def _row(row: dict[str, Any]) -> tuple[Any, ...]:
    above = {parent["niveau"]: parent["code"] for parent in row["parents"][::-1]}
    names = [column.name for column in _COLUMNS]
    own = row | {
        **{niveau: above.get(niveau) for niveau in ("epci", "departement", "region")},
        "longitude": row["lon"],
        "latitude": row["lat"],
    }
    return tuple(own[name] for name in names)


@router.get(
    "",
    summary="Chercher un territoire, ou lister ceux d’un autre",
    response_model=shapes.Search,
    responses=shapes.ERRORS,
)
async def find(
    request: Request, atlas: Atlas, parameters: Annotated[SearchParameters, Query()]
) -> Response:
    """Chercher par nom, code INSEE, numéro SIREN ou code postal ; les plus peuplés d’abord.

    Avec « parent », « departement », « epci »… : les communes de ces territoires (ou, avec
    « niveau », les territoires qui y ont des communes), avec leur taux d’ensemble, page après page
    ou dans un fichier.
    """
    parameters.inside(atlas)  # refused before anything is asked

    async def as_json() -> dict[str, Any]:
        listed = _listed(atlas, parameters)
        return {
            "total": listed.total,
            "territoires": [_json(row) for row in await describe(atlas, listed.keys)],
            "suivant": listed.following,
        }

    async def as_table() -> Dataset:
        keys = _listed(atlas, parameters).keys
        shapes = await polygons(atlas, parameters.format, keys)

        async def batches() -> AsyncIterator[Batch]:
            for part in parts_of(len(keys)) if shapes is None else shapes.parts():
                rows = [_row(row) for row in await describe(atlas, keys[part])]
                yield Batch(rows, None if shapes is None else await shapes.read(part))

        geometry = None if shapes is None else shapes.geometry
        return Dataset("territoires", _COLUMNS, batches, geometry, count=len(keys))

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("territoire", "population", "taux", "service-documente", "millesime"),
        make_table=as_table,
    )


async def description_answer(atlas: PublishedAtlas, territory: Territory) -> dict[str, Any]:
    """Describe one territory.

    Parameters
    ----------
    atlas
        The publication.
    territory
        The territory.

    Returns
    -------
    dict
        See :class:`geo_service.api.shapes.Description`.
    """
    (row,) = await describe(atlas, [(territory.niveau, territory.code)])
    area = row["superficie_km2"]
    known = atlas.metadata.territories
    return {
        **_json(row),
        "superficie_km2": None if area is None else round(area, 2),
        "communes": territory.communes,
        "labels": row["labels"] or [],
        "programmes": [
            {"code": code, "nom": known.by_key["groupe", code].nom}
            for code in known.groupes.get((territory.niveau, territory.code), ())
        ],
    }


@router.get(
    "/{niveau}/{code}",
    summary="Décrire un territoire",
    response_model=shapes.Description,
    responses=shapes.ERRORS,
)
async def detail(
    request: Request,
    atlas: Atlas,
    territory: KnownTerritory,
    parameters: Annotated[NoParameters, Query()],
) -> Response:
    """Nom, population, superficie, territoires qui le contiennent, groupes, centre et emprise.

    « labels » donne les arobases obtenues, l’année la plus récente d’abord ; « programmes » nomme
    les groupes dont font partie toutes ses communes. « centre » et « bbox » sont vides pour les
    collectivités sans contour (Nouvelle-Calédonie, Polynésie française…).

    L’ancien code d’une commune redirige (301) vers la commune d’aujourd’hui.
    """

    async def as_json() -> dict[str, Any]:
        return await description_answer(atlas, territory)

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("territoire", "population", "taux", "service-documente", "millesime", "label"),
    )
