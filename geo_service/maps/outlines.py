"""Outlines of a picture: read at the right zoom, projected, fitted to its box, simplified."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import asinh, ceil, log2, pi, radians, tan
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.crs import WEB_MERCATOR, project
from geo_service.atlas import PublishedAtlas
from geo_service.kept import Kept
from geo_service.maps.composition import Composition, Picture
from geo_service.maps.paths import UNITS, path_data
from geo_service.sql import load

#: Zooms at which the outlines of a niveau are kept, and pixels of their tiles
#: (``boundaries.generalise``, which would bring pandas in the process).
_ZOOMS: Final = {"commune": (7, 11), "epci": (5, 11), "departement": (4, 11), "region": (3, 11)}
_TILE_PIXELS: Final = 512
#: Radius of the sphere of EPSG:3857, metres.
_RADIUS: Final = 6_378_137.0
#: Pixels of the screen or print under whose square a triangle of the border goes (Visvalingam &
#: Whyatt 1993, as in ``boundaries.generalise``).
_TOLERANCE: Final = 1.0
#: The ground, which is only looked past, is drawn coarser by this much.
_COARSER: Final = 1.6
#: Part of a box left around what it shows.
_MARGIN: Final = 0.03
#: How much wider than its territories the ground around them is read.
_AROUND: Final = 1.6


#: Bytes of pictures kept by a publication in a process.
KEPT: Final = 8 * 2**20
#: Bytes of a shape beside its vertices, and of a vertex written in a path, the borders around many
#: territories being written twice.
_SHAPE, _WRITTEN = 400, 12


class NoOutlineError(Exception):
    """A publication has no outline of a territory that it says is on the map."""


class Box(NamedTuple):
    """A rectangle of the drawing, pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Outlines:
    """A picture fitted to its box; shapes are in units of :mod:`paths` from its corner, y down.

    It is the same whatever is told of the territories: what is worked out of it is kept with it.

    Attributes
    ----------
    box
        Where it is.
    shapes
        (n,) of the territories of the picture, in its order.
    land
        Départements around and under them, in one.
    borders
        Lines between these, and their coasts.
    metres
        Metres of a pixel.
    groups
        (n,) larger territory of each one, where its borders are drawn too; else empty.
    """

    box: Box
    shapes: NDArray[np.object_]
    land: shapely.Geometry
    borders: shapely.Geometry
    metres: float
    groups: tuple[str, ...] = ()
    _centres: dict[int, tuple[float, float]] = field(default_factory=dict, repr=False)

    @cached_property
    def paths(self) -> list[str]:
        """Path of each territory."""
        return path_data(self.shapes)

    @cached_property
    def areas(self) -> NDArray[np.float64]:
        """(n,) area of each territory, square pixels."""
        areas: NDArray[np.float64] = shapely.area(self.shapes) / UNITS**2
        return areas

    @cached_property
    def ground(self) -> tuple[str, str]:
        """Paths of the land and of its borders."""
        land, borders = path_data(np.array([self.land, self.borders], dtype=object))
        return land, borders

    @cached_property
    def around(self) -> str:
        """Path around all the territories."""
        (path,) = path_data(np.array([self._whole], dtype=object))
        return path

    @cached_property
    def limits(self) -> str:
        """Path of the borders between larger territories; empty where there is none."""
        if len(set(self.groups)) < 2:  # noqa: PLR2004 (one has a border with nobody)
            return ""
        names = np.array(self.groups)
        lines = shapely.union_all(
            [
                shapely.boundary(shapely.coverage_union_all(self.shapes[names == name]))
                for name in sorted(set(self.groups))
            ]
        )
        inner = shapely.line_merge(shapely.difference(lines, shapely.boundary(self._whole)))
        (path,) = path_data(np.array([inner], dtype=object))
        return path

    @cached_property
    def _whole(self) -> shapely.Geometry:
        return shapely.coverage_union_all(self.shapes)

    def centres(self, which: Sequence[int]) -> list[tuple[float, float]]:
        """Centre of the largest circle inside some territories, pixels."""
        new = [at for at in which if at not in self._centres]
        circles = shapely.maximum_inscribed_circle(self.shapes[new], tolerance=UNITS)
        found = shapely.get_coordinates(shapely.get_point(circles, 0)) / UNITS
        self._centres.update(zip(new, map(tuple, found.tolist()), strict=True))
        return [self._centres[at] for at in which]

    @property
    def weight(self) -> int:
        """Bytes it takes in memory, about: GEOS holds two numbers of 8 bytes for each vertex."""
        vertices = shapely.get_num_coordinates([*self.shapes, self.land, self.borders])
        return _SHAPE * len(self.shapes) + (16 + _WRITTEN) * int(vertices.sum())


_Pictures = Kept[tuple[str, str, Picture, Box, float], Outlines]
_kept: WeakKeyDictionary[PublishedAtlas, _Pictures] = WeakKeyDictionary()


async def read_outlines(
    atlas: PublishedAtlas,
    composition: Composition,
    picture: Picture,
    box: Box,
    precision: float = 1.0,
) -> Outlines:
    """Read and fit one picture, unless that was done lately.

    The communes of an EPCI have the same picture, whatever is told of them.

    Parameters
    ----------
    atlas
        The publication.
    composition, picture
        What to draw; every territory has an outline.
    box
        Where.
    precision
        Pixels of the screen or print for one of the drawing.

    Raises
    ------
    DatabaseAwayError
        If the database does not answer.
    NoOutlineError
        If an outline is not there.
    """
    kept = _kept.setdefault(atlas, Kept(KEPT, lambda made: made.weight))
    key = composition.level, composition.inner, picture, box, precision
    found = await kept.once(key, lambda: _read(atlas, composition, picture, box, precision))
    kept.keep(key, found)
    return found


async def _read(
    atlas: PublishedAtlas,
    composition: Composition,
    picture: Picture,
    box: Box,
    precision: float,
) -> Outlines:
    framed = picture.ground or picture.codes
    niveau = "departement" if picture.ground else composition.level
    (around,) = await _fetch(atlas, "emprises_carte", niveau=niveau, codes=list(framed))
    if around["west"] is None:
        raise NoOutlineError(f"{niveau} {framed[0]}")
    bounds = _mercator(around["west"], around["south"], around["east"], around["north"])
    zoom = _zoom(bounds, box, precision)
    rows = await _fetch(
        atlas,
        "contours_carte",
        zoom=_within(zoom, composition.level),
        niveau=composition.level,
        codes=list(picture.codes),
    )
    ground_zoom = _within(zoom, "departement")
    if picture.ground:
        ground = await _fetch(
            atlas,
            "contours_carte",
            zoom=ground_zoom,
            niveau="departement",
            codes=list(picture.ground),
        )
    elif composition.level == "departement" and composition.inner:
        ground = []  # the country: there is nothing around it
    else:
        west, south, east, north = _widened(bounds, box)
        ground = await _fetch(
            atlas,
            "contours_autour",
            zoom=ground_zoom,
            west=west,
            south=south,
            east=east,
            north=north,
        )
    by_code = {row["code"]: row["geom"] for row in rows}
    if len(by_code) < len(picture.codes):
        absent = sorted(set(picture.codes) - set(by_code))
        raise NoOutlineError(f"{composition.level} {', '.join(absent[:5])}")
    return await asyncio.to_thread(
        _fit,
        [by_code[code] for code in picture.codes],
        [row["geom"] for row in ground],
        picture,
        box,
        groups=_groups(atlas, composition, picture),
        tolerance=_TOLERANCE * UNITS / precision,
    )


def _groups(atlas: PublishedAtlas, composition: Composition, picture: Picture) -> tuple[str, ...]:
    """Larger territory of each one drawn, where its borders are drawn too."""
    if not composition.inner:
        return ()
    parents = atlas.metadata.territories.parents
    return tuple(
        next(
            (up for niveau, up in parents[composition.level, code] if niveau == composition.inner),
            "",
        )
        for code in picture.codes
    )


async def _fetch(atlas: PublishedAtlas, name: Any, **values: Any) -> list[dict[str, Any]]:
    return await atlas.database.fetch(load(name), values, binary=True)


def _mercator(west: float, south: float, east: float, north: float) -> tuple[float, ...]:
    """Box of EPSG:3857 around one in degrees."""
    return (
        _RADIUS * radians(west),
        _RADIUS * asinh(tan(radians(south))),
        _RADIUS * radians(east),
        _RADIUS * asinh(tan(radians(north))),
    )


def _zoom(bounds: tuple[float, ...], box: Box, precision: float) -> int:
    """First zoom whose pixel is no larger than that of the screen or print."""
    west, south, east, north = bounds
    pixel = max((east - west) / box.width, (north - south) / box.height)
    return ceil(log2(2 * pi * _RADIUS / _TILE_PIXELS / pixel * precision))


def _within(zoom: int, niveau: str) -> int:
    low, high = _ZOOMS[niveau]
    return min(max(zoom, low), high)


def _widened(bounds: tuple[float, ...], box: Box) -> tuple[float, ...]:
    """Widen bounds to the shape of a box, with room for the turn of a projection."""
    west, south, east, north = bounds
    pixel = max((east - west) / box.width, (north - south) / box.height) * _AROUND
    x, y = (west + east) / 2, (south + north) / 2
    half = (box.width * pixel / 2, box.height * pixel / 2)
    return x - half[0], y - half[1], x + half[0], y + half[1]


def _fit(
    drawn: Sequence[bytes],
    ground: Sequence[bytes],
    picture: Picture,
    box: Box,
    *,
    groups: tuple[str, ...],
    tolerance: float,
) -> Outlines:
    """Project, fit and simplify: no waiting, some milliseconds for a hundred communes."""
    shapes = project(shapely.from_wkb(np.array(drawn, dtype=object)), WEB_MERCATOR, picture.srid)
    around = np.zeros(0, dtype=object)
    if ground:
        around = shapely.from_wkb(np.array(ground, dtype=object))
        around = project(around[~shapely.is_empty(around)], WEB_MERCATOR, picture.srid)
    west, south, east, north = shapely.total_bounds(around if picture.ground else shapes)
    metres = max((east - west) / box.width, (north - south) / box.height) * (1 + 2 * _MARGIN)
    left = (west + east) / 2 - box.width * metres / 2
    top = (south + north) / 2 + box.height * metres / 2

    def to_units(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        fitted: NDArray[np.float64] = (xy - (left, top)) * (UNITS / metres, -UNITS / metres)
        return fitted

    land, borders = _ground(shapely.transform(around, to_units), box, tolerance * _COARSER)
    simple = _simplified(shapely.transform(shapes, to_units), tolerance)
    return Outlines(box, simple, land, borders, metres, groups)


def _ground(
    shapes: NDArray[np.object_], box: Box, tolerance: float
) -> tuple[shapely.Geometry, shapely.Geometry]:
    """Land in one piece, and its lines, each once; cut by the box, whose sides are no borders."""
    simple = _simplified(shapes, tolerance)
    # Simplifying may cross the lines of a thin island or of a part that was cut by the view: such a
    # shape is mended, and a union that expects no perfect coverage is used (1 ms for one of 0.2).
    land = shapely.union_all(shapely.make_valid(simple))
    lines = shapely.union_all(shapely.boundary(simple))
    view = (0.0, 0.0, box.width * UNITS, box.height * UNITS)
    return (
        shapely.clip_by_rect(land, *view),
        shapely.line_merge(shapely.clip_by_rect(lines, *view)),
    )


def _simplified(shapes: NDArray[np.object_], tolerance: float) -> NDArray[np.object_]:
    """Drop the details smaller than a tolerance, once for both sides of a border."""
    if not len(shapes):
        return shapes
    simple: NDArray[np.object_] = shapely.coverage_simplify(shapes, tolerance)
    # A territory of less than a pixel is kept as it was.
    return np.where(shapely.is_empty(simple), shapes, simple)
