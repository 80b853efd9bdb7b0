"""Where names go: the most populated territories first, none over another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import shapely

from geo_service.maps.outlines import Outlines
from geo_service.maps.paths import UNITS
from geo_service.maps.text import SEMIBOLD, clean, halves, width

#: West, north, east, south, pixels.
Rectangle = tuple[float, float, float, float]

#: In sizes of the text of a name: height of a line, of what is above its baseline, text of a value.
LINE, _ASCENT, VALUE = 1.08, 0.85, 0.92
#: Clear space around a name, pixels.
_CLEAR: Final = 2.0
#: Part of a name that may lie over the neighbours of its territory.
_OVER: Final = 0.12
#: Names tried: finding where one fits takes a third of a millisecond.
_TRIED: Final = 90
#: Names set beside a dot, where territories are too small to hold them: at most this many, and one
#: for so many square pixels.
_DOTTED, _AREA_OF_ONE = 14, 22_000
#: Radius of a dot, pixels.
DOT: Final = 2.2


class Wanted(NamedTuple):
    """A name to set.

    Attributes
    ----------
    at
        Place of its territory in the picture.
    name, value
        What to write.
    people
        Inhabitants: the most populated are named first.
    colour
        Colour of its territory, where it is the same in every scheme; else empty.
    """

    at: int
    name: str
    value: str
    people: int
    colour: str


@dataclass(frozen=True)
class Label:
    """Text set in a picture, pixels from its corner.

    Attributes
    ----------
    lines
        Its lines; the value, if there was room, is apart.
    value
        Under the name; empty when there was no room.
    x, y
        Baseline of the first line.
    anchor
        ``start``, ``middle`` or ``end``.
    colour
        What the text stands on, when it is inside its territory and that is known; else empty.
    dot
        Place of a dot, for a name beside its territory.
    """

    lines: tuple[str, ...]
    value: str
    x: float
    y: float
    anchor: str
    colour: str = ""
    dot: tuple[float, float] | None = None


def place(
    outlines: Outlines,
    wanted: Sequence[Wanted],
    size: float,
    room: tuple[float, float],
    *,
    dots: bool,
    taken: Iterable[Rectangle] = (),
) -> list[Label]:
    """Set as many names as fit.

    Parameters
    ----------
    outlines
        Territories of the picture.
    wanted
        Names to set, in order of importance.
    size
        Size of the text, pixels.
    room
        Width and height of the picture, pixels.
    dots
        Whether a name may stand beside a dot where its territory cannot hold it.
    taken
        Rectangles to leave free.

    Returns
    -------
    list of Label
        In the order of `wanted`.
    """
    tried = list(wanted[:_TRIED])
    if not tried:
        return []
    sheet = _Sheet(size, room, taken)
    which = [item.at for item in tried]
    most = min(_DOTTED, round(room[0] * room[1] / _AREA_OF_ONE)) if dots else 0
    found = []
    for item, shape, (x, y) in zip(
        tried, outlines.shapes[which], outlines.centres(which), strict=True
    ):
        label = sheet.within(item, shape, x, y)
        if label is None and most > 0:
            label = sheet.beside(item, x, y)
            most -= label is not None
        if label is not None:
            found.append(label)
    return found


class _Sheet:
    """A picture that fills with names."""

    def __init__(self, size: float, room: tuple[float, float], taken: Iterable[Rectangle]) -> None:
        self._size = size
        self._room = room
        self._taken: list[Rectangle] = []
        for box in taken:
            self._take(box)

    def within(self, item: Wanted, shape: shapely.Geometry, x: float, y: float) -> Label | None:
        """Set a name in the middle of its territory, with its value if there is room for both."""
        size = self._size
        forms = halves(clean(item.name))
        for value in dict.fromkeys((item.value, "")):
            for lines in forms:
                wide = max(width(line, size, SEMIBOLD) for line in lines)
                if value:
                    wide = max(wide, width(value, size * VALUE))
                high = (len(lines) + bool(value)) * size * LINE
                box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
                if self._free(box) and _holds(shape, box):
                    self._take(box)
                    top = box[1] + size * _ASCENT
                    return Label(tuple(lines), value, x, top, "middle", item.colour)
        return None

    def beside(self, item: Wanted, x: float, y: float) -> Label | None:
        """Set a name beside a dot: at its right, its left, above, below."""
        name, size = clean(item.name), self._size
        wide, high, gap = width(name, size, SEMIBOLD), size * LINE, DOT + 2
        dot = (x - DOT, y - DOT, x + DOT, y + DOT)
        for anchor, left, top in (
            ("start", x + gap, y - high / 2),
            ("end", x - gap - wide, y - high / 2),
            ("middle", x - wide / 2, y - gap - high),
            ("middle", x - wide / 2, y + gap),
        ):
            text = (left, top, left + wide, top + high)
            if self._free(text) and self._free(dot):
                self._take(text)
                self._take(dot)
                at = {"start": left, "end": left + wide, "middle": x}[anchor]
                return Label((name,), "", at, top + size * _ASCENT, anchor, dot=(x, y))
        return None

    def _free(self, box: Rectangle) -> bool:
        """Tell whether a rectangle is inside the picture and over no other."""
        west, north, east, south = box
        if west < _CLEAR or north < _CLEAR:
            return False
        if east > self._room[0] - _CLEAR or south > self._room[1] - _CLEAR:
            return False
        return not any(
            west < other[2] and other[0] < east and north < other[3] and other[1] < south
            for other in self._taken
        )

    def _take(self, box: Rectangle) -> None:
        west, north, east, south = box
        self._taken.append((west - _CLEAR, north - _CLEAR, east + _CLEAR, south + _CLEAR))


def _holds(shape: shapely.Geometry, box: Rectangle) -> bool:
    """Tell whether a territory holds a rectangle, but for a small part of it."""
    west, north, east, south = (side * UNITS for side in box)
    whole = (east - west) * (south - north)
    # The intersection with any polygon gives the same area in five times as long.
    inside = shapely.area(shapely.clip_by_rect(shape, west, north, east, south))
    return bool(inside >= (1 - _OVER) * whole)
