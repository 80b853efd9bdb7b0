"""OGC 21-065r2 (CQL2), annex A: basic CQL2."""

from __future__ import annotations

import httpx
import pytest

from tests.geo_service.ogc.asking import ids
from tests.geo_service.ogc.oracle import Predicate, holds

CONFORMANCE = ("http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",)

pytestmark = pytest.mark.anyio


def known(name: str) -> Predicate:
    return lambda row: row[name] is not None


COMMUNES: dict[str, Predicate] = {
    "population = 12000": lambda row: row["population"] == 12_000,
    "population <> 12000": lambda row: row["population"] not in {12_000, None},
    "population > 12000": lambda row: (row["population"] or 0) > 12_000,
    "population >= 12000": lambda row: (row["population"] or 0) >= 12_000,
    "population < 12000": lambda row: row["population"] is not None and row["population"] < 12_000,
    "population <= 12000": lambda row: (
        row["population"] is not None and row["population"] <= 12_000
    ),
    "12000 < population": lambda row: (row["population"] or 0) > 12_000,
    "nom >= 'Rennes'": lambda row: row["nom"] >= "Rennes",
    "epci IS NULL": lambda row: row["epci"] is None,
    "epci IS NOT NULL": known("epci"),
    "NOT epci = '243500139'": lambda row: row["epci"] not in {None, "243500139"},
    "taux > 0.4 AND population > 10000": lambda row: (
        (row["taux"] or 0) > 0.4 and (row["population"] or 0) > 10_000
    ),
    "region = '53' OR region = '84'": lambda row: row["region"] in {"53", "84"},
    "TRUE AND region = '53'": lambda row: row["region"] == "53",
}
ACTIONS: dict[str, Predicate] = {
    "date_debut > DATE('2020-01-01')": lambda row: (row["date_debut"] or "") > "2020-01-01",
    "date_debut < TIMESTAMP('2020-01-01T00:00:00Z')": lambda row: (
        row["date_debut"] is not None and row["date_debut"] < "2020-01-01"
    ),
    "date_debut = DATE('2025-03-01')": lambda row: row["date_debut"] == "2025-03-01",
    "date_debut = '2025-03-01'": lambda row: row["date_debut"] == "2025-03-01",
    "date_debut <> date_fin": lambda row: (
        None not in {row["date_debut"], row["date_fin"]} and row["date_debut"] != row["date_fin"]
    ),
    "statut = 'en_cours'": lambda row: row["statut"] == "en_cours",
}


@pytest.mark.parametrize("text", COMMUNES)
async def test_communes(ogc: httpx.AsyncClient, text: str) -> None:
    """/conf/basic-cql2/comparison, is-null, logical-operators: unknown is neither."""
    await holds(ogc, "communes", text, COMMUNES[text])


@pytest.mark.parametrize("text", ACTIONS)
async def test_actions(ogc: httpx.AsyncClient, text: str) -> None:
    """/conf/basic-cql2/comparison, on dates."""
    await holds(ogc, "actions", text, ACTIONS[text])


async def test_constants(ogc: httpx.AsyncClient) -> None:
    """/conf/basic-cql2/boolean: true is all, false is none."""
    for collection in ("communes", "lieux"):
        assert await ids(ogc, collection, filter="TRUE") == await ids(ogc, collection)
        assert await ids(ogc, collection, filter="FALSE") == []
