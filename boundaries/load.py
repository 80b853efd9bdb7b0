"""Copy the territories into the tables of one publication.

Tables are named without a schema: the connection's ``search_path`` says which publication. The
caller owns the transaction.
"""

from __future__ import annotations

import geopandas as gpd
import psycopg

from boundaries import neighbours, tables
from boundaries.build import Territories
from boundaries.copying import copy_frame


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
    copy_frame(conn, tables.territoires, territories.territoires)
    copy_frame(conn, tables.appartenances, territories.appartenances)
    copy_frame(conn, tables.codes_anciens, territories.codes_anciens)
    copy_frame(conn, tables.mouvements, territories.mouvements)
    copy_frame(
        conn,
        tables.voisinages,
        neighbours.neighbourhoods(territories.territoires, territories.appartenances),
    )


def copy_contours(conn: psycopg.Connection[object], contours: gpd.GeoDataFrame) -> None:
    """Fill ``contours`` with the outlines of :func:`boundaries.generalise.generalise`.

    Parameters
    ----------
    conn
        Its ``search_path`` names the publication, then the schema of PostGIS.
    contours
        ``zoom, niveau, code, geometry`` (EPSG:3857).
    """
    copy_frame(conn, tables.contours, contours.rename_geometry("geom"))
