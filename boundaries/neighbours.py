"""Which territories share a border, and how long it is.

On a clean coverage (:mod:`boundaries.coverage`) two neighbours share edges whose ends are the same
to the bit: a border is found by comparing edges, without any tolerance. Territories that only touch
at a point share no edge and are no neighbours: one does not pool a service through a point.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

#: Levels whose borders are computed, the commune first; the pays has no neighbour here.
LEVELS = ("commune", "ept", "epci", "departement", "region")
#: Columns of the table ``voisinages``.
COLUMNS = ["niveau", "code", "voisin", "longueur_km"]

#: GRS80 (Moritz, *Geodetic Reference System 1980*): semi-major axis in km, squared eccentricity.
_RADIUS_KM = 6378.137
_E2 = 0.00669438002290


def neighbourhoods(territoires: pd.DataFrame, appartenances: pd.DataFrame) -> pd.DataFrame:
    """Find the borders between the territories of each level.

    Parameters
    ----------
    territoires
        Columns ``niveau, code, geom`` (degrees); the communes form a clean coverage, those without
        polygon are left out.
    appartenances
        ``niveau, code, commune``: the borders of a larger territory are those of its communes with
        communes of another.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, each border twice, once from each side, sorted by niveau, code and voisin.
    """
    communes = territoires[(territoires["niveau"] == "commune") & territoires["geom"].notna()]
    codes = communes["code"].to_numpy(dtype=object)
    one, other, length = shared_borders(communes["geom"].to_numpy())
    found = [_both_sides("commune", codes[one], codes[other], length)]
    for niveau in LEVELS[1:]:
        members = appartenances[appartenances["niveau"] == niveau]
        above = pd.Series(codes).map(members.set_index("commune")["code"]).to_numpy(dtype=object)
        left, right = above[one], above[other]
        apart = pd.notna(left) & pd.notna(right) & (left != right)
        found.append(_both_sides(niveau, left[apart], right[apart], length[apart]))
    return pd.concat(found, ignore_index=True)


def shared_borders(
    geometries: NDArray[np.object_],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Find the pairs of polygons of a clean coverage that share an edge.

    Parameters
    ----------
    geometries
        Shape (n,) of polygons or multipolygons in degrees, of a valid coverage.

    Returns
    -------
    one, other, length
        Positions of the two polygons, ``one < other``, each pair once, sorted; length of their
        common border in km on the ellipsoid.
    """
    parts, owner_of_part = shapely.get_parts(geometries, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[:-1] == ring[1:]
    owner = owner_of_part[part_of_ring[ring[:-1][inside]]]
    vertex = _vertices(xy)
    start, end = vertex[:-1][inside], vertex[1:][inside]
    edge = np.minimum(start, end) * len(xy) + np.maximum(start, end)
    order = np.argsort(edge, kind="stable")
    twins = np.flatnonzero(edge[order[:-1]] == edge[order[1:]])
    first, second = order[twins], order[twins + 1]
    one, other = owner[first], owner[second]
    # An edge that a polygon shares with itself (two of its parts) is no border.
    apart = one != other
    one, other, first = one[apart], other[apart], first[apart]
    before = np.flatnonzero(inside)[first]
    length = _length_km(xy[before], xy[before + 1])
    pair = np.minimum(one, other) * len(geometries) + np.maximum(one, other)
    pairs, group = np.unique(pair, return_inverse=True)
    total = np.asarray(np.bincount(group, weights=length, minlength=len(pairs)), dtype=np.float64)
    firsts: NDArray[np.intp] = pairs // len(geometries)
    seconds: NDArray[np.intp] = pairs % len(geometries)
    return firsts, seconds, total


def _vertices(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give each point a number: the same to the same point, to the bit.

    Each axis is numbered alone, then the pairs: whole numbers are sorted faster than pairs.
    """
    x, y = (np.unique(axis, return_inverse=True)[1].astype(np.int64) for axis in xy.T)
    number: NDArray[np.int64] = np.unique(x * len(xy) + y, return_inverse=True)[1].astype(np.int64)
    return number


def _length_km(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lengths of short edges in degrees, by the ellipsoid's radii of curvature at their middle.

    The radii are those of the meridian and of the prime vertical (Snyder, *Map Projections: A
    Working Manual*, USGS 1395, 1987, eq. 4-18 and 4-20); for edges under 10 km the error is below
    one millionth.
    """
    middle = np.radians((start[:, 1] + end[:, 1]) / 2)
    east, north = np.radians(end - start).T
    curvature = 1 - _E2 * np.sin(middle) ** 2
    vertical = _RADIUS_KM / np.sqrt(curvature)
    meridian = vertical * (1 - _E2) / curvature
    length: NDArray[np.float64] = np.hypot(vertical * np.cos(middle) * east, meridian * north)
    return length


def _both_sides(
    niveau: str,
    one: NDArray[np.object_],
    other: NDArray[np.object_],
    length: NDArray[np.float64],
) -> pd.DataFrame:
    pairs = pd.DataFrame(
        {
            "code": np.r_[one, other],
            "voisin": np.r_[other, one],
            "longueur_km": np.r_[length, length],
        }
    )
    sums = pairs.groupby(["code", "voisin"])["longueur_km"].sum().reset_index()
    return pd.DataFrame(sums.assign(niveau=niveau), columns=COLUMNS)
