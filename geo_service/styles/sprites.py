"""The sprite sheet of the styles: every icon of ``icones/`` on one picture, and where each is.

Icons are set side by side in one SVG document, drawn once for screens of simple density and once
for those of double density (MapLibre style specification, "Sprite").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import resvg_py

#: Where the icons are drawn: one SVG file each, its name that of the icon.
ICONS = Path(__file__).parent / "icones"

#: Pixels between icons, so that none bleeds into the next when enlarged.
_GAP = 2

_ROOT = re.compile(r'<svg[^>]*\swidth="(\d+)"\sheight="(\d+)"[^>]*>')


class Icon(NamedTuple):
    """An icon: its size in pixels, and its drawing, whole SVG document."""

    name: str
    width: int
    height: int
    drawing: str


def read_icons(folder: Path = ICONS) -> list[Icon]:
    """Read the icons of a folder, by name.

    Raises
    ------
    ValueError
        If the root of a document does not tell its size in whole pixels.
    """
    icons = []
    for path in sorted(folder.glob("*.svg")):
        drawing = path.read_text(encoding="utf-8")
        found = _ROOT.search(drawing)
        if found is None:
            raise ValueError(f"{path.name} tells no size")
        icons.append(Icon(path.stem, int(found[1]), int(found[2]), drawing))
    return icons


def sheet(icons: list[Icon], density: int) -> tuple[bytes, Mapping[str, Mapping[str, Any]]]:
    """Draw a sheet.

    Parameters
    ----------
    icons
        What to draw.
    density
        Pixels of the picture for one of the icons.

    Returns
    -------
    tuple
        The PNG file, and the place of each icon on it, in its own pixels.
    """
    parts, places, x = [], {}, 0
    for icon in icons:
        # A document inside another is drawn where its root says, in its own coordinates.
        parts.append(icon.drawing.replace("<svg ", f'<svg x="{x}" y="0" ', 1))
        places[icon.name] = {
            "x": x * density,
            "y": 0,
            "width": icon.width * density,
            "height": icon.height * density,
            "pixelRatio": density,
        }
        x += icon.width + _GAP
    height = max(icon.height for icon in icons)
    document = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{x}" height="{height}">'
        f"{''.join(parts)}</svg>"
    )
    picture = resvg_py.svg_to_bytes(svg_string=document, zoom=density, skip_system_fonts=True)
    return bytes(picture), places
