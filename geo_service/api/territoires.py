"""Territories: search and description."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import reply
from geo_service.api import shapes
from geo_service.api.geometry import polygons
from geo_service.api.parameters import (
    TEXT,
    Atlas,
    GeoFormatField,
    KnownTerritory,
    Niveau,
    NoParameters,
    Parameters,
)
from geo_service.atlas import PublishedAtlas
from geo_service.database import Rows
from geo_service.exports import Column, Table
from geo_service.sql import load

router = APIRouter(prefix="/api/territoires", tags=["Territoires"])

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
    Column("epci", "text"),
    Column("departement", "text"),
    Column("region", "text"),
    Column("longitude", "number"),
    Column("latitude", "number"),
)


class SearchParameters(Parameters):
    """Parameters of the search."""

    q: str | None = Field(
        None,
        max_length=TEXT,
        description="Nom (accents, casse et tirets indifférents, « st » pour « saint », une faute "
        "de frappe admise), code INSEE, numéro SIREN ou code postal. Sans lui : les territoires "
        "les plus peuplés.",
        examples=["st etienne"],
    )
    niveau: Niveau | None = Field(None, description="Seulement ce niveau de territoire.")
    limit: int = Field(10, ge=1, le=100, description="Nombre de réponses, au plus.")
    format: GeoFormatField = "json"


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
    return rows


def _json(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "niveau": row["niveau"],
        "code": row["code"],
        "nom": row["nom"],
        "nature": row["nature"],
        "population": row["population"],
        "population_annee": row["population_annee"],
        "parents": row["parents"],
        "centre": None
        if row["lon"] is None
        else [round(row["lon"], _DECIMALS), round(row["lat"], _DECIMALS)],
        "bbox": row["emprise"] and [round(value, _DECIMALS) for value in row["emprise"]],
    }


@router.get(
    "",
    summary="Chercher un territoire",
    response_model=shapes.Search,
    responses=shapes.ERRORS,
)
async def find(
    request: Request, atlas: Atlas, parameters: Annotated[SearchParameters, Query()]
) -> Response:
    """Chercher par nom, code INSEE, numéro SIREN ou code postal ; les plus peuplés d’abord."""

    async def rows() -> Rows:
        names = atlas.metadata.territories.names
        keys = names.find(parameters.q or "", parameters.niveau, parameters.limit)
        return await describe(atlas, keys)

    async def as_json() -> dict[str, Any]:
        return {"territoires": [_json(row) for row in await rows()]}

    async def as_table() -> Table:
        found = await rows()
        parents = [
            {parent["niveau"]: parent["code"] for parent in row["parents"][::-1]} for row in found
        ]
        return Table(
            "territoires",
            _COLUMNS,
            [
                (
                    row["niveau"],
                    row["code"],
                    row["nom"],
                    row["nature"],
                    row["population"],
                    row["population_annee"],
                    row["superficie_km2"],
                    above.get("epci"),
                    above.get("departement"),
                    above.get("region"),
                    row["lon"],
                    row["lat"],
                )
                for row, above in zip(found, parents, strict=True)
            ],
            await polygons(
                atlas, parameters.format, [(row["niveau"], row["code"]) for row in found]
            ),
        )

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("territoire", "population", "millesime"),
        make_table=as_table,
    )


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

    return await reply(
        request,
        atlas,
        parameters.asked(),
        as_json,
        words=("territoire", "population", "millesime"),
    )
