"""``/ogc/collections/{id}/items``: the features of a collection, and each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson

from geo_service.database import Rows
from geo_service.errors import Problem
from geo_service.exports import SPATIAL
from geo_service.ogc import pages
from geo_service.ogc.collections import COLLECTIONS, Collection
from geo_service.ogc.crs import Crs, find_crs
from geo_service.ogc.cursors import write_cursor
from geo_service.ogc.exchange import (
    GEOJSON,
    HTML,
    JSON,
    Answer,
    Exchange,
    link,
    own_links,
    refused,
    shown,
)
from geo_service.ogc.features_sql import feature
from geo_service.ogc.files import FILES, whole
from geo_service.ogc.published import published
from geo_service.ogc.rows import count, read_feature, read_page
from geo_service.ogc.selection import Selection, read_selection
from geo_service.ogc.stamped import now
from geo_service.ogc.territories import find_page, read_territories
from geo_service.provenance import provenance

MEDIA_TYPES = {"json": GEOJSON, "html": HTML}
#: Files of features without geometry.
PLAIN = tuple(name for name in FILES if name not in SPATIAL)


def known_collection(exchange: Exchange) -> Collection:
    """Find the collection of a path.

    Raises
    ------
    Problem
        404, listing those there are.
    """
    name = exchange.variables["collection"]
    found = COLLECTIONS.get(name)
    if found is None:
        raise Problem(
            404,
            f"La collection « {shown(name)} » n’existe pas. Collections : "
            f"{', '.join(COLLECTIONS)}.",
        )
    return found


async def items(exchange: Exchange) -> Answer:
    """Answer a page of features."""
    collection = known_collection(exchange)
    selection = read_selection(exchange, collection)
    kind = exchange.representation(FILES)
    if kind in FILES:
        if kind in SPATIAL and not selection.geometry:
            raise refused("f", f"sans géométrie, les fichiers possibles sont {', '.join(PLAIN)}.")
        return whole(exchange, selection, kind)
    if collection.niveau is not None:
        return await _territories(exchange, selection, kind)
    rows, last = await read_page(exchange.atlas, selection)
    total = await count(exchange.atlas, selection)
    frame = _frame(exchange, selection, kind, returned=len(rows), total=total, last=last)
    return _written(exchange, selection, kind, frame, rows)


async def _territories(exchange: Exchange, selection: Selection, kind: str) -> Answer:
    """Answer a page of territories, of ready-made features where they are asked whole."""
    atlas = exchange.atlas
    found = await find_page(atlas, selection)
    last = (found.ids[-1],) if found.more else None
    file = published(atlas).files.get(selection.collection.id)
    frame = _frame(exchange, selection, kind, returned=len(found.ids), total=found.total, last=last)
    if kind != "json" or file is None or not selection.whole:
        rows = await read_territories(atlas, selection, found.ids)
        return _written(exchange, selection, kind, frame, rows)
    head = orjson.dumps(frame).removesuffix(b"}") + b',"features":['
    # No text of the frame holds this: JSON would escape its quotes.
    before, mark, rest = head.partition(b'"timeStamp":"')
    page = file.stamped(
        before + mark,
        rest[len(frame["timeStamp"]) :],
        found.places.astype(np.intp),
        b"]}",
        gzip=exchange.gzip,
    )
    headers = _headers(selection.crs)
    body = page.written(frame["timeStamp"])
    return Answer(body, GEOJSON, headers, gzipped=exchange.gzip, page=page)


def _written(
    exchange: Exchange,
    selection: Selection,
    kind: str,
    frame: dict[str, Any],
    rows: Rows,
) -> Answer:
    """Write a page of rows."""
    page = {**frame, "features": [feature(row, selection.fields) for row in rows]}
    headers = _headers(selection.crs)
    if kind == "html":
        return pages.items(exchange, selection, page, headers)
    return Answer(orjson.dumps(page), GEOJSON, headers)


def _headers(crs: Crs) -> dict[str, str]:
    return {"Content-Crs": f"<{crs.uri}>"}


def _frame(
    exchange: Exchange,
    selection: Selection,
    kind: str,
    *,
    returned: int,
    total: int | None,
    last: tuple[Any, ...] | None,
) -> dict[str, Any]:
    """Write all of a page but its features."""
    return {
        "type": "FeatureCollection",
        "title": selection.collection.title,
        "timeStamp": now(),
        **({} if total is None else {"numberMatched": total}),
        "numberReturned": returned,
        "links": page_links(exchange, selection, kind, last),
        "publication": exchange.atlas.id,
    }


def page_links(
    exchange: Exchange, selection: Selection, kind: str, last: tuple[Any, ...] | None
) -> list[dict[str, Any]]:
    """Link a page to itself, to what follows it and to its collection."""
    collection = selection.collection
    links = own_links(exchange, kind, collection.title, MEDIA_TYPES)
    if last is not None:
        cursor = write_cursor(exchange.atlas.id, selection.listing, last)
        links.append(
            link(
                exchange.with_query(f=kind, cursor=cursor, limit=str(selection.limit)),
                "next",
                MEDIA_TYPES[kind],
                "Page suivante",
            )
        )
    links.append(
        link(f"{exchange.base}/collections/{collection.id}", "collection", JSON, collection.title)
    )
    return links


async def item(exchange: Exchange) -> Answer:
    """Answer one feature."""
    collection = known_collection(exchange)
    exchange.check_names({"f", "crs"})
    crs = find_crs("crs", exchange.query.get("crs"))
    kind = exchange.representation()
    identifier = exchange.variables["feature"]
    row = await read_feature(exchange.atlas, collection, identifier, crs)
    if row is None:
        raise Problem(
            404,
            f"La collection « {collection.id} » n’a pas d’entité « {shown(identifier)} ». "
            f"Parcourez-la : {exchange.base}/collections/{collection.id}/items",
        )
    title = f"{collection.title} : {identifier}"
    links = [
        *own_links(exchange, kind, title, MEDIA_TYPES),
        link(f"{exchange.base}/collections/{collection.id}", "collection", JSON, collection.title),
    ]
    found = feature(
        row, collection.fields, links=links, **provenance(exchange.atlas, collection.words)
    )
    if kind == "html":
        return pages.item(exchange, collection, found, _headers(crs))
    return Answer(orjson.dumps(found), GEOJSON, _headers(crs))
