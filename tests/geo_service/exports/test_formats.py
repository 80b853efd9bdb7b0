"""Each format read back by readers that know nothing of the writers: rows, geometry, provenance."""

from __future__ import annotations

import csv
import io
import sqlite3
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import orjson
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_service.errors import Problem
from geo_service.exports import FORMATS, SPATIAL, Batch, Column, Dataset, Geometry, neutral
from geo_service.exports import parquet as parquet_module
from geo_service.exports.text import CsvEncoder
from geo_service.exports.workbook import write_xlsx
from tests.geo_service.exports.making import ORIGIN, dataset, written

pytestmark = pytest.mark.anyio

COLUMNS = (
    Column("code", "text"),
    Column("nom", "text"),
    Column("habitants", "integer"),
    Column("taux", "number"),
    Column("vrai", "boolean"),
    Column("jour", "date"),
    Column("services", "list"),
)
ROWS: list[tuple[Any, ...]] = [
    ("01001", "L’Abergement-Clémenciat", 859, 0.1 + 0.2, True, date(2026, 1, 2), ["a", "é|"]),
    ("97105", "=1+1", 0, -1.5, False, None, []),
    ("35238", 'Île, "Œuf"\net ligne', 2**53, 1e-300, None, date(1999, 12, 31), ["x"]),
    ("98735", "Sans contour", None, None, None, None, None),
    ("2A004", "@ Ajaccio", -3, 1.0, True, date(2024, 2, 29), ["œ", "b"]),
]
NAMES = [column.name for column in COLUMNS]


def ground(at: int) -> bytes:
    """A multipolygon with a hole, and coordinates that no decimal writes exactly."""
    x, y = at + 1 / 3, 45 + at / 7
    outer = shapely.box(x, y, x + 0.1, y + 0.1)
    inner = shapely.box(x + 0.02, y + 0.02, x + 0.05, y + 0.05)
    far = shapely.box(x + 0.3, y, x + 0.3 + 1 / 30, y + 1 / 70)
    wkb: bytes = shapely.to_wkb(shapely.MultiPolygon([outer.difference(inner), far]))
    return wkb


GROUND: list[bytes | None] = [
    None if row[0] == "98735" else ground(at) for at, row in enumerate(ROWS)
]
PLACES = [shapely.to_wkb(shapely.Point(at / 3, at / 7)) for at in range(len(ROWS))]
TABLE = dataset(COLUMNS, ROWS, GROUND, Geometry(), identifier="code")
WHOLE = dataset(COLUMNS, ROWS, [ground(at) for at in range(5)], Geometry(missing=False))
POINTS = dataset(COLUMNS, ROWS, PLACES, Geometry("Point", missing=False))
EMPTY = dataset(COLUMNS, [], [], Geometry())
PLAIN = dataset(COLUMNS, ROWS)


def near(texts: list[Any], expected: list[bytes | None]) -> None:
    """Hold geometries against WKB, to the sixth decimal."""
    for shape, wkb in zip(texts, expected, strict=True):
        assert (shape is None) == (wkb is None)
        if wkb is not None:
            there = shapely.from_wkb(wkb)
            assert shapely.equals_exact(shape, there, 1e-6, normalize=True)


def cell(value: Any) -> Any:
    return "|".join(value) if isinstance(value, list) else value


# --- text ----------------------------------------------------------------------------------------


async def test_csv():
    text = (await written(TABLE, "csv")).decode()
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(lines[0]) == [*NAMES, "WKT", "publication", "millesime", "sources"]
    for rank, (line, row) in enumerate(zip(lines, ROWS, strict=True)):
        assert line["nom"] == neutral(row[1])
        assert line["code"] == row[0]
        assert line["habitants"] == ("" if row[2] is None else str(row[2]))
        assert line["taux"] == "" or float(line["taux"]) == row[3]
        assert line["vrai"] == {True: "true", False: "false", None: ""}[row[4]]
        assert line["jour"] == ("" if row[5] is None else row[5].isoformat())
        assert line["services"] == ("|".join(row[6]) if row[6] else "")
        assert line["publication"], line["millesime"] == ("0123456789ab", "2026")
        credit = "DILA, LO 2.0 : mairies (2026-02-01)"
        assert line["sources"] == (credit if rank == 0 else "")
    near([shapely.from_wkt(line["WKT"]) if line["WKT"] else None for line in lines], GROUND)


async def test_gdal_takes_the_geometry_of_csv(tmp_path):
    (tmp_path / "a.csv").write_bytes(await written(TABLE, "csv"))
    frame = gpd.read_file(tmp_path / "a.csv", engine="pyogrio")
    near([shape or None for shape in frame.geometry], GROUND)


async def test_geojson():
    collection = orjson.loads(await written(TABLE, "geojson"))
    assert collection["provenance"] == ORIGIN.provenance | {"adresse": "/api/essai?"}
    features = collection["features"]
    assert [feature["id"] for feature in features] == [row[0] for row in ROWS]
    check_features(features)


def check_features(features: list[dict[str, Any]]) -> None:
    for feature, row in zip(features, ROWS, strict=True):
        assert feature["type"] == "Feature"
        days = {"jour": None if row[5] is None else row[5].isoformat()}
        assert feature["properties"] == dict(zip(NAMES, row, strict=True)) | days
    shapes = [
        None if feature["geometry"] is None else shapely.geometry.shape(feature["geometry"])
        for feature in features
    ]
    near(shapes, GROUND)
    for shape in filter(None, shapes):
        assert all(part.exterior.is_ccw for part in shape.geoms)
        assert not any(ring.is_ccw for part in shape.geoms for ring in part.interiors)


@pytest.mark.parametrize(("wanted", "mark"), [("geojsonseq", b"\x1e"), ("geojsonl", b"")])
async def test_sequences_are_read_a_line_at_a_time(wanted, mark, tmp_path):
    content = await written(TABLE, wanted)
    lines = content.splitlines(keepends=True)
    assert all(line.startswith(mark + b"{") and line.endswith(b"}\n") for line in lines)
    features = [orjson.loads(line.removeprefix(mark)) for line in lines]
    check_features(features)
    for rank, feature in enumerate(features):
        assert (feature["publication"], feature["millesime"]) == ("0123456789ab", 2026)
        assert ("provenance" in feature) == (rank == 0)
    assert features[0]["provenance"]["sources"] == ORIGIN.provenance["sources"]
    path = tmp_path / f"a.{FORMATS[wanted].extension}"
    path.write_bytes(content)
    info = pyogrio.read_info(path)
    assert (info["driver"], info["features"]) == ("GeoJSONSeq", len(ROWS))
    near([shape or None for shape in gpd.read_file(path).geometry], GROUND)


@pytest.mark.parametrize("wanted", [name for name, form in FORMATS.items() if form.text])
async def test_compressed_text_is_the_same_text(wanted):
    packed = await written(TABLE, wanted, gzipped=True)
    assert zlib.decompress(packed, 31) == await written(TABLE, wanted)


# --- columns -------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", [1, 16_384])
async def test_parquet(monkeypatch, group):
    monkeypatch.setattr(parquet_module, "_GROUP_ROWS", group)
    content = await written(TABLE, "parquet")
    table = pq.read_table(io.BytesIO(content))
    assert [tuple(row[name] for name in NAMES) for row in table.to_pylist()] == ROWS
    assert table.column("geometry").to_pylist() == GROUND
    assert orjson.loads(table.schema.metadata[b"provenance"])["sources"][0]["id"] == "mairies"
    about = pq.read_metadata(io.BytesIO(content))
    assert about.num_row_groups == (3 if group == 1 else 1)
    geo = orjson.loads(about.metadata[b"geo"])
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    primary = geo["columns"]["geometry"]
    assert primary["geometry_types"] == ["MultiPolygon"]
    assert primary["crs"]["id"] == {"authority": "OGC", "code": "CRS84"}
    present = shapely.from_wkb([wkb for wkb in GROUND if wkb])
    assert primary["bbox"] == shapely.total_bounds(present).tolist()
    assert primary["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    for box, wkb in zip(table.column("bbox").to_pylist(), GROUND, strict=True):
        if wkb is None:
            assert box is None
        else:
            bounds = shapely.bounds(shapely.from_wkb(wkb)).tolist()
            assert [box[side] for side in ("xmin", "ymin", "xmax", "ymax")] == bounds


async def test_geopandas_reads_a_box_of_the_parquet():
    content = await written(WHOLE, "parquet")
    frame = gpd.read_parquet(io.BytesIO(content), bbox=(0, 44, 1, 46))
    assert list(frame["code"]) == [ROWS[0][0]]
    assert "bbox" not in frame.columns
    assert frame.crs == "OGC:CRS84"


async def test_parquet_of_points_and_of_none():
    points = await written(POINTS, "parquet")
    geo = orjson.loads(pq.read_metadata(io.BytesIO(points)).metadata[b"geo"])
    assert geo["columns"]["geometry"]["geometry_types"] == ["Point"]
    assert "covering" not in geo["columns"]["geometry"]
    plain = io.BytesIO(await written(PLAIN, "parquet"))
    assert pq.read_table(plain).column_names == NAMES
    assert b"geo" not in pq.read_metadata(plain).metadata


async def test_another_crs_is_told():
    projected = dataset(COLUMNS, ROWS, PLACES, Geometry("Point", 2154, missing=False))
    geo = pq.read_metadata(io.BytesIO(await written(projected, "parquet"))).metadata[b"geo"]
    assert orjson.loads(geo)["columns"]["geometry"]["crs"]["id"]["code"] == 2154
    line = (await written(projected, "csv")).decode().split("\r\n")[2]
    assert "POINT (0.33 0.14)" in line


# --- files of GDAL -------------------------------------------------------------------------------


def read_ogr(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray], Any]:
    info = pyogrio.read_info(path)
    meta, _, geometry, fields = pyogrio.raw.read(path)
    return info, dict(zip(meta["fields"], fields, strict=True)), geometry


async def opened(table: Dataset, wanted: str, folder: Path) -> Path:
    path = folder / f"a.{wanted}"
    path.write_bytes(await written(table, wanted))
    return path


def check_fields(fields: dict[str, np.ndarray], order: list[int]) -> None:
    for name, at in (("code", 0), ("nom", 1)):
        assert fields[name].tolist() == [ROWS[row][at] for row in order]
    assert fields["services"].tolist() == [cell(ROWS[row][6]) for row in order]
    for name, at in (("habitants", 2), ("taux", 3), ("vrai", 4)):
        for value, row in zip(fields[name].tolist(), order, strict=True):
            expected = ROWS[row][at]
            assert (value is None or np.isnan(value)) if expected is None else value == expected
    for value, row in zip(fields["jour"], order, strict=True):
        expected = ROWS[row][5]
        assert np.isnat(value) if expected is None else value == np.datetime64(expected)


def check_metadata(info: dict[str, Any]) -> None:
    told = info["layer_metadata"]
    assert (told["publication"], told["millesime"]) == ("0123456789ab", "2026")
    assert orjson.loads(told["provenance"])["sources"] == ORIGIN.provenance["sources"]
    assert "l’internet citoyen" in told["DESCRIPTION"]


@pytest.mark.parametrize("wanted", ["fgb", "gpkg"])
async def test_missing_geometries_keep_their_row(wanted, tmp_path):
    info, fields, geometry = read_ogr(await opened(TABLE, wanted, tmp_path))
    assert info["crs"] == "EPSG:4326"
    assert info["geometry_type"] == "MultiPolygon"
    assert info["layer_name"] == "essai_communes"
    assert geometry.tolist() == GROUND  # to the bit
    check_fields(fields, list(range(5)))
    check_metadata(info)


async def test_flatgeobuf_has_an_index_when_no_geometry_is_missing(tmp_path):
    path = await opened(WHOLE, "fgb", tmp_path)
    info, fields, geometry = read_ogr(path)
    order = [[row[0] for row in ROWS].index(code) for code in fields["code"]]
    assert sorted(order) == list(range(5))
    assert geometry.tolist() == [ground(at) for at in order]
    check_fields(fields, order)
    assert info["capabilities"]["fast_spatial_filter"]
    assert not pyogrio.read_info(await opened(TABLE, "fgb", tmp_path))["capabilities"][
        "fast_spatial_filter"
    ]
    assert pyogrio.read_dataframe(path, bbox=(0, 44, 1, 46))["code"].tolist() == [ROWS[0][0]]


async def test_a_geopackage_is_dated_as_the_publication_and_indexed(tmp_path):
    path = await opened(TABLE, "gpkg", tmp_path)
    with sqlite3.connect(path) as database:
        contents = database.execute(
            "SELECT table_name, data_type, identifier, last_change, srs_id FROM gpkg_contents"
        ).fetchall()
        assert contents == [
            ("essai_communes", "features", "essai-communes", "2026-03-04T00:00:00.000Z", 4326)
        ]
        dates = database.execute("SELECT timestamp FROM gpkg_metadata_reference").fetchall()
        assert {day for (day,) in dates} == {"2026-03-04T00:00:00.000Z"}
        indexed = database.execute("SELECT count(*) FROM rtree_essai_communes_geom").fetchone()
        assert indexed == (4,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


# --- workbooks -----------------------------------------------------------------------------------


async def test_xlsx():
    book = openpyxl.load_workbook(io.BytesIO(await written(TABLE, "xlsx")))
    head, *lines = book["Données"].iter_rows(values_only=True)
    assert list(head) == [*NAMES, "WKT"]
    for line, row in zip(lines, ROWS, strict=True):
        assert line[0] == row[0]
        assert line[1] == neutral(row[1])
        assert (line[2], line[4]) == (row[2], row[4])
        # A workbook holds 16 digits.
        assert line[3] == (row[3] and pytest.approx(row[3], rel=1e-15))
        assert (line[5] and line[5].date()) == row[5]
        assert (line[6] or "") == (cell(row[6]) or "")
    near([shapely.from_wkt(line[7]) if line[7] else None for line in lines], GROUND)
    assert [row[0] for row in book["Provenance"].values][:3] == [
        "Publication",
        "Millésime",
        "Adresse demandée",
    ]


async def test_a_geometry_too_long_for_a_cell_is_told(tmp_path):
    round_one = shapely.MultiPolygon([shapely.Point(2, 48).buffer(1, quad_segs=500)])
    table = dataset(
        COLUMNS[:1], [("a",), ("b",)], [ground(0), shapely.to_wkb(round_one)], Geometry()
    )
    book = openpyxl.load_workbook(io.BytesIO(await written(table, "xlsx")))
    assert book["Données"].cell(3, 2).value is None
    (told,) = [row for row in book["Provenance"].values if row[0] == "Géométries omises"]
    assert told[1] == "Trop longues pour une cellule : 1 (lignes 3)."


@pytest.mark.parametrize("known", [True, False])
async def test_more_rows_than_a_sheet_has_are_refused(monkeypatch, known):
    monkeypatch.setattr("geo_service.exports.workbook._ROWS", 5)
    many = Dataset("t", COLUMNS, PLAIN.batches, count=5 if known else None)
    with pytest.raises(Problem, match="csv ou parquet") as told:
        await written(many, "xlsx")
    assert told.value.status == 400


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.dates(date(1900, 3, 1), date(2100, 1, 1)),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
    | st.sampled_from(["=1+1", "+33", "-a", "@x", "\t=1", 'a"b', "a,b", "a\nb", "é", "＝1"]),
    st.lists(st.sampled_from(["a", "=b", "c d"]), max_size=3),
)


async def test_a_cell_holds_what_it_can():
    table = dataset((Column("a", "text"), Column("b", "date")), [("x" * 40_000, date(2026, 1, 2))])
    book = openpyxl.load_workbook(io.BytesIO(await written(table, "xlsx")))
    text, day = next(book["Données"].iter_rows(min_row=2, values_only=True))
    assert len(text) == 32_767
    assert text.endswith("x…")
    assert day.date() == date(2026, 1, 2)
    assert len(await written(table, "csv")) > 40_000


@settings(deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 9), VALUES), max_size=5))
def test_cells_come_back_and_none_is_a_formula(tmp_path_factory, rows):
    table = dataset((Column("a", "text"), Column("b", "text")), rows)
    text = CsvEncoder(table, ORIGIN).batch(Batch(rows)).decode()
    path = tmp_path_factory.mktemp("classeur") / "a.xlsx"
    write_xlsx(path, table, ORIGIN, [Batch(rows)])
    lines = list(csv.reader(io.StringIO(text, newline="")))
    cells = list(openpyxl.load_workbook(path)["Données"].iter_rows(min_row=2))
    for line, (_, found), (_, value) in zip(lines, cells, rows, strict=True):
        assert found.data_type != "f"
        if isinstance(value, str | list):
            assert not line[1].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
            plain = "|".join(value) if isinstance(value, list) else value
            assert line[1].removeprefix("'") == plain.removeprefix("'")
            assert (found.value or "") == line[1]


# --- all of them ---------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", FORMATS)
async def test_the_same_rows_give_the_same_bytes(wanted):
    for table in (TABLE, WHOLE, EMPTY):
        assert await written(table, wanted) == await written(table, wanted)


@pytest.mark.parametrize("wanted", FORMATS)
async def test_no_rows(wanted, tmp_path):
    path = tmp_path / f"a.{FORMATS[wanted].extension}"
    path.write_bytes(await written(EMPTY, wanted))
    if wanted == "csv":
        assert path.read_text().splitlines() == [
            ",".join([*NAMES, "WKT", "publication", "millesime", "sources"])
        ]
    elif wanted == "xlsx":
        assert openpyxl.load_workbook(path)["Données"].max_row == 1
    elif wanted == "parquet":
        assert len(gpd.read_parquet(path)) == 0
    elif wanted == "geojson":
        assert orjson.loads(path.read_bytes())["features"] == []
    elif wanted in {"fgb", "gpkg"}:
        assert len(pyogrio.read_dataframe(path)) == 0
    else:
        assert path.read_bytes() == b""


@pytest.mark.parametrize("wanted", SPATIAL)
async def test_a_table_without_geometry_has_no_spatial_format(wanted):
    with pytest.raises(ValueError, match="without geometry"):
        await written(PLAIN, wanted)
