"""OGC 17-069r4 (Features, Part 1), annex A.4: GeoJSON."""

from __future__ import annotations

import httpx
import pytest
import shapely
from shapely.geometry import shape

from tests.geo_service.ogc.asking import COLLECTIONS, features

CONFORMANCE = ("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_definition(ogc: httpx.AsyncClient, collection: str) -> None:
    """/conf/geojson/definition: asked by Accept, by f, or by nothing."""
    path = f"/ogc/collections/{collection}/items"
    for answer in (
        await ogc.get(path),
        await ogc.get(path, headers={"Accept": "application/geo+json"}),
        await ogc.get(f"{path}?f=json", headers={"Accept": "text/html"}),
        await ogc.get(path, headers={"Accept": "application/xml"}),
    ):
        assert answer.headers["content-type"] == "application/geo+json"
        first = answer.json()["features"][0]["id"]
    one = await ogc.get(f"{path}/{first}")
    assert one.headers["content-type"] == "application/geo+json"


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_content(ogc: httpx.AsyncClient, collection: str) -> None:
    """/conf/geojson/content: RFC 7946, rings in its order."""
    kinds = {"MultiPolygon", "Point", "MultiPoint"}
    for feature in await features(ogc, collection):
        assert set(feature) == {"type", "id", "geometry", "properties"}
        assert feature["type"] == "Feature"
        assert isinstance(feature["properties"], dict)
        if feature["geometry"] is None:
            continue
        assert feature["geometry"]["type"] in kinds
        geometry = shape(feature["geometry"])
        assert geometry.is_valid
        if feature["geometry"]["type"] == "MultiPolygon":
            assert all(shapely.is_ccw(part.exterior) for part in geometry.geoms)


async def test_unknown_values_are_null(ogc: httpx.AsyncClient) -> None:
    found = {one["id"]: one for one in await features(ogc, "communes")}
    assert found["48902"]["properties"]["population"] is None
    assert found["48903"]["properties"]["population"] == 0
    assert found["48095"]["properties"]["epci"] is None
    assert found["98818"]["geometry"] is None
    assert found["35238"]["properties"]["codes_postaux"] == ["35000", "35200", "35700"]
