"""Columns of Arrow as columns of text, for the formats whose values have types."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from etl.formats.flatten import text
from etl.formats.surrogates import mended


def names(schema: pa.Schema, skipped: Sequence[str] = ()) -> list[str]:
    """Names of the columns of text that a schema gives, nested ones joined by dots."""
    return [name for field in schema if field.name not in skipped for name in _leaves(field)]


def _leaves(field: pa.Field, prefix: str = "") -> Iterator[str]:
    name = f"{prefix}{field.name}"
    if pa.types.is_struct(field.type):
        for child in field.type:
            yield from _leaves(child, f"{name}.")
    else:
        yield name


def columns(batch: pa.RecordBatch, skipped: Sequence[str] = ()) -> list[list[str]]:
    """Texts of a batch, column by column, in the order of `names`."""
    return [
        texts(leaf)
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
        if name not in skipped
        for leaf in _expand(column)
    ]


def _expand(column: pa.Array) -> Iterator[pa.Array]:
    if pa.types.is_struct(column.type):
        for position in range(column.type.num_fields):
            yield from _expand(pc.struct_field(column, position))
    else:
        yield column


def texts(column: pa.Array) -> list[str]:
    """Texts of one column; '' where missing."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        # Equal values stay one object: a dictionary cannot be made to fill memory.
        values = texts(column.dictionary)
        return ["" if i is None else values[i] for i in column.indices.to_pylist()]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        try:
            return ["" if value is None else value for value in column.to_pylist()]
        except UnicodeDecodeError:  # not what the file promises: nothing is lost for it
            raw = column.cast(pa.large_binary()).to_pylist()
            return [
                "" if value is None else mended(value.decode(errors="surrogateescape"))
                for value in raw
            ]
    return ["" if value is None else _text(value) for value in column.to_pylist()]


def _text(value: object) -> str:
    if isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.hex()
    return text(value)
