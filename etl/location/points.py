"""Coordinates in degrees: which can be points, which are swapped, which are at sea or abroad."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from etl.communes import Communes, FloatArray, GeometryArray

BoolArray = npt.NDArray[np.bool_]

#: Bounds of coordinates in degrees.
_LON_MAX, _LAT_MAX = 180, 90

#: West, south, east, north of each zone of the atlas in degrees, wide by a tenth: metropolitan
#: France, then the départements overseas. No zone meets another one whose axes are swapped.
ZONES = {
    "": (-5.3, 41.2, 9.7, 51.2),
    "971": (-61.95, 15.7, -60.9, 16.65),
    "972": (-61.35, 14.3, -60.7, 15.0),
    "973": (-54.75, 2.0, -51.5, 5.95),
    "974": (55.1, -21.5, 55.95, -20.75),
    "976": (44.9, -13.15, 45.4, -12.5),
}

#: Width of the territorial sea: 12 nautical miles (United Nations Convention on the Law of the Sea,
#: article 3). A point nearer to a commune, and in no other country, is at sea.
MER_KM = 12 * 1.852

#: A point nearer to a commune than this (km) is on its shore, or in a harbour: outlines are drawn
#: to some hundred metres there.
RIVAGE_KM = 1.0

#: The ground of other countries within the reach of the territorial sea, drawn by hand to some two
#: kilometres along their coasts; inland, the communes' own outlines are the border, so that these
#: rings may go over France. Belgium to Italy; Spain, Andorra and Llívia; Jersey; Suriname and
#: Brazil.
_ETRANGER = shapely.from_wkt("""MULTIPOLYGON (
    ((2.546 51.089, 3.37 51.37, 4 51.95, 9.5 51.95, 9.5 44.3, 8.9 44.41, 8.48 44.3, 8.2 44,
      8.03 43.87, 7.53 43.78, 6.3 44.3, 4 49, 2.546 51.089)),
    ((-1.785 43.37, -2.26 43.3, -3 43.4, -4 43.35, -4 40.5, 0.9 40.5, 2.2 41.4, 3.13 41.85,
      3.12 42.13, 3.2 42.25, 3.32 42.32, 3.17 42.43, 2.5 42.7, 0.5 43, -1.785 43.37)),
    ((-2.26 49.15, -2 49.15, -2 49.27, -2.26 49.27, -2.26 49.15)),
    ((-53.99 5.76, -55.5 5.95, -55.5 1.5, -49.5 1.5, -51.6 4.35, -53.99 5.76)))""")

#: Around the collectivités of France that the atlas has no outline of: Saint-Pierre-et-Miquelon,
#: Saint-Martin and Saint-Barthélemy, Nouvelle-Calédonie, Polynésie française, Wallis-et-Futuna.
_SANS_CONTOUR = shapely.MultiPolygon(
    [
        shapely.box(-56.6, 46.7, -56.0, 47.2),
        shapely.box(-63.2, 17.8, -62.7, 18.15),
        shapely.box(158.0, -23.0, 172.5, -17.5),
        shapely.box(-155.0, -28.0, -134.0, -7.5),
        shapely.box(-178.3, -14.5, -176.0, -13.0),
    ]
)


def points_of(lon: FloatArray, lat: FloatArray) -> tuple[GeometryArray, BoolArray]:
    """Points of coordinates in degrees, and which of them can be points on the Earth.

    Missing values, values out of range and (0, 0), what a failed geocoding leaves, cannot.
    """
    lon = np.asarray(lon, dtype="float64")
    lat = np.asarray(lat, dtype="float64")
    with np.errstate(invalid="ignore"):
        usable = (np.abs(lon) <= _LON_MAX) & (np.abs(lat) <= _LAT_MAX) & ~((lon == 0) & (lat == 0))
    points = np.asarray(shapely.points(np.where(usable, lon, 0), np.where(usable, lat, 0)))
    return points, usable


def looks_swapped(lon: FloatArray, lat: FloatArray, code: pd.Series[str]) -> BoolArray:
    """Tell which points have their axes swapped: out of France as they are, in it the other way.

    Parameters
    ----------
    lon, lat : numpy.ndarray of float, shape (n,)
        Degrees as declared; missing values are swapped with nothing.
    code : pandas.Series of str, length n
        Declared code of the commune, of any year: its zone is the only one looked at. Where it is
        empty any zone will do.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    lon, lat = np.asarray(lon, dtype="float64"), np.asarray(lat, dtype="float64")
    zone = code.fillna("").astype("str").str.strip().str.extract(r"^(97\d|\d|)")[0].fillna("")
    zones = np.where(zone.str.startswith("97"), zone, np.where(zone == "", "*", ""))
    straight, swapped = np.zeros(len(lon), dtype=bool), np.zeros(len(lon), dtype=bool)
    for name, box in ZONES.items():
        here = (zones == name) | (zones == "*")
        straight |= here & _inside(lon, lat, box)
        swapped |= here & _inside(lat, lon, box)
    return swapped & ~straight


def _inside(x: FloatArray, y: FloatArray, box: tuple[float, float, float, float]) -> BoolArray:
    west, south, east, north = box
    with np.errstate(invalid="ignore"):
        inside: BoolArray = (west <= x) & (x <= east) & (south <= y) & (y <= north)
    return inside


def sea_or_abroad(points: GeometryArray, communes: Communes) -> tuple[BoolArray, BoolArray]:
    """Tell which points are at sea off the communes, and which are out of France.

    Parameters
    ----------
    points : numpy.ndarray of shapely.Point, shape (n,)
        EPSG:4326, in no commune.
    communes : Communes

    Returns
    -------
    at_sea, abroad : numpy.ndarray of bool, shape (n,)
        Neither for a point on the very shore of a commune, nor in a collectivité of France that the
        atlas has no outline of.

    Notes
    -----
    The atlas has no outline of other countries: see ``_ETRANGER`` for how far it tells the sea from
    them. A lagoon or an estuary that no commune owns counts as sea.
    """
    nearest = communes.nearest(points)
    km = communes.distance_km(points, nearest)
    foreign = shapely.intersects(_ETRANGER, points)
    at_sea = (km > RIVAGE_KM) & (km <= MER_KM) & ~foreign
    unmapped = shapely.intersects(_SANS_CONTOUR, points)
    abroad = ((km > MER_KM) & ~unmapped) | ((km > RIVAGE_KM) & foreign)
    return at_sea, abroad
