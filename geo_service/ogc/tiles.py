"""OGC API – Tiles (OGC 20-057): the documents around the tiles, as a part of the OGC API.

The tiles themselves are answered before, by a raw path (:mod:`geo_service.ogc.tiles_app`).
"""

from __future__ import annotations

from geo_service.ogc import pages
from geo_service.ogc.collections import COLLECTIONS, Collection
from geo_service.ogc.exchange import HTML, JSON, Answer, Exchange, Link, as_json, own_links
from geo_service.ogc.tiles_app import check_collection, choose, unknown_matrix_set
from geo_service.ogc.tiles_documents import (
    DATASET_TITLE,
    TILEJSON,
    Document,
    collection_links,
    landing_links,
    matrix_set,
    matrix_sets,
    tilejson,
    tileset_metadata,
    tilesets_list,
    title_of,
)
from geo_service.ogc.tiles_sets import MATRIX_SET_ID, tilesets_of

_DOCUMENT = {"json": JSON, "html": HTML}
_TILESET = {"json": JSON, "tilejson": TILEJSON, "html": HTML}


def links_of_landing(exchange: Exchange) -> list[Link]:
    """Link the landing page to the tiles."""
    return landing_links(exchange.base)


def links_of_collection(exchange: Exchange, collection: Collection) -> list[Link]:
    """Link a collection to its tiles, if it has some."""
    return collection_links(exchange.base, collection.id, tilesets_of(exchange.atlas))


async def list_matrix_sets(exchange: Exchange) -> Answer:
    """Answer the list of tile matrix sets."""
    exchange.check_names({"f"})
    kind = exchange.representation()
    title = "Découpages en tuiles"
    content = matrix_sets(exchange.base, own_links(exchange, kind, title, _DOCUMENT))
    return _answer(exchange, kind, title, content)


async def one_matrix_set(exchange: Exchange) -> Answer:
    """Answer the definition of a tile matrix set."""
    exchange.check_names({"f"})
    name = exchange.variables["matrix_set"]
    if name != MATRIX_SET_ID:
        raise unknown_matrix_set(name)
    return _answer(exchange, exchange.representation(), f"Découpage {name}", matrix_set())


async def list_tilesets(exchange: Exchange) -> Answer:
    """Answer the list of tilesets of the dataset or of a collection."""
    exchange.check_names({"f"})
    collection = exchange.variables.get("collection")
    tilesets = tilesets_of(exchange.atlas)
    if collection is not None:
        check_collection(tilesets, collection)
    kind = exchange.representation()
    title = _title(collection)
    own = own_links(exchange, kind, title, _DOCUMENT)
    return _answer(exchange, kind, title, tilesets_list(exchange.base, tilesets, collection, own))


async def one_tileset(exchange: Exchange) -> Answer:
    """Answer the metadata of a tileset, or the same as TileJSON."""
    collection = exchange.variables.get("collection")
    exchange.check_names({"f"} if collection is not None else {"f", "collections"})
    selection = exchange.query.get("collections")
    tileset = choose(
        tilesets_of(exchange.atlas), exchange.variables["matrix_set"], collection, selection
    )
    kind = exchange.representation(("tilejson",))
    selected = selection is not None
    if kind == "tilejson":
        return as_json(tilejson(exchange.base, tileset, collection, selected=selected), TILEJSON)
    title = f"{_title(collection)} ({MATRIX_SET_ID})"
    own = own_links(exchange, kind, title, _TILESET)
    content = tileset_metadata(exchange.base, tileset, collection, selected=selected, own=own)
    return _answer(exchange, kind, title, content)


def _title(collection: str | None) -> str:
    return DATASET_TITLE if collection is None else f"Tuiles : {title_of(collection)}"


def _answer(exchange: Exchange, kind: str, title: str, content: Document) -> Answer:
    if kind == "json":
        return as_json(content)
    trail = {"Accueil": f"{exchange.base}/?f=html"}
    collection = COLLECTIONS.get(exchange.variables.get("collection", ""))
    if collection is not None:
        trail["Collections"] = f"{exchange.base}/collections?f=html"
        trail[collection.title] = f"{exchange.base}/collections/{collection.id}?f=html"
    return pages.render(exchange, "tuiles", title, trail=trail, content=content)
