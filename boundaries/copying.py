"""Binary COPY of a data frame into a table, typed by the table's own columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import psycopg
import shapely
from geoalchemy2 import Geometry
from psycopg import sql
from sqlalchemy import ARRAY, BigInteger, Boolean, Date, Float, Integer, SmallInteger, Table, Text
from sqlalchemy.types import TypeEngine

#: PostgreSQL's names of the types of our columns, the most precise first.
_TYPES = {
    SmallInteger: "int2",
    BigInteger: "int8",
    Integer: "int4",
    Float: "float8",
    Boolean: "bool",
    Date: "date",
    Text: "text",
}


def copy_frame(
    conn: psycopg.Connection[Any], table: Table, frame: pd.DataFrame, *, into: str | None = None
) -> None:
    """Send the columns of a frame to the columns of the same names of a table.

    Parameters
    ----------
    conn
        Its ``search_path`` names the publication, then the schema of PostGIS.
    table
        The table; columns that the frame does not have keep their default.
    frame
        Missing values of any kind become NULL. Geometries must be in the CRS of their column.
    into
        Name of another table of the same columns to fill instead.

    Raises
    ------
    psycopg.Error
        Whatever the database refuses.
    """
    columns = [table.columns[name] for name in frame.columns]
    rows = zip(*(_values(frame[column.name], column.type) for column in columns), strict=True)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(into or table.name),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_type_name(column.type) for column in columns])
        for row in rows:
            copy.write_row(row)


def _type_name(kind: TypeEngine[object]) -> str:
    """Name of a column's type for the binary format; EWKB is received as plain bytes."""
    if isinstance(kind, Geometry):
        return "bytea"
    if isinstance(kind, ARRAY):
        return f"{_type_name(kind.item_type)}[]"
    return next(name for known, name in _TYPES.items() if isinstance(kind, known))


def _values(column: pd.Series, kind: TypeEngine[object]) -> Sequence[object]:
    """Python values of a column, None for a missing one."""
    if isinstance(kind, Geometry):
        stamped = shapely.set_srid(column.to_numpy(), kind.srid)
        return list(shapely.to_wkb(stamped, include_srid=True))
    return column.astype(object).where(column.notna(), None).tolist()
