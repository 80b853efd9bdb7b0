"""The archives of the whole of France: complete, light, and without a torn border."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
import shapely

from tests.support import NationalAtlas
from tests.tiles.decoding import features
from tiles.archive import Archive
from tiles.build import LAYERS
from tiles.writer import LARGEST_TILE

pytestmark = pytest.mark.national


@pytest.fixture(scope="module")
def france(national_atlas: NationalAtlas) -> Archive:
    return Archive(national_atlas.folder / "territoires.pmtiles")


@pytest.mark.parametrize("zoom", [3, 5, 7])
def test_every_territory_of_france_is_drawn_and_no_border_is_torn(
    france: Archive, zoom: int
) -> None:
    # 34 875 communes, 1 253 EPCI, 101 départements, 18 régions: INSEE, COG 2026.
    counts = {"regions": 18, "departements": 101, "epcis": 1253, "communes": 34_875}
    tiles = defaultdict(list)
    codes = defaultdict(set)
    for feature in features(france, zoom, *LAYERS.values()):
        tiles[feature.address, feature.layer].append(feature.local)
        codes[feature.layer].add(feature.properties["code"])
    described = {layer["id"]: layer["minzoom"] for layer in france.metadata["vector_layers"]}
    assert {layer: len(found) for layer, found in codes.items()} == {
        layer: count for layer, count in counts.items() if described[layer] <= zoom
    }
    crossings = 0
    for (_, layer), outlines in tiles.items():
        polygons = shapely.make_valid(np.array(outlines), method="structure")
        left, right = shapely.STRtree(polygons).query(polygons, predicate="intersects")
        pairs = left < right
        shared = shapely.intersection(polygons[left[pairs]], polygons[right[pairs]])
        overlaps = shared[shapely.area(shared) > 0]
        # Half a unit each way: what is left of an overlap, were it wider than rounding explains.
        assert shapely.is_empty(shapely.buffer(overlaps, -0.75)).all(), layer
        crossings += len(overlaps)
    assert crossings <= sum(map(len, tiles.values())) // 100


def test_no_tile_is_heavy(national_atlas: NationalAtlas) -> None:
    for tileset in ("territoires", "lieux"):
        archive = Archive(national_atlas.folder / f"{tileset}.pmtiles")
        contents = [archive.find(*address) for address in archive]
        assert max(content.length for content in contents if content) <= LARGEST_TILE
        assert archive.header["clustered"]
