"""Opaque cursors of pages in any order: the values of the keys of the last feature shown."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import math
from collections.abc import Sequence
from typing import Any, LiteralString, Protocol

import orjson

from geo_service.errors import Problem
from geo_service.ogc.binding import Binder


class Key(Protocol):
    """A key of an order (see :class:`geo_service.ogc.selection.SortKey`)."""

    @property
    def sql(self) -> LiteralString:
        """Its expression."""

    @property
    def kind(self) -> str:
        """What it is."""

    @property
    def descending(self) -> bool:
        """Greatest first."""

    @property
    def nullable(self) -> bool:
        """Whether it may be null."""


def _mark(publication: str, listing: str) -> str:
    return hashlib.blake2b(f"{publication}\0{listing}".encode(), digest_size=6).hexdigest()


def write_cursor(publication: str, listing: str, values: Sequence[Any]) -> str:
    """Make the cursor of the page that follows a feature.

    Parameters
    ----------
    publication, listing
        The list: the publication, and what decides its features and their order.
    values
        Values of the keys of the feature.
    """
    content = orjson.dumps([_mark(publication, listing), *values])
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def read_cursor(
    cursor: str, publication: str, listing: str, order: Sequence[Key]
) -> tuple[Any, ...]:
    """Read a cursor that :func:`write_cursor` made for the same list.

    Raises
    ------
    Problem
        400 if it is no cursor, or that of another list.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = orjson.loads(base64.b64decode(padded.encode("ascii"), b"-_", validate=True))
        mark, *values = content
        found = tuple(_value(value, key) for value, key in zip(values, order, strict=True))
    except (ValueError, binascii.Error, TypeError):
        raise _refused("n’est pas un curseur donné par cette adresse") from None
    if mark != _mark(publication, listing):
        raise _refused(
            "vient d’une autre liste : les filtres ou la publication de l’atlas ont changé"
        )
    return found


def _value(value: Any, key: Key) -> Any:
    if value is None:
        if not key.nullable:
            raise ValueError(value)
        return None
    if key.kind in {"integer", "number"}:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(value)
        if not math.isfinite(value):
            raise ValueError(value)
        return value
    if not isinstance(value, str) or "\0" in value:
        raise TypeError(value)
    return dt.date.fromisoformat(value) if key.kind == "date" else value


def _refused(why: str) -> Problem:
    return Problem(
        400,
        f"Le paramètre « cursor » {why}. Reprenez à la première page, sans « cursor ».",
        {"parametres": [{"nom": "cursor", "motif": "valeur_refusee"}]},
    )


_TYPES = {"text": "text", "integer": "int8", "number": "float8", "date": "date"}


def after(order: Sequence[Key], values: Sequence[Any], binder: Binder) -> LiteralString:
    """Write the condition of the features that come after one of them.

    Parameters
    ----------
    order
        Keys of the order; nulls come last in each.
    values
        Value of each key for the last feature shown.
    binder
        Keeps the values.

    Returns
    -------
    LiteralString
        One alternative for each key: equal up to it, beyond it there.
    """
    if not any(key.nullable or key.descending for key in order):
        # Comparing rows is what an index answers.
        left = ", ".join(key.sql for key in order)
        right = ", ".join(
            _bound(binder, value, key) for value, key in zip(values, order, strict=True)
        )
        return f"({left}) > ({right})"
    alternatives: list[LiteralString] = []
    same: list[LiteralString] = []
    for key, value in zip(order, values, strict=True):
        if value is None:
            same.append(f"{key.sql} IS NULL")
            continue
        place = _bound(binder, value, key)
        sign: LiteralString = "<" if key.descending else ">"
        beyond: LiteralString = f"{key.sql} {sign} {place}"
        if key.nullable:
            beyond = f"({beyond} OR {key.sql} IS NULL)"
        alternatives.append(" AND ".join([*same, beyond]))
        same.append(f"{key.sql} = {place}")
    return " OR ".join(f"({one})" for one in alternatives)


def _bound(binder: Binder, value: Any, key: Key) -> LiteralString:
    # An integer beyond 64 bits was never given: it compares as a number.
    kind = key.kind
    if kind == "integer" and not (isinstance(value, int) and abs(value) < 2**62):
        kind = "number"
    return f"{binder.bind(value)}::{_TYPES[kind]}"
