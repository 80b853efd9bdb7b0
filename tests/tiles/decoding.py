"""Reading tiles back, by other programs than those that made them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from shapely.geometry import shape

from tiles.archive import Archive

#: Units along the side of a tile.
EXTENT = 4096


@dataclass(frozen=True)
class Feature:
    """A feature of a tile; `outline` in units of the grid of its zoom, y downwards."""

    address: tuple[int, int, int]
    layer: str
    properties: dict[str, Any]
    local: shapely.Geometry
    outline: shapely.Geometry


def features(archive: Archive, zoom: int, *layers: str) -> Iterator[Feature]:
    """Every feature of the layers (all of them when none is named) at one zoom."""
    for address in sorted(archive):
        if address[0] == zoom:
            yield from features_of(archive, address, *layers)


def features_of(archive: Archive, address: tuple[int, int, int], *layers: str) -> Iterator[Feature]:
    """Every feature of the layers (all of them when none is named) of one tile."""
    data = archive.get(*address)
    assert data is not None
    tile = mapbox_vector_tile.decode(gzip.decompress(data), default_options={"y_coord_down": True})
    for name, layer in tile.items():
        assert layer["extent"] == EXTENT
        assert layer["version"] == 2
        if layers and name not in layers:
            continue
        for feature in layer["features"]:
            local = shape(feature["geometry"])
            world = shapely.transform(
                local, lambda xy, corner=address[1:]: xy + np.multiply(corner, EXTENT)
            )
            yield Feature(address, name, feature["properties"], local, world)


def to_grid(geometry: shapely.Geometry, zoom: int) -> shapely.Geometry:
    """EPSG:3857 metres to units of the grid of a zoom, y downwards, not rounded."""
    unit = 40075016.685578488 / (EXTENT * 2**zoom)
    half = 20037508.342789244
    return shapely.transform(geometry, lambda xy: (xy * (1, -1) + half) / unit)
