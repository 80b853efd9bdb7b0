"""Asking for tilesets: their lists, their tiles, and what a description must have."""

from __future__ import annotations

from typing import Any

import httpx

from tests.geo_service.ogc.asking import get, relations
from tests.geo_service.ogc.tiled import GRID

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
