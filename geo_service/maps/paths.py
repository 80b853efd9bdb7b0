"""Outlines as the shortest SVG paths that keep shared borders equal.

Coordinates are whole fifths of a pixel (a tenth lighter than tenths): every territory rounds a
shared vertex to the same numbers, so borders neither gape nor overlap. Commands are relative, since
small numbers are short.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

#: Units of a path in a pixel.
UNITS: Final = 5
#: A ring of fewer different vertices has no area.
_TRIANGLE: Final = 3


def path_data(shapes: NDArray[np.object_]) -> list[str]:
    """Write the value of ``d`` for each polygon or line.

    Parameters
    ----------
    shapes
        (n,) polygons, multipolygons, lines or multilines, in units, y downwards.

    Returns
    -------
    list of str
        Absolute beginnings, then relative lines; rings are closed. A polygon that rounding left
        without area is a square of one unit where it was, so that nothing vanishes.
    """
    surfaces = shapely.get_dimensions(shapes) == 2  # noqa: PLR2004 (an area)
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    there = ~shapely.is_empty(parts)
    parts, of_part = parts[there], of_part[there]
    areas = surfaces[of_part]
    rings, of_ring = shapely.get_rings(parts[areas], return_index=True)
    lines = np.concatenate([rings, parts[~areas]])
    of_line = np.concatenate([of_part[areas][of_ring], of_part[~areas]])
    pieces: list[list[str]] = [[] for _ in shapes]
    for at, text in zip(of_line.tolist(), _pieces(lines, len(rings)), strict=True):
        pieces[at].append(text)
    found = ["".join(texts) for texts in pieces]
    for at, text in enumerate(found):
        if not text and surfaces[at]:
            x, y = np.rint(shapely.get_coordinates(shapely.centroid(shapes[at]))[0]).astype(int)
            found[at] = f"M{x} {y}h1v1h-1z"
    return found


def _pieces(lines: NDArray[np.object_], rings: int) -> list[str]:
    """Write lines, the first of which are rings; empty for one that rounding left nothing of."""
    xy, of_vertex = shapely.get_coordinates(lines, return_index=True)
    xy = np.rint(xy).astype(np.int64)
    counts = np.bincount(of_vertex, minlength=len(lines))
    starts = np.cumsum(counts) - counts
    steps = np.diff(xy, axis=0)
    kept = steps.any(axis=1) & (np.diff(of_vertex) == 0)
    kept[(starts + counts - 2)[:rings]] = False  # z goes back to the beginning
    ends = np.concatenate([[0], np.cumsum(kept)])
    first, last = ends[starts], ends[starts + counts - 1]
    least = np.where(np.arange(len(lines)) < rings, _TRIANGLE - 1, 1)
    numbers = list(map(str, steps[kept].ravel().tolist()))
    origins = xy[starts].tolist()
    return [
        f"M{_side_by_side(map(str, origin))}l{_side_by_side(numbers[2 * low : 2 * high])}"
        f"{'z' if at < rings else ''}"
        if high - low >= needed
        else ""
        for at, (origin, low, high, needed) in enumerate(
            zip(origins, first.tolist(), last.tolist(), least.tolist(), strict=True)
        )
    ]


def _side_by_side(numbers: Iterable[str]) -> str:
    """Put numbers side by side; a minus sign parts them as well as a space."""
    return " ".join(numbers).replace(" -", "-")
