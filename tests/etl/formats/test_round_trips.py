"""What is written in each format is read back, whatever the text."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
import xlsxwriter
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from etl.formats import RawTable, open_table

COLUMNS = ["nom", "code", "note"]
#: Characters of real files; null and surrogates are tested apart, marks of mojibake too.
LETTERS = st.characters(
    codec="utf-8",
    exclude_categories=("Cs", "Cc", "Cn", "Co"),
    exclude_characters="\ufeff\u2028\u2029" + "".join(map(chr, range(0xC2, 0xF5))),
)
TEXT = st.text(LETTERS, max_size=20).map(str.strip)
PLAIN = st.text(st.sampled_from("abz019 éèçœ’«;,|'\"=@-\n\t"), max_size=20).map(str.strip)
ROWS = st.lists(st.tuples(PLAIN, TEXT, PLAIN | TEXT), min_size=1, max_size=20)
#: A row without any value is no row for some formats.
FILLED = ROWS.map(lambda rows: [(f"n{i}", b, c) for i, (_, b, c) in enumerate(rows)])


def whole(table: RawTable, size: int = 7) -> list[tuple[str, ...]]:
    """All rows, after checking what every part promises."""
    rows: list[tuple[str, ...]] = []
    for part in table.parts(size):
        assert list(part.rows.columns) == list(table.columns)
        assert set(part.rows.dtypes) == {pd.StringDtype(na_value=float("nan"))}
        assert not part.rows.isna().any().any()
        assert 0 < len(part.rows) + len(part.refused) <= size
        assert len(part.lignes) == len(part.rows)
        rows += part.rows.itertuples(index=False, name=None)
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("formats")


@given(
    rows=FILLED,
    separator=st.sampled_from(";,\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=60, deadline=None)
def test_csv(
    folder: Path, rows: list[tuple[str, ...]], separator: str, encoding: str, end: str
) -> None:
    # Without its mark, UTF-16 is told by the null bytes of the languages of Western Europe.
    assume("utf-16-" not in encoding or all(c <= "\xff" for row in rows for v in row for c in v))
    path = folder / "a.csv"
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, lineterminator=end)
    writer.writerows([COLUMNS, *rows])
    content = stream.getvalue()
    path.write_bytes(content.encode(encoding))
    table = open_table(path)
    assert table.format == "csv"
    assert table.columns == tuple(COLUMNS)
    assert whole(table) == rows


@pytest.mark.parametrize("encoding", ["cp1252", "iso8859-15", "mac-roman", "cp850"])
def test_csv_of_other_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    words = [
        "Médiathèque",
        "Hôtel de ville",
        "Élan à Besançon",
        "Noël",
        "Cœur" if encoding in {"cp1252", "iso8859-15", "mac-roman"} else "coeur",
        "où",
    ]
    path.write_bytes(("nom;n\n" + "".join(f"{word};1\n" for word in words)).encode(encoding))
    table = open_table(path)
    assert table.details["encodage"] == encoding
    assert [nom for nom, _ in whole(table)] == words


@given(FILLED)
@settings(max_examples=40, deadline=None)
def test_json(folder: Path, rows: list[tuple[str, ...]]) -> None:
    items = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    documents: dict[str, tuple[str, Callable[[], str]]] = {
        "json": ("json", lambda: json.dumps(items)),
        "utf": ("json", lambda: json.dumps(items, ensure_ascii=False, indent=2)),
        "held": ("json", lambda: json.dumps({"total": 2, "tri": [1], "a": {"lieux": items}})),
        "ndjson": ("ndjson", lambda: "\n".join(map(json.dumps, items * 2))),
        "geojson": (
            "geojson",
            lambda: json.dumps(
                {
                    "type": "FeatureCollection",
                    "features": [
                        {
                            "type": "Feature",
                            "properties": item,
                            "geometry": {"type": "Point", "coordinates": [2.5, 48]},
                        }
                        for item in items
                    ],
                }
            ),
        ),
    }
    for name, (kind, write) in documents.items():
        path = folder / name
        path.write_text(write(), encoding="utf-8")
        table = open_table(path)
        assert table.format == kind
        expected = rows * 2 if kind == "ndjson" else rows
        if kind == "geojson":
            expected = [(*row, "2.5", "48") for row in rows]
        assert whole(table) == expected


@given(FILLED)
@settings(max_examples=25, deadline=None)
def test_workbooks(folder: Path, rows: list[tuple[str, ...]]) -> None:
    path = folder / "a.xlsx"
    with xlsxwriter.Workbook(
        path, {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([COLUMNS, *rows]):
            for column, value in enumerate(row):
                sheet.write_string(number, column, value)
    table = open_table(path)
    assert table.format == "xlsx"
    # XML has one end of line.
    assert whole(table) == [tuple(v.replace("\r\n", "\n") for v in row) for row in rows]


@given(FILLED)
@settings(max_examples=15, deadline=None)
def test_parquet_and_geopackage(folder: Path, rows: list[tuple[str, ...]]) -> None:
    frame = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=COLUMNS),
        geometry=[shapely.Point(700_000, 6_600_000)] * len(rows),
        crs=2154,
    )
    pd.DataFrame(frame[COLUMNS]).to_parquet(folder / "a.parquet")
    frame.to_parquet(folder / "b.parquet")
    (folder / "c").unlink(missing_ok=True)
    frame.to_file(folder / "c.gpkg", layer="lieux", engine="pyogrio")
    (folder / "c.gpkg").rename(folder / "c")
    plain = open_table(folder / "a.parquet")
    assert plain.format == "parquet"
    assert whole(plain) == rows
    expected = [(*row, "3.0", "46.5") for row in rows]
    for name, kind in (("b.parquet", "parquet"), ("c", "geopackage")):
        table = open_table(folder / name)
        assert table.format == kind
        assert whole(table) == expected


def ods(rows: list[list[str]]) -> bytes:
    """A workbook of typed cells, as LibreOffice writes it: its last row is repeated to the end."""
    body = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    content = (
        '<?xml version="1.0"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="Lieux">{body}'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row></table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return stream.getvalue()


def cell(kind: str, shown: str) -> str:
    return (
        f'<table:table-cell office:value-type="{kind}"><text:p>{shown}</text:p></table:table-cell>'
    )


def string(value: str) -> str:
    return cell("string", value)


def test_ods_cells(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(
        ods(
            [
                [string("nom"), string("code"), string("n"), string("jour")],
                [
                    string("Médiathèque"),
                    string("00123"),
                    cell('float" office:value="1234.0', "1 234"),
                    cell('date" office:date-value="2024-03-01', "01/03/24"),
                ],
            ]
        )
    )
    table = open_table(path)
    assert table.format == "ods"
    assert table.details == {"feuille": "Lieux", "ligne_entete": "1"}
    assert whole(table) == [("Médiathèque", "00123", "1234", "2024-03-01")]


def test_xlsx_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["texte", "entier", "grand", "decimal", "oui", "formule"])
    sheet.append(["00123", 1234.0, 36750100000000, 43.289439, True, "=A2"])
    book.save(tmp_path / "a.xlsx")
    (row,) = whole(open_table(tmp_path / "a.xlsx"))
    # openpyxl writes a formula without its value, so there is none.
    assert row == ("00123", "1234", "36750100000000", "43.289439", "true", "")


def test_numbers_of_json_are_as_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        """[{"a": 36750100000000.0, "b": 43.28943900001234567, "c": 12345678901234567890,
        "d": 1e999999, "e": [1.50, {"f": null}], "g": {"h": {"i": true}}, "j": -0.5e2}]"""
    )
    table = open_table(path)
    assert table.columns == ("a", "b", "c", "d", "e", "g.h.i", "j")
    assert whole(table) == [
        (
            "36750100000000",
            "43.28943900001234567",
            "12345678901234567890",
            "1E+999999",
            '[1.50, {"f": null}]',
            "true",
            "-50",
        )
    ]


def test_in_archives_and_folders(tmp_path: Path) -> None:
    content = "nom;code\nÉa;01\nb;02\n".encode("cp1252")
    rows = [("Éa", "01"), ("b", "02")]
    (tmp_path / "a.gz").write_bytes(gzip.compress(content))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("LISEZ-MOI.txt", "bonjour")
        archive.writestr("dossier/lieux.csv", content)
        archive.writestr("__MACOSX/._lieux.csv", b"\0")
    for name in ("a.gz", "a.zip"):
        # Nobody keeps the table: what was unpacked stays as long as it is read.
        assert whole(open_table(tmp_path / name), 1) == rows
    months = tmp_path / "mois"
    months.mkdir()
    (months / "1.csv").write_bytes(content)
    (months / "2.json").write_text('[{"code": "03", "nom": "c"}, 3]')
    (months / ".cache").write_bytes(b"\0")
    table = open_table(months)
    assert whole(table) == [*rows, ("c", "03")]
    parts = list(table.parts())
    assert [ligne for part in parts for ligne in part.lignes] == [1, 2, 3]
    assert [ligne for part in parts for ligne in part.refused["ligne"]] == [4]
    (months / "3.csv").write_text("nom,adresse\na,b\n")
    with pytest.raises(Exception, match=r"3\.csv n'a pas les mêmes colonnes que 1\.csv"):
        open_table(months)


def test_projections(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    feature = {"type": "Feature", "id": 7, "properties": None, "geometry": None}
    square = shapely.box(699_990, 6_599_990, 700_010, 6_600_010)
    collection = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}},
        "features": [
            {**feature, "geometry": {"type": "Point", "coordinates": [700000, 6600000]}},
            {**feature, "geometry": json.loads(shapely.to_geojson(square))},
            {**feature, "geometry": {"type": "Point", "coordinates": []}},
            {**feature, "geometry": {"type": "Polygon", "coordinates": "x"}},
            feature,
        ],
    }
    path.write_text(json.dumps(collection))
    first, second, *others = whole(open_table(path))
    assert first == ("7", "3.0", "46.5")
    assert [round(float(value), 6) for value in second[1:]] == [3.0, 46.5]
    assert others == [("7", "", "")] * 3
    path.write_text(json.dumps(collection).replace("EPSG::2154", "EPSG::999999"))
    with pytest.raises(Exception, match="projection inconnue"):
        open_table(path)
