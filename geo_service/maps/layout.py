"""Where title, map, frames, legend and source go in a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from geo_service.maps.model import Look
from geo_service.maps.outlines import Box
from geo_service.maps.text import BOLD, SEMIBOLD, wrap

#: Width at which sizes are those below, and how far they follow another one.
_DESIGNED: Final = 800
_SMALLEST, _LARGEST = 0.8, 1.6
#: Sizes of text, pixels at the width above.
FIGURE, TITLE, BODY, SMALL = 40.0, 21.0, 13.0, 11.0
#: Height of a line, in sizes of its text, and of a line of the legend.
LINE, ENTRY = 1.25, 1.6
#: Least width at which the legend stands beside the map; its own, pixels designed; that of one of
#: its columns where it is under the map.
_BESIDE, _LEGEND, _COLUMN = 620, 200, 230
_MARGIN: Final = 18.0
#: Frames are at the left of a map wider than its height by this much, else under it; they then take
#: this part of it at most.
_FRAMES_LEFT, _FRAMES = 1.5, 0.19
_ONE_COLUMN: Final = 3
_CAPTION: Final = 1.35


@dataclass(frozen=True)
class Texts:
    """What is written around a map.

    Attributes
    ----------
    title
        Its title.
    figure, figure_caption
        The value of the territory itself, and what it is.
    legend
        What the classes are of.
    entries
        How many classes.
    method, note
        How classes were made; what is not drawn.
    source, credit
        Whom the data are from; the same in few words.
    """

    title: str
    figure: str = ""
    figure_caption: str = ""
    legend: str = ""
    entries: int = 0
    method: str = ""
    note: str = ""
    source: str = ""
    credit: str = ""


@dataclass(frozen=True)
class Lines:
    """Lines of text.

    Attributes
    ----------
    lines
        Them.
    x, y
        Baseline of the first, pixels.
    size
        Of the font, pixels.
    weight
        Of the font.
    """

    lines: tuple[str, ...]
    x: float
    y: float
    size: float
    weight: int = 400


@dataclass(frozen=True)
class Layout:
    """Places in a drawing, pixels.

    Attributes
    ----------
    scale
        Pixels of a pixel designed.
    ground
        The whole area of the map; pictures are inside it.
    pictures
        Box of each picture, the main one first.
    strong
        Title, title of the legend.
    quiet
        Secondary text: captions, method, note, source.
    entries
        Corner and width of each line of the legend.
    """

    scale: float
    ground: Box
    pictures: tuple[Box, ...]
    strong: tuple[Lines, ...] = ()
    quiet: tuple[Lines, ...] = ()
    entries: tuple[tuple[float, float, float], ...] = ()


def lay_out(look: Look, frames: int, texts: Texts) -> Layout:
    """Share out a drawing.

    Parameters
    ----------
    look
        Its size, and whether it has title, legend and source.
    frames
        Pictures beside the main one.
    texts
        What is written around the map.
    """
    scale = min(max(look.width / _DESIGNED, _SMALLEST), _LARGEST)
    if not look.furniture:
        ground = Box(0, 0, look.width, look.height)
        return Layout(scale, ground, _pictures(ground, frames, scale))
    margin = _MARGIN * scale
    room = look.width - 2 * margin
    title = _lines(texts.title, room, (margin, margin), TITLE * scale, BOLD)
    top = _under(title) + 6 * scale
    told = texts.credit if look.brief else " ".join(filter(None, (texts.note, texts.source)))
    source = _lines(told, room, (margin, 0), SMALL * scale)
    bottom = look.height - margin * 0.8 - len(source.lines) * source.size * LINE
    source = _lines(told, room, (margin, bottom), SMALL * scale)
    bottom -= margin * 0.4
    if not texts.entries:
        ground = Box(margin, top, room, bottom - top)
        return Layout(scale, ground, (ground,), (title,), (source,))
    if look.width >= _BESIDE:
        wide = _LEGEND * scale
        strong, quiet, entries, _ = _legend(
            texts, (look.width - margin - wide, top), wide, 1, scale
        )
        ground = Box(margin, top, room - wide - margin, bottom - top)
    else:
        columns = max(1, int(room / (_COLUMN * scale)))
        *_, end = _legend(texts, (margin, 0), room, columns, scale)
        top_of_legend = bottom - end
        strong, quiet, entries, _ = _legend(texts, (margin, top_of_legend), room, columns, scale)
        ground = Box(margin, top, room, top_of_legend - top - margin * 0.4)
    return Layout(
        scale,
        ground,
        _pictures(ground, frames, scale),
        (title, *strong),
        (*quiet, source),
        entries,
    )


def _lines(
    text: str, room: float, at: tuple[float, float], size: float, weight: int = 400
) -> Lines:
    """Cut a text in lines, the left and the top of the first at `at`."""
    lines = tuple(wrap(text, room, size, weight)) if text else ()
    x, top = at
    return Lines(lines, x, top + size * 0.9, size, weight)


def _under(lines: Lines) -> float:
    """Bottom of some lines."""
    return lines.y - lines.size * 0.9 + len(lines.lines) * lines.size * LINE


def _legend(
    texts: Texts, at: tuple[float, float], room: float, columns: int, scale: float
) -> tuple[list[Lines], list[Lines], tuple[tuple[float, float, float], ...], float]:
    """Share out a legend: strong lines, quiet ones, its entries, and its bottom."""
    strong, quiet = [], []
    x, top = at
    beside = columns == 1 and room <= _LEGEND * scale
    if beside and texts.figure:
        figure = _lines(texts.figure, room, (x, top - 4 * scale), FIGURE * scale, BOLD)
        if len(figure.lines) > 1:  # a statut in words, not a figure
            figure = _lines(texts.figure, room, (x, top), TITLE * scale, BOLD)
        strong.append(figure)
        caption = _lines(texts.figure_caption, room, (x, _under(figure)), SMALL * scale)
        quiet.append(caption)
        top = _under(caption) + 16 * scale
    title = _lines(texts.legend, room, (x, top), BODY * scale, SEMIBOLD)
    strong.append(title)
    top = _under(title) + 4 * scale
    pitch = BODY * scale * ENTRY
    rows = ceil(texts.entries / columns)
    pace = room / columns
    wide = pace - (24 * scale if columns > 1 else 0)
    entries = tuple(
        (x + line // rows * pace, top + line % rows * pitch, wide) for line in range(texts.entries)
    )
    top += rows * pitch + 4 * scale
    method = _lines(texts.method, room, (x, top), SMALL * scale)
    if method.lines:
        quiet.append(method)
        top = _under(method) + 5 * scale
    return strong, quiet, entries, top


def _pictures(ground: Box, frames: int, scale: float) -> tuple[Box, ...]:
    """Box of the main picture, then of each frame."""
    if not frames:
        return (ground,)
    caption = SMALL * scale * _CAPTION
    gap = 8 * scale
    if ground.width > ground.height * _FRAMES_LEFT:
        columns = 2 if frames > _ONE_COLUMN else 1
        rows = ceil(frames / columns)
        high = (ground.height - gap) / rows - gap - caption
        wide = min(high * 1.1, ground.width * _FRAMES)
        left = columns * (wide + gap) + gap
        main = Box(ground.x + left, ground.y, ground.width - left, ground.height)
        boxes = [
            Box(
                ground.x + gap + at % columns * (wide + gap),
                ground.y + gap + at // columns * (high + gap + caption),
                wide,
                high,
            )
            for at in range(frames)
        ]
    else:
        wide = (ground.width - gap) / frames - gap
        high = min(wide, ground.height * _FRAMES)
        top = ground.y + ground.height - gap - caption - high
        main = Box(ground.x, ground.y, ground.width, top - gap - ground.y)
        boxes = [Box(ground.x + gap + at * (wide + gap), top, wide, high) for at in range(frames)]
    return (main, *boxes)
