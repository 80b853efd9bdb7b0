"""OGC 21-065r2 (CQL2), annex A: CQL2 text."""

from __future__ import annotations

import httpx
import pytest

from tests.geo_service.ogc.asking import ids
from tests.geo_service.ogc.oracle import Predicate, holds

CONFORMANCE = ("http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",)

pytestmark = pytest.mark.anyio

FILTERS: dict[str, Predicate] = {
    "nom='Rennes'": lambda row: row["nom"] == "Rennes",
    "\"nom\" = 'Rennes'": lambda row: row["nom"] == "Rennes",
    "NOT (nom = 'Rennes')": lambda row: row["nom"] != "Rennes",
    "nom = 'Mende' or nom = 'Paris' and region = '11'": lambda row: (
        row["nom"] in {"Mende", "Paris"}
    ),
    "(nom = 'Mende' OR nom = 'Paris') AND region = '11'": lambda row: row["nom"] == "Paris",
    "population > -5 and population < 1e3": lambda row: (
        row["population"] is not None and row["population"] < 1000
    ),
}


@pytest.mark.parametrize("text", FILTERS)
async def test_validate(ogc: httpx.AsyncClient, text: str) -> None:
    """/conf/cql2-text/validate, /conf/cql2-text/escaping."""
    await holds(ogc, "communes", text, FILTERS[text])


async def test_quotes(ogc: httpx.AsyncClient) -> None:
    """/conf/cql2-text/escaping: a quote is written twice."""
    assert await ids(ogc, "communes", filter="nom = '=cmd|'' /C calc''!A0'") == ["48901"]


async def test_letters_of_every_kind(ogc: httpx.AsyncClient) -> None:
    assert await ids(ogc, "communes", filter="nom = 'Cesson-Sévigné'") == ["35051"]
    assert await ids(ogc, "communes", filter="nom = '🥖'") == []
