"""OGC 21-065r2 (CQL2), annex A: array functions, arrays taken as sets."""

from __future__ import annotations

import httpx
import pytest

from tests.geo_service.ogc.asking import ids
from tests.geo_service.ogc.oracle import Predicate, holds

CONFORMANCE = ("http://www.opengis.net/spec/cql2/1.0/conf/array-functions",)

pytestmark = pytest.mark.anyio

ALL = {"35000", "35200", "35700"}
COMMUNES: dict[str, Predicate] = {
    "A_CONTAINS(codes_postaux, ('35000', '35700'))": lambda row: (
        set(row["codes_postaux"]) >= {"35000", "35700"}
    ),
    "A_CONTAINEDBY(codes_postaux, ('35000', '35200', '35700', '48100'))": lambda row: (
        set(row["codes_postaux"]) <= {*ALL, "48100"}
    ),
    "A_EQUALS(codes_postaux, ('35700', '35200', '35000'))": lambda row: (
        set(row["codes_postaux"]) == ALL
    ),
    "A_OVERLAPS(codes_postaux, ('35000', '75015'))": lambda row: bool(
        set(row["codes_postaux"]) & {"35000", "75015"}
    ),
    "NOT A_CONTAINS(codes_postaux, ('48100'))": lambda row: "48100" not in row["codes_postaux"],
    "A_CONTAINS(('48100', '1'), codes_postaux)": lambda row: (
        set(row["codes_postaux"]) <= {"48100", "1"}
    ),
}
LIEUX: dict[str, Predicate] = {
    "A_CONTAINS(services, ('espace-numerique'))": lambda row: "espace-numerique" in row["services"],
    "A_OVERLAPS(services, ('espace-numerique', 'site-internet-commune'))": lambda row: bool(
        set(row["services"]) & {"espace-numerique", "site-internet-commune"}
    ),
    "A_EQUALS(services, ('accueil-mairie'))": lambda row: row["services"] == ["accueil-mairie"],
}


@pytest.mark.parametrize("text", COMMUNES)
async def test_communes(ogc: httpx.AsyncClient, text: str) -> None:
    """/conf/array-functions."""
    await holds(ogc, "communes", text, COMMUNES[text])


@pytest.mark.parametrize("text", LIEUX)
async def test_lieux(ogc: httpx.AsyncClient, text: str) -> None:
    """/conf/array-functions, on lists read from another table."""
    await holds(ogc, "lieux", text, LIEUX[text])


async def test_nothing_is_in_everything(ogc: httpx.AsyncClient) -> None:
    found = await ids(ogc, "communes", filter="A_CONTAINEDBY(codes_postaux, ('x'))")
    assert found == []
