"""OGC 18-058r1 (Features, Part 2), annex A: coordinate reference systems by reference."""

from __future__ import annotations

import httpx
import numpy as np
import pyproj
import pytest
import shapely
from pyproj import Transformer
from shapely.geometry import shape

from tests.geo_service.ogc.asking import (
    COLLECTIONS,
    CRS,
    CRS84,
    EPSG,
    features,
    get,
    ids,
    refusal,
    relations,
)

CONFORMANCE = ("http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",)

pytestmark = pytest.mark.anyio


async def test_crs_are_listed(ogc: httpx.AsyncClient) -> None:
    """/conf/crs/crs-uri, fc-md-crs-list, fc-md-storageCrs, fc-md-storageCrs-valid-value."""
    content = await get(ogc, "/collections")
    assert content["crs"] == list(CRS)
    for collection in content["collections"]:
        assert collection["crs"][0] == CRS84
        assert collection["crs"] == list(CRS)
        assert collection["storageCrs"] in collection["crs"]


def expected(geometry: dict[str, object], uri: str) -> shapely.Geometry:
    """Transform a geometry of the default CRS with pyproj, in the axis order of the authority."""
    if uri == CRS84:
        return shape(geometry)
    code = int(uri.rsplit("/", 1)[1])
    change = Transformer.from_crs("OGC:CRS84", pyproj.CRS.from_epsg(code))
    return shapely.transform(
        shape(geometry), lambda xy: np.column_stack(change.transform(xy[:, 0], xy[:, 1]))
    )


@pytest.mark.parametrize("uri", CRS)
@pytest.mark.parametrize("collection", ["communes", "lieux", "actions"])
async def test_crs(ogc: httpx.AsyncClient, collection: str, uri: str) -> None:
    """/conf/crs/fc-crs-action, ogc-crs-header, ogc-crs-header-value, geojson."""
    whole = await features(ogc, collection)
    path = f"/ogc/collections/{collection}/items"
    answer = await ogc.get(path, params={"crs": uri, "limit": "1000"})
    assert answer.headers["content-crs"] == f"<{uri}>"
    found = answer.json()["features"]
    assert [one["id"] for one in found] == [one["id"] for one in whole]
    # Six decimals of a degree are 11 cm; two of a metre 1 cm.
    tolerance = 1e-5 if uri in {CRS84, f"{EPSG}4326"} else 0.5
    for one, plain in zip(found, whole, strict=True):
        assert one["properties"] == plain["properties"]
        if plain["geometry"] is None:
            assert one["geometry"] is None
            continue
        wanted = expected(plain["geometry"], uri)
        assert shapely.hausdorff_distance(shape(one["geometry"]), wanted) < tolerance
        alone = await ogc.get(f"{path}/{one['id']}", params={"crs": uri})
        assert alone.headers["content-crs"] == f"<{uri}>"
        assert alone.json()["geometry"] == one["geometry"]


async def test_default_crs(ogc: httpx.AsyncClient) -> None:
    """/conf/crs/fc-crs-default-value, ogc-crs-header."""
    for path in ("/collections/communes/items", "/collections/communes/items/35238"):
        answer = await ogc.get(f"/ogc{path}")
        assert answer.headers["content-crs"] == f"<{CRS84}>"
        other = await ogc.get(f"/ogc{path}", params={"crs": CRS84})
        assert other.headers["content-crs"] == f"<{CRS84}>"
    first = (await get(ogc, "/collections/communes/items/35238"))["geometry"]
    west, south, *_ = shape(first).bounds
    assert (west, south) == pytest.approx((-1.70, 48.09))


async def test_axis_order_of_4326(ogc: httpx.AsyncClient) -> None:
    one = await get(ogc, "/collections/communes/items/35238", crs=f"{EPSG}4326")
    south, west, *_ = shape(one["geometry"]).bounds
    assert (west, south) == pytest.approx((-1.70, 48.09))


@pytest.mark.parametrize("name", ["crs", "bbox_crs", "filter_crs"])
async def test_unknown_crs(ogc: httpx.AsyncClient, name: str) -> None:
    """/conf/crs/fc-crs-valid-value, fc-bbox-crs-valid-value."""
    for value in ("EPSG:4326", f"{EPSG}27572", "x"):
        told = await refusal(ogc, "/collections/communes/items", **{name: value})
        assert name.replace("_", "-") in told
    assert "crs" in await refusal(ogc, "/collections/communes/items/35238", crs="x")


@pytest.mark.parametrize("uri", CRS)
@pytest.mark.parametrize("collection", ["communes", "lieux", "actions"])
async def test_bbox_crs(ogc: httpx.AsyncClient, collection: str, uri: str) -> None:
    """/conf/crs/bbox-crs-action: the features whose geometry touches it in that CRS."""
    center = shapely.Point(-1.65, 48.115)
    x, y = expected(center.__geo_interface__, uri).coords[0]
    reach = 0.04 if uri in {CRS84, f"{EPSG}4326"} else 4_000
    box = (x - reach, y - reach, x + reach, y + reach)
    area = shapely.box(*box)
    wanted = [
        one["id"]
        for one in await features(ogc, collection)
        if one["geometry"] is None or expected(one["geometry"], uri).intersects(area)
    ]
    text = ",".join(map(str, box))
    assert await ids(ogc, collection, bbox=text, bbox_crs=uri) == wanted
    # All of it, in degrees and in that CRS.
    everything = await ids(ogc, collection)
    far = "-180,-90,180,90" if uri == CRS84 else "-90,-180,90,180"
    if reach > 1:
        far = "-50000000,-50000000,50000000,50000000"
    assert await ids(ogc, collection, bbox=far, bbox_crs=uri) == everything


async def test_projected_boxes_that_are_none(ogc: httpx.AsyncClient) -> None:
    for box in ("2,0,1,1", "0,2,1,1", "0,0,1", "0,0,inf,1"):
        told = await refusal(ogc, "/collections/communes/items", bbox=box, bbox_crs=f"{EPSG}2154")
        assert "bbox" in told


async def test_pages_keep_the_crs(ogc: httpx.AsyncClient) -> None:
    page = await get(ogc, "/collections/communes/items", crs=f"{EPSG}2154", limit="2")
    (following,) = relations(page["links"], "next")
    answer = await ogc.get(following["href"])
    assert answer.headers["content-crs"] == f"<{EPSG}2154>"
    assert shape(answer.json()["features"][0]["geometry"]).bounds[1] > 6_000_000


async def test_every_collection_takes_every_crs(ogc: httpx.AsyncClient) -> None:
    for collection in COLLECTIONS:
        for uri in CRS:
            path = f"/ogc/collections/{collection}/items"
            assert (await ogc.get(path, params={"crs": uri})).status_code == 200
