"""All the features of a selection in one file, read page after page as it is sent."""

# ruff: noqa: S608 (no text of a request is ever part of a query: see geo_service.ogc.rows)

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final, LiteralString

from geo_service.api.geometry import Polygons
from geo_service.atlas import PublishedAtlas
from geo_service.downloads import file_response
from geo_service.exports import BATCH, FORMATS, Batch, Column, Dataset, Geometry, Kind, Origin
from geo_service.ogc.binding import Binder
from geo_service.ogc.collections import Collection
from geo_service.ogc.cursors import after
from geo_service.ogc.exchange import Answer, Exchange, Link, link
from geo_service.ogc.features_sql import source_of
from geo_service.ogc.rows import PAGE_TIMEOUT, fetch, order_of
from geo_service.ogc.selection import Selection
from geo_service.provenance import provenance

#: Values of ``f`` that ask for a file of all the features.
FILES: Final = tuple(FORMATS)

_KINDS: Final[dict[str, Kind]] = {
    "text": "text",
    "integer": "integer",
    "number": "number",
    "date": "date",
    "texts": "list",
}
#: Column of the identifiers, where no property holds them.
_IDENTIFIER: Final = "id"


def links(exchange: Exchange, collection: Collection) -> list[Link]:
    """Link a collection to its files."""
    return [
        link(
            f"{exchange.base}/collections/{collection.id}/items?f={wanted}",
            "enclosure",
            form.media_type,
            f"{collection.title}, en un fichier ({wanted})",
        )
        for wanted, form in FORMATS.items()
    ]


def whole(exchange: Exchange, selection: Selection, wanted: str) -> Answer:
    """Answer a file of all the features, or of the first ones with ``limit``.

    Parameters
    ----------
    exchange
        The request.
    selection
        What it selects.
    wanted
        One of :data:`FILES`; those that carry a geometry need one in the selection.
    """
    limit = selection.limit if "limit" in exchange.query else None
    address = f"/ogc{exchange.path}?{exchange.canonical}"
    atlas, collection = exchange.atlas, selection.collection
    origin = Origin(provenance(atlas, collection.words), address, atlas.metadata.made)

    async def dataset() -> Dataset:
        return dataset_of(atlas, selection, wanted, limit)

    form = FORMATS[wanted]
    return Answer(
        b"",
        form.media_type,
        {"Content-Crs": f"<{selection.crs.uri}>"} if selection.geometry else {},
        gzipped=not form.text,
        download=lambda headers: file_response(
            atlas, dataset, wanted, origin=origin, headers=headers
        ),
    )


def dataset_of(
    atlas: PublishedAtlas, selection: Selection, wanted: str, limit: int | None
) -> Dataset:
    """Make the table of a selection.

    Parameters
    ----------
    atlas
        The publication.
    selection
        What is asked.
    wanted
        Name of the format: in GeoJSON alone, the axes are in the order of the CRS.
    limit
        Most features; None for all.
    """
    collection = selection.collection
    columns = [Column(field.name, _KINDS[field.kind]) for field in selection.fields]
    names = [column.name for column in columns]
    # The first field of most collections is their identifier.
    own = next(
        (field.name for field in selection.fields if field.sql == collection.identifier), None
    )
    if own is None:
        columns.insert(0, Column(_IDENTIFIER, "text"))
    geometry = None
    if selection.geometry:
        missing = may_miss(atlas, collection)
        geometry = Geometry(collection.geometry_type, selection.crs.srid, missing=missing)
    flipped = selection.crs.swapped and wanted.startswith("geojson")

    async def batches() -> AsyncIterator[Batch]:
        left, page = limit, selection
        while left is None or left > 0:
            size = BATCH if left is None else min(BATCH, left)
            rows = await _read(atlas, replace(page, limit=size), flipped=flipped)
            yield Batch(
                [
                    (
                        *([row["id"]] if own is None else []),
                        *(row[f"f{place}"] for place in range(len(names))),
                    )
                    for row in rows
                ],
                None if geometry is None else [row["geometry"] for row in rows],
            )
            if len(rows) < size:
                return
            last = tuple(rows[-1][f"k{place}"] for place in range(len(selection.order)))
            left, page = None if left is None else left - size, replace(page, after=last)

    return Dataset(collection.id, columns, batches, geometry, own or _IDENTIFIER)


async def _read(
    atlas: PublishedAtlas, selection: Selection, *, flipped: bool
) -> list[dict[str, Any]]:
    """Read a page, its geometries in WKB."""
    collection = selection.collection
    binder = Binder()
    binder.values.update(selection.binder.values)
    binder.joins.update(selection.binder.joins)
    columns: list[LiteralString] = [f"{collection.identifier} AS id"]
    for place, field in enumerate(selection.fields):
        binder.joins.update(field.joins)
        columns.append(f"{field.sql} AS f{place}")
    columns += [f"{key.sql} AS k{place}" for place, key in enumerate(selection.order)]
    if selection.geometry:
        binder.joins.update(collection.geometry_joins)
        columns.append(f"ST_AsBinary({_geometry(selection, flipped=flipped)}) AS geometry")
    where = selection.condition
    if selection.after is not None:
        where = f"({where}) AND ({after(selection.order, selection.after, binder)})"
    query = (
        f"SELECT {', '.join(columns)} FROM {source_of(collection, binder.joins)} "
        f"WHERE {where} ORDER BY {order_of(selection.order)} LIMIT {binder.bind(selection.limit)}"
    )
    return await fetch(atlas, query, binder.values, PAGE_TIMEOUT)


def _geometry(selection: Selection, *, flipped: bool) -> LiteralString:
    place = selection.collection.geometry
    if selection.crs.srid != 4326:  # noqa: PLR2004 (the CRS of the tables)
        place = f"ST_Transform({place}, {selection.crs.srid})"
    return f"ST_FlipCoordinates({place})" if flipped else place


def may_miss(atlas: PublishedAtlas, collection: Collection) -> bool:
    """Tell whether features of a collection may be without geometry."""
    if collection.niveau is None:
        return collection.id != "lieux"
    keys = [key for key in atlas.metadata.territories.by_key if key[0] == collection.niveau]
    return Polygons(atlas, keys).geometry.missing
