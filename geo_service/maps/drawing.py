"""Writes a map as SVG: territories, borders, names, frames; then what stands around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import numpy as np
import shapely

from geo_service.french_sentences import NBSP, nombre
from geo_service.maps.labels import DOT, LINE, VALUE, Label, Rectangle, Wanted, place
from geo_service.maps.model import LegendClass, Look, Row
from geo_service.maps.outlines import Box, Outlines
from geo_service.maps.palette import DARK, LIGHT, ROLES, Theme, ink_on, rules
from geo_service.maps.paths import UNITS
from geo_service.maps.text import BOLD, FONTS, SEMIBOLD, clean, escape, width
from geo_service.maps.values import Entry, Style

#: Widths of lines, pixels.
_BORDER, _LIMIT, _FRONTIER, _COAST, _STRONG, _AROUND = 0.7, 1.0, 1.5, 0.7, 2.6, 5.2
#: Area, square pixels, under which a scattered territory is a disc, and its radius.
_SPECK, _DISC = 40.0, 3.2
#: More links than this are reached by pointer only: the table beside has them all, and nobody
#: presses a key nine hundred times to cross a map.
FOCUSABLE: Final = 150
#: Edge of the rectangle of a class, pixels.
_EDGE: Final = 0.6
#: Halo around names, in sizes of their text.
_HALO: Final = 0.22
#: Lengths of a scale bar, kilometres, and the part of the picture it may take.
_LENGTHS: Final = (500, 200, 100, 50, 20, 10, 5, 2, 1, 0.5, 0.2)
_BAR: Final = 0.22


#: Style sheet of a drawing that follows the reader's preference.
DARK_STYLE: Final = f"@media(prefers-color-scheme:dark){{{rules(DARK)}}}"


@dataclass(frozen=True)
class Ink:
    """Colours and ids of a drawing.

    Attributes
    ----------
    theme
        Colours of its attributes.
    prefix
        Of its ids.
    """

    theme: Theme
    prefix: str

    def role(self, name: str) -> str:
        """Attributes of a class of :data:`geo_service.maps.palette.ROLES`."""
        what, field = ROLES[name]
        return f'class="{name}" {what}="{getattr(self.theme, field)}"'

    def fill(self, style: Style) -> str:
        """Attributes that draw a class of the legend."""
        if style.pattern:
            return f'fill="url(#{self.prefix}-{style.pattern})"'
        if style.css in ROLES:
            return self.role(style.css)
        return f'class="{style.css}" fill="{style.colour}"'

    def patterns(self) -> str:
        """Define hatching, of what nobody knows, and dots, of what is absent; in units."""
        units = f'patternUnits="userSpaceOnUse" patternTransform="scale({UNITS})'
        return (
            "<defs>"
            f'<pattern id="{self.prefix}-hachures" width="6" height="6" {units}rotate(45)">'
            f'<rect width="6" height="6" {self.role("ca-silence")}/>'
            f'<path d="M1.5 0v6" {self.role("ca-hachure")} stroke-width="1.4"/></pattern>'
            f'<pattern id="{self.prefix}-points" width="7" height="7" {units}">'
            f'<rect width="7" height="7" {self.role("ca-absent")}/>'
            f'<circle cx="2" cy="2" r="1" {self.role("ca-point")}/>'
            f'<circle cx="5.5" cy="5.5" r="1" {self.role("ca-point")}/></pattern>'
            "</defs>"
        )


def ink_of(look: Look, prefix: str) -> Ink:
    """Choose the colours of a drawing."""
    return Ink(DARK if look.scheme == "dark" else LIGHT, prefix)


def document(look: Look, ink: Ink, title: str, description: str, body: Sequence[str]) -> str:
    """Close a drawing: its size, its title and description for who does not see it.

    Parameters
    ----------
    look
        Its size, colours and place.
    ink
        Its colours and ids.
    title, description
        Plain text.
    body
        What is drawn.
    """
    # A drawing with links is a group: an image would hide them from readers of screens.
    role = "group" if look.links else "img"
    named = f"{ink.prefix}-t {ink.prefix}-d"
    style = ""
    if look.scheme == "auto" and not look.inline:
        style = f"<style>{DARK_STYLE}</style>"
    header = "" if look.inline else '<?xml version="1.0" encoding="UTF-8"?>\n'
    size = "" if look.inline else f' width="{look.width}" height="{look.height}"'
    font = "" if look.inline else f' font-family="{FONTS}"'
    return (
        f'{header}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {look.width} {look.height}"'
        f'{size}{font} class="carte-fixe" role="{role}" aria-labelledby="{named}" lang="fr">'
        f'<title id="{ink.prefix}-t">{escape(title)}</title>'
        f'<desc id="{ink.prefix}-d">{escape(description)}</desc>'
        f"{style}{''.join(body)}</svg>"
    )


def swatch(ink: Ink, style: Style) -> str:
    """Draw a class of the legend for an HTML page."""
    return (
        f'<svg class="carte-puce" viewBox="0 0 {24 * UNITS} {16 * UNITS}" width="24" height="16" '
        f'aria-hidden="true" focusable="false">{chip(Box(0, 0, 24, 16), ink, style)}</svg>'
    )


def chip(box: Box, ink: Ink, style: Style) -> str:
    """Draw the rectangle of a class, in units; its box is in pixels."""
    x, y, wide, high = (side * UNITS for side in box)
    inset = _EDGE * UNITS
    numbers = (x + inset / 2, y + inset / 2, wide - inset, high - inset)
    at = 'x="{:.0f}" y="{:.0f}" width="{:.0f}" height="{:.0f}"'.format(*numbers)
    return (
        f'<g class="ca-cadre" stroke="{ink.theme.quiet}" stroke-width="{inset:g}">'
        f'<rect {at} rx="{2 * UNITS}" {ink.fill(style)}/></g>'
    )


def territories(
    outlines: Outlines,
    rows: Sequence[Row],
    entries: Sequence[Entry],
    look: Look,
    ink: Ink,
    *,
    query: str,
    scattered: bool,
) -> str:
    """Draw the territories of a picture, in its units.

    Parameters
    ----------
    outlines
        Their shapes.
    rows
        The same territories, in the same order.
    entries
        Classes that the rows name.
    look, ink
        Links, colours.
    query
        What the links ask of the page of a territory; empty for nothing.
    scattered
        Whether those too small to be seen are discs.
    """
    target = f' target="{look.link_target}"' if look.link_target else ""
    unreached = ' tabindex="-1"' if len(rows) > FOCUSABLE else ""
    parts = []
    for row, d, area, shape in zip(
        rows, outlines.paths, outlines.areas.tolist(), outlines.shapes, strict=True
    ):
        fill = ink.fill(entries[row.index].style)
        tag, geometry = "path", f'd="{d}"'
        if scattered and area < _SPECK:
            x, y = np.rint(shapely.get_coordinates(shapely.centroid(shape))[0]).astype(int)
            tag, geometry = "circle", f'cx="{x}" cy="{y}" r="{round(_DISC * UNITS)}"'
        name = escape(f"{clean(row.nom)}{NBSP}: {row.text}")
        title = f"<title>{name}</title>"
        if look.links:
            address = f"/{row.niveau}/{quote(row.code)}" + (f"?{query}" if query else "")
            parts.append(
                f'<a href="{escape(address)}"{target}{unreached} aria-label="{name}">'
                f"{title}<{tag} {fill} {geometry}/></a>"
            )
        else:
            parts.append(f"<{tag} {fill} {geometry}>{title}</{tag}>")
    return (
        f'<g {ink.role("ca-bord")} stroke-width="{_BORDER * UNITS:g}" stroke-linejoin="round">'
        f"{''.join(parts)}</g>"
    )


def borders(outlines: Outlines, highlighted: int | None, ink: Ink) -> str:
    """Draw borders above those of the territories.

    Parameters
    ----------
    outlines
        Shapes of the territories.
    highlighted
        Place of the territory the map is about, if it is one of them.
    ink
        Colours.
    """
    parts = [
        _line(outlines.limits, _LIMIT, "ca-limite", ink),
        _line(outlines.around, _FRONTIER, "ca-contour", ink),
    ]
    if highlighted is not None:
        path = outlines.paths[highlighted]
        parts.append(_line(path, _AROUND, "ca-aureole", ink))
        parts.append(_line(path, _STRONG, "ca-contour", ink))
    return f'<g fill="none" stroke-linejoin="round" pointer-events="none">{"".join(parts)}</g>'


def _line(path: str, wide: float, role: str, ink: Ink) -> str:
    return f'<path {ink.role(role)} stroke-width="{wide * UNITS:g}" d="{path}"/>' if path else ""


def ground(outlines: Outlines, ink: Ink) -> str:
    """Draw the départements around and under the territories of a picture."""
    if outlines.land.is_empty:
        return ""
    land, lines = outlines.ground
    return (
        f'<g pointer-events="none"><path {ink.role("ca-terre")} d="{land}"/>'
        f'<path {ink.role("ca-cote")} fill="none" stroke-width="{_COAST * UNITS:g}" '
        f'stroke-opacity=".45" stroke-linejoin="round" d="{lines}"/></g>'
    )


def names(
    outlines: Outlines,
    wanted: Sequence[Wanted],
    size: float,
    ink: Ink,
    look: Look,
    *,
    dots: bool,
    taken: Sequence[Rectangle] = (),
) -> str:
    """Write the names that fit, over the territories."""
    box = outlines.box
    found = place(outlines, wanted, size, (box.width, box.height), dots=dots, taken=taken)
    if not found:
        return ""
    hidden = ' aria-hidden="true"' if look.links else ""
    inside = "".join(
        f'<g fill="{ink_on(colour)}" stroke="{colour}">'
        f"{''.join(_label(label, size) for label in found if label.colour == colour)}</g>"
        for colour in sorted({label.colour for label in found} - {""})
    )
    above = "".join(_label(label, size) for label in found if not label.colour)
    return (
        f'<g{hidden} pointer-events="none" font-size="{size:.4g}" font-weight="{SEMIBOLD}" '
        f'stroke-width="{size * _HALO:.3g}" stroke-linejoin="round" paint-order="stroke">'
        f"{inside}<g {ink.role('ca-encre')}><g {ink.role('ca-halo')}>{above}</g></g></g>"
    )


def _label(label: Label, size: float) -> str:
    anchor = "" if label.anchor == "start" else f' text-anchor="{label.anchor}"'
    parts = []
    if label.dot:
        x, y = label.dot
        parts.append(f'<circle cx="{x:.4g}" cy="{y:.4g}" r="{DOT:g}"/>')
    y = label.y
    for line in label.lines:
        parts.append(f'<text x="{label.x:.4g}" y="{y:.4g}"{anchor}>{escape(line)}</text>')
        y += size * LINE
    if label.value:
        parts.append(
            f'<text x="{label.x:.4g}" y="{y:.4g}"{anchor} font-weight="400" '
            f'font-size="{size * VALUE:.3g}">{escape(label.value)}</text>'
        )
    return "".join(parts)


def frame(box: Box, caption: str, size: float, ink: Ink) -> str:
    """Draw the frame of a picture of another sea, and its name under it."""
    x, y = box.x + box.width / 2, box.y + box.height + size * 1.05
    return (
        f'<rect x="{box.x:.4g}" y="{box.y:.4g}" width="{box.width:.4g}" height="{box.height:.4g}" '
        f'fill="none" rx="4" {ink.role("ca-cote")} stroke-width=".8" stroke-opacity=".5"/>'
        f'<text x="{x:.4g}" y="{y:.4g}" text-anchor="middle" font-size="{size:.3g}" '
        f"{ink.role('ca-encre')}>{escape(caption)}</text>"
    )


def scale_bar(outlines: Outlines, size: float, ink: Ink) -> tuple[str, Rectangle]:
    """Draw a scale bar and the north in the lower left corner of a picture.

    Returns
    -------
    tuple
        The drawing, in pixels from the corner of the picture, and the rectangle it takes.
    """
    box, metres = outlines.box, outlines.metres
    kilometres = next(
        length for length in (*_LENGTHS, 0) if length * 1000 / metres <= box.width * _BAR
    )
    long = kilometres * 1000 / metres
    x, y = 10.0, box.height - 10
    text = f"{nombre(kilometres, 1)}{NBSP}km"
    north = x + long + 14
    drawing = (
        f'<g {ink.role("ca-encre")} font-size="{size:.3g}" pointer-events="none">'
        f'<g {ink.role("ca-halo")} stroke-width="{size * _HALO:.3g}" stroke-linejoin="round" '
        f'paint-order="stroke"><text x="{x:.4g}" y="{y - 6:.4g}">{text}</text>'
        f'<text x="{north:.4g}" y="{y:.4g}" text-anchor="middle" font-weight="{BOLD}">N</text></g>'
        f'<path d="M{north:.4g} {y - size * 1.9:.4g}l3.5 {size * 0.95:.3g}h-7z"/>'
        f'<path fill="none" {ink.role("ca-trait")} stroke-width="1.2" '
        f'd="M{x:.4g} {y - 3:.4g}v3h{long:.4g}v-3"/></g>'
    )
    wide = max(long + 24, width(text, size))
    return drawing, (x - 4, y - size * 2.2, x + wide, y + 4)


def legend_classes(entries: Sequence[Entry], ink: Ink) -> tuple[LegendClass, ...]:
    """Give the legend to who writes it in HTML."""
    return tuple(
        LegendClass(
            label=entry.label,
            count=entry.count,
            detail=entry.detail,
            meaning=entry.meaning,
            css=entry.style.css,
            colour=entry.style.colour,
            hatched=entry.style.pattern == "hachures",
            swatch=swatch(ink, entry.style),
        )
        for entry in entries
    )


def picture_group(box: Box, content: str, overlay: str) -> str:
    """Put a picture in its box: what is in its units, then what is in pixels."""
    return (
        f'<g transform="translate({box.x:.4g} {box.y:.4g})">'
        f'<g transform="scale({1 / UNITS:g})">{content}</g>{overlay}</g>'
    )
