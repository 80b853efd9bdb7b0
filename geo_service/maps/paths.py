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
    found = []
    for shape in shapes:
        closed = shapely.get_dimensions(shape) == 2  # noqa: PLR2004 (an area)
        parts = shapely.get_parts(shape)
        rings = shapely.get_rings(parts) if closed else parts
        text = "".join(_piece(ring, closed=closed) for ring in rings)
        if not text and closed:
            x, y = np.rint(shapely.get_coordinates(shapely.centroid(shape))[0]).astype(int)
            text = f"M{x} {y}h1v1h-1z"
        found.append(text)
    return found


def _piece(line: shapely.Geometry, *, closed: bool) -> str:
    xy = np.rint(shapely.get_coordinates(line)).astype(np.int64)
    steps = np.diff(xy, axis=0)
    if closed:
        steps = steps[:-1]  # z goes back to the beginning
    steps = steps[steps.any(axis=1)]
    if len(steps) < (_TRIANGLE - 1 if closed else 1):
        return ""
    return f"M{_numbers(xy[0].tolist())}l{_numbers(steps.ravel().tolist())}{'z' if closed else ''}"


def _numbers(values: Iterable[int]) -> str:
    """Put numbers side by side; a minus sign parts them as well as a space."""
    return " ".join(map(str, values)).replace(" -", "-")
