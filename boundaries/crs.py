"""Coordinate reference systems: one legal projection by zone of France.

References
----------
Décret n° 2006-272 modified by décret n° 2019-165, the legal systems of France: Lambert-93 (EPSG
2154) for metropolitan France, UTM zones on RGAF09 (5490), RGFG95 (2972), RGR92 (2975) and
RGM04 (4471) overseas.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

#: Degrees, longitude first: the CRS territories are kept in.
GEOGRAPHIC = 4326
#: Web Mercator in metres: the CRS tiles are drawn in.
WEB_MERCATOR = 3857
#: Lambert-93, the legal projection of metropolitan France.
METROPOLE = 2154

#: Metropolitan codes have two signs, overseas ones three.
_METROPOLITAN_LENGTH = 2
_LEGAL_OVERSEAS = {"971": 5490, "972": 5490, "973": 2972, "974": 2975, "976": 4471}


def legal_srid(departement: str) -> int:
    """EPSG code of the legal projected CRS (metres) of a département.

    Parameters
    ----------
    departement
        INSEE code, such as ``"48"``, ``"2A"`` or ``"974"``.

    Raises
    ------
    KeyError
        For an overseas code without polygons in the atlas (``975``, ``987``…).
    """
    return METROPOLE if len(departement) == _METROPOLITAN_LENGTH else _LEGAL_OVERSEAS[departement]


@cache
def _transform(source: int, target: int) -> Callable[..., tuple[NDArray[np.float64], ...]]:
    return Transformer.from_crs(source, target, always_xy=True).transform


def project(geometries: NDArray[np.object_], source: int, target: int) -> NDArray[np.object_]:
    """Transform geometries from one CRS to another, vertex by vertex.

    Equal vertices stay equal, so a valid coverage keeps its shared edges.

    Parameters
    ----------
    geometries
        Array of shape (n,), longitude or easting first.
    source, target
        EPSG codes.
    """
    transform = _transform(source, target)
    projected: NDArray[np.object_] = shapely.transform(
        geometries, lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1]))
    )
    return projected
