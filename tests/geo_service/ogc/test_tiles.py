"""OGC 20-057 (OGC API – Tiles, Part 1), annex A: each test names the abstract tests it runs."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import jsonschema
import morecantile
import pytest

from geo_service import logs
from geo_service.ogc.tiles_documents import CONFORMANCE as DECLARED
from geo_service.ogc.tiles_sets import TILED
from geo_service.watcher import AtlasWatcher
from tests.geo_service import little_atlas
from tests.geo_service.conftest import client_of
from tests.geo_service.ogc.asking import COLLECTIONS, get, relations
from tests.geo_service.ogc.tiled import EXTENT, GRID, PLACES, decoded, degrees, write_archives

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/collections-selection",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/oas30",
)

pytestmark = pytest.mark.anyio

MVT = "application/vnd.mapbox-vector-tile"
VECTOR = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
REGISTERED = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
#: Collections of the archives written here.
DRAWN = {"communes", "regions", "lieux"}

# What 17-083r4 asks of tileset metadata (clause 8, schema tileSet.json), in our words.
_LINKS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["href", "rel"],
        "properties": {"href": {"type": "string"}, "templated": {"type": "boolean"}},
    },
}
_EDGES = ("minTileRow", "maxTileRow", "minTileCol", "maxTileCol")
_PAIR = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}}
_VECTOR = {"enum": ["vector"]}
TILESET = {
    "type": "object",
    "required": ["dataType", "crs", "links", "tileMatrixSetURI"],
    "properties": {
        "title": {"type": "string"},
        "dataType": _VECTOR,
        "mediaTypes": {"type": "array", "items": {"type": "string"}},
        "crs": {"type": "string"},
        "tileMatrixSetURI": {"type": "string"},
        "links": _LINKS,
        "tileMatrixSetLimits": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tileMatrix", *_EDGES],
                "properties": {
                    "tileMatrix": {"type": "string"},
                    **{edge: {"type": "integer", "minimum": 0} for edge in _EDGES},
                },
            },
        },
        "boundingBox": {
            "type": "object",
            "required": ["lowerLeft", "upperRight"],
            "properties": {"lowerLeft": _PAIR, "upperRight": _PAIR},
        },
        "centerPoint": {"type": "object", "properties": {"coordinates": _PAIR}},
        "layers": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["id", "dataType"],
                "properties": {
                    "id": {"type": "string"},
                    "dataType": _VECTOR,
                    "geometryDimension": {"enum": [0, 1, 2, 3]},
                    "minTileMatrix": {"type": "string"},
                    "maxTileMatrix": {"type": "string"},
                    "propertiesSchema": {"type": "object", "required": ["type", "properties"]},
                    "links": _LINKS,
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
async def tiled(
    little_reader_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP client of the service on the little atlas, with archives of tiles."""
    folder = tmp_path_factory.mktemp("publications")
    (folder / little_atlas.FIRST).mkdir()
    write_archives(folder / little_atlas.FIRST)
    logs.configure("error")
    watching = AtlasWatcher(lambda: little_reader_url, folder)
    await watching.start()
    async with client_of(watching) as client:
        yield client
    await watching.stop()


async def lists(tiled: httpx.AsyncClient) -> list[str]:
    """Addresses of the lists of tilesets, found by the links: the dataset's, then collections'."""
    (dataset,) = relations((await get(tiled, "/"))["links"], VECTOR)
    found = [dataset["href"]]
    for collection in (await get(tiled, "/collections"))["collections"]:
        found += [link["href"] for link in relations(collection["links"], VECTOR)]
    return found


async def tilesets(tiled: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Metadata of every tileset, found by the links."""
    found = []
    for href in await lists(tiled):
        for entry in (await tiled.get(href)).json()["tilesets"]:
            (own,) = relations(entry["links"], "self")
            answer = await tiled.get(own["href"], headers={"Accept": "application/json"})
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/json"
            found.append(answer.json())
    return found


def template(tileset: dict[str, Any]) -> str:
    (item,) = relations(tileset["links"], "item")
    href: str = item["href"]
    return href


def filled(href: str, zoom: int, row: int, column: int) -> str:
    for name, value in (("tileMatrix", zoom), ("tileRow", row), ("tileCol", column)):
        assert f"{{{name}}}" in href
        href = href.replace(f"{{{name}}}", str(value))
    return href


def address(place: tuple[Any, ...], zoom: int) -> tuple[int, int, int]:
    """Zoom, row and column of the tile that holds a place."""
    tile = GRID.tile(place[3], place[4], zoom)
    return zoom, tile.y, tile.x


def last_zoom(tileset: dict[str, Any]) -> int:
    return int(tileset["tileMatrixSetLimits"][-1]["tileMatrix"])


def test_every_class_declared_is_tested_here() -> None:
    assert sorted(DECLARED) == sorted(CONFORMANCE)


# --- core and mvt ------------------------------------------------------------------------------


async def test_tiles_are_there_by_the_template(tiled: httpx.AsyncClient) -> None:
    """/conf/core/tc-op, tc-success, tc-tilematrix-definition, tc-tilerow-definition,
    tc-tilecol-definition; /conf/mvt/content.

    Every place is where its tile's row and column put it, to one unit of the tile's grid.
    """
    seen = 0
    for tileset in await tilesets(tiled):
        zoom = last_zoom(tileset)
        assert "WebMercatorQuad" in template(tileset)
        for place in PLACES:
            where = address(place, zoom)
            answer = await tiled.get(filled(template(tileset), *where))
            assert answer.status_code == 200
            assert answer.headers["content-type"] == MVT
            layers = decoded(answer.content)
            assert set(layers) <= {layer["id"] for layer in tileset["layers"]}
            for features in layers.values():
                (found,) = [one for one in features if one["properties"]["code"] == place[0]]
                assert found["geometry"]["type"] in {"Point", "Polygon"}
                if found["geometry"]["type"] == "Point":
                    tile = morecantile.Tile(where[2], where[1], zoom)
                    longitude, latitude = degrees(found["geometry"]["coordinates"], tile)
                    step = 360 / 2**zoom / EXTENT
                    assert abs(longitude - place[3]) <= step
                    assert abs(latitude - place[4]) <= step
                    seen += 1
    assert seen == 3 * len(PLACES)


async def test_each_collection_has_its_layer_and_no_other(tiled: httpx.AsyncClient) -> None:
    """/conf/core/tc-success: what a tile of a collection shows is of that collection and there."""
    for name, zoom in (("communes", 5), ("regions", 4), ("lieux", 6)):
        where = address(PLACES[0], zoom)
        path = f"/ogc/collections/{name}/tiles/WebMercatorQuad/{'/'.join(map(str, where))}"
        layers = decoded((await tiled.get(path)).content)
        assert list(layers) == [name]
        expected = {place[0] for place in PLACES if address(place, zoom) == where}
        assert {one["properties"]["code"] for one in layers[name]} == expected


async def test_a_layer_taken_out_is_the_layer_of_the_archive(tiled: httpx.AsyncClient) -> None:
    """/conf/mvt/content: one tile, its features as they are stored."""
    zoom, row, column = address(PLACES[0], 5)
    whole = decoded((await tiled.get(f"/tiles/territoires/{zoom}/{column}/{row}.mvt")).content)
    own = await tiled.get(f"/ogc/collections/communes/tiles/WebMercatorQuad/{zoom}/{row}/{column}")
    assert decoded(own.content) == {"communes": whole["communes"]}
    lieux = decoded((await tiled.get(f"/tiles/lieux/{zoom}/{column}/{row}.mvt")).content)
    dataset = await tiled.get(f"/ogc/tiles/WebMercatorQuad/{zoom}/{row}/{column}")
    assert decoded(dataset.content) == whole | lieux
    assert list(decoded(dataset.content)) == ["regions", "communes", "etiquettes", "lieux"]


async def test_tiles_out_of_range_and_empty(tiled: httpx.AsyncClient) -> None:
    """/conf/core/tc-error: 404 or 400 outside the limits, 204 where there is nothing inside."""
    for tileset in await tilesets(tiled):
        href = template(tileset)
        statuses = []
        for limits in tileset["tileMatrixSetLimits"]:
            zoom = int(limits["tileMatrix"])
            drawn = {address(place, zoom) for place in PLACES}
            rows = range(limits["minTileRow"], limits["maxTileRow"] + 1)
            columns = range(limits["minTileCol"], limits["maxTileCol"] + 1)
            for row in rows:
                for column in columns:
                    answer = await tiled.get(filled(href, zoom, row, column))
                    statuses.append(answer.status_code)
                    assert answer.status_code == (200 if (zoom, row, column) in drawn else 204)
            for row, column in (
                (rows[0] - 1, columns[0]),
                (rows[-1] + 1, columns[0]),
                (rows[0], columns[0] - 1),
                (rows[0], columns[-1] + 1),
            ):
                answer = await tiled.get(filled(href, zoom, row, column))
                assert answer.status_code == 404
                assert "en dehors de la carte" in answer.json()["detail"]
        assert set(statuses) == {200, 204}
        zooms = [int(limits["tileMatrix"]) for limits in tileset["tileMatrixSetLimits"]]
        for zoom in (zooms[0] - 1, zooms[-1] + 1, 40):
            answer = await tiled.get(filled(href, zoom, 0, 0))
            assert answer.status_code == 404
            assert f"{zooms[0]} au zoom {zooms[-1]}" in answer.json()["detail"]


@pytest.mark.parametrize(
    "wrong", ["-1/0/0", "3/x/0", "3/1.5/0", "3/%2B1/0", "3/1e1/0", f"3/{'9' * 4000}/1", "3/٣/2"]
)
async def test_impossible_tiles(tiled: httpx.AsyncClient, wrong: str) -> None:
    """/conf/core/tc-error: what is no number is refused."""
    answer = await tiled.get(f"/ogc/tiles/WebMercatorQuad/{wrong}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 1000
    assert "entier positif" in answer.json()["detail"]


# --- tileset -----------------------------------------------------------------------------------


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


# --- tilesets-list, dataset-tilesets, geodata-tilesets -----------------------------------------


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


# --- collections-selection ---------------------------------------------------------------------


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


# --- oas30 -------------------------------------------------------------------------------------


async def test_openapi(tiled: httpx.AsyncClient) -> None:
    """/conf/oas30/completeness, /conf/oas30/operation-id."""
    document = await get(tiled, "/api")
    named = {item["get"]["operationId"]: path for path, item in document["paths"].items()}
    tile = "{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"
    expected = {
        "getTileMatrixSetsList": "/tileMatrixSets",
        "getTileMatrixSet": "/tileMatrixSets/{tileMatrixSetId}",
        "dataset.vector.getTileSetsList": "/tiles",
        "dataset.vector.getTileSet": "/tiles/{tileMatrixSetId}",
        "dataset.vector.getTile": f"/tiles/{tile}",
        "collection.vector.getTileSetsList": "/collections/{collectionId}/tiles",
        "collection.vector.getTileSet": "/collections/{collectionId}/tiles/{tileMatrixSetId}",
        "collection.vector.getTile": f"/collections/{{collectionId}}/tiles/{tile}",
    }
    assert {name: path for name, path in named.items() if "getTile" in name} == expected
    zoom, row, column = address(PLACES[0], 5)
    values = {"tileMatrixSetId": "WebMercatorQuad", "collectionId": "communes"}
    for path in expected.values():
        filled_in = path.format(**values, tileMatrix=zoom, tileRow=row, tileCol=column)
        answer = await tiled.get(f"/ogc{filled_in}")
        assert answer.status_code == 200
        content = document["paths"][path]["get"]["responses"]["200"]["content"]
        assert answer.headers["content-type"] in content


# --- HTTP --------------------------------------------------------------------------------------


@pytest.mark.parametrize("root", ["", "/collections/communes", "/collections/lieux"])
async def test_http_of_tiles(tiled: httpx.AsyncClient, root: str) -> None:
    """Strong validators by coding, 304, HEAD, CORS: those of ``/tiles/``."""
    path = f"/ogc{root}/tiles/WebMercatorQuad/{'/'.join(map(str, address(PLACES[0], 5)))}"
    etags = set()
    for coding in ("gzip", "identity"):
        accept = {"Accept-Encoding": coding}
        answer = await tiled.get(path, headers=accept)
        etags.add(answer.headers["etag"])
        assert answer.headers.get("content-encoding") == ("gzip" if coding == "gzip" else None)
        assert answer.headers["vary"] == "Accept-Encoding"
        assert "max-age" in answer.headers["cache-control"]
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "ETag" in answer.headers["access-control-expose-headers"]
        headed = await tiled.head(path, headers=accept)
        assert headed.content == b""
        assert headed.headers == answer.headers
        known = {**accept, "If-None-Match": f'"other", {answer.headers["etag"]}'}
        unchanged = await tiled.get(path, headers=known)
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == answer.headers["etag"]
        known = {**accept, "If-None-Match": '"other"'}
        assert (await tiled.get(path, headers=known)).content == answer.content
    assert len(etags) == 2
    assert all(re.fullmatch(r'"[0-9a-f]+(-gz)?"', etag) for etag in etags)
    refused = await tiled.post(path)
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
    assert (await tiled.options(path)).status_code == 204


async def test_stored_tiles_are_sent_as_they_are(tiled: httpx.AsyncClient) -> None:
    """Nothing is compressed again where a whole archive is asked."""
    zoom, row, column = address(PLACES[0], 6)
    sent = []
    for path in (
        f"/ogc/collections/lieux/tiles/WebMercatorQuad/{zoom}/{row}/{column}",
        f"/tiles/lieux/{zoom}/{column}/{row}.mvt",
    ):
        async with tiled.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            sent.append(b"".join([part async for part in answer.aiter_raw()]))
    assert sent[0] == sent[1]
    assert decoded(gzip.decompress(sent[0]))


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/WorldCRS84Quad/3/2/3",
        "/tiles/WorldCRS84Quad",
        "/tileMatrixSets/WorldCRS84Quad",
        "/collections/communes/tiles/x/3/2/3",
        "/collections/rien/tiles/WebMercatorQuad/3/2/3",
        "/collections/rien/tiles",
        "/collections/lacunes/tiles/WebMercatorQuad",
    ],
)
async def test_unknown_sets_and_collections(tiled: httpx.AsyncClient, path: str) -> None:
    answer = await tiled.get(f"/ogc{path}")
    assert answer.status_code == 404
    problem = answer.json()
    assert problem["instance"] == f"/ogc{path}"
    known = "communes, regions, lieux" if "WebMercatorQuad" in path or "rien" in path else "Quad »"
    assert known in problem["detail"]


async def test_pages(tiled: httpx.AsyncClient) -> None:
    """People get pages."""
    for path, words in (
        ("/tiles", "Tuiles vectorielles"),
        ("/tiles/WebMercatorQuad", "etiquettes"),
        ("/collections/communes/tiles/WebMercatorQuad", "Communes"),
        ("/tileMatrixSets", "Découpages"),
        ("/tileMatrixSets/WebMercatorQuad", "559082264.03"),
    ):
        answer = await tiled.get(f"/ogc{path}", headers={"Accept": "text/html"})
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert words in answer.text


async def test_publication_without_archives(api: httpx.AsyncClient) -> None:
    """Its lists are empty; asking for its tiles says why."""
    assert (await get(api, "/tiles"))["tilesets"] == []
    for path in ("/tiles/WebMercatorQuad", "/tiles/WebMercatorQuad/3/2/3"):
        answer = await api.get(f"/ogc{path}")
        assert answer.status_code == 404
        assert "n’a pas de tuiles" in answer.json()["detail"]
