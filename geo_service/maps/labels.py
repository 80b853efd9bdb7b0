"""Where names go: the most populated territories first, none over another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_service.maps.paths import UNITS
from geo_service.maps.text import SEMIBOLD, clean, halves, width

#: Height of a line, in sizes of its text, and clear space around a name, pixels.
LINE: Final = 1.08
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
    index
        Place of its territory in the picture.
    name, value
        What to write.
    people
        Inhabitants: the most populated are named first.
    colour
        Colour of its territory, where it is the same in every scheme; else empty.
    """

    index: int
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


class _Taken:
    """Rectangles that are taken."""

    def __init__(self) -> None:
        self._boxes: list[tuple[float, float, float, float]] = []

    def free(self, box: tuple[float, float, float, float]) -> bool:
        x0, y0, x1, y1 = box
        return not any(
            x0 < b2 and b0 < x1 and y0 < b3 and b1 < y1 for b0, b1, b2, b3 in self._boxes
        )

    def take(self, box: tuple[float, float, float, float]) -> None:
        x0, y0, x1, y1 = box
        self._boxes.append((x0 - _CLEAR, y0 - _CLEAR, x1 + _CLEAR, y1 + _CLEAR))


def place(
    shapes: NDArray[np.object_],
    wanted: Sequence[Wanted],
    size: float,
    room: tuple[float, float],
    *,
    dots: bool,
    taken: Iterable[tuple[float, float, float, float]] = (),
) -> list[Label]:
    """Set as many names as fit.

    Parameters
    ----------
    shapes
        Territories of the picture, in units of :mod:`paths`.
    wanted
        Names to set, in order of importance.
    size
        Size of the text, pixels.
    room
        Width and height of the picture, pixels.
    dots
        Whether a name may stand beside a dot where its territory cannot hold it.
    taken
        Rectangles (west, north, east, south) to leave free.

    Returns
    -------
    list of Label
        In the order of `wanted`.
    """
    boxes = _Taken()
    for box in taken:
        boxes.take(box)
    tried = list(wanted[:_TRIED])
    if not tried:
        return []
    inside = shapes[[item.index for item in tried]]
    circles = shapely.maximum_inscribed_circle(inside, tolerance=UNITS)
    centres = shapely.get_coordinates(shapely.get_point(circles, 0)) / UNITS
    shapely.prepare(inside)
    most = min(_DOTTED, round(room[0] * room[1] / _AREA_OF_ONE))
    found = []
    for item, shape, (x, y) in zip(tried, inside, centres.tolist(), strict=True):
        label = _within(item, shape, x, y, size, room, boxes)
        if label is None and dots and most > 0:
            label = _beside(item, x, y, size, room, boxes)
            most -= label is not None
        if label is not None:
            found.append(label)
    return found


def _within(
    item: Wanted,
    shape: shapely.Geometry,
    x: float,
    y: float,
    size: float,
    room: tuple[float, float],
    taken: _Taken,
) -> Label | None:
    """Set a name in the middle of its territory, with its value if there is room for both."""
    forms = halves(clean(item.name))
    for value in (item.value, ""):
        for lines in forms:
            wide = max(width(line, size, SEMIBOLD) for line in lines)
            if value:
                wide = max(wide, width(value, size * 0.92))
            high = (len(lines) + bool(value)) * size * LINE
            box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
            if not _in_room(box, room) or not taken.free(box) or not _holds(shape, box):
                continue
            taken.take(box)
            return Label(tuple(lines), value, x, box[1] + size * 0.86, "middle", item.colour)
    return None


def _holds(shape: shapely.Geometry, box: tuple[float, float, float, float]) -> bool:
    rectangle = shapely.box(*(side * UNITS for side in box))
    return bool(
        shapely.area(shapely.intersection(shape, rectangle))
        >= (1 - _OVER) * shapely.area(rectangle)
    )


def _beside(
    item: Wanted, x: float, y: float, size: float, room: tuple[float, float], taken: _Taken
) -> Label | None:
    """Set a name beside a dot: at its right, its left, above, below."""
    name = clean(item.name)
    wide, high, gap = width(name, size, SEMIBOLD), size * LINE, DOT + 2
    for anchor, left, top in (
        ("start", x + gap, y - high / 2),
        ("end", x - gap - wide, y - high / 2),
        ("middle", x - wide / 2, y - gap - high),
        ("middle", x - wide / 2, y + gap),
    ):
        text = (left, top, left + wide, top + high)
        dot = (x - DOT, y - DOT, x + DOT, y + DOT)
        if not _in_room(text, room) or not taken.free(text) or not taken.free(dot):
            continue
        taken.take(text)
        taken.take(dot)
        at = {"start": left, "end": left + wide, "middle": x}[anchor]
        return Label((name,), "", at, top + size * 0.82, anchor, dot=(x, y))
    return None


def _in_room(box: tuple[float, float, float, float], room: tuple[float, float]) -> bool:
    return (
        box[0] >= _CLEAR
        and box[1] >= _CLEAR
        and box[2] <= room[0] - _CLEAR
        and box[3] <= room[1] - _CLEAR
    )
