"""The lieu nearest to each commune, by straight line in the legal projection of the zone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from boundaries import crs

#: How distances are measured, as every answer names it.
STRAIGHT_LINE = "vol-d-oiseau"
_METRES = 1000.0


def project(frame: pd.DataFrame) -> NDArray[np.object_]:
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
    points: NDArray[np.object_] = shapely.points(frame[["x", "y"]].to_numpy(dtype=np.float64))
    zones = frame["srid"].to_numpy(dtype=np.int64)
    for srid in np.unique(zones):
        here = zones == srid
        points[here] = crs.project(points[here], crs.GEOGRAPHIC, int(srid))
    return points


def nearest(origins: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Find the place nearest to each origin, by straight line in the legal CRS of the zone.

    A zone is a legal CRS (DESIGN §5): Guadeloupe and Martinique share one, as the mainland and
    Corsica do, so the nearest place may lie across the water: ``compute`` says where it does.

    Parameters
    ----------
    origins
        Columns ``commune, srid, point`` (projected, metres).
    places
        Columns ``lieu, srid, point``.

    Returns
    -------
    pandas.DataFrame
        Columns ``commune, distance_km, lieu``; communes of a zone without any place are left out.
        Among places at the same distance the one with the smallest identifier is kept.
    """
    found = []
    for srid, unsorted in places.groupby("srid"):
        here = unsorted.sort_values("lieu")
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
                "distance_km": metres / _METRES,
                "lieu": here["lieu"].to_numpy()[hits],
            }
        )
        found.append(pairs.sort_values(["commune", "lieu"]).drop_duplicates("commune"))
    if not found:
        return pd.DataFrame({"commune": [], "distance_km": [], "lieu": []})
    return pd.concat(found, ignore_index=True)


def candidates(origins: pd.DataFrame, places: pd.DataFrame, count: int) -> pd.DataFrame:
    """Find the `count` places nearest to each origin, by straight line: those worth a route.

    Parameters
    ----------
    origins, places
        As for :func:`nearest`.
    count
        Places by origin; fewer where the zone has fewer.

    Returns
    -------
    pandas.DataFrame
        Columns ``origin, place`` (row numbers in the two frames) and ``km``, by origin, then by
        distance.
    """
    found = []
    for srid, there in places.groupby("srid").indices.items():
        here = np.flatnonzero((origins["srid"] == srid).to_numpy())
        if not len(here):
            continue
        kept = min(count, len(there))
        metres, hits = cKDTree(shapely.get_coordinates(places["point"].to_numpy()[there])).query(
            shapely.get_coordinates(origins["point"].to_numpy()[here]),
            k=np.arange(1, kept + 1),
        )
        found.append(
            pd.DataFrame(
                {
                    "origin": np.repeat(here, kept),
                    "place": there[hits.ravel()],
                    "km": metres.ravel() / _METRES,
                }
            )
        )
    if not found:
        return pd.DataFrame({"origin": [], "place": [], "km": []})
    return pd.concat(found).sort_values(["origin", "km"], kind="stable", ignore_index=True)
