"""Archives of the little atlas, written by other programs than those that read them here."""

from __future__ import annotations

import zlib
from collections import defaultdict
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import morecantile
import shapely
from shapely.geometry.base import BaseGeometry

from tests.geo_service import little_atlas
from tiles.writer import write_archive

GRID = morecantile.tms.get("WebMercatorQuad")
EXTENT = 4096
BOUNDS = (-2.0, 44.0, 5.0, 49.0)

#: Zooms of each layer, by archive.
LAYERS = {
    "territoires": {"regions": range(3, 6), "communes": range(5, 6), "etiquettes": range(3, 6)},
    "lieux": {"lieux": range(4, 7)},
}
FIELDS = {"code": "String", "nom": "String", "population": "Number"}

#: Code, name, population, longitude and latitude of the communes drawn, one lieu in each.
PLACES = [(row[0], row[1], row[2], row[7], row[8]) for row in little_atlas.COMMUNES]


def write_archives(folder: Path) -> None:
    """Write ``territoires.pmtiles`` and ``lieux.pmtiles``."""
    for name, layers in LAYERS.items():
        tiles: dict[tuple[int, int, int], dict[str, list[Any]]] = defaultdict(dict)
        for layer, zooms in layers.items():
            for zoom in zooms:
                for code, nom, population, longitude, latitude in PLACES:
                    tile = GRID.tile(longitude, latitude, zoom)
                    shape: BaseGeometry = shapely.Point(longitude, latitude)
                    if layer in {"regions", "communes"}:
                        shape = shape.buffer(0.2).intersection(shapely.box(*GRID.bounds(tile)))
                    known = {"code": code, "nom": nom}
                    known |= {} if population is None else {"population": population}
                    feature = {"geometry": _in_tile(shape, tile), "properties": known}
                    tiles[zoom, tile.x, tile.y].setdefault(layer, []).append(feature)
        write_archive(
            folder / f"{name}.pmtiles",
            [(*address, _packed(content)) for address, content in tiles.items()],
            bounds=BOUNDS,
            center=(2.0, 46.5, 4),
            metadata={
                "name": name,
                "attribution": f"Producteur commun ; Producteur de {name}",
                "vector_layers": [
                    {"id": layer, "fields": FIELDS, "minzoom": zooms[0], "maxzoom": zooms[-1]}
                    for layer, zooms in layers.items()
                ],
            },
        )


def _in_tile(shape: BaseGeometry, tile: morecantile.Tile) -> BaseGeometry:
    """Degrees to units of a tile, y downwards."""
    left, _, right, top = GRID.xy_bounds(tile)
    unit = (right - left) / EXTENT

    def moved(points: Any) -> Any:
        metres = [GRID.xy(longitude, latitude) for longitude, latitude in points]
        return [((x - left) / unit, (top - y) / unit) for x, y in metres]

    return shapely.transform(shape, moved)


def _packed(layers: dict[str, list[Any]]) -> bytes:
    parts = [{"name": name, "features": features} for name, features in layers.items()]
    encoded: bytes = mapbox_vector_tile.encode(
        parts, default_options={"extents": EXTENT, "y_coord_down": True}
    )
    return zlib.compress(encoded, 9, 31)


def decoded(tile: bytes) -> dict[str, list[dict[str, Any]]]:
    """Features of each layer of a tile, in the order of the tile."""
    found = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    return {name: layer["features"] for name, layer in found.items()}


def degrees(point: list[float], tile: morecantile.Tile) -> tuple[float, float]:
    """Longitude and latitude of a place of a tile, in its units."""
    left, _, right, top = GRID.xy_bounds(tile)
    unit = (right - left) / EXTENT
    longitude, latitude = GRID.lnglat(left + point[0] * unit, top - point[1] * unit)
    return longitude, latitude
