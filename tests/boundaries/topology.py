"""Independent oracles on borders: no GEOS coverage function is used here."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray


def segments(geometries: NDArray[np.object_]) -> NDArray[np.uint64]:
    """Unique undirected edges of polygons, each as a 64-bit hash of its four coordinates' bits."""
    xy, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(geometries)), return_index=True
    )
    bits = xy.view(np.uint64) + np.uint64(1)
    ends = bits[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ bits[:, 1] * np.uint64(0xC2B2AE3D27D4EB4F)
    ends ^= ends >> np.uint64(29)
    edges = ends[:-1] * ends[1:] ^ (ends[:-1] + ends[1:])
    return np.unique(edges[ring[:-1] == ring[1:]])


def made_of(larger: NDArray[np.object_], smaller: NDArray[np.object_]) -> bool:
    """Whether every edge of the larger outlines is an edge of the smaller ones, to the bit."""
    return bool(np.isin(segments(larger), segments(smaller)).all())


def overlap(geometries: NDArray[np.object_]) -> float:
    """Area counted twice: sum of the areas less the area of the union."""
    return float(shapely.area(geometries).sum() - shapely.area(shapely.union_all(geometries)))
