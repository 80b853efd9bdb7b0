"""Where a place lies: its commune and those around, with its point, as a small drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from geo_service.atlas import PublishedAtlas
from geo_service.french_sentences import NBSP, nombre
from geo_service.sql import load

#: Part of the commune's own box left around it.
_MARGIN: Final = 0.18
#: Width and height of the drawing, pixels; a place of the commune is never out of it.
_WIDTH, _HEIGHT = 560, 360
#: Lengths of the scale bar, metres, and the part of the width it may take.
_LENGTHS: Final = (20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100)
_BAR: Final = 0.3


@dataclass(frozen=True)
class Situation:
    """A drawing in pixels, y down.

    Attributes
    ----------
    width, height
        Of the drawing.
    matrix
        ``matrix(…)`` that puts the paths, in metres, in the drawing.
    own
        Path of the commune.
    others
        Paths of the communes around.
    points
        x and y of each point that is in the drawing.
    bar, length
        The scale bar: its width, pixels, and what it stands for, « 2 km ».
    radius
        Radius of the circle in which the true place lies, pixels; None for an exact one.
    """

    width: int
    height: int
    matrix: str
    own: str
    others: tuple[str, ...]
    points: tuple[tuple[float, float], ...]
    bar: float
    length: str
    radius: float | None


async def draw_situation(
    atlas: PublishedAtlas,
    commune: str,
    points: Sequence[Sequence[float]],
    precision_m: float | None = None,
) -> Situation | None:
    """Draw where points lie in a commune.

    Parameters
    ----------
    atlas
        The publication.
    commune
        INSEE code.
    points
        Longitudes and latitudes, degrees (EPSG:4326).
    precision_m
        How far from there the place may be, metres; None when that is not known.

    Returns
    -------
    Situation or None
        None for a commune without outline. Lengths are kept to a thousandth over a commune: the
        plane is equirectangular, true at its middle latitude.
    """
    rows: list[dict[str, Any]] = await atlas.database.fetch(
        load("situation_commune"), {"commune": commune}
    )
    if not rows or rows[0]["code"] != commune:
        return None
    first = rows[0]
    wide, high = first["largeur"] * (1 + 2 * _MARGIN), first["hauteur"] * (1 + 2 * _MARGIN)
    metres = max(wide / _WIDTH, high / _HEIGHT)
    left = (_WIDTH - first["largeur"] / metres) / 2
    top = _HEIGHT - (_HEIGHT - first["hauteur"] / metres) / 2
    scale = 1 / metres
    placed = [
        (
            round(left + (lon - first["ouest"]) * first["kx"] * scale, 1),
            round(top - (lat - first["sud"]) * first["ky"] * scale, 1),
        )
        for lon, lat in points
    ]
    bar = next((length for length in _LENGTHS if length * scale <= _BAR * _WIDTH), _LENGTHS[-1])
    near = precision_m is not None and precision_m * scale > 6  # noqa: PLR2004 (the mark's radius)
    return Situation(
        width=_WIDTH,
        height=_HEIGHT,
        matrix=f"matrix({scale:.6g} 0 0 {scale:.6g} {left:.1f} {top:.1f})",
        own=first["trace"],
        others=tuple(row["trace"] for row in rows[1:] if row["trace"]),
        points=tuple(
            point for point in placed if 0 <= point[0] <= _WIDTH and 0 <= point[1] <= _HEIGHT
        ),
        bar=round(bar * scale, 1),
        length=f"{nombre(bar / 1000, 1)}{NBSP}km" if bar >= 1000 else f"{bar}{NBSP}m",  # noqa: PLR2004
        radius=round(precision_m * scale, 1) if near and precision_m is not None else None,
    )
