"""What stands around a map that is read by itself: title, legend, source."""

from __future__ import annotations

from collections.abc import Sequence

from geo_service.maps.drawing import Ink, chip
from geo_service.maps.layout import BODY, ENTRY, LINE, SMALL, TITLE, Layout, Lines
from geo_service.maps.model import Look
from geo_service.maps.outlines import Box
from geo_service.maps.paths import UNITS
from geo_service.maps.text import BOLD, escape, wrap
from geo_service.maps.values import Entry

#: Size of the rectangle of a class, pixels designed.
_CHIP = (22.0, 15.0)


def background(look: Look, layout: Layout, ink: Ink) -> str:
    """Draw the paper, and the ground of the map."""
    box = layout.ground
    paper = ""
    if look.furniture:
        paper = f'<rect width="{look.width}" height="{look.height}" {ink.role("ca-papier")}/>'
    return (
        f'{paper}<rect x="{box.x:.4g}" y="{box.y:.4g}" width="{box.width:.4g}" '
        f'height="{box.height:.4g}" {ink.role("ca-mer")}/>'
    )


def around(layout: Layout, entries: Sequence[Entry], ink: Ink) -> str:
    """Write title, legend and source where the layout puts them."""
    strong = "".join(_lines(lines) for lines in layout.strong)
    quiet = "".join(_lines(lines) for lines in layout.quiet)
    if not strong + quiet:
        return ""
    return (
        f"<g {ink.role('ca-encre')}>{strong}{_labels(layout, entries)}</g>"
        f"<g {ink.role('ca-discret')}>{quiet}{_details(layout, entries)}</g>"
        f"{_chips(layout, entries, ink)}"
    )


def _lines(lines: Lines) -> str:
    weight = "" if lines.weight == 400 else f' font-weight="{lines.weight}"'  # noqa: PLR2004
    return "".join(
        f'<text x="{lines.x:.4g}" y="{lines.y + at * lines.size * LINE:.4g}" '
        f'font-size="{lines.size:.3g}"{weight}>{escape(line)}</text>'
        for at, line in enumerate(lines.lines)
    )


def _labels(layout: Layout, entries: Sequence[Entry]) -> str:
    size, scale = BODY * layout.scale, layout.scale
    texts = "".join(
        f'<text x="{x + (_CHIP[0] + 8) * scale:.4g}" y="{y + size:.4g}">'
        f"{escape(entry.label)}</text>"
        for entry, (x, y, _) in zip(entries, layout.entries, strict=True)
    )
    return f'<g font-size="{size:.3g}">{texts}</g>'


def _details(layout: Layout, entries: Sequence[Entry]) -> str:
    size = SMALL * layout.scale
    texts = "".join(
        f'<text x="{x + wide:.4g}" y="{y + BODY * layout.scale:.4g}">{escape(entry.detail)}</text>'
        for entry, (x, y, wide) in zip(entries, layout.entries, strict=True)
    )
    return f'<g font-size="{size:.3g}" text-anchor="end">{texts}</g>'


def _chips(layout: Layout, entries: Sequence[Entry], ink: Ink) -> str:
    scale = layout.scale
    wide, high = (side * scale for side in _CHIP)
    drop = (BODY * scale * ENTRY - high) / 2 - 1.5 * scale
    chips = "".join(
        chip(Box(x, y + drop, wide, high), ink, entry.style)
        for entry, (x, y, _) in zip(entries, layout.entries, strict=True)
    )
    return f'<g transform="scale({1 / UNITS:g})">{chips}</g>'


def empty(layout: Layout, title: str, reason: str, ink: Ink) -> str:
    """Say in the place of a map that there is none, and why."""
    box, scale = layout.ground, layout.scale
    x, y = box.x + box.width / 2, box.y + box.height / 2 - 20 * scale
    lines = wrap(reason, min(box.width * 0.85, 460 * scale), BODY * scale)
    text = "".join(
        f'<text x="{x:.4g}" y="{y + (30 + at * 19) * scale:.4g}" font-size="{BODY * scale:.3g}" '
        f"{ink.role('ca-discret')}>{escape(line)}</text>"
        for at, line in enumerate(lines)
    )
    return (
        f'<g text-anchor="middle"><text x="{x:.4g}" y="{y:.4g}" font-size="{TITLE * scale:.3g}" '
        f'font-weight="{BOLD}" {ink.role("ca-encre")}>{escape(title)}</text>{text}</g>'
    )
