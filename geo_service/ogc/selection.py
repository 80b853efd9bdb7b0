"""What a request for features selects: conditions in SQL, order, page, form."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, LiteralString
from urllib.parse import urlencode

import shapely

from geo_service.errors import Problem, closest
from geo_service.ogc.binding import Binder, conjunction
from geo_service.ogc.collections import COLLECTIONS, Collection, Field, Kind
from geo_service.ogc.cql2_sql import Translator
from geo_service.ogc.crs import Box, Crs, degrees_around, find_crs
from geo_service.ogc.cursors import read_cursor
from geo_service.ogc.exchange import Exchange, refused, shown
from geo_service.ogc.filters import read_filter
from geo_service.ogc.instants import read_datetime, read_instant
from geo_service.ogc.literals import area_of, boxes_of, read_box

#: Features of a page when the request does not say.
DEFAULT_LIMIT: Final = 10
#: Features of a page at most: a greater limit is brought to this one (17-069r4 §7.15.2).
MOST_FEATURES: Final = 10_000

#: Parameters of the features of a collection, its properties left out.
PARAMETERS: Final = (
    "f",
    "limit",
    "bbox",
    "bbox-crs",
    "datetime",
    "filter",
    "filter-lang",
    "filter-crs",
    "crs",
    "properties",
    "sortby",
    "skipGeometry",
    "cursor",
)

#: Parameters that change the page or its form, not the list.
_NO_PART_OF_A_LIST: Final = frozenset({"f", "limit", "cursor", "properties", "skipGeometry", "crs"})
#: Characters of the parameters that are remembered once read, and how many requests are.
_SHORT: Final = 2_000
_REMEMBERED: Final = 512
#: Keys of one order.
_MOST_KEYS = 5
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class SortKey:
    """An expression the features are ordered by.

    Attributes
    ----------
    sql
        The expression.
    kind
        What it is.
    descending
        Greatest first.
    nullable
        Whether it may be null: nulls come last, whatever the direction.
    """

    sql: LiteralString
    kind: Kind
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Selection:
    """What is asked of a collection.

    Attributes
    ----------
    collection
        The collection.
    binder
        Values of the conditions, and the joins that these and the order read.
    conditions
        What the features must meet besides being of the collection; the box left out.
    trees
        The same as CQL2 JSON, the time left out.
    filter_crs
        CRS of their geometries.
    box
        The box in SQL, with its own condition; None without.
    degrees
        The box, when it is one of longitudes and latitudes: west, south, east, north.
    order
        Keys of the order; the last ones make it total.
    sorted
        Whether the request names an order.
    after
        Values of the keys of the last feature of the page before.
    limit
        Features of the page.
    fields
        Properties to give.
    geometry
        Whether to give the geometry.
    crs
        CRS of the geometry.
    listing
        What decides the list, in one spelling: the mark of its cursors.
    unboxed
        The same without the box.
    """

    collection: Collection
    binder: Binder
    conditions: tuple[LiteralString, ...]
    trees: list[Any]
    filter_crs: Crs
    box: LiteralString | None
    degrees: Box | None
    order: tuple[SortKey, ...]
    sorted: bool
    after: tuple[Any, ...] | None
    limit: int
    fields: tuple[Field, ...]
    geometry: bool
    crs: Crs
    listing: str
    unboxed: str

    @property
    def condition(self) -> LiteralString:
        """What the features of all pages meet."""
        box = () if self.box is None else (self.box,)
        return conjunction([self.collection.where, *self.conditions, *box])

    @property
    def chosen(self) -> bool:
        """Whether there is any condition besides those of the collection."""
        return bool(self.conditions) or self.box is not None

    @property
    def whole(self) -> bool:
        """Whether features are given with all their properties, in the default CRS."""
        return (
            self.geometry
            and len(self.fields) == len(self.collection.fields)
            and self.crs is find_crs("crs", None)
        )


def allowed_parameters(collection: Collection) -> set[str]:
    """Names of the parameters of the features of a collection."""
    return {*PARAMETERS, *collection.by_name}


def read_limit(text: str | None) -> int:
    """Read ``limit``.

    Raises
    ------
    Problem
        400 if it is not a positive integer.
    """
    if text is None:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or len(text) > 30 or int(text) < 1:  # noqa: PLR2004
        raise refused("limit", f"un entier de 1 à {MOST_FEATURES} est attendu.")
    return min(int(text), MOST_FEATURES)


def read_selection(exchange: Exchange, collection: Collection) -> Selection:
    """Read the parameters of a request for features.

    Raises
    ------
    Problem
        400 for a parameter that is unknown or does not hold.
    """
    exchange.check_names(allowed_parameters(collection))
    given = tuple(exchange.query.items())
    short = sum(len(name) + len(value) for name, value in given) <= _SHORT
    read = _remembered if short else _read
    return read(collection.id, given, exchange.atlas.id)


def _read(collection_id: str, given: tuple[tuple[str, str], ...], publication: str) -> Selection:
    """Read parameters whose names are known; nothing else decides what they select."""
    collection, query = COLLECTIONS[collection_id], dict(given)
    binder = Binder()
    conditions: list[LiteralString] = []
    bbox_crs = find_crs("bbox-crs", query.get("bbox-crs"))
    box, degrees = None, None
    if "bbox" in query:
        corners = read_box(query["bbox"], bbox_crs)
        box = _in_box(collection, binder, corners, bbox_crs)
        degrees = corners if bbox_crs.geographic else None
    if "datetime" in query:
        start, end = read_datetime(query["datetime"])
        if collection.start is not None and collection.end is not None:
            conditions.append(_in_time(collection.start, collection.end, binder, start, end))
    filter_crs = find_crs("filter-crs", query.get("filter-crs"))
    trees = [
        _equality(field, query[field.name]) for field in collection.fields if field.name in query
    ]
    if "filter" in query:
        trees.append(read_filter(query["filter"], query.get("filter-lang")))
    elif "filter-lang" in query:
        raise refused("filter-lang", "il n’a de sens qu’avec « filter ».")
    translator = Translator(collection, binder, filter_crs)
    conditions += [translator.condition(tree) for tree in trees]
    order = _read_order(query.get("sortby"), collection, binder)
    listing = _listing(collection, query, _NO_PART_OF_A_LIST)
    after = None
    if "cursor" in query:
        # Lists of territories are in memory: the last one shown says where the page starts.
        keys = order if collection.niveau is None else order[-len(collection.key) :]
        after = read_cursor(query["cursor"], publication, listing, keys)
    return Selection(
        collection=collection,
        binder=binder,
        conditions=tuple(conditions),
        trees=trees,
        filter_crs=filter_crs,
        box=box,
        degrees=degrees,
        order=order,
        sorted="sortby" in query,
        after=after,
        limit=read_limit(query.get("limit")),
        fields=_read_properties(query.get("properties"), collection),
        geometry=not _read_truth(query.get("skipGeometry"), "skipGeometry"),
        crs=find_crs("crs", query.get("crs")),
        listing=listing,
        unboxed=_listing(collection, query, _NO_PART_OF_A_LIST | {"bbox", "bbox-crs"}),
    )


#: A page, its next ones and its map ask the same again and again: reading a polygon and writing its
#: SQL takes as long as answering. What is kept is never written to.
_remembered = lru_cache(maxsize=_REMEMBERED)(_read)


def _listing(collection: Collection, query: Mapping[str, str], without: Set[str]) -> str:
    kept = sorted((name, value) for name, value in query.items() if name not in without)
    return f"{collection.id}?{urlencode(kept)}"


def _in_box(collection: Collection, binder: Binder, box: Box, crs: Crs) -> LiteralString:
    """Features that touch a box, and those without geometry (17-069r4 §7.15.3)."""
    binder.joins.update(collection.geometry_joins)
    place = collection.geometry
    if crs.geographic:
        touching: list[LiteralString] = [
            f"ST_Intersects({place}, {_envelope(binder, one, 4326)})" for one in boxes_of(box)
        ]
        return f"{place} IS NULL OR {' OR '.join(touching)}"
    exact = f"ST_Intersects(ST_Transform({place}, {crs.srid}), {_envelope(binder, box, crs.srid)})"
    around = degrees_around(box, crs)
    if around:
        near = " OR ".join(f"{place} && {_envelope(binder, one, 4326)}" for one in around)
        exact = f"({near}) AND {exact}"
    return f"{place} IS NULL OR ({exact})"


def _envelope(binder: Binder, box: Box, srid: int) -> LiteralString:
    wkb = shapely.to_wkb(area_of(box))
    return f"ST_GeomFromWKB({binder.bind(wkb)}::bytea, {srid})"


def _in_time(
    first: LiteralString,
    last: LiteralString,
    binder: Binder,
    start: dt.date | None,
    end: dt.date | None,
) -> LiteralString:
    """Features whose time meets an interval, and those without time (17-069r4 §7.15.4)."""
    conditions: list[LiteralString] = []
    if start is not None:
        conditions.append(f"{last} >= {binder.bind(start)}::date")
    if end is not None:
        conditions.append(f"{first} <= {binder.bind(end)}::date")
    return f"{last} IS NULL OR ({conjunction(conditions)})"


def _equality(field: Field, text: str) -> dict[str, Any]:
    """Read a property given as a parameter: equality; for a list, that it holds the value."""
    named = {"property": field.name}
    if field.kind in {"integer", "number"}:
        try:
            number = float(text)
        except ValueError:
            raise refused(field.name, "un nombre est attendu.") from None
        if not math.isfinite(number):
            raise refused(field.name, "un nombre fini est attendu.")
        return {"op": "=", "args": [named, number]}
    if field.kind == "date":
        day = read_instant(text, field.name).day
        return {"op": "=", "args": [named, {"date": day.isoformat()}]}
    if field.kind == "texts":
        return {"op": "a_contains", "args": [named, [text]]}
    if field.values and text not in field.values:
        raise refused(field.name, f"les valeurs possibles sont {', '.join(field.values)}.")
    return {"op": "=", "args": [named, text]}


def _read_order(text: str | None, collection: Collection, binder: Binder) -> tuple[SortKey, ...]:
    last = tuple(SortKey(sql, "text") for sql in collection.key)
    if text is None:
        return last
    names = text.split(",")
    if len(names) > _MOST_KEYS:
        raise refused("sortby", f"{_MOST_KEYS} propriétés au plus sont lues.")
    known = sortable(collection)
    keys = []
    for name in names:
        # « + » is a space once an address is decoded.
        bare = name.strip().removeprefix("+")
        descending = bare.startswith("-")
        field = known.get(bare.removeprefix("-"))
        if field is None:
            raise _unknown_property("sortby", bare.removeprefix("-"), list(known))
        binder.joins.update(field.joins)
        keys.append(SortKey(field.sql, field.kind, descending, nullable=True))
    return (*keys, *last)


def sortable(collection: Collection) -> dict[str, Field]:
    """Properties that features can be ordered by: those of one value."""
    return {field.name: field for field in collection.fields if field.kind != "texts"}


def _read_properties(text: str | None, collection: Collection) -> tuple[Field, ...]:
    if text is None:
        return collection.fields
    wanted = {name.strip() for name in text.split(",")}
    unknown = sorted(wanted - set(collection.by_name))
    if unknown:
        raise _unknown_property("properties", unknown[0], list(collection.by_name))
    return tuple(field for field in collection.fields if field.name in wanted)


def _unknown_property(parameter: str, name: str, names: list[str]) -> Problem:
    suggestion = closest(name, names)
    guess = f" Vouliez-vous dire « {suggestion} » ?" if suggestion else ""
    return refused(
        parameter,
        f"la propriété « {shown(name)} » n’existe pas ici.{guess} Propriétés : {', '.join(names)}.",
    )


def _read_truth(text: str | None, name: str) -> bool:
    if text is None:
        return False
    if text not in _TRUTH:
        raise refused(name, "true ou false est attendu.")
    return _TRUTH[text]
