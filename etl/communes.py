"""The communes of the atlas as arrays, to place points in them and measure how far they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from boundaries import crs
from boundaries.cog import Resolver
from etl.commune_names import Gazetteer

FloatArray = npt.NDArray[np.float64]
GeometryArray = npt.NDArray[np.object_]

#: Metres in one degree of latitude (a quarter of GRS 80's meridian, 10 001 966 m, over 90°).
METRES_PAR_DEGRE = 111_133.0

_GEOD = pyproj.Geod(ellps="WGS84")


class Locator(Protocol):
    """Finds which outline holds each of many points, in place of this process."""

    points_minimum: int

    def at(self, communes: Communes, points: GeometryArray) -> npt.NDArray[np.int64]:
        """As :meth:`Communes.at`, with the same result."""


@dataclass(frozen=True)
class Communes:
    """Communes of the atlas, as arrays of the same length sorted by code.

    Attributes
    ----------
    codes : pandas.Index of str
    noms : numpy.ndarray of str
    geoms : numpy.ndarray of shapely.MultiPolygon
        EPSG:4326.
    centres : numpy.ndarray of shapely.Point
        A point inside each, EPSG:4326.
    srids : numpy.ndarray of int
        Legal projected CRS, metres.
    codes_postaux : tuple of tuples of str
        Postcodes of each.
    anciens : tuple of (str, str)
        Names of communes that are no more, and the code of the commune each is in today.
    locator : Locator or None
        Locates points when they are many.
    """

    codes: pd.Index[str]
    noms: npt.NDArray[np.object_]
    geoms: GeometryArray
    centres: GeometryArray
    srids: npt.NDArray[np.int64]
    codes_postaux: tuple[tuple[str, ...], ...]
    anciens: tuple[tuple[str, str], ...] = ()
    locator: Locator | None = None

    @classmethod
    def of(
        cls,
        territoires: gpd.GeoDataFrame,
        anciens: Iterable[tuple[str, str]] = (),
        locator: Locator | None = None,
    ) -> Communes:
        """Take the communes that have a polygon out of a frame of the table ``territoires``."""
        mapped = (territoires["niveau"] == "commune") & territoires["geom"].notna()
        frame = territoires[mapped].sort_values("code")
        return cls(
            codes=pd.Index(frame["code"]),
            noms=frame["nom"].to_numpy(dtype=object),
            geoms=np.asarray(frame["geom"], dtype=object),
            centres=np.asarray(frame["centre"], dtype=object),
            srids=frame["srid_legal"].to_numpy(dtype="int64"),
            codes_postaux=tuple(map(tuple, frame["codes_postaux"])),
            anciens=tuple(anciens),
            locator=locator,
        )

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """What postcodes and names mean."""
        return Gazetteer(zip(self.codes, self.noms, self.codes_postaux, strict=True), self.anciens)

    @cached_property
    def rayons_m(self) -> FloatArray:
        """Radius in metres of the circle of the area of each: what its middle is precise to."""
        latitudes = np.radians(shapely.get_y(self.centres))
        areas = shapely.area(self.geoms) * np.cos(latitudes) * METRES_PAR_DEGRE**2
        radii: FloatArray = np.round(np.sqrt(areas / np.pi))
        return radii

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index of the outlines."""
        return shapely.STRtree(self.geoms)

    def at(self, points: GeometryArray) -> npt.NDArray[np.int64]:
        """Position of the commune each point lies in, -1 for none; on a border, the lowest code."""
        if self.locator is not None and len(points) >= self.locator.points_minimum:
            return self.locator.at(self, points)
        found = np.full(len(points), -1, dtype="int64")
        rows, positions = self.tree.query(points, predicate="intersects")
        order = np.argsort(-positions, kind="stable")
        found[rows[order]] = positions[order]
        return found

    def nearest(self, points: GeometryArray) -> npt.NDArray[np.int64]:
        """Position of the commune nearest to each point, in degrees; the lowest code of equals."""
        found = np.full(len(points), -1, dtype="int64")
        rows, positions = self.tree.query_nearest(points, all_matches=True)
        order = np.argsort(-positions, kind="stable")
        found[rows[order]] = positions[order]
        return found

    def distance_km(self, points: GeometryArray, positions: npt.NDArray[np.int64]) -> FloatArray:
        """Distance of each point to the outline of a commune, in the legal CRS of its zone.

        Parameters
        ----------
        points : numpy.ndarray of shapely.Point, shape (n,)
            EPSG:4326.
        positions : numpy.ndarray of int, shape (n,)
            Position of the commune of each point.

        Returns
        -------
        numpy.ndarray of float, shape (n,)
            Kilometres; 0 inside. For a point so far that the projection has no answer, the
            geodesic distance to the centre of the commune.
        """
        km = np.zeros(len(points))
        outside = np.flatnonzero(~shapely.intersects(self.geoms[positions], points))
        srids = self.srids[positions[outside]]
        for srid in np.unique(srids):
            rows = outside[srids == srid]
            outlines = crs.project(self.geoms[positions[rows]], crs.GEOGRAPHIC, int(srid))
            projected = crs.project(points[rows], crs.GEOGRAPHIC, int(srid))
            reached = np.isfinite(shapely.get_x(projected) + shapely.get_y(projected))
            km[rows] = np.nan
            km[rows[reached]] = shapely.distance(outlines[reached], projected[reached]) / 1000
        far = outside[np.isnan(km[outside])]
        centres = self.centres[positions[far]]
        _, _, metres = _GEOD.inv(
            shapely.get_x(points[far]),
            shapely.get_y(points[far]),
            shapely.get_x(centres),
            shapely.get_y(centres),
        )
        km[far] = np.asarray(metres) / 1000
        return km


def old_names(resolver: Resolver, movements: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Names of communes that are no more, and the code of the commune each is in today.

    Parameters
    ----------
    resolver : boundaries.cog.Resolver
    movements : pandas.DataFrame
        ``code_av`` and ``nom_av``, of the table ``mouvements``.
    """
    found = {
        (name, resolver.answers[code])
        for name, code in zip(movements["nom_av"], movements["code_av"], strict=True)
        if code in resolver.answers
    }
    return tuple(sorted(found))
