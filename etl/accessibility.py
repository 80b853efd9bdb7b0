"""Distance from each commune to the nearest lieu of each service."""

from __future__ import annotations

import numpy as np
import pandas as pd
import psycopg
import shapely
from pyproj import Transformer

from boundaries.copying import copy_frame
from etl.tables import distances

_CHEFS_LIEUX = """
    SELECT c.commune, t.srid_legal, ST_X(c.geom), ST_Y(c.geom)
    FROM chefs_lieux c
    JOIN territoires t ON t.niveau = 'commune' AND t.code = c.commune
    ORDER BY c.commune
"""

_LIEUX = """
    SELECT s.service, l.id, t.srid_legal, ST_X(l.geom), ST_Y(l.geom)
    FROM lieux_services s
    JOIN lieux l ON l.id = s.lieu
    JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
    ORDER BY s.service, l.id
"""


def project(frame: pd.DataFrame) -> np.ndarray:
    """Project points to the legal CRS of their zone.

    Parameters
    ----------
    frame
        Columns ``srid`` (EPSG code of the legal projected CRS), ``x``, ``y`` (degrees, EPSG:4326).

    Returns
    -------
    numpy.ndarray
        Array of shapely points, metres, in the order of `frame`; points of different zones are
        not comparable.
    """
    x = np.empty(len(frame))
    y = np.empty(len(frame))
    for srid, rows in frame.groupby("srid").indices.items():
        transformer = Transformer.from_crs(4326, int(str(srid)), always_xy=True)
        x[rows], y[rows] = transformer.transform(
            frame["x"].to_numpy()[rows], frame["y"].to_numpy()[rows]
        )
    points: np.ndarray = shapely.points(x, y)
    return points


def nearest(origins: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Find the place nearest to each origin, by straight line in the legal CRS of the zone.

    Parameters
    ----------
    origins
        Columns ``commune, srid, x, y`` (degrees).
    places
        Columns ``lieu, srid, x, y`` (degrees).

    Returns
    -------
    pandas.DataFrame
        Columns ``commune, distance_km, lieu``; communes of a zone without any place are left out.
        Among places at the same distance the one with the smallest identifier is kept.
    """
    origins = origins.assign(point=project(origins))
    places = places.sort_values("lieu").assign(point=project)
    found = []
    for srid, here in places.groupby("srid"):
        start = origins[origins["srid"] == srid]
        if start.empty:
            continue
        tree = shapely.STRtree(here["point"].to_numpy())
        (rows, hits), metres = tree.query_nearest(
            start["point"].to_numpy(), return_distance=True, all_matches=True
        )
        pairs = pd.DataFrame(
            {
                "commune": start["commune"].to_numpy()[rows],
                "distance_km": metres / 1000.0,
                "lieu": here["lieu"].to_numpy()[hits],
            }
        )
        found.append(pairs.sort_values(["commune", "lieu"]).drop_duplicates("commune"))
    if not found:
        return pd.DataFrame({"commune": [], "distance_km": [], "lieu": []})
    return pd.concat(found, ignore_index=True)


def compute_distances(conn: psycopg.Connection) -> None:
    """Fill ``distances`` for every service that has lieux.

    Distances are straight lines in the legal projected CRS of the zone (2154, 5490, 2972, 2975,
    4471), neighbours' lieux included, from the chef-lieu of each commune.
    """
    origins = pd.DataFrame(
        conn.execute(_CHEFS_LIEUX).fetchall(), columns=["commune", "srid", "x", "y"]
    )
    places = pd.DataFrame(
        conn.execute(_LIEUX).fetchall(), columns=["service", "lieu", "srid", "x", "y"]
    )
    found = [
        nearest(origins, group.drop(columns="service")).assign(service=service)
        for service, group in places.groupby("service")
    ]
    if found:
        copy_frame(conn, distances, pd.concat(found))
