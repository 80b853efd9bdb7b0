"""What every server is asked, whatever its dialect: tiles and features of the communes.

The same questions in the same order for all. Many different ones: no server answers them all from
one kept answer.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from math import asinh, pi, radians, tan

#: Longitude and latitude of the places whose tiles are asked: dense, sparse, coast, mountain,
#: borders of départements, overseas.
SPOTS = (
    (2.35, 48.86),
    (4.83, 45.76),
    (3.0, 45.5),
    (-1.68, 48.11),
    (7.74, 48.58),
    (0.15, 49.49),
    (6.0, 44.3),
    (1.44, 43.6),
    (9.15, 42.15),
    (3.06, 50.63),
    (-61.55, 16.2),
    (55.5, -21.1),
)

#: First and last zoom of the tiles asked: where communes are drawn on a map.
ZOOMS = (8, 11)

#: Longitude and latitude that the middles of rectangles and polygons are drawn between.
_MIDDLES = ((-0.5, 6.0), (44.0, 49.5))

#: Different rectangles and polygons of one case.
VARIETY = 60


@dataclass(frozen=True)
class Tile:
    """A tile of the Web Mercator square."""

    z: int
    x: int
    y: int


@dataclass(frozen=True)
class Items:
    """Features of the communes.

    Attributes
    ----------
    limit
        Most features wanted.
    departement
        Code of the département they must be in.
    bbox
        West, south, east, north in degrees of a rectangle they must touch.
    polygon
        Corners of a polygon they must touch, the first one again at the end.
    """

    limit: int
    departement: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    polygon: tuple[tuple[float, float], ...] | None = None

    @property
    def wkt(self) -> str:
        """The polygon as well-known text."""
        assert self.polygon is not None
        return f"POLYGON(({','.join(f'{x} {y}' for x, y in self.polygon)}))"


Question = Tile | Items


@dataclass(frozen=True)
class Case:
    """A row of the table.

    Attributes
    ----------
    name
        As people read it.
    questions
        Asked in turn.
    """

    name: str
    questions: tuple[Question, ...]


def tile_at(longitude: float, latitude: float, zoom: int) -> Tile:
    """Tile that a point in degrees lies in."""
    x = (longitude + 180) / 360
    y = (1 - asinh(tan(radians(latitude))) / pi) / 2
    return Tile(zoom, int(x * 2**zoom), int(y * 2**zoom))


def tiles() -> Case:
    """Tiles of every spot at every zoom."""
    zooms = range(ZOOMS[0], ZOOMS[1] + 1)
    return Case(
        f"tuiles de communes, z{ZOOMS[0]} à z{ZOOMS[1]}",
        tuple(tile_at(*spot, zoom) for zoom in zooms for spot in SPOTS),
    )


def items(departements: list[str]) -> list[Case]:
    """10, 100 and 1 000 communes: of all, of a département, touching a polygon or a rectangle.

    Parameters
    ----------
    departements
        Codes of those with communes.
    """
    drawn = random.Random(0)
    middles = [
        tuple(round(drawn.uniform(*bounds), 4) for bounds in _MIDDLES) for _ in range(VARIETY)
    ]
    cases = []
    for limit, half in ((10, 0.1), (100, 0.35), (1_000, 1.1)):
        size = f"{limit:,}".replace(",", " ")
        cases += [
            Case(f"{size} communes", (Items(limit),)),
            Case(
                f"{size} communes d’un département",
                tuple(Items(limit, departement=code) for code in departements),
            ),
            Case(
                f"{size} communes, filtre CQL2 spatial",
                tuple(Items(limit, polygon=_diamond(x, y, half)) for x, y in middles),
            ),
            Case(
                f"{size} communes, bbox",
                tuple(
                    Items(
                        limit,
                        bbox=(
                            round(x - half, 4),
                            round(y - half * 0.7, 4),
                            round(x + half, 4),
                            round(y + half * 0.7, 4),
                        ),
                    )
                    for x, y in middles
                ),
            ),
        ]
    return cases


def _diamond(x: float, y: float, half: float) -> tuple[tuple[float, float], ...]:
    """Four corners around a point: no side is that of a rectangle."""
    corners = ((x, y - half), (x + half, y), (x, y + half), (x - half, y), (x, y - half))
    return tuple((round(a, 4), round(b, 4)) for a, b in corners)
