"""OGC 21-065r2 (CQL2), annex A: LIKE, BETWEEN, IN."""

from __future__ import annotations

import httpx
import pytest

from tests.geo_service.ogc.oracle import Predicate, holds

CONFORMANCE = ("http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",)

pytestmark = pytest.mark.anyio

FILTERS: dict[str, Predicate] = {
    "nom LIKE 'Saint-%'": lambda row: row["nom"].startswith("Saint-"),
    "nom LIKE '%e'": lambda row: row["nom"].endswith("e"),
    "nom LIKE 'M_nde'": lambda row: row["nom"] == "Mende",
    "nom LIKE '%\\_%' OR nom LIKE 'P%'": lambda row: row["nom"] == "Paris",
    "nom NOT LIKE '%a%'": lambda row: "a" not in row["nom"],
    "population BETWEEN 7000 AND 19000": lambda row: 7_000 <= (row["population"] or 0) <= 19_000,
    "population NOT BETWEEN 7000 AND 19000": lambda row: (
        row["population"] is not None and not 7_000 <= row["population"] <= 19_000
    ),
    "departement IN ('35', '42')": lambda row: row["departement"] in {"35", "42"},
    "population IN (0, 30, 40)": lambda row: row["population"] in {0, 30, 40},
    "epci NOT IN ('243500139')": lambda row: row["epci"] not in {None, "243500139"},
}


@pytest.mark.parametrize("text", FILTERS)
async def test_filters(ogc: httpx.AsyncClient, text: str) -> None:
    """/conf/advanced-comparison-operators/like, between, in."""
    await holds(ogc, "communes", text, FILTERS[text])
