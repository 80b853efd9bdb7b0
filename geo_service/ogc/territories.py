"""Pages of the collections of territories: lists in memory, features ready-made.

A list is found once, by SQL for what a filter says, from the bounds of the features for a box; its
pages and its count then cost nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo_service.atlas import PublishedAtlas
from geo_service.database import Rows
from geo_service.ogc.binding import Binder, conjunction
from geo_service.ogc.collections import Collection
from geo_service.ogc.columns import UnknownToColumnsError, matching
from geo_service.ogc.cql2_sql import GEOMETRY
from geo_service.ogc.feature_files import FeatureFile
from geo_service.ogc.features_sql import columns_of, source_of
from geo_service.ogc.lists import Index, Places, meeting, touching
from geo_service.ogc.literals import read_geometry
from geo_service.ogc.published import published
from geo_service.ogc.rows import PAGE_TIMEOUT, fetch, order_of
from geo_service.ogc.selection import Selection


@dataclass(frozen=True)
class TerritoryPage:
    """A page of a list of territories.

    Attributes
    ----------
    places
        Places of its territories in their collection.
    ids
        Their identifiers.
    total
        Territories of all pages.
    more
        Whether another page follows.
    """

    places: Places
    ids: list[str]
    total: int
    more: bool


async def find_page(atlas: PublishedAtlas, selection: Selection) -> TerritoryPage:
    """Find the territories of a page; see :func:`geo_service.ogc.rows.read_page`."""
    index = await index_of(atlas, selection.collection)
    places = await _list(atlas, selection, index)
    start = 0
    if selection.after is not None:
        shown = index.position.get(selection.after[-1])
        found = np.flatnonzero(places == (-1 if shown is None else shown))
        start = int(found[0]) + 1 if len(found) else len(places)
    page = places[start : start + selection.limit]
    return TerritoryPage(
        page,
        [index.ids[place] for place in page],
        len(places),
        start + len(page) < len(places),
    )


async def index_of(atlas: PublishedAtlas, collection: Collection) -> Index:
    """Give the places of the territories of a collection, found once for a publication."""
    known = published(atlas)
    if collection.id not in known.indexes:
        if collection.id in known.files:
            ids = known.files[collection.id].ids
        else:
            ids = await _identifiers(atlas, collection, "TRUE", Binder(), "t.code")
        known.indexes[collection.id] = Index(ids)
    return known.indexes[collection.id]


async def _list(atlas: PublishedAtlas, selection: Selection, index: Index) -> Places:
    known = published(atlas)
    file = known.files.get(selection.collection.id)
    boxed = file is not None and selection.degrees is not None
    if not selection.sorted and not selection.conditions and (selection.box is None or boxed):
        places = index.whole
    else:
        listing = selection.unboxed if boxed else selection.listing
        kept = known.lists.find(listing)
        answered = None if kept is not None else _from_columns(file, selection, boxed=boxed)
        if kept is not None:
            places = kept
        elif answered is not None:
            places = known.lists.keep(listing, answered)
        else:
            where = conjunction(list(selection.conditions)) if boxed else selection.condition
            ids = await _identifiers(
                atlas, selection.collection, where, selection.binder, order_of(selection.order)
            )
            places = known.lists.keep(listing, index.places(ids))
    if file is None or selection.degrees is None:
        return places
    found = known.lists.find(selection.listing)
    if found is None:
        # A box has few polygons on its edges: another thread would cost more than looking at them.
        touched = touching(file, selection.degrees)
        found = known.lists.keep(selection.listing, places[touched[places]])
    return found


def _from_columns(file: FeatureFile | None, selection: Selection, *, boxed: bool) -> Places | None:
    """Answer a filter from the columns in memory; None where SQL has to."""
    if file is None or selection.sorted or not (boxed or selection.box is None):
        return None
    trees, areas = _parted(selection.trees)
    try:
        found = matching(file.columns, trees) if trees else None
    except UnknownToColumnsError:
        return None
    for area in areas:
        met = meeting(file, shapely.from_wkb(read_geometry(area, selection.filter_crs)))
        if met is None:
            return None
        found = np.flatnonzero(met) if found is None else found[met[found]]
    return None if found is None else found.astype(np.int32)


def _parted(trees: list[Any]) -> tuple[list[Any], list[dict[str, Any]]]:
    """Part filters that must all hold: geometries that features must intersect, and the others."""
    others: list[Any] = []
    areas: list[dict[str, Any]] = []
    left = list(trees)
    while left:
        node = left.pop()
        op = node.get("op") if isinstance(node, dict) else None
        if op == "and":
            left += node["args"]
        elif op == "s_intersects" and node["args"][0] == {"property": GEOMETRY}:
            if "property" in node["args"][1]:
                others.append(node)
            else:
                areas.append(node["args"][1])
        else:
            others.append(node)
    return others, areas


async def _identifiers(
    atlas: PublishedAtlas, collection: Collection, where: str, binder: Binder, order: str
) -> list[str]:
    query = (
        f"SELECT coalesce(array_agg({collection.identifier} ORDER BY {order}), '{{}}') AS ids "  # noqa: S608
        f"FROM {source_of(collection, binder.joins)} WHERE ({collection.where}) AND ({where})"
    )
    found: list[str] = (await fetch(atlas, query, binder.values, PAGE_TIMEOUT))[0]["ids"]
    return found


async def read_territories(atlas: PublishedAtlas, selection: Selection, ids: list[str]) -> Rows:
    """Read some territories from the tables, in the order given."""
    binder = Binder()
    columns = columns_of(
        selection.collection,
        selection.fields,
        selection.crs if selection.geometry else None,
        binder,
    )
    query = (
        f"SELECT {', '.join(columns)} FROM {source_of(selection.collection, binder.joins)} "  # noqa: S608
        f"WHERE ({selection.collection.where}) AND t.code = ANY ({binder.bind(ids)}::text[])"
    )
    rows = await fetch(atlas, query, binder.values, PAGE_TIMEOUT)
    by_id = {row["id"]: row for row in rows}
    return [by_id[code] for code in ids]
