"""Reading the features of a selection from the tables, and counting them.

The queries are put together from the text of :mod:`geo_service.ogc.collections` alone; what a
request says is bound.
"""

# ruff: noqa: S608 (no text of a request is ever part of a query: see above)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, LiteralString

import psycopg

from geo_service.atlas import PublishedAtlas
from geo_service.database import Rows
from geo_service.errors import Problem
from geo_service.ogc.binding import Binder
from geo_service.ogc.collections import Collection
from geo_service.ogc.crs import Crs
from geo_service.ogc.cursors import after
from geo_service.ogc.features_sql import columns_of, source_of
from geo_service.ogc.published import published
from geo_service.ogc.selection import Selection, SortKey

#: Milliseconds a page may take.
PAGE_TIMEOUT: Final = 5_000
#: Milliseconds a count may take, and rows it may find: beyond, ``numberMatched`` is not given.
COUNT_TIMEOUT: Final = 2_000
MOST_COUNTED: Final = 1_000_000

#: What a filter can make the database refuse whatever the types: a power too great, a pattern that
#: ends with its escape, geometries that no predicate compares.
_REFUSED = (psycopg.errors.DataError, psycopg.errors.InternalError_)


async def fetch(
    atlas: PublishedAtlas, query: LiteralString, values: dict[str, Any], timeout: int
) -> Rows:
    """Run a query within ``timeout`` milliseconds; raises what :func:`read_page` does."""
    async with published(atlas).selecting:
        try:
            return await atlas.database.fetch(query, values, timeout=timeout)
        except _REFUSED as error:
            raise Problem(
                400,
                "Le filtre demande un calcul impossible : un nombre trop grand, un motif "
                "incomplet, ou une géométrie que cette fonction ne compare pas.",
            ) from error


async def read_page(
    atlas: PublishedAtlas, selection: Selection
) -> tuple[Rows, tuple[Any, ...] | None]:
    """Read the features of a page.

    Parameters
    ----------
    atlas
        The publication.
    selection
        What is asked.

    Returns
    -------
    tuple
        Rows as :func:`feature` takes them, and the values of the keys of the last one when another
        page follows.

    Raises
    ------
    Problem
        400 if the filter asks the impossible.
    psycopg.errors.QueryCanceled
        If it takes too long.
    """
    collection = selection.collection
    binder = Binder()
    binder.values.update(selection.binder.values)
    binder.joins.update(selection.binder.joins)
    columns = columns_of(
        collection, selection.fields, selection.crs if selection.geometry else None, binder
    )
    columns += [f"{key.sql} AS k{place}" for place, key in enumerate(selection.order)]
    where = selection.condition
    if selection.after is not None:
        where = f"({where}) AND ({after(selection.order, selection.after, binder)})"
    query = (
        f"SELECT {', '.join(columns)} FROM {source_of(collection, binder.joins)} "
        f"WHERE {where} ORDER BY {order_of(selection.order)} "
        f"LIMIT {binder.bind(selection.limit + 1)}"
    )
    rows = await fetch(atlas, query, binder.values, PAGE_TIMEOUT)
    if len(rows) <= selection.limit:
        return rows, None
    rows.pop()
    return rows, tuple(rows[-1][f"k{place}"] for place in range(len(selection.order)))


def order_of(keys: Sequence[SortKey]) -> LiteralString:
    """Write an ORDER BY clause; nulls come last whatever the direction."""
    return ", ".join(
        f"{key.sql}{' DESC' if key.descending else ''} NULLS LAST" if key.nullable else key.sql
        for key in keys
    )


async def count(atlas: PublishedAtlas, selection: Selection) -> int | None:
    """Count the features of all pages.

    Returns
    -------
    int or None
        None where counting takes more than :data:`COUNT_TIMEOUT` or finds more than
        :data:`MOST_COUNTED`.
    """
    known = published(atlas)
    if not selection.chosen:
        return known.total(selection.collection)
    if selection.listing in known.counts:
        return known.counts[selection.listing]
    binder = selection.binder
    query = (
        "SELECT count(*) AS total FROM (SELECT FROM "
        f"{source_of(selection.collection, binder.joins)} WHERE {selection.condition} "
        f"LIMIT {MOST_COUNTED + 1}) chosen"
    )
    try:
        total = int((await fetch(atlas, query, dict(binder.values), COUNT_TIMEOUT))[0]["total"])
    except psycopg.errors.QueryCanceled:
        found = None
    else:
        found = total if total <= MOST_COUNTED else None
    known.keep_count(selection.listing, found)
    return found


async def read_feature(
    atlas: PublishedAtlas, collection: Collection, identifier: str, crs: Crs
) -> dict[str, Any] | None:
    """Read one feature by its identifier; None if there is none."""
    binder = Binder()
    columns = columns_of(collection, collection.fields, crs, binder)
    query = (
        f"SELECT {', '.join(columns)} FROM {source_of(collection, binder.joins)} "
        f"WHERE ({collection.where}) AND ({_identified(collection, identifier, binder)})"
    )
    rows = await fetch(atlas, query, binder.values, PAGE_TIMEOUT)
    return rows[0] if rows else None


def _identified(collection: Collection, identifier: str, binder: Binder) -> LiteralString:
    """Condition of one feature, on the columns of its key: an index answers it."""
    if len(collection.key) == 1:
        return f"{collection.key[0]} = {binder.bind(identifier)}::text"
    parts = identifier.split(":", len(collection.key) - 1)
    if len(parts) != len(collection.key):
        return "FALSE"
    return " AND ".join(
        f"{key} = {binder.bind(part)}::text"
        for key, part in zip(collection.key, parts, strict=True)
    )


async def read_extent(atlas: PublishedAtlas, collection: Collection) -> dict[str, Any]:
    """Read where and when the features of a collection are, once for a publication.

    Returns
    -------
    dict
        ``extent`` of OGC API: ``spatial`` and, for a collection with time, ``temporal``.
    """
    known = published(atlas)
    if collection.id not in known.extents:
        known.extents[collection.id] = await _read_extent(atlas, collection)
    return known.extents[collection.id]


async def _read_extent(atlas: PublishedAtlas, collection: Collection) -> dict[str, Any]:
    joins = set(collection.geometry_joins)
    box: LiteralString = f"ST_Extent({collection.geometry}::geometry)"
    if collection.niveau is not None:
        box = "ST_Extent(ST_Envelope(t.geom))"
    time: LiteralString = "NULL::date AS first, NULL::date AS last"
    if collection.start is not None:
        time = f"min({collection.start}) AS first, max({collection.end}) AS last"
    query = (
        f"SELECT ST_XMin(box) AS west, ST_YMin(box) AS south, ST_XMax(box) AS east, "
        f"ST_YMax(box) AS north, first, last FROM (SELECT {box} AS box, {time} "
        f"FROM {source_of(collection, joins)} WHERE {collection.where}) found"
    )
    row = (await fetch(atlas, query, {}, PAGE_TIMEOUT))[0]
    extent: dict[str, Any] = {}
    if row["west"] is not None:
        names = ("west", "south", "east", "north")
        extent["spatial"] = {
            "bbox": [[row[name] for name in names]],
            "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        }
    if collection.temporal and row["first"] is not None:
        extent["temporal"] = {
            "interval": [[f"{row['first']}T00:00:00Z", f"{row['last']}T23:59:59Z"]],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    return extent
