"""A drawing as a PNG picture, with our own fonts."""

from __future__ import annotations

from pathlib import Path

import resvg_py

from geo_service.faults import InstallationError
from geo_service.styles.palette import BUILT


def _fonts() -> list[str]:
    folder: Path = BUILT / "faces"
    found = sorted(str(path) for path in folder.glob("*.ttf"))
    if not found:
        raise InstallationError(
            "Les polices des cartes ne sont pas construites. Lancez « make setup »."
        )
    return found


def to_png(svg: str, scale: float = 1.0) -> bytes:
    """Draw a picture.

    Parameters
    ----------
    svg
        A drawing of :func:`geo_service.maps.draw_territory`, not inline.
    scale
        Pixels of the picture for one of the drawing.

    Returns
    -------
    bytes
        PNG. Text is in our own fonts, never in one of the machine's.

    Raises
    ------
    InstallationError
        If the fonts were not built.
    ValueError
        If the drawing cannot be read.
    """
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=scale,
            skip_system_fonts=True,
            font_files=_fonts(),
            font_family="Atlas Texte",
            sans_serif_family="Atlas Texte",
        )
    )
