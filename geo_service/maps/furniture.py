"""What stands around a map that is read by itself: title, legend, source."""

from __future__ import annotations

from collections.abc import Sequence

from geo_service.maps.drawing import Ink
from geo_service.maps.layout import BODY, LINE, SMALL, TITLE, Layout
from geo_service.maps.model import Look
from geo_service.maps.text import BOLD, SEMIBOLD, escape, wrap
from geo_service.maps.values import Entry


def background(look: Look, layout: Layout, ink: Ink) -> str:
    """Draw the paper, and the ground of the map."""
    box = layout.ground
    paper = ""
    if look.furniture:
        paper = f'<rect width="{look.width}" height="{look.height}" {ink.role("ca-papier")}/>'
    return (
        f'{paper}<rect x="{box.x:.4g}" y="{box.y:.4g}" width="{box.width:.4g}" '
        f'height="{box.height:.4g}" rx="6" {ink.role("ca-mer")}/>'
    )


def around(layout: Layout, entries: Sequence[Entry], note: str, ink: Ink) -> str:
    """Write title, legend and source where the layout puts them."""
    if layout.legend is None:
        return ""
    scale = layout.scale
    left = layout.legend.x if False else 18.0 * scale  # noqa: SIM210
    parts = [
        _lines(layout.title, left, layout.title_y, TITLE * scale, ink, weight=BOLD),
        _legend(layout, entries, note, ink),
        _lines(layout.source, left, layout.source_y, SMALL * scale, ink, role="ca-discret"),
    ]
    return "".join(parts)


def _lines(
    lines: Sequence[str],
    x: float,
    y: float,
    size: float,
    ink: Ink,
    *,
    weight: int = 400,
    role: str = "ca-encre",
) -> str:
    bold = "" if weight == 400 else f' font-weight="{weight}"'  # noqa: PLR2004
    return "".join(
        f'<text x="{x:.4g}" y="{y + at * size * LINE:.4g}" font-size="{size:.3g}"{bold} '
        f"{ink.role(role)}>{escape(line)}</text>"
        for at, line in enumerate(lines)
    )


def _legend(layout: Layout, entries: Sequence[Entry], note: str, ink: Ink) -> str:
    box, scale = layout.legend, layout.scale
    assert box is not None  # noqa: S101 (asked only with a legend)
    body, small = BODY * scale, SMALL * scale
    y = box.y + body * 0.9
    parts = [_lines(layout.legend_title, box.x, y, body, ink, weight=SEMIBOLD)]
    y += len(layout.legend_title) * body * LINE + 4 * scale
    for entry in entries:
        wide, high = 22 * scale, 15 * scale
        parts.append(
            f'<rect x="{box.x:.4g}" y="{y - high * 0.75:.4g}" width="{wide:.3g}" '
            f'height="{high:.3g}" rx="2" {ink.fill(entry.style)} stroke="{ink.theme.quiet}" '
            'stroke-width=".5"/>'
            f'<text x="{box.x + wide + 8 * scale:.4g}" y="{y + body * 0.22:.4g}" '
            f'font-size="{body:.3g}" {ink.role("ca-encre")}>{escape(entry.label)} '
            f'<tspan font-size="{small:.3g}" {ink.role("ca-discret")}>'
            f"{escape(entry.detail)}</tspan></text>"
        )
        y += body * 1.55
    y += 2 * scale
    for text in (layout.method, tuple(wrap(note, box.width, small)) if note else ()):
        parts.append(_lines(text, box.x, y, small, ink, role="ca-discret"))
        y += len(text) * small * LINE + (6 * scale if text else 0)
    return "".join(parts)


def empty(look: Look, layout: Layout, name: str, reason: str, ink: Ink) -> str:
    """Say in the place of a map that there is none, and why."""
    box, scale = layout.ground, layout.scale
    x, y = box.x + box.width / 2, box.y + box.height / 2 - 20 * scale
    lines = wrap(reason, min(box.width * 0.8, 420 * scale), BODY * scale)
    text = "".join(
        f'<text x="{x:.4g}" y="{y + (30 + at * 18) * scale:.4g}" font-size="{BODY * scale:.3g}" '
        f"{ink.role('ca-discret')}>{escape(line)}</text>"
        for at, line in enumerate(lines)
    )
    return (
        f'<g text-anchor="middle"><text x="{x:.4g}" y="{y:.4g}" font-size="{TITLE * scale:.3g}" '
        f'font-weight="{BOLD}" {ink.role("ca-encre")}>{escape(name)}</text>{text}</g>'
    )
