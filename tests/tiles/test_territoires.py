"""The archive of territories says what the tables say, and no border is torn."""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely

from etl import publication
from tests.tiles.conftest import SCHEMA
from tests.tiles.country import FRAME, GROUPS, ISLET, ZOOMS, cells
from tests.tiles.decoding import EXTENT, features, to_grid
from tiles import outlines
from tiles.archive import Archive
from tiles.build import Keep, build_territoires, make_now
from tiles.errors import TilesError

LAYERS = {niveau: f"{niveau}s" for niveau in ZOOMS}
COVERAGES = [layer for layer in LAYERS.values() if layer != "groupes"]

#: Attributes by layer and code.
Properties = defaultdict[str, dict[str, dict[str, Any]]]

#: Rounding moves a vertex by half a unit at most in x and in y: anything between two neighbours is
#: narrower than this (units), and vanishes when its edges are pushed in by half of it.
WIDEST = 1.5


def narrow(geometry: shapely.Geometry) -> bool:
    return bool(shapely.is_empty(shapely.buffer(geometry, -WIDEST / 2)))


def test_same_tables_give_same_bytes_with_one_or_two_connections(
    country_url: str, territoires_path: Path, tmp_path: Path
) -> None:
    again = tmp_path / "encore.pmtiles"
    with psycopg.connect(country_url) as conn, psycopg.connect(country_url) as helper:
        publication.use_schema(conn, SCHEMA)
        publication.use_schema(helper, SCHEMA)
        info = build_territoires(
            conn, again, attribution="IGN 2026", publication=SCHEMA, helpers=[helper]
        )
    assert again.read_bytes() == territoires_path.read_bytes()
    assert info.octets == again.stat().st_size
    assert info.zooms == (3, 10)


@pytest.mark.parametrize("zoom", range(3, 11))
def test_every_territory_is_there_with_its_attributes(
    territoires: Archive, country_conn: psycopg.Connection, zoom: int
) -> None:
    expected: Properties = defaultdict(dict)
    for (
        niveau,
        code,
        nom,
        population,
        taux,
        presents,
        documentes,
        democratie,
    ) in country_conn.execute(
        "SELECT t.niveau, t.code, nom, population, round(r.taux::numeric, 4)::float,"
        " r.presents, r.documentes, d.taux"
        " FROM territoires t"
        " LEFT JOIN taux r ON (r.niveau, r.code, r.axe) = (t.niveau, t.code, 'ensemble')"
        " LEFT JOIN taux d ON (d.niveau, d.code, d.axe) = (t.niveau, t.code, 'theme')"
    ):
        if zoom in ZOOMS[niveau]:
            properties = {"code": code, "nom": nom, "population": population, "taux": taux}
            properties |= {"services_presents": presents, "services_documentes": documentes}
            properties["taux_democratie"] = democratie
            expected[LAYERS[niveau]][code] = {k: v for k, v in properties.items() if v is not None}
    found: Properties = defaultdict(dict)
    for feature in features(territoires, zoom, *LAYERS.values()):
        seen = found[feature.layer].setdefault(feature.properties["code"], feature.properties)
        assert seen == feature.properties
    assert found == expected


@pytest.mark.parametrize("zoom", range(3, 11))
def test_neighbours_neither_overlap_nor_part(territoires: Archive, zoom: int) -> None:
    tiles = defaultdict(list)
    for feature in features(territoires, zoom, *COVERAGES):
        assert feature.local.geom_type in {"Polygon", "MultiPolygon"}
        box = shapely.box(-64, -64, EXTENT + 64, EXTENT + 64)
        assert shapely.covers(box, feature.local)
        tiles[feature.address, feature.layer].append(feature.outline)
    # Inside the frame, away from its bent sides, the country has no hole.
    inside = shapely.buffer(to_grid(shapely.box(*FRAME), zoom), -1_500 * 2**zoom / 9784)
    crossings = 0
    for ((_, x, y), layer), drawn in tiles.items():
        polygons = shapely.make_valid(np.array(drawn), method="structure")
        tree = shapely.STRtree(polygons)
        left, right = tree.query(polygons, predicate="intersects")
        pairs = left < right
        shared = shapely.intersection(polygons[left[pairs]], polygons[right[pairs]])
        crossings += int((shapely.area(shared) > 0).sum())
        assert all(narrow(overlap) for overlap in shared[shapely.area(shared) > 0]), layer
        square = shapely.box(x * EXTENT, y * EXTENT, (x + 1) * EXTENT, (y + 1) * EXTENT)
        gaps = shapely.difference(shapely.intersection(square, inside), shapely.union_all(polygons))
        assert narrow(gaps), layer
    # Rounding turns a corner over a border now and then; borders are otherwise equal to the unit.
    assert crossings <= sum(map(len, tiles.values())) // 100


@pytest.mark.parametrize("zoom", [3, 7, 10])
def test_tiles_put_side_by_side_give_the_outlines_back(
    territoires: Archive, country_conn: psycopg.Connection, zoom: int
) -> None:
    drawn = defaultdict(list)
    for feature in features(territoires, zoom, *LAYERS.values()):
        _, x, y = feature.address
        square = shapely.box(x * EXTENT, y * EXTENT, (x + 1) * EXTENT, (y + 1) * EXTENT)
        outline = shapely.make_valid(feature.outline, method="structure")
        drawn[feature.layer, feature.properties["code"]].append(
            shapely.intersection(outline, square)
        )
    for niveau, code, wkb in country_conn.execute(
        "SELECT niveau, code, ST_AsBinary(geom) FROM contours WHERE zoom = %s", [zoom]
    ):
        wanted = to_grid(shapely.from_wkb(wkb), zoom)
        found = shapely.union_all(drawn[LAYERS[niveau], code])
        difference = shapely.symmetric_difference(wanted, found)
        assert narrow(difference) or code == ISLET


@pytest.mark.parametrize("zoom", [7, 8])
def test_territory_below_the_grid_is_one_unit_of_it(territoires: Archive, zoom: int) -> None:
    (islet,) = {
        feature.outline
        for feature in features(territoires, zoom, "communes")
        if feature.properties["code"] == ISLET
    }
    assert islet.area == 1


def test_rings_turn_as_the_specification_says(territoires: Archive) -> None:
    # Vector tile specification 2.1 §4.3.3.3: with y downwards, outer rings have a positive area.
    for feature in features(territoires, 9):
        if feature.local.geom_type == "Point":
            continue
        for polygon in shapely.get_parts(feature.local):
            assert shapely.is_ccw(polygon.exterior)
            assert not any(shapely.is_ccw(ring) for ring in polygon.interiors)


def test_labels_come_by_size_and_never_leave(
    territoires: Archive, country_conn: psycopg.Connection
) -> None:
    shown = {}
    for zoom in range(3, 11):
        labels = [f.properties for f in features(territoires, zoom, "etiquettes")]
        keys = [(label["niveau"], label["code"]) for label in labels]
        assert len(keys) == len(set(keys))
        shown[zoom] = set(keys)
        for niveau in ("region", "departement", "epci", "groupe"):
            count = sum(key[0] == niveau for key in keys)
            wanted = country_conn.execute(
                "SELECT count(*) FROM contours WHERE (zoom, niveau) = (%s, %s)", [zoom, niveau]
            ).fetchone()
            assert (count,) == wanted
    for before, after in pairwise(shown.values()):
        assert before <= after
    everyone = set(country_conn.execute("SELECT niveau, code FROM territoires").fetchall())
    assert shown[10] == everyone
    communes = {key for key in shown[3] if key[0] == "commune"}
    biggest = country_conn.execute(
        "SELECT niveau, code FROM territoires WHERE niveau = 'commune'"
        " ORDER BY population DESC NULLS LAST, code LIMIT 1"
    ).fetchone()
    assert biggest in communes
    assert len(communes) < len(everyone) / 10


def test_labels_lie_in_their_outline_and_tell_their_rank(territoires: Archive) -> None:
    shapes = defaultdict(list)
    for feature in features(territoires, 10, *LAYERS.values()):
        shapes[feature.layer, feature.properties["code"]].append(feature.outline)
    ranks = defaultdict(list)
    for label in features(territoires, 10, "etiquettes"):
        assert shapely.covers(shapely.box(0, 0, EXTENT - 1, EXTENT - 1), label.local)
        niveau = label.properties["niveau"]
        drawn = shapely.union_all(shapes[LAYERS[niveau], label.properties["code"]])
        assert shapely.distance(drawn, label.outline) <= 1.5
        population = label.properties.get("population", -1)
        ranks[niveau].append((label.properties["rang"], population))
    for ranked in ranks.values():
        assert sorted(rank for rank, _ in ranked) == list(range(1, len(ranked) + 1))
        populations = [population for _, population in sorted(ranked)]
        assert populations == sorted(populations, reverse=True)


def test_archive_describes_itself(territoires: Archive) -> None:
    metadata = territoires.metadata
    assert metadata["attribution"] == "IGN 2026"
    assert metadata["publication"] == SCHEMA
    layers = {layer["id"]: layer for layer in metadata["vector_layers"]}
    assert list(layers) == ["regions", "departements", "epcis", "communes", "groupes", "etiquettes"]
    assert (layers["communes"]["minzoom"], layers["communes"]["maxzoom"]) == (7, 10)
    for zoom in range(3, 11):
        for feature in features(territoires, zoom):
            layer = layers[feature.layer]
            assert layer["minzoom"] <= zoom <= layer["maxzoom"]
            kinds = {
                k: "String" if isinstance(v, str) else "Number"
                for k, v in feature.properties.items()
            }
            assert kinds.items() <= layer["fields"].items()
    west, south, east, north = territoires.bounds
    longitude, latitude, zoom = territoires.center
    assert west < longitude < east
    assert south < latitude < north
    assert territoires.zooms == (3, 10)
    assert zoom == 5
    assert all(territoires.covers(*address) for address in territoires)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("DELETE FROM contours", "table des contours est vide"),
        ("UPDATE territoires SET centre = NULL WHERE code = '10003'", "commune 10003"),
        ("DELETE FROM territoires WHERE code = '10003'", "commune 10003"),
        ("UPDATE contours SET niveau = 'canton' WHERE niveau = 'epci'", "canton"),
        (
            "UPDATE contours SET geom = 'SRID=3857;MULTIPOLYGON EMPTY' WHERE code = '10003'",
            "commune 10003",
        ),
        ("UPDATE territoires SET emprise = NULL", "emprise"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    country_conn: psycopg.Connection, tmp_path: Path, damage: str, words: str
) -> None:
    target = tmp_path / "territoires.pmtiles"
    target.write_bytes(b"celle d'hier")
    country_conn.execute(damage.encode())
    with pytest.raises(TilesError, match=words):
        build_territoires(country_conn, target, attribution="", publication="x")
    assert target.read_bytes() == b"celle d'hier"
    assert list(tmp_path.iterdir()) == [target]


def test_a_groupe_is_its_communes(territoires: Archive) -> None:
    codes = cells().codes
    shapes = defaultdict(list)
    for feature in features(territoires, 9, "communes", "groupes"):
        key = (feature.address, feature.layer, feature.properties["code"])
        shapes[key].append(shapely.make_valid(feature.outline, method="structure"))
    drawn = [key for key in shapes if key[1] == "groupes"]
    assert {code for _, _, code in drawn} == set(GROUPS)
    for address, _, code in drawn:
        members = [
            outline
            for member in codes[GROUPS[code]]
            for outline in shapes.get((address, "communes", member), [])
        ]
        (groupe,) = shapes[address, "groupes", code]
        assert narrow(shapely.symmetric_difference(groupe, shapely.union_all(members)))


def test_new_rates_are_put_to_the_outlines_of_before(
    country_conn: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a run keeps of another gives the bytes of a run that starts from nothing."""
    kept: dict[str, Any] = {}

    def keep(step: str, make: Callable[[], Any]) -> Any:
        kept[step] = pickle.dumps(make())
        return pickle.loads(kept[step])

    def build(name: str, keep: Keep) -> bytes:
        target = tmp_path / f"{name}.pmtiles"
        build_territoires(country_conn, target, attribution="", publication="x", keep=keep)
        return target.read_bytes()

    before = build("avant", keep)
    country_conn.execute("UPDATE taux SET taux = 0.125 WHERE code = '10003'")
    with monkeypatch.context() as patch:
        patch.setattr(outlines, "draw", None)
        again = build("repris", lambda step, _make: pickle.loads(kept[step]))
    assert again == build("neuf", make_now)
    assert again != before


def test_outlines_of_another_country_are_refused(
    country_conn: psycopg.Connection, tmp_path: Path
) -> None:
    with pytest.raises(TilesError, match="sur aucune tuile : region 0"):
        build_territoires(
            country_conn,
            tmp_path / "t.pmtiles",
            attribution="",
            publication="x",
            keep=lambda _step, _make: outlines.Drawing([], []),
        )


def test_a_tile_too_heavy_once_unpacked_is_refused(
    country_conn: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiles.build.LARGEST_TILE", 20_000)
    with pytest.raises(TilesError, match=r"pèse \d+ octets avant compression"):
        build_territoires(country_conn, tmp_path / "t.pmtiles", attribution="", publication="x")
