"""Batches as columns of Arrow, for the formats that are made of columns."""

from __future__ import annotations

import pyarrow as pa

from geo_service.exports.cells import joined
from geo_service.exports.model import Batch, Dataset, Kind

#: Column of the geometries.
GEOMETRY = "geometry"

_TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "list": pa.list_(pa.string()),
}


def schema_of(dataset: Dataset, *, lists: bool) -> pa.Schema:
    """Give the columns of a table, its geometries (WKB) last.

    Parameters
    ----------
    dataset
        The table.
    lists
        Whether a column may hold lists; else they are text, as in a cell.
    """
    types = _TYPES if lists else _TYPES | {"list": pa.string()}
    fields = [pa.field(column.name, types[column.kind]) for column in dataset.columns]
    if dataset.geometry is not None:
        fields.append(pa.field(GEOMETRY, pa.binary()))
    return pa.schema(fields)


def record_batch(batch: Batch, dataset: Dataset, schema: pa.Schema) -> pa.RecordBatch:
    """Turn rows into columns.

    Parameters
    ----------
    batch
        The rows.
    dataset, schema
        Their table, and what :func:`schema_of` gives for it.
    """
    arrays = []
    for index, column in enumerate(dataset.columns):
        kind = schema.field(index).type
        values = [row[index] for row in batch.rows]
        if column.kind == "list" and kind == pa.string():
            values = [joined(value) for value in values]
        arrays.append(pa.array(values, kind))
    if dataset.geometry is not None:
        arrays.append(pa.array(batch.geometries or [], pa.binary()))
    return pa.record_batch(arrays, schema=schema)
