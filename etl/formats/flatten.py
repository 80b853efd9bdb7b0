"""JSON objects as rows of text: nested objects joined by dots, lists kept as JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from etl.formats.base import Limits
from etl.formats.gathering import Fault
from etl.formats.header import too_many_columns
from etl.formats.surrogates import mended

#: Digits beyond which a number is left in scientific notation: it is no code, and ``1e999999``
#: must not become a million zeros.
_DIGITS = 40


class Number(str):
    """The digits of a number, as the document writes them."""

    __slots__ = ()


def number(value: float | Decimal | Number) -> str:
    """Write a number as its producer did, without the ``.0`` that software adds to whole ones."""
    if isinstance(value, Decimal):
        plain = value.is_finite() and abs(value.adjusted()) < _DIGITS
        text = format(value, "f") if plain else str(value)
    else:
        text = str(value)
    whole, dot, decimals = text.partition(".")
    return whole if dot and not decimals.strip("0") else text


def flatten(item: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Turn an object into texts by dotted key."""
    flat: dict[str, str] = {}
    for key, value in item.items():
        name = f"{prefix}{key}".strip()
        if not name.isascii():
            name = mended(name)
        if type(value) is str:  # Most values are: they are not looked at further.
            flat[name] = value
        elif isinstance(value, dict):
            flat.update(flatten(value, f"{name}."))
        else:
            flat[name] = text(value)
    return flat


def text(value: object) -> str:
    """Write a value as text; '' for null."""
    if value is None:
        return ""
    if isinstance(value, Number | Decimal | float):
        return number(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return _dump(value)
    return str(value)


def _dump(value: object) -> str:
    """Write a list as JSON, its numbers as they were."""
    if isinstance(value, list):
        return f"[{', '.join(map(_dump, value))}]"
    if isinstance(value, dict):
        pairs = (f"{json.dumps(k, ensure_ascii=False)}: {_dump(v)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, str) and not isinstance(value, Number):
        return json.dumps(value, ensure_ascii=False)
    return "null" if value is None else text(value)


#: An item of a file: its texts by column, or why it has none.
Item = dict[str, str] | Fault


class Columns:
    """Gathers the columns of all items, in the order in which they are met."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._seen: dict[str, None] = {}

    def see(self, item: Item) -> None:
        """Add the columns of an item.

        Raises
        ------
        FormatError
            If there are too many in all.
        """
        if isinstance(item, Fault) or item.keys() <= self._seen.keys():
            return
        self._seen.update(dict.fromkeys(item))
        if len(self._seen) > self._limits.columns:
            raise too_many_columns(self._path, len(self._seen), self._limits)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns seen so far."""
        return tuple(self._seen)


def records(items: Iterable[Item], columns: Sequence[str]) -> Iterator[Sequence[str] | Fault]:
    """Put the texts of items in the order of the columns."""
    for item in items:
        if isinstance(item, Fault):
            yield item
        else:
            get = item.get
            yield [get(name, "") for name in columns]
