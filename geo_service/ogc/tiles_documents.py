"""The JSON documents of OGC API – Tiles: tile matrix sets, lists of tilesets, tilesets.

Models are those of the 2D Tile Matrix Set and Tileset Metadata standard 2.0 (OGC 17-083r4, clause
8 and annex B); addresses and link relations those of OGC API – Tiles – Part 1 (OGC 20-057).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from geo_service.ogc.exchange import JSON, Link, link
from geo_service.ogc.tiles_app import MVT
from geo_service.ogc.tiles_sets import (
    MATRIX_SET_ID,
    TILED,
    Layer,
    Tileset,
    Tilesets,
    tile_matrix_set,
)

Document = dict[str, Any]

TILEJSON = "application/vnd.mapbox.tile+json"

#: Conformance classes declared; the modules of tests in ``tests/geo_service/ogc`` name theirs.
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}"
    for name in (
        "core",
        "tileset",
        "tilesets-list",
        "dataset-tilesets",
        "geodata-tilesets",
        "collections-selection",
        "mvt",
        "oas30",
    )
)

#: Link relations of the OGC.
TILESETS_VECTOR = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
TILING_SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
TILING_SCHEMES = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
GEODATA = "http://www.opengis.net/def/rel/ogc/1.0/geodata"

#: Coordinates of tiles, and of the bounds that people read: longitude first.
_WEB_MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

#: Layers as they are said, and the dimension of their geometries.
_LAYERS = {
    "regions": ("Régions", 2),
    "departements": ("Départements", 2),
    "epcis": ("Intercommunalités (EPCI)", 2),
    "communes": ("Communes", 2),
    "arrondissements": ("Arrondissements municipaux", 2),
    "groupes": ("Groupes de communes", 2),
    "etiquettes": ("Noms des territoires, un point chacun", 0),
    "lieux": ("Lieux, regroupés aux petites échelles", 0),
}
_KINDS = {"String": "string", "Number": "number", "Boolean": "boolean"}

DATASET_TITLE = "Tuiles vectorielles de l’atlas"


def landing_links(base: str) -> list[Link]:
    """Links of the landing page to the tiles.

    Parameters
    ----------
    base
        Address of the landing page without its final slash.
    """
    return [
        link(f"{base}/tiles", TILESETS_VECTOR, JSON, DATASET_TITLE),
        link(f"{base}/tileMatrixSets", TILING_SCHEMES, JSON, "Découpages en tuiles"),
    ]


def collection_links(base: str, collection: str, tilesets: Tilesets) -> list[Link]:
    """Links of a collection to its tiles; none if it has none.

    Parameters
    ----------
    base
        Address of the landing page without its final slash.
    collection
        Id of the collection.
    tilesets
        Those of the publication.
    """
    if collection not in tilesets.collections:
        return []
    href = f"{base}/collections/{collection}/tiles"
    return [link(href, TILESETS_VECTOR, JSON, f"Tuiles vectorielles : {title_of(collection)}")]


def matrix_sets(base: str, own: list[Link]) -> Document:
    """List the tile matrix sets; ``own`` links the list to itself."""
    href = f"{base}/tileMatrixSets/{MATRIX_SET_ID}"
    return {
        "links": own,
        "tileMatrixSets": [
            {
                "id": MATRIX_SET_ID,
                "title": str(tile_matrix_set().title),
                "uri": str(tile_matrix_set().uri),
                "crs": _WEB_MERCATOR,
                "links": [link(href, "self", JSON, f"Définition de {MATRIX_SET_ID}")],
            }
        ],
    }


@cache
def matrix_set() -> Document:
    """Define the tile matrix set, as the OGC registers it."""
    found: Document = tile_matrix_set().model_dump(mode="json", exclude_none=True, by_alias=True)
    return found


def tilesets_list(
    base: str, tilesets: Tilesets, collection: str | None, own: list[Link]
) -> Document:
    """List the tilesets of the dataset or of a collection: one, or none without archives.

    Links to tiles are in its metadata, not here: a client that follows the links of a list reads
    JSON at each of them.

    Parameters
    ----------
    base
        Address of the landing page without its final slash.
    tilesets
        Those of the publication.
    collection
        A collection that has tiles; None for the dataset.
    own
        Links of the list to itself.
    """
    root = _root(base, collection)
    title = DATASET_TITLE if collection is None else title_of(collection)
    one = {
        "title": title,
        "dataType": "vector",
        "crs": _WEB_MERCATOR,
        "tileMatrixSetURI": str(tile_matrix_set().uri),
        "links": [
            link(f"{root}/{MATRIX_SET_ID}", "self", JSON, f"{title}, en {MATRIX_SET_ID}"),
            _scheme_link(base),
        ],
    }
    return {"title": title, "links": own, "tilesets": [one] if tilesets.layers else []}


def tileset_metadata(
    base: str, tileset: Tileset, collection: str | None, *, selected: bool, own: list[Link]
) -> Document:
    """Describe a tileset.

    Parameters
    ----------
    base
        Address of the landing page without its final slash.
    tileset
        The layers chosen.
    collection
        The collection it is of; None for the dataset.
    selected
        Whether its layers were chosen: the addresses of its tiles then name them.
    own
        Links of the document to itself.
    """
    root = f"{_root(base, collection)}/{MATRIX_SET_ID}"
    query = f"?collections={_names(tileset)}" if selected else ""
    west, south, east, north = tileset.bounds
    longitude, latitude, zoom = tileset.center
    titles = ", ".join(title_of(layer.id) for layer in tileset.layers)
    return {
        "title": DATASET_TITLE if collection is None else title_of(collection),
        "description": f"Tuiles vectorielles (MVT) ; couches : {titles}.",
        "attribution": tileset.attribution,
        "dataType": "vector",
        "mediaTypes": [MVT],
        "crs": _WEB_MERCATOR,
        "tileMatrixSetURI": str(tile_matrix_set().uri),
        "links": [
            *own,
            _scheme_link(base),
            {
                **link(
                    f"{root}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}{query}", "item", MVT, "Tuiles"
                ),
                "templated": True,
            },
            *_geodata_links(base, collection),
        ],
        "tileMatrixSetLimits": [
            {
                "tileMatrix": str(one.zoom),
                "minTileRow": one.first_row,
                "maxTileRow": one.last_row,
                "minTileCol": one.first_column,
                "maxTileCol": one.last_column,
            }
            for one in tileset.limits.values()
        ],
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": _CRS84},
        "centerPoint": {
            "coordinates": [longitude, latitude],
            "crs": _CRS84,
            "tileMatrix": str(zoom),
        },
        "layers": [_described(base, layer, tileset) for layer in tileset.layers],
    }


def tilejson(base: str, tileset: Tileset, collection: str | None, *, selected: bool) -> Document:
    """Describe a tileset as TileJSON 3.0.0, for the map libraries; parameters as above."""
    root = f"{_root(base, collection)}/{MATRIX_SET_ID}"
    query = f"?collections={_names(tileset)}" if selected else ""
    low, high = tileset.zooms
    return {
        "tilejson": "3.0.0",
        "name": DATASET_TITLE if collection is None else title_of(collection),
        "attribution": tileset.attribution,
        "scheme": "xyz",
        "tiles": [f"{root}/{{z}}/{{y}}/{{x}}{query}"],
        "minzoom": low,
        "maxzoom": high,
        "bounds": list(tileset.bounds),
        "center": list(tileset.center),
        "vector_layers": [
            {
                "id": layer.id,
                "description": title_of(layer.id),
                "fields": dict(layer.fields),
                "minzoom": max(layer.zooms[0], low),
                "maxzoom": min(layer.zooms[1], high),
            }
            for layer in tileset.layers
        ],
    }


def _described(base: str, layer: Layer, tileset: Tileset) -> Document:
    low, high = tileset.zooms
    found: Document = {"id": layer.id, "title": title_of(layer.id), "dataType": "vector"}
    if layer.id in _LAYERS:
        found["geometryDimension"] = _LAYERS[layer.id][1]
    found |= {
        "minTileMatrix": str(max(layer.zooms[0], low)),
        "maxTileMatrix": str(min(layer.zooms[1], high)),
        "propertiesSchema": {
            "type": "object",
            "properties": {name: {"type": _KINDS[kind]} for name, kind in layer.fields.items()},
        },
    }
    links = list(_geodata_links(base, layer.id))
    return {**found, "links": links} if links else found


def _geodata_links(base: str, collection: str | None) -> Iterator[Link]:
    """Link tiles to the collection whose data they show."""
    if collection is not None and collection in TILED:
        href = f"{base}/collections/{collection}"
        yield link(href, GEODATA, JSON, f"Collection : {title_of(collection)}")


def _root(base: str, collection: str | None) -> str:
    return f"{base}/tiles" if collection is None else f"{base}/collections/{collection}/tiles"


def _names(tileset: Tileset) -> str:
    return ",".join(layer.id for layer in tileset.layers)


def title_of(layer: str) -> str:
    """Name of a layer as people say it."""
    return _LAYERS.get(layer, (layer, 0))[0]


def _scheme_link(base: str) -> Link:
    href = f"{base}/tileMatrixSets/{MATRIX_SET_ID}"
    return link(href, TILING_SCHEME, JSON, f"Découpage {MATRIX_SET_ID}")
