"""OGC 21-065r2 (CQL2), annex A: arithmetic."""

from __future__ import annotations

import httpx
import pytest

from tests.geo_service.ogc.asking import ids
from tests.geo_service.ogc.oracle import Predicate, holds

CONFORMANCE = ("http://www.opengis.net/spec/cql2/1.0/conf/arithmetic",)

pytestmark = pytest.mark.anyio


def people(test: Predicate) -> Predicate:
    return lambda row: row["population"] is not None and test(row)


FILTERS: dict[str, Predicate] = {
    "population + 1 = 12001": people(lambda row: row["population"] == 12_000),
    "population - 12000 >= 0": people(lambda row: row["population"] >= 12_000),
    "population * 2 > 50000": people(lambda row: row["population"] > 25_000),
    "population / superficie_km2 > 1000": people(
        lambda row: row["superficie_km2"] and row["population"] / row["superficie_km2"] > 1000
    ),
    "population % 1000 = 0": people(lambda row: row["population"] % 1000 == 0),
    "population div 1000 = 7": people(lambda row: row["population"] // 1000 == 7),
    "population ^ 2 = 900": people(lambda row: row["population"] == 30),
    "2 + 3 * 4 - 10 / 5 = 12 AND region = '53'": lambda row: row["region"] == "53",
    "(2 + 3) * 4 = 20 AND region = '53'": lambda row: row["region"] == "53",
    "-population < -100000": people(lambda row: row["population"] > 100_000),
    "2 ^ 3 ^ 1 = 8 AND region = '53'": lambda row: row["region"] == "53",
}


@pytest.mark.parametrize("text", FILTERS)
async def test_filters(ogc: httpx.AsyncClient, text: str) -> None:
    """/conf/arithmetic."""
    await holds(ogc, "communes", text, FILTERS[text])


async def test_dividing_by_zero_is_unknown(ogc: httpx.AsyncClient) -> None:
    for text in ("1 / population > 0", "1 % population = 1", "1 div population = 0"):
        found = await ids(ogc, "communes", filter=text)
        assert "48903" not in found
        assert found
    assert await ids(ogc, "communes", filter="population / 0 = 1") == []
