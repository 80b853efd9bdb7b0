"""OGC 21-065r2 (CQL2), annex A: properties and values on either side."""

from __future__ import annotations

import httpx
import pytest

from tests.geo_service.ogc.oracle import Predicate, holds

CONFORMANCE = ("http://www.opengis.net/spec/cql2/1.0/conf/property-property",)

pytestmark = pytest.mark.anyio

FILTERS: dict[str, Predicate] = {
    "services_presents < services_documentes": lambda row: (
        row["services_presents"] is not None
        and row["services_presents"] < row["services_documentes"]
    ),
    "services_presents = services_documentes": lambda row: (
        row["services_presents"] is not None
        and row["services_presents"] == row["services_documentes"]
    ),
    "'Rennes' = nom": lambda row: row["nom"] == "Rennes",
    "'35510' = nom OR departement < region": lambda row: (
        (row["departement"] or "") < (row["region"] or "")
    ),
    "population BETWEEN services_presents AND superficie_km2 * 100": lambda row: (
        None not in {row["population"], row["superficie_km2"], row["services_presents"]}
        and row["services_presents"] <= row["population"] <= row["superficie_km2"] * 100
    ),
    "code IN ('1', code) AND region = '53'": lambda row: row["region"] == "53",
}


@pytest.mark.parametrize("text", FILTERS)
async def test_filters(ogc: httpx.AsyncClient, text: str) -> None:
    """/conf/property-property."""
    await holds(ogc, "communes", text, FILTERS[text])
