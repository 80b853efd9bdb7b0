"""Topology of a coverage: polygons that share their borders, without gap nor overlap.

Everything is done on the whole coverage, never polygon by polygon. Two polygons of a valid
coverage touch along edges whose vertices are identical in both (GEOS ``CoverageValidator``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from boundaries.errors import BoundariesError

_GEOD = Geod(ellps="GRS80")

#: Vertices nearer than this are one, and a gap narrower is a mismatch, not water (degrees: about a
#: millimetre, far below any survey). A vertex that lies on a neighbour's edge, and is no vertex of
#: it, leaves such a gap, which may become an overlap once projected.
SNAPPING = 1e-8
#: Times a repair may be widened to the neighbours of what it touched.
_ROUNDS = 5
#: Dimension of a polygon.
_SURFACE = 2


def broken(geometries: NDArray[np.object_], gap_width: float = SNAPPING) -> NDArray[np.intp]:
    """Positions of the polygons with a border that does not match their neighbours'.

    Parameters
    ----------
    geometries
        Array of shape (n,) of polygons or multipolygons, in one CRS.
    gap_width
        Gaps up to this width are mismatches too, in units of the CRS.
    """
    edges = shapely.coverage_invalid_edges(geometries, gap_width=gap_width)
    return np.flatnonzero(~shapely.is_empty(edges))


def repair(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Make borders match where they do not, and leave every other polygon as it is.

    Only the polygons with a mismatched border are rebuilt (GEOS ``CoverageCleaner``: overlaps go to
    the polygon with the longest common border), and their neighbours where a new vertex falls on
    their border. Gaps are not filled: most are lakes, estuaries or foreign enclaves. The result is
    verified around what was touched.

    Parameters
    ----------
    geometries
        Array of shape (n,), degrees.

    Returns
    -------
    ndarray
        Same shape and order; untouched polygons are the same objects.

    Raises
    ------
    BoundariesError
        When borders still do not match after the repair.
    """
    group = broken(geometries)
    if not group.size:
        return geometries
    tree = shapely.STRtree(geometries)
    for _ in range(_ROUNDS):
        repaired = geometries.copy()
        repaired[group] = shapely.coverage_clean(geometries[group], snapping_distance=SNAPPING)
        around = np.union1d(group, tree.query(geometries[group], "intersects")[1])
        left = around[broken(repaired[around])]
        if not left.size and not shapely.is_empty(repaired[group]).any():
            return repaired
        group = np.union1d(group, tree.query(geometries[left], "intersects")[1])
    raise BoundariesError(
        f"Les limites de {max(left.size, 1)} contours ne se raccordent pas à celles de leurs "
        "voisins, même après nettoyage : vérifiez le fichier des contours."
    )


def dissolve(
    geometries: NDArray[np.object_], keys: pd.Series[str]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Union the polygons of a valid coverage by key; rows without a key are left out.

    Parameters
    ----------
    geometries
        Array of shape (n,) of a valid coverage.
    keys
        Shape (n,), the territory each polygon belongs to.

    Returns
    -------
    keys, geometries
        Sorted keys and their unions; a polygon alone under its key is returned as it is.
    """
    codes, names = pd.factorize(keys, sort=True)
    order = np.argsort(codes, kind="stable")
    order = order[codes[order] >= 0]
    bounds = np.searchsorted(codes[order], np.arange(len(names) + 1))
    unions = np.empty(len(names), dtype=object)
    for position in range(len(names)):
        group = geometries[order[bounds[position] : bounds[position + 1]]]
        unions[position] = group[0] if group.size == 1 else shapely.coverage_union_all(group)
    return np.asarray(names, dtype=object), unions


def holes(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Polygons of the areas enclosed by a coverage that belong to none of its members."""
    return rings(shapely.coverage_union_all(geometries))


def rings(whole: shapely.Geometry) -> NDArray[np.object_]:
    """Polygons of the inner rings of a polygon or multipolygon."""
    inner = [ring for part in shapely.get_parts(whole) for ring in getattr(part, "interiors", ())]
    enclosed: NDArray[np.object_] = shapely.polygons(np.array(inner, dtype=object))
    return enclosed


def unshared(larger: NDArray[np.object_], smaller: NDArray[np.object_]) -> int:
    """Count the edges of larger outlines that are no edge of the smaller ones, to the bit."""
    shapes = np.r_[larger, smaller]
    xy, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(shapes)), return_index=True
    )
    split = len(shapely.get_coordinates(larger))
    _, vertex = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True)
    low, high = np.minimum(vertex[:-1], vertex[1:]), np.maximum(vertex[:-1], vertex[1:])
    edges = low.astype(np.int64) * len(xy) + high
    inside = ring[:-1] == ring[1:]
    mine, theirs = edges[: split - 1][inside[: split - 1]], edges[split:][inside[split:]]
    return int((~np.isin(mine, theirs)).sum())


def area_and_width(shape: shapely.Geometry) -> tuple[float, float]:
    """Area (m², on the ellipsoid) and mean width (m, twice the area by the perimeter), of degrees.

    Lines and points that come with it count for nothing.
    """
    area = length = 0.0
    for part in shapely.get_parts(shapely.get_parts(shape)):
        if shapely.get_dimensions(part) == _SURFACE:
            more_area, more_length = _GEOD.geometry_area_perimeter(part)
            area, length = area + abs(more_area), length + more_length
    return area, 2 * area / length if length else 0.0


def area_km2(geometries: NDArray[np.object_]) -> float:
    """Sum up areas on the ellipsoid, from outlines in degrees."""
    return sum(abs(_GEOD.geometry_area_perimeter(shape)[0]) for shape in geometries) / 1e6


def multi(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Make a MultiPolygon of every polygon."""
    single = shapely.get_type_id(geometries) == shapely.GeometryType.POLYGON
    parts: NDArray[np.object_] = geometries.copy()
    parts[single] = shapely.multipolygons(geometries[single], indices=np.arange(single.sum()))
    return parts
