"""Glyphs of a font as signed distance fields: the ``{range}.pbf`` files of map libraries.

Sizes are those every reader of the format expects: 24 pixels an em, a margin of 3 pixels around
each glyph, distances up to 8 pixels on 256 levels, the outline at three quarters of them (Green,
"Improved alpha-tested magnification", SIGGRAPH 2007; MapLibre style specification, "Glyphs").
Distances are measured to the outline itself, not to a raster of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import ceil, floor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

#: Pixels an em, around a glyph, and that distances reach; share of the levels that is inside.
EM = 24
MARGIN = 3
RADIUS = 8
CUTOFF = 0.25

#: Characters of a file.
RANGE = 256

#: Straight pieces a curve is cut into: at 24 pixels an em they are a tenth of a pixel.
_PIECES = 12

_WIRE_VARINT, _WIRE_BYTES = 0, 2


class Glyph(NamedTuple):
    """A character drawn.

    Attributes
    ----------
    code
        Unicode code point.
    bitmap
        Rows of ``height + 6`` × ``width + 6`` levels; empty for a blank.
    width, height
        Pixels, margins excluded.
    left, top
        Pixels from the pen to the left edge, and from the ascender up to the top edge.
    advance
        Pixels the pen moves by.
    """

    code: int
    bitmap: bytes
    width: int
    height: int
    left: int
    top: int
    advance: int


class Face:
    """One weight of a variable font kept in several files, each with its characters.

    Parameters
    ----------
    paths
        Files of the font (TrueType or WOFF2); the first that has a character draws it.
    weight
        Value of its axis ``wght``.
    """

    def __init__(self, paths: Iterable[Path], weight: float) -> None:
        self._sets: list[tuple[Mapping[int, str], Any, float]] = []
        for path in paths:
            font = TTFont(path)
            scale = EM / font["head"].unitsPerEm
            glyphs = font.getGlyphSet(location={"wght": weight})
            self._sets.append((font.getBestCmap(), glyphs, scale))
            self._ascender = ceil(font["hhea"].ascent * scale)

    def characters(self) -> set[int]:
        """Code points the font has."""
        return {code for known, _, _ in self._sets for code in known}

    def draw(self, code: int) -> Glyph | None:
        """Draw a character; None if the font lacks it."""
        for known, glyphs, scale in self._sets:
            if code in known:
                glyph = glyphs[known[code]]
                pen = _Contours(glyphs)
                glyph.draw(pen)
                shape = shapely.transform(filled(pen.contours), lambda xy, k=scale: xy * k)
                return self._field(code, shape, round(glyph.width * scale))
        return None

    def _field(self, code: int, shape: shapely.Geometry, advance: int) -> Glyph:
        if shape.is_empty:
            return Glyph(code, b"", 0, 0, 0, 0, advance)
        west, south, east, north = shape.bounds
        left, top = floor(west), ceil(north)
        width, height = ceil(east) - left, top - floor(south)
        x = left - MARGIN + 0.5 + np.arange(width + 2 * MARGIN)
        y = top + MARGIN - 0.5 - np.arange(height + 2 * MARGIN)
        columns, rows = np.meshgrid(x, y)
        away = shapely.distance(shape.boundary, shapely.points(columns, rows))
        away = np.where(shapely.contains_xy(shape, columns, rows), -away, away)
        levels = 255 - 255 * (away / RADIUS + CUTOFF)
        bitmap = np.clip(np.rint(levels), 0, 255).astype(np.uint8).tobytes()
        return Glyph(code, bitmap, width, height, left, top - self._ascender, advance)


def filled(contours: Iterable[list[tuple[float, float]]]) -> shapely.Geometry:
    """Area that contours enclose by the rule of fonts: where they turn around a place at all.

    Variable fonts let contours overlap; joining shapes and cutting holes would be wrong there.
    """
    rings = [np.array([*points, points[0]]) for points in contours if len(set(points)) > 2]  # noqa: PLR2004
    if not rings:
        return shapely.Polygon()
    lines = shapely.union_all([shapely.LineString(ring) for ring in rings])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = [face for face in faces if _turns(rings, face.representative_point())]
    return shapely.union_all(inside)


def _turns(rings: Iterable[np.ndarray[Any, np.dtype[np.float64]]], place: shapely.Point) -> int:
    """Winding number of contours around a place: their crossings of the half-line to its right."""
    total = 0
    for ring in rings:
        x, y = (ring - (place.x, place.y)).T
        up = (y[:-1] <= 0) & (y[1:] > 0)
        down = (y[:-1] > 0) & (y[1:] <= 0)
        side = x[:-1] * y[1:] - x[1:] * y[:-1]
        total += int(np.sum(up & (side > 0))) - int(np.sum(down & (side < 0)))
    return total


class _Contours(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Draws a glyph as closed lines."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.contours: list[list[tuple[float, float]]] = []

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 (names of BasePen)
        self.contours.append([point])

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self.contours[-1].append(point)

    def _curveToOne(  # noqa: N802
        self, one: tuple[float, float], two: tuple[float, float], end: tuple[float, float]
    ) -> None:
        start = np.array(self.contours[-1][-1])
        for t in np.linspace(0, 1, _PIECES + 1)[1:]:
            point = (
                (1 - t) ** 3 * start
                + 3 * (1 - t) ** 2 * t * np.array(one)
                + 3 * (1 - t) * t**2 * np.array(two)
                + t**3 * np.array(end)
            )
            self.contours[-1].append((float(point[0]), float(point[1])))


def write_glyphs(name: str, start: int, glyphs: Iterable[Glyph]) -> bytes:
    """Write a range of glyphs as the protobuf message ``glyphs``.

    Parameters
    ----------
    name
        Name of the font.
    start
        First code point of the range, a multiple of 256.
    glyphs
        Those there are, by code point.

    Returns
    -------
    bytes
        Not compressed; valid without any glyph.
    """
    stack = _text(1, name) + _text(2, f"{start}-{start + RANGE - 1}")
    for glyph in glyphs:
        message = _number(1, glyph.code)
        if glyph.bitmap:
            message += _field(2, glyph.bitmap)
        message += _number(3, glyph.width) + _number(4, glyph.height)
        message += _number(5, _zigzag(glyph.left)) + _number(6, _zigzag(glyph.top))
        message += _number(7, glyph.advance)
        stack += _field(3, message)
    return _field(1, stack)


def ranges(face: Face, name: str, starts: Iterable[int]) -> Iterator[tuple[str, bytes]]:
    """Draw ranges of a face: the name of each file, ``0-255.pbf``, and its bytes."""
    known = face.characters()
    for start in starts:
        codes = sorted(code for code in known if start <= code < start + RANGE)
        drawn = (face.draw(code) for code in codes)
        content = write_glyphs(name, start, (glyph for glyph in drawn if glyph is not None))
        yield f"{start}-{start + RANGE - 1}.pbf", content


def _zigzag(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _WIRE_BYTES) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3 | _WIRE_VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 (seven bits a byte)
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
