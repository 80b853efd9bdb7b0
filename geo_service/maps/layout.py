"""Where title, map, frames, legend and source go in a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from geo_service.maps.model import Look
from geo_service.maps.outlines import Box
from geo_service.maps.text import BOLD, REGULAR, wrap
from geo_service.maps.values import Entry

#: Width at which sizes are those below, and how far they follow another one.
_DESIGNED: Final = 800
_SMALLEST, _LARGEST = 0.8, 1.6
#: Sizes of text, pixels at the width above.
TITLE, BODY, SMALL = 21.0, 13.0, 11.0
#: Least width at which the legend stands beside the map, and its own, pixels designed.
_BESIDE, _LEGEND = 620, 190
#: Height of a line, in sizes of its text.
LINE: Final = 1.25
_MARGIN: Final = 18.0
#: Frames of other seas: side by side under the map, or one above the other at its left.
_FRAMES_ACROSS: Final = 1.15
_CAPTION: Final = 1.35


@dataclass(frozen=True)
class Layout:
    """Places in a drawing, pixels.

    Attributes
    ----------
    scale
        Pixels of a pixel designed.
    title, source
        Lines, and the baseline of the first.
    ground
        The whole area of the map; frames are inside it.
    pictures
        Box of each picture, the main one first.
    legend
        Its corner; None without legend.
    entries_pitch
        From one line of the legend to the next.
    """

    scale: float
    title: tuple[str, ...]
    title_y: float
    source: tuple[str, ...]
    source_y: float
    ground: Box
    pictures: tuple[Box, ...]
    legend: Box | None
    legend_title: tuple[str, ...]
    method: tuple[str, ...]


def lay_out(
    look: Look,
    frames: int,
    title: str,
    legend_title: str,
    entries: tuple[Entry, ...],
    method: str,
    source: str,
) -> Layout:
    """Share out a drawing.

    Parameters
    ----------
    look
        Its size, and whether it has title, legend and source.
    frames
        Pictures beside the main one.
    title, legend_title, method, source
        Texts.
    entries
        Lines of the legend.
    """
    scale = min(max(look.width / _DESIGNED, _SMALLEST), _LARGEST)
    if not look.furniture:
        ground = Box(0, 0, look.width, look.height)
        return Layout(
            scale, (), 0, (), 0, ground, _pictures(ground, frames, scale), None, (), ()
        )
    margin = _MARGIN * scale
    room = look.width - 2 * margin
    titles = tuple(wrap(title, room, TITLE * scale, BOLD))
    top = margin + len(titles) * TITLE * scale * LINE
    sources = tuple(wrap(source, room, SMALL * scale, REGULAR))
    bottom = look.height - margin - len(sources) * SMALL * scale * LINE
    beside = look.width >= _BESIDE
    legend_width = _LEGEND * scale if beside else room
    small = SMALL * scale
    legend_titles = tuple(wrap(legend_title, legend_width, BODY * scale, BOLD))
    methods = tuple(wrap(method, legend_width, small, REGULAR)) if method else ()
    if beside:
        ground = Box(margin, top, room - legend_width - margin, bottom - top - margin * 0.6)
        legend = Box(look.width - margin - legend_width, top, legend_width, ground.height)
    else:
        high = (len(legend_titles) + len(entries)) * BODY * scale * 1.55 + len(methods) * small * LINE
        ground = Box(margin, top, room, bottom - top - high - margin * 1.4)
        legend = Box(margin, ground.y + ground.height + margin * 0.7, room, high)
    return Layout(
        scale,
        titles,
        margin + TITLE * scale * 0.8,
        sources,
        bottom + small * 0.9,
        ground,
        _pictures(ground, frames, scale),
        legend,
        legend_titles,
        methods,
    )


def _pictures(ground: Box, frames: int, scale: float) -> tuple[Box, ...]:
    """Box of the main picture, then of each frame."""
    if not frames:
        return (ground,)
    caption = SMALL * scale * _CAPTION
    gap = 8 * scale
    if ground.width > ground.height * _FRAMES_ACROSS:
        side = (ground.height - gap) / frames - gap - caption
        wide = min(side * 1.25, ground.width * 0.22)
        main = Box(ground.x + wide + 2 * gap, ground.y, ground.width - wide - 2 * gap, ground.height)
        boxes = [
            Box(ground.x + gap, ground.y + gap + at * (side + gap + caption), wide, side)
            for at in range(frames)
        ]
    else:
        wide = (ground.width - gap) / frames - gap
        high = min(wide, ground.height * 0.22)
        bottom = ground.y + ground.height - gap - caption - high
        main = Box(ground.x, ground.y, ground.width, bottom - gap - ground.y)
        boxes = [
            Box(ground.x + gap + at * (wide + gap), bottom, wide, high) for at in range(frames)
        ]
    return (main, *boxes)
