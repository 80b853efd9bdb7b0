"""The archives of the whole of France: complete, light, and without a torn border."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import psycopg
import pytest
import shapely

from tests.support import NationalAtlas
from tests.tiles.decoding import attributes, features_of, unpacked
from tiles.archive import Archive
from tiles.build import LIEUX_ZOOMS
from tiles.writer import LARGEST_TILE

pytestmark = pytest.mark.national

#: Communes, EPCI, départements, régions of the COG 2026 (INSEE), arrondissements municipaux.
COUNTS = {
    "regions": 18,
    "departements": 101,
    "epcis": 1253,
    "communes": 34_875,
    "arrondissements": 45,
}

#: Tiles whose borders are looked at, of a zoom that has more.
TILES = 8

#: Rounding explains what vanishes when its edges are pushed in by this (units of the grid).
ROUNDING = 0.75


@pytest.fixture(scope="module")
def france(national_atlas: NationalAtlas) -> Archive:
    return Archive(national_atlas.folder / "territoires.pmtiles")


@pytest.mark.parametrize("zoom", range(3, 12))
def test_every_territory_is_drawn_at_each_zoom(france: Archive, zoom: int) -> None:
    described = {layer["id"]: layer["minzoom"] for layer in france.metadata["vector_layers"]}
    for layer, count in COUNTS.items():
        codes = {feature["code"] for feature in attributes(france, zoom, layer)}
        assert len(codes) == (count if described[layer] <= zoom else 0)


@pytest.mark.parametrize("zoom", range(3, 12))
def test_no_border_is_torn(france: Archive, zoom: int) -> None:
    addresses = sorted(address for address in france if address[0] == zoom)
    # The heaviest have the most borders; the others are spread over the country.
    heavy = sorted(addresses, key=lambda address: len(france.get(*address) or b""))[-3:]
    chosen = {*heavy, *addresses[:: max(1, len(addresses) // TILES)]}
    crossings = outlines = 0
    for address in chosen:
        drawn = defaultdict(list)
        for feature in features_of(france, address, *COUNTS):
            drawn[feature.layer].append(feature.local)
        wholes = {}
        for layer, shapes in drawn.items():
            polygons = shapely.make_valid(np.array(shapes), method="structure")
            left, right = shapely.STRtree(polygons).query(polygons, predicate="intersects")
            pairs = left < right
            shared = shapely.intersection(polygons[left[pairs]], polygons[right[pairs]])
            overlaps = shared[shapely.area(shared) > 0]
            assert shapely.is_empty(shapely.buffer(overlaps, -ROUNDING)).all(), (address, layer)
            crossings += len(overlaps)
            outlines += len(polygons)
            wholes[layer] = shapely.union_all(polygons)
        # Communes and départements leave nothing out of the régions they make, and nothing over.
        for layer in {"departements", "communes"} & set(wholes):
            gaps = shapely.symmetric_difference(wholes["regions"], wholes[layer])
            assert shapely.is_empty(shapely.buffer(gaps, -ROUNDING)), (address, layer)
    assert crossings <= outlines // 100


@pytest.mark.parametrize("zoom", LIEUX_ZOOMS)
def test_every_lieu_is_counted_at_each_zoom(national_atlas: NationalAtlas, zoom: int) -> None:
    archive = Archive(national_atlas.folder / "lieux.pmtiles")
    with psycopg.connect(national_atlas.reader_url) as conn:
        conn.execute(f"SET search_path = pub_{national_atlas.publication}, public".encode())
        (lieux,) = conn.execute("SELECT count(*) FROM lieux").fetchone()
        themes = dict(
            conn.execute(
                "SELECT 'theme_' || e.theme, count(DISTINCT ls.lieu) FROM lieux_services AS ls"
                " JOIN services AS s ON s.code = ls.service JOIN enjeux AS e ON e.code = s.enjeu"
                " GROUP BY 1"
            ).fetchall()
        )
    found = defaultdict(int)
    for feature in attributes(archive, zoom, "lieux"):
        for name in ("nombre", *themes):
            found[name] += feature.get(name, 0)
    assert found == {"nombre": lieux, **themes}


def test_no_tile_is_heavy(national_atlas: NationalAtlas) -> None:
    for tileset in ("territoires", "lieux"):
        archive = Archive(national_atlas.folder / f"{tileset}.pmtiles")
        contents = [archive.find(*address) for address in archive]
        assert max(content.length for content in contents if content) <= LARGEST_TILE
        assert max(len(unpacked(archive, address)) for address in archive) <= LARGEST_TILE
        assert archive.header["clustered"]
        assert archive.metadata["attribution"].count("2026)") >= 1
