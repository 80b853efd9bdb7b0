"""Coordinate reference systems of OGC API – Features Part 2: their URIs, axes and boxes.

References
----------
OGC 18-058r1, OGC API – Features Part 2: Coordinate Reference Systems by Reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from boundaries.crs import GEOGRAPHIC, METROPOLE, WEB_MERCATOR
from geo_service.ogc.exchange import refused

#: CRS of every answer that asks for none.
CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG: Final = "http://www.opengis.net/def/crs/EPSG/0/"
#: Legal projected systems of the overseas départements (boundaries/crs.py).
_OVERSEAS = (5490, 2972, 2975, 4471)

#: Decimals of coordinates: some 11 cm in degrees, 1 cm in metres.
DEGREE_DECIMALS = 6
METRE_DECIMALS = 2

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Crs:
    """A CRS that geometries are given in, or boxes and filters taken in.

    Attributes
    ----------
    uri
        Its identifier.
    srid
        EPSG code, as PostGIS knows it.
    swapped
        Whether its first axis is the northing or the latitude, against PostGIS's order.
    geographic
        Whether its unit is the degree.
    """

    uri: str
    srid: int
    swapped: bool
    geographic: bool

    @property
    def decimals(self) -> int:
        """Decimals of its coordinates in answers."""
        return DEGREE_DECIMALS if self.geographic else METRE_DECIMALS


def _known(srid: int) -> Crs:
    found = CRS.from_epsg(srid)
    first = found.axis_info[0].direction
    return Crs(f"{_EPSG}{srid}", srid, first == "north", found.is_geographic)


#: Every CRS supported, the default first.
SUPPORTED: Final[Mapping[str, Crs]] = {
    CRS84: Crs(CRS84, GEOGRAPHIC, swapped=False, geographic=True),
    **{
        found.uri: found for found in map(_known, (GEOGRAPHIC, WEB_MERCATOR, METROPOLE, *_OVERSEAS))
    },
}
DEFAULT: Final = SUPPORTED[CRS84]


def find_crs(name: str, uri: str | None) -> Crs:
    """Find the CRS that a parameter names.

    Parameters
    ----------
    name
        The parameter.
    uri
        Its value; None for the default.

    Raises
    ------
    Problem
        400, listing those that are supported.
    """
    if uri is None:
        return DEFAULT
    found = SUPPORTED.get(uri)
    if found is None:
        raise refused(
            name,
            "ce système de coordonnées n’est pas servi. Systèmes possibles : "
            f"{', '.join(SUPPORTED)}.",
        )
    return found


@cache
def _to_degrees(srid: int) -> Transformer:
    return Transformer.from_crs(srid, GEOGRAPHIC, always_xy=True)


def degrees_around(box: Box, crs: Crs) -> list[Box]:
    """Find boxes of longitudes and latitudes that hold a projected box.

    Parameters
    ----------
    box
        Least and greatest easting and northing: west, south, east, north.
    crs
        A projected CRS.

    Returns
    -------
    list of tuple
        Two boxes when it crosses the antimeridian; none that can be told: an empty list.
    """
    try:
        west, south, east, north = _to_degrees(crs.srid).transform_bounds(
            *box, densify_pts=21, errcheck=True
        )
    except ProjError:
        return []
    # Between two densified points the edge bends a little further: a tenth of a degree is ample
    # for boxes of the size of France, and candidates are tested exactly afterwards.
    margin = 0.1 + 0.02 * ((east - west) % 360 + north - south)
    west, south, east, north = west - margin, south - margin, east + margin, north + margin
    if west <= east:
        return [(west, south, east, north)]
    return [(west, south, 180.0, north), (-180.0, south, east, north)]
