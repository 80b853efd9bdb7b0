"""OGC 19-079r2 (Features, Part 3), annex A: queryables."""

from __future__ import annotations

import httpx
import jsonschema
import pytest

from tests.geo_service.ogc.asking import COLLECTIONS, features, get, relations

CONFORMANCE = ("http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",)

pytestmark = pytest.mark.anyio

REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_link(ogc: httpx.AsyncClient, collection: str) -> None:
    """/conf/queryables/queryables-link, get-queryables-uris."""
    links = relations((await get(ogc, f"/collections/{collection}"))["links"], REL)
    assert {link["type"] for link in links} == {"application/schema+json", "text/html"}
    for link in links:
        assert (await ogc.get(link["href"])).headers["content-type"].startswith(link["type"])


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_response(ogc: httpx.AsyncClient, collection: str) -> None:
    """/conf/queryables/get-queryables-response: a schema that the features obey."""
    answer = await ogc.get(f"/ogc/collections/{collection}/queryables")
    assert answer.headers["content-type"] == "application/schema+json"
    assert 'rel="self"' in answer.headers["link"]
    schema = answer.json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"http://atlas.test/ogc/collections/{collection}/queryables"
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    jsonschema.Draft202012Validator.check_schema(schema)
    place = schema["properties"]["geometry"]
    assert place["x-ogc-role"] == "primary-geometry"
    assert place["format"].startswith("geometry-")
    validator = jsonschema.Draft202012Validator(schema)
    for feature in await features(ogc, collection):
        known = {name: value for name, value in feature["properties"].items() if value is not None}
        validator.validate(known)
        assert set(feature["properties"]) == set(schema["properties"]) - {"geometry"}
        if feature["geometry"]:
            assert place["format"] == f"geometry-{feature['geometry']['type'].lower()}"


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_each_queryable_can_be_named(ogc: httpx.AsyncClient, collection: str) -> None:
    schema = await get(ogc, f"/collections/{collection}/queryables")
    everything = {one["id"] for one in await features(ogc, collection)}
    for name in schema["properties"]:
        null = await features(ogc, collection, filter=f"{name} IS NULL")
        there = await features(ogc, collection, filter=f"{name} IS NOT NULL")
        assert {one["id"] for one in null} | {one["id"] for one in there} == everything
        for one in null:
            assert (one["geometry"] if name == "geometry" else one["properties"][name]) is None


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_sortables(ogc: httpx.AsyncClient, collection: str) -> None:
    answer = await ogc.get(f"/ogc/collections/{collection}/sortables")
    assert answer.headers["content-type"] == "application/schema+json"
    for name, one in answer.json()["properties"].items():
        assert one["type"] != "array"
        await features(ogc, collection, sortby=f"-{name}")
