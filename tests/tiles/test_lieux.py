"""The archive of places holds every place at every zoom, alone or counted in a group."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import psycopg
import pyproj
import pytest

from etl import publication
from tests.tiles.conftest import SCHEMA
from tests.tiles.country import LIEUX, SERVICES, localisation
from tests.tiles.decoding import EXTENT, features
from tiles import build
from tiles.archive import Archive
from tiles.build import LIEUX_ALONE, LIEUX_ZOOMS, build_lieux
from tiles.errors import TilesError

Given = dict[str, list[str]]


@pytest.fixture
def given(country_conn: psycopg.Connection) -> Given:
    """Services of each place."""
    services: Given = {f"s:{number}": [] for number in range(LIEUX)}
    for lieu, service in country_conn.execute("SELECT lieu, service FROM lieux_services"):
        services[lieu].append(service)
    return services


def test_same_tables_give_same_bytes(country_url: str, lieux_path: Path, tmp_path: Path) -> None:
    again = tmp_path / "encore.pmtiles"
    with psycopg.connect(country_url) as conn, psycopg.connect(country_url) as helper:
        publication.use_schema(conn, SCHEMA)
        publication.use_schema(helper, SCHEMA)
        build_lieux(conn, again, attribution="Mairies 2026", publication=SCHEMA, helpers=[helper])
    assert again.read_bytes() == lieux_path.read_bytes()


@pytest.mark.parametrize("zoom", range(LIEUX_ALONE, LIEUX_ZOOMS.stop))
def test_from_zoom_10_each_place_is_a_point_at_its_address(
    lieux: Archive, country_conn: psycopg.Connection, given: Given, zoom: int
) -> None:
    rows = country_conn.execute("SELECT id, nom, ST_X(geom), ST_Y(geom) FROM lieux").fetchall()
    to_mercator = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    unit = 40075016.685578488 / (EXTENT * 2**zoom)
    expected = {}
    for lieu, nom, longitude, latitude in rows:
        x, y = to_mercator.transform(longitude, latitude)
        properties = {"id": lieu, "nom": nom, "nombre": 1}
        if localisation(int(lieu.removeprefix("s:"))) == "chef_lieu":
            properties["approximatif"] = True
        properties |= {f"theme_{SERVICES[service]}": 1 for service in given[lieu]}
        if given[lieu]:
            properties["services"] = ",".join(sorted(given[lieu]))
        expected[lieu] = (x / unit, -y / unit, properties)
    drawn = list(features(lieux, zoom))
    assert len(drawn) == LIEUX
    half = EXTENT * 2**zoom / 2
    for feature in drawn:
        x, y, properties = expected[feature.properties["id"]]
        assert feature.properties == properties
        assert abs(feature.outline.x + 0.5 - half - x) <= 0.51
        assert abs(feature.outline.y + 0.5 - half - y) <= 0.51


@pytest.mark.parametrize("zoom", range(LIEUX_ZOOMS.start, LIEUX_ALONE))
def test_groups_count_every_place_by_service_and_theme(
    lieux: Archive, given: Given, zoom: int
) -> None:
    wanted = Counter[str]()
    for services in given.values():
        wanted.update({"nombre"})
        wanted.update(f"service_{service}" for service in services)
        wanted.update({f"theme_{SERVICES[service]}" for service in services})
    found = Counter[str]()
    squares = set()
    for feature in features(lieux, zoom):
        properties = feature.properties
        found.update({k: v for k, v in properties.items() if k not in {"id", "nom", "services"}})
        assert ("id" in properties) == ("nom" in properties) == (properties["nombre"] == 1)
        assert 0 <= feature.local.x < EXTENT
        assert 0 <= feature.local.y < EXTENT
        squares.add((feature.outline.x // 512, feature.outline.y // 512))
    assert found == wanted
    assert len(squares) == sum(1 for _ in features(lieux, zoom))


def test_crowded_tiles_are_grouped_in_small_squares(
    country_conn: psycopg.Connection,
    given: Given,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit = 160  # bytes: two or three places
    monkeypatch.setattr(build, "CROWDED", limit)
    path = tmp_path / "lieux.pmtiles"
    build_lieux(country_conn, path, attribution="", publication="x")
    archive = Archive(path)
    crowded = 0
    for zoom in range(LIEUX_ALONE, LIEUX_ZOOMS.stop):
        tiles: dict[tuple[int, int], list] = {}
        for feature in features(archive, zoom):
            address = (feature.outline.x // EXTENT, feature.outline.y // EXTENT)
            tiles.setdefault(address, []).append(feature)
        total = 0
        for drawn in tiles.values():
            counts = [f.properties["nombre"] for f in drawn]
            total += sum(counts)
            if all("id" in f.properties for f in drawn):
                text = [f.properties[k] for f in drawn for k in ("id", "nom", "services")
                        if k in f.properties]  # fmt: skip
                if 40 * len(drawn) + sum(map(len, text)) <= limit:
                    assert all(f.properties["nombre"] == 1 for f in drawn)
                    continue
            crowded += 1
            side = build.CROWDED_SIDE
            squares = {(f.local.x // side, f.local.y // side) for f in drawn}
            assert len(squares) == len(drawn)
        assert total == LIEUX
    assert crowded


def test_tiles_still_too_heavy_are_grouped_in_larger_squares(
    country_conn: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 700
    for name, value in (
        ("CROWDED", 1),
        ("CROWDED_SIDE", 1),
        ("GROUP_SIDE", EXTENT),
        ("LARGEST_TILE", limit),
    ):
        monkeypatch.setattr(build, name, value)
    path = tmp_path / "lieux.pmtiles"
    build_lieux(country_conn, path, attribution="", publication="x")
    archive = Archive(path)
    for zoom in range(LIEUX_ALONE, LIEUX_ZOOMS.stop):
        drawn = list(features(archive, zoom))
        assert sum(feature.properties["nombre"] for feature in drawn) == LIEUX
        # At one address they stay together; elsewhere some squares hold several.
        assert len(drawn) < LIEUX - 200 or zoom > LIEUX_ALONE
    sizes = [len(gzip.decompress(archive.get(*address) or b"")) for address in archive]
    assert max(sizes) <= limit


def test_fields_are_described(lieux: Archive) -> None:
    (layer,) = lieux.metadata["vector_layers"]
    assert (layer["id"], layer["minzoom"], layer["maxzoom"]) == ("lieux", 4, 12)
    seen = {name for zoom in (4, 12) for f in features(lieux, zoom) for name in f.properties}
    assert seen == set(layer["fields"])


def test_no_place_at_all_is_refused(country_conn: psycopg.Connection, tmp_path: Path) -> None:
    country_conn.execute("DELETE FROM lieux_services")
    country_conn.execute("DELETE FROM lieux")
    with pytest.raises(TilesError, match="serait vide"):
        build_lieux(country_conn, tmp_path / "l.pmtiles", attribution="", publication="x")
