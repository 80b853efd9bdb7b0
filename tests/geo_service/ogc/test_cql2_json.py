"""OGC 21-065r2 (CQL2), annex A: CQL2 JSON."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.geo_service.ogc.asking import ids

CONFORMANCE = ("http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",)

pytestmark = pytest.mark.anyio

POINT = {"type": "Point", "coordinates": [-1.68, 48.11]}
TREES: list[tuple[Any, list[str]]] = [
    ({"op": "=", "args": [{"property": "nom"}, "Rennes"]}, ["35238"]),
    (
        {
            "op": "and",
            "args": [
                {"op": ">", "args": [{"property": "population"}, 100_000]},
                {"op": "not", "args": [{"op": "=", "args": [{"property": "region"}, "11"]}]},
            ],
        },
        ["35238", "42218"],
    ),
    ({"op": "isNull", "args": [{"property": "population"}]}, ["48902"]),
    ({"op": "in", "args": [{"property": "code"}, ["75056", "35238"]]}, ["35238", "75056"]),
    ({"op": "like", "args": [{"property": "nom"}, "Ren%"]}, ["35238"]),
    ({"op": "between", "args": [{"property": "population"}, 100, 1000]}, ["42222"]),
    ({"op": "s_intersects", "args": [{"property": "geometry"}, POINT]}, ["35238"]),
    (
        {"op": "s_within", "args": [{"property": "geometry"}, {"bbox": [2, 48, 3, 49]}]},
        ["75056"],
    ),
    ({"op": "a_contains", "args": [{"property": "codes_postaux"}, ["35510"]]}, ["35051"]),
    (
        {
            "op": "=",
            "args": [
                {"op": "casei", "args": [{"property": "nom"}]},
                {"op": "casei", "args": ["RENNES"]},
            ],
        },
        ["35238"],
    ),
]


@pytest.mark.parametrize(("tree", "expected"), TREES, ids=str)
async def test_validate(ogc: httpx.AsyncClient, tree: Any, expected: list[str]) -> None:
    """/conf/cql2-json/validate."""
    found = await ids(ogc, "communes", filter=json.dumps(tree), filter_lang="cql2-json")
    assert found == expected


async def test_true_and_false(ogc: httpx.AsyncClient) -> None:
    assert await ids(ogc, "communes", filter="true", filter_lang="cql2-json") == await ids(
        ogc, "communes"
    )
    assert await ids(ogc, "communes", filter="false", filter_lang="cql2-json") == []
