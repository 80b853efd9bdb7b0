"""What is wrong in a layer of polygons that should share out the ground, in French for people.

Where :mod:`boundaries.checks` stops at the first fault before publishing, this lists them all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from boundaries import coverage, crs
from boundaries.checks import GAP
from boundaries.known_holes import known
from boundaries.readers.verify import departement

Array = NDArray[np.object_]

#: An overlap or a gap of a mean width under this is a sliver, metres.
SLIVER = 5.0
#: Two sources that differ by less than this share of the area of a zone agree: what repairing
#: borders may add or remove.
AREA_TOLERANCE = 1e-5
#: A void narrower than this is the rounding of coordinates where two borders meet, metres.
_ROUNDING = 1e-3
_OVERSEAS_LENGTH = 3
_KM2 = 1e6

#: Words of GEOS for an invalid polygon, and ours.
_REASONS = {
    "Self-intersection": "le tracé se croise",
    "Ring Self-intersection": "le tracé repasse par un de ses points",
    "Hole lies outside shell": "un trou est hors du contour",
    "Holes are nested": "un trou est dans un autre",
    "Nested shells": "une partie est dans une autre",
    "Duplicate Rings": "un anneau est tracé deux fois",
    "Too few points in geometry component": "un anneau a trop peu de points",
    "Interior is disconnected": "l’intérieur est coupé en deux",
    "Invalid Coordinate": "une coordonnée n’est pas un nombre",
    "Ring is not closed": "un anneau n’est pas fermé",
}
#: Kinds of faults and their French names, in the order they are told.
KINDS = {
    "code_double": "code en double",
    "contour_invalide": "contour invalide",
    "contour_vide": "contour vide",
    "chevauchement": "chevauchement",
    "eclat": "éclat (recouvrement très étroit)",
    "fente": "fente (vide très étroit)",
    "interstice": "limites qui ne se raccordent pas",
    "trou": "trou sans raison connue",
    "limite_propre": "limite qui n’est celle d’aucune commune",
    "disparu": "territoire disparu",
    "superficie": "superficie différente de la source",
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Attributes
    ----------
    kind
        One of `KINDS`.
    layer
        What was looked at: "communes", "zoom 9, epci"…
    detail
        A French sentence, without its full stop.
    m2
        Area concerned, square metres; 0 where it makes no sense.
    """

    kind: str
    layer: str
    detail: str
    m2: float = 0.0


@dataclass(frozen=True)
class Zone:
    """Area of a zone: its name, its communes, its km² on the ellipsoid, and those of the source."""

    name: str
    communes: int
    km2: float
    source_km2: float | None = None


def inspect(
    frame: gpd.GeoDataFrame,
    layer: str,
    *,
    gap: float = GAP,
    partition: bool = True,
    expected: Array | None = None,
    slack: float = 0.0,
) -> tuple[list[Fault], Array]:
    """List the faults of polygons that should neither overlap nor leave a gap.

    Parameters
    ----------
    frame
        ``code``, maybe ``nom``, and the polygons, in EPSG:4326 or EPSG:3857.
    layer
        Its name, for the messages.
    gap
        Gaps up to this width are faults, in units of the CRS; 0 to look only at overlaps.
    partition
        Whether the polygons should share out all the ground. EPCI and EPT do not: four islands have
        no EPCI, and Paris has no EPT and is a hole among them.
    expected
        Holes rightly there, in the same CRS; by default those of :mod:`boundaries.known_holes`.
    slack
        How far from an expected hole a hole may be drawn, in units of the CRS.

    Returns
    -------
    faults, holes
        The faults, and every area enclosed by a partition that is in none of its polygons.
    """
    faults = list(_codes(frame, layer))
    shapes = frame.geometry.to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    invalid = ~empty & ~shapely.is_valid(shapes)
    faults += [
        Fault("contour_vide", layer, _named(frame, row)) for row in np.flatnonzero(empty).tolist()
    ]
    faults += [_invalid(frame, row, layer) for row in np.flatnonzero(invalid).tolist()]
    sound = frame[~(empty | invalid)].reset_index(drop=True)
    faults += _borders(sound, layer, gap)
    if not partition:
        return faults, np.empty(0, dtype=object)
    holes = _holes(frame, valid=not faults)
    faults += _unexpected(sound, holes, layer, expected, slack)
    return faults, holes


def _codes(frame: gpd.GeoDataFrame, layer: str) -> Iterator[Fault]:
    for code, count in Counter(frame["code"]).items():
        if count > 1:
            row = int((frame["code"] == code).to_numpy().argmax())
            yield Fault("code_double", layer, f"{_named(frame, row)} figure {count} fois")


def _named(frame: gpd.GeoDataFrame, row: int) -> str:
    code = frame["code"].iloc[row]
    return f"{frame['nom'].iloc[row]} ({code})" if "nom" in frame else str(code)


def _invalid(frame: gpd.GeoDataFrame, row: int, layer: str) -> Fault:
    reason = shapely.is_valid_reason(frame.geometry.iloc[row])
    words, _, place = reason.partition("[")
    where = ""
    if numbers := re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", place):
        where = f" en {_place(shapely.Point(float(numbers[0]), float(numbers[1])), frame)}"
    told = _REASONS.get(words.strip(), words.strip())
    return Fault("contour_invalide", layer, f"{_named(frame, row)} : {told}{where}")


def _degrees(shapes: Array, frame: gpd.GeoDataFrame) -> Array:
    """Shapes in degrees, from the CRS of the frame they come from."""
    srid = frame.crs.to_epsg()
    return shapes if srid == crs.GEOGRAPHIC else crs.project(shapes, srid, crs.GEOGRAPHIC)


def metres(area: float) -> str:
    """Write an area for people: m², or km² when it is large."""
    if area >= _KM2:
        return f"{area / _KM2:.2f} km²".replace(".", ",")
    return f"{area:.0f} m²" if area >= 1 else f"{area:.2g} m²".replace(".", ",")


def _place(shape: shapely.Geometry, frame: gpd.GeoDataFrame) -> str:
    inside = shapely.point_on_surface(shape)
    point = _degrees(np.array([inside]), frame)[0]
    return f"{point.y:.5f}, {point.x:.5f}"


def _measure(shape: shapely.Geometry, frame: gpd.GeoDataFrame) -> tuple[float, float]:
    """Area in m² on the ellipsoid, and mean width in metres (twice the area by the perimeter)."""
    return coverage.area_and_width(_degrees(np.array([shape]), frame)[0])


def _borders(frame: gpd.GeoDataFrame, layer: str, gap: float) -> list[Fault]:
    """Overlaps of two polygons, then polygons whose borders only fail to match."""
    shapes = frame.geometry.to_numpy()
    suspects = coverage.broken(shapes, 0.0)
    one, other = shapely.STRtree(shapes).query(shapes[suspects], "intersects")
    one = suspects[one]
    # Each pair once, whether one or both are suspects.
    pairs = np.unique(np.sort(np.column_stack([one, other])[one != other], axis=1), axis=0)
    common = shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]])
    faults, told = [], set()
    for (left, right), shape in zip(pairs, common, strict=True):
        area, width = _measure(shape, frame)
        if area > 0:
            told |= {left, right}
            faults.append(
                Fault(
                    "eclat" if width < SLIVER else "chevauchement",
                    layer,
                    f"{_named(frame, left)} et {_named(frame, right)} ont {metres(area)} en "
                    f"commun, en {_place(shape, frame)}",
                    area,
                )
            )
    rest = set(coverage.broken(shapes, gap).tolist()) - told
    faults += [
        Fault(
            "interstice", layer, f"{_named(frame, row)} et ses voisins ne se touchent pas partout"
        )
        for row in sorted(rest)
    ]
    return faults


def _holes(frame: gpd.GeoDataFrame, *, valid: bool) -> Array:
    """Areas enclosed by the polygons; the fast way only where the coverage is valid."""
    shapes = frame.geometry.to_numpy()
    if valid:
        return coverage.holes(shapes)
    return coverage.rings(shapely.union_all(shapely.make_valid(shapes)))


def _unexpected(
    frame: gpd.GeoDataFrame, holes: Array, layer: str, expected: Array | None, slack: float
) -> Iterator[Fault]:
    if not len(holes):
        return
    if expected is None:
        fine = known(_degrees(holes, frame))
    else:
        near = shapely.STRtree(expected).query(holes, "dwithin", distance=slack)[0]
        fine = np.isin(np.arange(len(holes)), near)
    tree = shapely.STRtree(frame.geometry.to_numpy())
    for hole in holes[~fine]:
        area, width = _measure(hole, frame)
        if width < _ROUNDING:
            continue
        around = tree.query(hole, "intersects")[:3]
        between = ", ".join(_named(frame, row) for row in around)
        yield Fault(
            "fente" if width < SLIVER else "trou",
            layer,
            f"vide de {metres(area)} en {_place(hole, frame)}, entre {between}",
            area,
        )


def zones(
    codes: pd.Series[str], shapes: Array, source: dict[str, float] | None = None
) -> list[Zone]:
    """Areas by zone: metropolitan France, and each département or collectivité overseas.

    Parameters
    ----------
    codes, shapes
        Shape (n,): codes of the communes and their polygons in degrees.
    source
        Areas of the zones of the source, km², to compare with.
    """
    names = codes.map(zone_of).to_numpy()
    return [
        Zone(
            name,
            int((names == name).sum()),
            coverage.area_km2(shapes[names == name]),
            source.get(name) if source is not None else None,
        )
        for name in sorted(set(names), key=lambda name: (name != "métropole", name))
    ]


def zone_of(code: str) -> str:
    """Zone of a commune: its overseas département or collectivité, or the métropole."""
    found = departement(code)
    return found if len(found) == _OVERSEAS_LENGTH else "métropole"


def areas_differ(found: list[Zone]) -> list[Fault]:
    """Zones whose area is not that of the source."""
    return [
        Fault(
            "superficie",
            zone.name,
            f"{zone.km2:.3f} km² contre {zone.source_km2:.3f} km² dans la source",
            abs(zone.km2 - zone.source_km2) * 1e6,
        )
        for zone in found
        if zone.source_km2 is not None
        and abs(zone.km2 - zone.source_km2) > AREA_TOLERANCE * zone.source_km2
    ]
