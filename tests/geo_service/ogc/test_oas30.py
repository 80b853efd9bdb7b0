"""OGC 17-069r4 (Features, Part 1), annex A.6: OpenAPI 3.0."""

from __future__ import annotations

import re
from typing import Any

import httpx
import jsonschema
import pytest

from tests.geo_service.ogc.asking import COLLECTIONS, CRS, get

CONFORMANCE = ("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",)

pytestmark = pytest.mark.anyio


def resolved(document: dict[str, Any], node: Any) -> Any:
    """Follow a reference inside the document."""
    while isinstance(node, dict) and "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def parameters(document: dict[str, Any], path: str) -> dict[str, dict[str, Any]]:
    """Parameters of an address, by name."""
    found = [resolved(document, one) for one in document["paths"][path]["get"]["parameters"]]
    names = [one["name"] for one in found]
    assert len(set(names)) == len(names)
    return dict(zip(names, found, strict=True))


async def test_definition(ogc: httpx.AsyncClient) -> None:
    """/conf/oas30/oas-definition-1, oas-definition-2: what OpenAPI 3.0 wants is there."""
    document = await get(ogc, "/api")
    assert re.fullmatch(r"3\.0\.\d", document["openapi"])
    assert document["info"]["title"]
    assert document["info"]["version"]
    operations = [path["get"] for path in document["paths"].values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in document["tags"]}
    for path, item in document["paths"].items():
        assert set(item) == {"get"}
        operation = item["get"]
        assert set(operation["tags"]) <= tags
        variables = re.findall(r"\{(\w+)\}", path)
        told = [
            one["name"]
            for one in (resolved(document, node) for node in operation["parameters"])
            if one["in"] == "path"
        ]
        assert told == variables
        for answer in operation["responses"].values():
            assert resolved(document, answer)["description"]


async def test_every_address_is_described(ogc: httpx.AsyncClient) -> None:
    """/conf/oas30/completeness: each path answers, with a media type it names."""
    document = await get(ogc, "/api")
    base = document["servers"][0]["url"]
    assert base == "http://atlas.test/ogc"
    for path, item in document["paths"].items():
        if "{" in path.replace("{featureId}", ""):
            continue
        address = path
        if "{featureId}" in path:
            items = await get(ogc, path.removesuffix("/{featureId}"))
            address = path.replace("{featureId}", items["features"][0]["id"])
        answer = await ogc.get(base + address)
        assert answer.status_code == 200
        content = item["get"]["responses"]["200"]["content"]
        kind = answer.headers["content-type"]
        assert kind in content
        schema = resolved(document, content[kind]["schema"])
        jsonschema.validate(
            answer.json(),
            {**nullable(schema), "components": nullable(document["components"])},
            cls=jsonschema.Draft4Validator,
        )


def nullable(node: Any) -> Any:
    """Write what OpenAPI 3.0 calls nullable as JSON Schema does."""
    if isinstance(node, list):
        return [nullable(one) for one in node]
    if not isinstance(node, dict):
        return node
    content = {name: nullable(value) for name, value in node.items()}
    if content.pop("nullable", False) is True:
        content["type"] = [content["type"], "null"]
    return content


async def test_exceptions(ogc: httpx.AsyncClient) -> None:
    """/conf/oas30/exceptions-codes: errors are described as they are."""
    document = await get(ogc, "/api")
    schema = nullable(document["components"]["schemas"]["probleme"])
    for path in ("/collections/communes/items?limit=x", "/collections/rien"):
        problem = (await ogc.get(f"/ogc{path}")).json()
        jsonschema.validate(problem, schema, cls=jsonschema.Draft4Validator)


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_parameters_of_features(ogc: httpx.AsyncClient, collection: str) -> None:
    """/conf/core/fc-limit-definition, fc-bbox-definition, fc-time-definition; Parts 2 and 3."""
    document = await get(ogc, "/api")
    found = parameters(document, f"/collections/{collection}/items")
    for one in found.values():
        assert one["in"] == "query"
        assert one["required"] is False
        assert one["style"] == "form"
        assert one["explode"] is False
    assert found["limit"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 10_000,
        "default": 10,
    }
    box = found["bbox"]["schema"]
    assert box["type"] == "array"
    assert box["items"] == {"type": "number"}
    assert box["oneOf"] == [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]
    assert found["datetime"]["schema"] == {"type": "string"}
    for name in ("crs", "bbox-crs", "filter-crs"):
        assert found[name]["schema"]["format"] == "uri"
        assert found[name]["schema"]["enum"] == list(CRS)
    assert found["filter"]["schema"]["type"] == "string"
    assert found["filter-lang"]["schema"]["enum"] == ["cql2-text", "cql2-json"]
    queryables = await get(ogc, f"/collections/{collection}/queryables")
    assert set(queryables["properties"]) - {"geometry"} <= set(found)
    # What is described is accepted, and nothing else is.
    answer = await ogc.get(f"/ogc/collections/{collection}/items?rien=1")
    told = re.search(r"possibles : (.*)\.", answer.json()["detail"])
    assert told
    assert set(told[1].split(", ")) == set(found)
