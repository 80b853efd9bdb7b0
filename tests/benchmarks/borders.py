"""What an archive of communes looks like once decoded: gaps, overlaps, distance to true borders.

Only tiles wholly inside the country are looked at: there, whatever no commune covers is a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from tests.tiles.decoding import EXTENT, features_of, to_grid, unpacked
from tiles.archive import Archive

#: Units of a tile in a pixel of the screen: 4096 for 512.
UNITS = 8

#: Rounding to the grid moves a vertex by half a unit at most in x and in y: what is wider than this
#: (units) between two communes is a tear.
ROUNDING = 1.5

#: Vertices of the true borders whose distance is measured, by zoom.
VERTICES = 20_000

Array = NDArray[np.object_]


@dataclass(frozen=True)
class Country:
    """The communes in full detail, EPSG:3857, as polygons and as borders."""

    communes: Array
    whole: shapely.Geometry

    def inside(self, zoom: int, count: int) -> list[tuple[int, int, int]]:
        """Give some tiles wholly inside the country, evenly spread."""
        west, south, east, north = to_grid(shapely.box(*shapely.bounds(self.whole)), zoom).bounds
        ground = to_grid(self.whole, zoom)
        columns = np.arange(int(west // EXTENT), int(east // EXTENT) + 1)
        rows = np.arange(int(south // EXTENT), int(north // EXTENT) + 1)
        x, y = (found.ravel() for found in np.meshgrid(columns, rows))
        boxes = shapely.box(x * EXTENT, y * EXTENT, (x + 1) * EXTENT, (y + 1) * EXTENT)
        shapely.prepare(ground)
        found = np.flatnonzero(shapely.contains_properly(ground, boxes))
        chosen = found[np.unique(np.linspace(0, len(found) - 1, count).astype(int))]
        return [(zoom, int(x[i]), int(y[i])) for i in chosen] if len(found) else []


def largest(archive: Archive) -> tuple[int, int]:
    """Bytes of the largest tile, compressed and not."""
    contents = [archive.find(*address) for address in archive]
    packed = max(content.length for content in contents if content)
    return packed, max(len(unpacked(archive, address)) for address in archive)


def tears(archive: Archive, tiles: list[tuple[int, int, int]]) -> dict[str, Any]:
    """Measure what several communes cover, and what none does, inside tiles of the country.

    Returns
    -------
    dict
        Areas in pixels, by tile, and how many gaps and overlaps are wider than rounding explains.
    """
    over = gap = 0.0
    wide = 0
    for address in tiles:
        drawn = np.array([f.local for f in features_of(archive, address, "communes")])
        polygons = shapely.make_valid(drawn, method="structure")
        square = shapely.box(0, 0, EXTENT, EXTENT)
        inside = shapely.intersection(polygons, square)
        whole = shapely.union_all(inside)
        missing = shapely.difference(square, whole)
        left, right = shapely.STRtree(inside).query(inside, predicate="intersects")
        pairs = left < right
        shared = shapely.intersection(inside[left[pairs]], inside[right[pairs]])
        over += shapely.area(shared).sum()
        gap += missing.area
        parts = np.r_[shapely.get_parts(missing), shared[shapely.area(shared) > 0]]
        wide += int((~shapely.is_empty(shapely.buffer(parts, -ROUNDING / 2))).sum())
    count = max(len(tiles), 1)
    return {
        "tuiles": len(tiles),
        "fentes_px2_par_tuile": round(gap / UNITS**2 / count, 2),
        "chevauchements_px2_par_tuile": round(over / UNITS**2 / count, 2),
        "plus_larges_que_l_arrondi": wide,
    }


def deviation(
    archive: Archive, country: Country, tiles: list[tuple[int, int, int]]
) -> dict[str, float]:
    """Distance of the true borders to those drawn, in pixels of the screen."""
    distances = []
    for address in tiles:
        zoom, x, y = address
        outlines = [f.outline for f in features_of(archive, address, "communes")]
        lines = _segments(np.array(outlines))
        square = shapely.box(x * EXTENT, y * EXTENT, (x + 1) * EXTENT, (y + 1) * EXTENT)
        near = shapely.STRtree(lines)
        points = _vertices(country, zoom, square)
        _, found = near.query_nearest(points, return_distance=True, all_matches=False)
        distances.append(found)
    pixels = np.concatenate(distances) / UNITS
    return {
        "moyenne_px": round(float(pixels.mean()), 3),
        "p95_px": round(float(np.quantile(pixels, 0.95)), 3),
        "p99_px": round(float(np.quantile(pixels, 0.99)), 3),
    }


def _vertices(country: Country, zoom: int, square: shapely.Geometry) -> Array:
    """Some vertices of the true borders of the communes inside a square of the grid of a zoom."""
    unit = 40075016.685578488 / (EXTENT * 2**zoom)
    half = 20037508.342789244
    west, north, east, south = np.array(square.bounds) * unit
    frame = shapely.box(west - half, half - south, east - half, half - north)
    around = country.communes[shapely.STRtree(country.communes).query(frame, "intersects")]
    xy = np.unique(shapely.get_coordinates(around), axis=0)
    points = shapely.points((xy * (1, -1) + half) / unit)
    inside: Array = points[shapely.contains_properly(square, points)]
    return inside[:: max(1, len(inside) // VERTICES)]


def _segments(outlines: Array) -> Array:
    xy, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(outlines)), return_index=True
    )
    same = ring[:-1] == ring[1:]
    segments: Array = shapely.linestrings(np.stack([xy[:-1][same], xy[1:][same]], axis=1))
    return segments
