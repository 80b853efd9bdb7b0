"""Copy the territories into the tables of one publication.

Tables are named without a schema: the connection's ``search_path`` says which publication. The
caller owns the transaction. Rows travel in PostgreSQL's binary format, geometries as EWKB.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
import psycopg
import shapely
from geoalchemy2 import Geometry
from psycopg import sql
from sqlalchemy import ARRAY, Float, Integer, SmallInteger, Table, Text
from sqlalchemy.types import TypeEngine

from boundaries import tables
from boundaries.build import Territories

#: PostgreSQL's names of the types of our columns, the most precise first.
_TYPES = {SmallInteger: "int2", Integer: "int4", Float: "float8", Text: "text"}


def copy_territories(conn: psycopg.Connection[object], territories: Territories) -> None:
    """Fill every table but ``contours``; all must be empty.

    Parameters
    ----------
    conn
        Its ``search_path`` names the publication, then the schema of PostGIS.

    Raises
    ------
    psycopg.Error
        Whatever the database refuses.
    """
    _copy(conn, tables.territoires, territories.territoires)
    _copy(conn, tables.appartenances, territories.appartenances)
    _copy(conn, tables.codes_anciens, territories.codes_anciens)
    _copy(conn, tables.communes_sans_carte, territories.communes_sans_carte)
    _copy(conn, tables.mouvements, territories.mouvements)


def copy_contours(conn: psycopg.Connection[object], contours: gpd.GeoDataFrame) -> None:
    """Fill ``contours`` with the outlines of :func:`boundaries.generalise.generalise`.

    Parameters
    ----------
    conn
        Its ``search_path`` names the publication, then the schema of PostGIS.
    contours
        ``zoom, niveau, code, geometry`` (EPSG:3857).
    """
    _copy(conn, tables.contours, contours.rename_geometry("geom"))


def _copy(conn: psycopg.Connection[object], table: Table, frame: pd.DataFrame) -> None:
    """Send the columns of a frame to the columns of the same names of a table."""
    columns = [table.columns[name] for name in frame.columns]
    rows = zip(*(_values(frame[column.name], column.type) for column in columns), strict=True)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table.name), sql.SQL(", ").join(sql.Identifier(c.name) for c in columns)
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
