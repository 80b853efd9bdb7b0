"""OGC 20-057 (OGC API – Tiles, Part 1), annex A, choice of collections of the dataset."""

from __future__ import annotations

import httpx
import pytest

from tests.geo_service.ogc.asking import get
from tests.geo_service.ogc.tiled import PLACES, decoded
from tests.geo_service.ogc.tilesets_asked import (
    address,
    filled,
    last_zoom,
    template,
)

CONFORMANCE = ("http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/collections-selection",)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "names", [["communes"], ["lieux", "communes"], ["communes", "lieux"], ["lieux"], ["etiquettes"]]
)
async def test_selection(tiled: httpx.AsyncClient, names: list[str]) -> None:
    """/conf/collections-selection/query-collections, …/collections-response."""
    tileset = await get(tiled, "/tiles/WebMercatorQuad", collections=",".join(names))
    assert [layer["id"] for layer in tileset["layers"]] == names
    where = address(PLACES[0], last_zoom(tileset))
    answer = await tiled.get(filled(template(tileset), *where))
    assert list(decoded(answer.content)) == names
    addresses = ",".join(f"http://atlas.test/ogc/collections/{name}" for name in names)
    tile = "/".join(map(str, where))
    same = await tiled.get(f"/ogc/tiles/WebMercatorQuad/{tile}", params={"collections": addresses})
    assert same.content == answer.content
    assert same.headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("collections=commune", "Vouliez-vous dire « communes »"),
        ("collections=communes,communes", "deux fois"),
        ("collections=communes,", "n’est pas une couche"),
        ("couches=communes", "n’existe pas ici"),
        ("f=png", "mvt"),
        ("f=mvt&f=mvt", "plusieurs fois"),
        ("collections=" + "x" * 5000, "trop longue"),
    ],
)
async def test_wrong_parameters(tiled: httpx.AsyncClient, query: str, word: str) -> None:
    """/conf/collections-selection/query-collections: what is no collection is refused."""
    tile = "/".join(map(str, address(PLACES[0], 5)))
    answer = await tiled.get(f"/ogc/tiles/WebMercatorQuad/{tile}?{query}")
    assert answer.status_code == 400
    assert word in answer.json()["detail"]
    of_collection = f"/ogc/collections/communes/tiles/WebMercatorQuad/{tile}?collections=communes"
    assert (await tiled.get(of_collection)).status_code == 400
