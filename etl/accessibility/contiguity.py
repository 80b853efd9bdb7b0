"""Which communes touch, and which make one piece of land."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Indices = NDArray[np.intp]


class Pairs(NamedTuple):
    """Pairs of touching polygons, each both ways, sorted: ``neighbour`` touches ``focal``."""

    focal: Indices
    neighbour: Indices


def touching(polygons: NDArray[np.object_]) -> Pairs:
    """Find the polygons of a coverage that share at least one vertex ("queen" contiguity).

    In a clean coverage neighbours have the same vertices, to the bit, along their border: one sort
    of the vertices finds them, four times faster than testing geometries
    (``libpysal.graph.Graph.build_contiguity``, which the tests compare it with).

    Parameters
    ----------
    polygons
        Shape (n,), one clean coverage.

    Returns
    -------
    Pairs
    """
    vertices, owner = shapely.get_coordinates(polygons, return_index=True)
    _, vertex = np.unique(vertices.view(np.complex128).ravel(), return_inverse=True)
    count = int(vertex.max()) + 1 if len(vertex) else 0
    held = sparse.coo_array(
        (np.ones(len(owner), np.int32), (owner, vertex)), shape=(len(polygons), count)
    ).tocsr()
    shared = (held @ held.T).tocoo()
    other = shared.row != shared.col
    focal, neighbour = shared.row[other].astype(np.intp), shared.col[other].astype(np.intp)
    order = np.lexsort((neighbour, focal))
    return Pairs(focal[order], neighbour[order])


def components(size: int, pairs: Pairs) -> Indices:
    """Give each of ``size`` polygons the number of its connected group, from 0.

    Of all the communes these are the pieces of land: the mainland, Corsica, each island.
    """
    links = sparse.coo_array(
        (np.ones(len(pairs.focal), np.int8), (pairs.focal, pairs.neighbour)), shape=(size, size)
    )
    numbers: Indices = connected_components(links, directed=False)[1].astype(np.intp)
    return numbers


def between(pairs: Pairs, kept: NDArray[np.bool_]) -> Pairs:
    """Keep the pairs whose two polygons are kept, numbered among those kept."""
    numbers = np.cumsum(kept) - 1
    both = kept[pairs.focal] & kept[pairs.neighbour]
    return Pairs(
        numbers[pairs.focal[both]].astype(np.intp), numbers[pairs.neighbour[both]].astype(np.intp)
    )
