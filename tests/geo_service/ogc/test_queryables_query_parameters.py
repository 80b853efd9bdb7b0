"""OGC 19-079r2 (Features, Part 3), annex A: queryables as query parameters."""

from __future__ import annotations

import httpx
import pytest

from tests.geo_service.ogc.asking import COLLECTIONS, features, ids, refusal

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_parameters(ogc: httpx.AsyncClient, collection: str) -> None:
    """/conf/queryables-query-parameters/parameters: equality; a list holds the value."""
    everything = await features(ogc, collection)
    for name in everything[0]["properties"]:
        values = [one["properties"][name] for one in everything]
        for value in {str(one): one for one in values if one not in (None, "", [])}.values():
            asked = value[-1] if isinstance(value, list) else value
            expected = [
                one["id"]
                for one in everything
                if one["properties"][name] == value
                or (isinstance(value, list) and asked in one["properties"][name])
            ]
            assert await ids(ogc, collection, **{name: str(asked)}) == expected


async def test_values_that_are_none(ogc: httpx.AsyncClient) -> None:
    for collection, name, value in (
        ("communes", "population", "beaucoup"),
        ("communes", "population", "nan"),
        ("communes", "taux", "1e999"),
        ("actions", "date_debut", "hier"),
        ("actions", "statut", "finie"),
        ("actions", "type", "autre"),
    ):
        told = await refusal(ogc, f"/collections/{collection}/items", **{name: value})
        assert f"« {name} »" in told


async def test_parameters_hold_together(ogc: httpx.AsyncClient) -> None:
    assert await ids(ogc, "communes", departement="35", codes_postaux="35000") == ["35238"]
    assert await ids(ogc, "communes", departement="35", region="84") == []
    assert await ids(ogc, "lieux", services="espace-numerique", commune="48095") == [
        "mairies:48095"
    ]
