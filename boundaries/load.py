"""Copy the territories into the tables of one publication.

Tables are named without a schema: the connection's ``search_path`` says which publication. The
caller owns the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import shapely
from psycopg import sql

from boundaries.build import Territories


def copy_territories(conn: psycopg.Connection[object], territories: Territories) -> None:
    """Fill ``territoires``, ``appartenances`` and ``codes_anciens``, which must be empty.

    Parameters
    ----------
    conn
        Its ``search_path`` names the publication, then the schema of PostGIS.

    Raises
    ------
    psycopg.Error
        Whatever the database refuses.
    """
    frame = territories.territoires
    columns = [
        _ewkb(frame[name].to_numpy(), 4326) if name in ("centre", "geom") else _values(frame[name])
        for name in frame.columns
    ]
    _copy(conn, "territoires", list(frame.columns), zip(*columns, strict=True))
    for table, rows in (
        ("appartenances", territories.appartenances),
        ("codes_anciens", territories.codes_anciens),
    ):
        _copy(conn, table, list(rows.columns), rows.itertuples(index=False, name=None))


def copy_contours(conn: psycopg.Connection[object], contours: gpd.GeoDataFrame) -> None:
    """Fill ``contours`` with the outlines of :func:`boundaries.generalise.generalise`.

    Parameters
    ----------
    conn
        Its ``search_path`` names the publication, then the schema of PostGIS.
    contours
        ``zoom, niveau, code, geometry`` (EPSG:3857).
    """
    rows = zip(
        contours["zoom"].tolist(),
        contours["niveau"].tolist(),
        contours["code"].tolist(),
        _ewkb(contours.geometry.to_numpy(), 3857),
        strict=True,
    )
    _copy(conn, "contours", ("zoom", "niveau", "code", "geom"), rows)


def _values(column: pd.Series) -> list[object]:
    """Python values of a column, None for a missing one."""
    missing = column.isna()
    return column.astype(object).where(~missing, None).tolist()


def _ewkb(geometries: np.ndarray, srid: int) -> list[str]:
    """Hexadecimal EWKB, which PostGIS reads as a geometry."""
    stamped = shapely.set_srid(geometries, srid)
    return shapely.to_wkb(stamped, hex=True, include_srid=True).tolist()  # type: ignore[no-any-return]


def _copy(
    conn: psycopg.Connection[object],
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
