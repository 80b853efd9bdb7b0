"""What workers run: plain functions of files and arrays, the same as on the machine of the run.

A task takes paths and small arrays and may be run again anywhere: files are only read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from boundaries import crs
from etl.accessibility import e2sfca

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class _Origins:
    """Communes of one zone: coordinates (n, 2) in metres, inhabitants (n,), and their tree."""

    xy: Floats
    people: Floats
    tree: cKDTree


@dataclass(frozen=True)
class Survey:
    """What a part of lieux says by itself.

    Attributes
    ----------
    box
        West, south, east, north of its lieux, metres of their zone.
    index
        Shape (n,), share of the accessibility index of each commune of the zone that comes from
        these lieux, per inhabitant; shape (0,) where it was not asked for.
    """

    box: Floats
    index: Floats


@dataclass(frozen=True)
class Hits:
    """The lieu of a part nearest to each of some origins: metres, its identifier, its commune."""

    metres: Floats
    lieu: NDArray[np.object_]
    chez: NDArray[np.object_]


def describe(mark: str) -> dict[str, str]:
    """Tell what decides this process's results, and what it reads in the folder of exchange."""
    from etl.publication import code_fingerprint  # noqa: PLC0415 (asked once)

    try:
        seen = Path(mark).read_text(encoding="utf-8")
    except OSError:
        seen = ""
    return {
        "echange": seen,
        "GEOS": shapely.geos_version_string,
        "PROJ": pyproj.proj_version_str,
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "code": code_fingerprint(),
    }


@lru_cache(maxsize=8)
def _origins(path: str) -> _Origins:
    table = pq.read_table(path, columns=["x", "y", "population"])
    xy = np.column_stack([table["x"].to_numpy(), table["y"].to_numpy()])
    return _Origins(xy, table["population"].to_numpy(), cKDTree(xy))


@lru_cache(maxsize=1)
def _points(path: str, srid: int) -> NDArray[np.object_]:
    """Lieux of a part, projected; a worker is often asked twice running for the same."""
    table = pq.read_table(path, columns=["x", "y"])
    degrees = shapely.points(table["x"].to_numpy(), table["y"].to_numpy())
    return crs.project(degrees, crs.GEOGRAPHIC, srid)


def survey(path: str, srid: int, origins: str, with_index: bool = True) -> Survey:
    """Take the extent of a part of lieux, and their share of the accessibility index.

    Parameters
    ----------
    path
        Parquet of :mod:`etl.engine.export`.
    srid
        Legal projected CRS of its zone.
    origins
        Parquet of the communes of the zone: ``x, y`` (metres), ``population``.
    with_index
        False for the extent alone.
    """
    points = _points(path, srid)
    box = shapely.total_bounds(points)
    if not with_index:
        return Survey(box, np.zeros(0))
    communes = _origins(origins)
    capacities = pq.read_table(path, columns=["capacite"])["capacite"].to_numpy()
    index = e2sfca.part_index(
        communes.tree, communes.people, shapely.get_coordinates(points), capacities
    )
    return Survey(box, index)


def nearest_in(path: str, srid: int, rows: Indices, origins: str) -> Hits:
    """Find the lieu of a part nearest to each of some communes; the smallest identifier of equals.

    Parameters
    ----------
    path, srid, origins
        As for :func:`survey`.
    rows
        Shape (k,), positions of the communes in `origins`.
    """
    points = _points(path, srid)
    starts = shapely.points(_origins(origins).xy[rows])
    tree = shapely.STRtree(points)
    (asked, hits), metres = tree.query_nearest(starts, return_distance=True, all_matches=True)
    names = pq.read_table(path, columns=["lieu", "commune"])
    some = names.take(pa.array(hits))
    found = (
        pd.DataFrame(
            {
                "asked": asked,
                "metres": metres,
                "lieu": some["lieu"].to_numpy(),
                "chez": some["commune"].to_numpy(),
            }
        )
        .sort_values(["asked", "lieu"])
        .drop_duplicates("asked")
    )
    return Hits(
        found["metres"].to_numpy(),
        found["lieu"].to_numpy(dtype=object),
        found["chez"].to_numpy(dtype=object),
    )


def as_points(frame: pd.DataFrame) -> Any:
    """Make a frame with ``x, y`` (degrees) one of points, EPSG:4326; for ``map_partitions``."""
    import geopandas as gpd  # noqa: PLC0415 (slow, and only one of the tasks wants it)

    return gpd.GeoDataFrame(
        frame.drop(columns=["x", "y"]),
        geometry=gpd.points_from_xy(frame["x"], frame["y"]),
        crs=crs.GEOGRAPHIC,
    )
