"""The point of a row of a geographic format: longitude and latitude as text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

#: Decimals of degrees that a change of CRS keeps: a tenth of a millimetre.
_DECIMALS = 9

Transform = Callable[..., tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]


@cache
def to_degrees(crs: str) -> Transform | None:
    """Give the transformation of a CRS to EPSG:4326, longitude first; None for itself.

    Raises
    ------
    pyproj.exceptions.CRSError
        If the text describes no CRS.
    """
    source = pyproj.CRS.from_user_input(crs)
    target = pyproj.CRS.from_epsg(4326)
    if source.equals(target, ignore_axis_order=True) or source.to_authority() == ("OGC", "CRS84"):
        return None
    transform: Transform = pyproj.Transformer.from_crs(source, target, always_xy=True).transform
    return transform


def texts(geometries: npt.NDArray[np.object_], transform: Transform | None) -> list[list[str]]:
    """Longitudes and latitudes of geometries; '' where there is none, or it is nowhere.

    A geometry that is no point gives its representative point, which lies in it (GEOS
    ``PointOnSurface``).
    """
    points = geometries.copy()
    points[shapely.is_empty(points)] = None
    others = ~shapely.is_missing(points) & (shapely.get_type_id(points) != 0)
    points[others] = shapely.point_on_surface(points[others])
    x, y = shapely.get_x(points), shapely.get_y(points)
    if transform is not None:
        x, y = (np.round(values, _DECIMALS) for values in transform(x, y))
    usable = np.isfinite(x) & np.isfinite(y)
    return [
        [repr(float(value)) if ok else "" for value, ok in zip(values, usable, strict=True)]
        for values in (x, y)
    ]
