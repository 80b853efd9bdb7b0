"""OGC 20-057 (OGC API – Tiles, Part 1), annex A, tilesets: each test names its abstract tests."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import jsonschema
import morecantile
import pytest

from geo_service.ogc.tiles_sets import TILED
from tests.geo_service.ogc.asking import COLLECTIONS, get, relations
from tests.geo_service.ogc.tiled import GRID, PLACES
from tests.geo_service.ogc.tilesets_asked import (
    DRAWN,
    MERCATOR,
    MVT,
    REGISTERED,
    SCHEME,
    TILESET,
    VECTOR,
    address,
    filled,
    lists,
    template,
    tilesets,
)

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
)

pytestmark = pytest.mark.anyio


async def test_description_of_tilesets(tiled: httpx.AsyncClient) -> None:
    """/conf/tileset/description, /conf/tileset/success."""
    found = await tilesets(tiled)
    assert len(found) == 1 + len(DRAWN)
    for tileset in found:
        jsonschema.validate(tileset, TILESET, cls=jsonschema.Draft202012Validator)
        assert tileset["crs"] == MERCATOR
        assert tileset["tileMatrixSetURI"] == REGISTERED
        (scheme,) = relations(tileset["links"], SCHEME)
        definition = (await tiled.get(scheme["href"])).json()
        # Another program reads it, and finds the definition that the OGC registers.
        read = morecantile.TileMatrixSet.model_validate(definition)
        assert list(read) == list(GRID)
        assert (definition["uri"], definition["crs"]) == (REGISTERED, MERCATOR)
        (item,) = relations(tileset["links"], "item")
        assert item["templated"] is True
        assert item["type"] == MVT
        assert "/{tileMatrix}/{tileRow}/{tileCol}" in item["href"]
        low, high = (int(tileset["tileMatrixSetLimits"][k]["tileMatrix"]) for k in (0, -1))
        for layer in tileset["layers"]:
            assert low <= int(layer["minTileMatrix"]) <= int(layer["maxTileMatrix"]) <= high
            assert set(layer["propertiesSchema"]["properties"]) == {"code", "nom", "population"}
        assert tileset["boundingBox"]["lowerLeft"] == [-2, 44]
        assert tileset["boundingBox"]["upperRight"] == [5, 49]


async def test_zooms_are_those_where_no_layer_goes_missing(tiled: httpx.AsyncClient) -> None:
    dataset = await get(tiled, "/tiles/WebMercatorQuad")
    assert [one["tileMatrix"] for one in dataset["tileMatrixSetLimits"]] == ["3", "4", "5"]
    assert dataset["attribution"] == (
        "Producteur commun ; Producteur de territoires ; Producteur de lieux"
    )
    lieux = await get(tiled, "/collections/lieux/tiles/WebMercatorQuad")
    assert [one["tileMatrix"] for one in lieux["tileMatrixSetLimits"]] == ["4", "5", "6"]


async def test_tilejson_says_the_same(tiled: httpx.AsyncClient) -> None:
    """The alternate form leads to the same tiles: y is the row."""
    tileset = await get(tiled, "/collections/communes/tiles/WebMercatorQuad")
    others = relations(tileset["links"], "alternate")
    (other,) = [one for one in others if "tilejson" in one["href"]]
    answer = await tiled.get(other["href"])
    assert answer.headers["content-type"] == other["type"] == "application/vnd.mapbox.tile+json"
    document = answer.json()
    assert document["tilejson"] == "3.0.0"
    zoom, row, column = address(PLACES[0], 5)
    (href,) = document["tiles"]
    for name, value in (("z", zoom), ("y", row), ("x", column)):
        href = href.replace(f"{{{name}}}", str(value))
    assert href == filled(template(tileset), zoom, row, column)
    assert [layer["id"] for layer in document["vector_layers"]] == ["communes"]
    assert (document["minzoom"], document["maxzoom"]) == (5, 5)


async def test_lists_of_tilesets(tiled: httpx.AsyncClient) -> None:
    """/conf/tilesets-list/tileset-links, /conf/tilesets-list/success."""
    for href in await lists(tiled):
        path = urlsplit(href).path
        assert path.endswith("/tiles")
        answer = await tiled.get(href, headers={"Accept": "application/json"})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert relations(answer.json()["links"], "self")
        (entry,) = answer.json()["tilesets"]
        jsonschema.validate(entry, TILESET, cls=jsonschema.Draft202012Validator)
        (own,) = relations(entry["links"], "self")
        assert urlsplit(own["href"]).path == f"{path}/WebMercatorQuad"
        assert relations(entry["links"], SCHEME)
        for link in entry["links"]:
            followed = await tiled.get(link["href"])
            assert followed.status_code == 200
            assert followed.headers["content-type"] == link["type"]


async def test_dataset(tiled: httpx.AsyncClient) -> None:
    """/conf/dataset-tilesets/landingpage, /conf/dataset-tilesets/operation, …/success."""
    landing = await get(tiled, "/")
    (link,) = relations(landing["links"], VECTOR)
    assert link["href"] == "http://atlas.test/ogc/tiles"
    assert len((await tiled.get(link["href"])).json()["tilesets"]) == 1
    conforms = await get(tiled, "/conformance")
    assert set(CONFORMANCE) <= set(conforms["conformsTo"])
    (schemes,) = relations(
        landing["links"], "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
    )
    (listed,) = (await tiled.get(schemes["href"])).json()["tileMatrixSets"]
    assert listed["id"] == "WebMercatorQuad"
    assert (await tiled.get(listed["links"][0]["href"])).json()["id"] == "WebMercatorQuad"


async def test_collections(tiled: httpx.AsyncClient) -> None:
    """/conf/geodata-tilesets/desc-links, /conf/geodata-tilesets/operation, …/success."""
    assert set(TILED) <= set(COLLECTIONS)
    for collection in COLLECTIONS:
        links = relations((await get(tiled, f"/collections/{collection}"))["links"], VECTOR)
        root = f"http://atlas.test/ogc/collections/{collection}/tiles"
        assert [link["href"] for link in links] == ([root] if collection in DRAWN else [])
        answer = await tiled.get(root)
        assert answer.status_code == (200 if collection in DRAWN else 404)
        if collection not in DRAWN:
            assert "communes, regions, lieux" in answer.json()["detail"]
