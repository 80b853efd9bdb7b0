"""OGC 21-065r2 (CQL2), annex A: comparisons whatever the case and the accents."""

from __future__ import annotations

import unicodedata

import httpx
import pytest

from tests.geo_service.ogc.oracle import Predicate, holds

CONFORMANCE = (
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
)

pytestmark = pytest.mark.anyio


def bare(text: str) -> str:
    """Take the accents away."""
    parts = unicodedata.normalize("NFD", text)
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


FILTERS: dict[str, Predicate] = {
    "CASEI(nom) = CASEI('RENNES')": lambda row: row["nom"] == "Rennes",
    "CASEI(nom) = CASEI('CESSON-SÉVIGNÉ')": lambda row: row["nom"] == "Cesson-Sévigné",
    "CASEI(nom) LIKE CASEI('SAINT-é%')": lambda row: row["nom"].startswith("Saint-É"),
    "CASEI(nom) IN (CASEI('PARIS'), CASEI('mende'))": lambda row: row["nom"] in {"Paris", "Mende"},
    "ACCENTI(nom) = ACCENTI('Cesson-Sevigne')": lambda row: row["nom"] == "Cesson-Sévigné",
    "ACCENTI(nom) LIKE ACCENTI('%é%')": lambda row: "e" in bare(row["nom"]),
    "ACCENTI(CASEI(nom)) LIKE ACCENTI(CASEI('SAINT-ETIENNE%'))": lambda row: (
        bare(row["nom"]).lower().startswith("saint-etienne")
    ),
    "CASEI(ACCENTI(nom)) = CASEI(ACCENTI('ACIGNÉ'))": lambda row: row["nom"] == "Acigné",
}


@pytest.mark.parametrize("text", FILTERS)
async def test_filters(ogc: httpx.AsyncClient, text: str) -> None:
    """/conf/case-insensitive-comparison, /conf/accent-insensitive-comparison."""
    await holds(ogc, "communes", text, FILTERS[text])
