"""Draws SVG as PNG, in a process of its own: ``python rasterise.py SCALE FONT... <SVG >PNG``.

resvg keeps the interpreter's lock while it draws, a tenth of a second to two: in a thread of a
server, every other answer would wait. This file is run by its path and imports nothing else of the
project, so that it starts in some hundredths of a second and weighs 30 MB while it draws.
"""

from __future__ import annotations

import sys

import resvg_py

#: Name of the font among its files (``geo_service.styles.faces``).
_FAMILY = "Atlas Texte"


def main(scale: str, *fonts: str) -> None:
    """Draw what standard input holds.

    Parameters
    ----------
    scale
        Pixels of the picture for one of the drawing.
    fonts
        Files of the font: the machine's own are never looked at.
    """
    picture = resvg_py.svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode(),
        zoom=float(scale),
        skip_system_fonts=True,
        font_files=list(fonts),
        font_family=_FAMILY,
        sans_serif_family=_FAMILY,
    )
    sys.stdout.buffer.write(bytes(picture))


if __name__ == "__main__":
    main(*sys.argv[1:])
