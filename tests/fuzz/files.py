"""Files: every format of rows, outlines, archives of tiles, lists of codes, rows of each role."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from boundaries.errors import BoundariesError
from boundaries.readers import etalab, mouvements
from boundaries.readers.recognise import read_contours, read_epcis
from etl.errors import EtlError
from etl.formats import Limits, open_table
from etl.readers import READERS, groupes
from tests.etl import small_atlas
from tests.etl.formats.hostile import XLSX_PARTS
from tests.fuzz.target import Run, Target, told
from tiles.archive import Archive
from tiles.errors import TilesError

#: Far below those of the service: a file that passes them must do so by what it unpacks to.
LIMITS = Limits(
    file_bytes=20_000_000,
    ratio_floor=1_000_000,
    line_chars=100_000,
    value_chars=20_000,
    record_bytes=200_000,
    sheet_bytes=5_000_000,
    cells=200_000,
)
#: Parts of a file that are read: a damaged count of rows must not be a day of reading.
_PARTS = 20

_CSV = (
    "id;titre;porteur_niveau;porteur_code;services;url;date_debut;points\n"
    "1;Un site;commune;01001;site-internet-commune;https://a.fr;2025-01-31;46.05,5.05\n"
    '2;"Deux ; «lignes»\n";EPCI;200000001;budget-participatif;;;\n'
).encode()
_JSON = json.dumps([{"id": 1, "nom": "é", "point": {"lat": 46.0, "lon": 5}}, {"id": None}]).encode()
_ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_ODS = (
    b'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    b'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    b'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    b'<table:table table:name="A"><table:table-row table:number-rows-repeated="2">'
    b"<table:table-cell "
    b'office:value-type="string" table:number-columns-repeated="3"><text:p>a</text:p>'
    b"</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>"
    b"</office:document-content>"
)
_SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="n"><v>1.5</v></c></row>'
    b'<row r="2"><c r="A2" t="b"><v>1</v></c><c r="C2" t="e"><v>#N/A</v></c></row>'
    b"</sheetData></worksheet>"
)


def _zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def xlsx(sheet: bytes) -> bytes:
    """Put the XML of a sheet in a workbook."""
    parts = {name: content.encode() for name, content in XLSX_PARTS.items()}
    return _zipped({**parts, "xl/worksheets/sheet1.xml": sheet})


def ods(content: bytes) -> bytes:
    """Put the XML of a content in a workbook."""
    manifest = (
        b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    return _zipped(
        {"mimetype": _ODS_TYPE, "content.xml": content, "META-INF/manifest.xml": manifest}
    )


def _frame() -> gpd.GeoDataFrame:
    boxes = [shapely.box(5 + i / 10, 46, 5.1 + i / 10, 46.1) for i in range(3)]
    return gpd.GeoDataFrame(
        {"code": ["01001", "01002", "01003"], "nom": ["A", "B", "C"], "type": ["COM"] * 3},
        geometry=boxes,
        crs=4326,
    )


def _geographic(suffix: str) -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a{suffix}")
        if suffix == ".parquet":
            _frame().to_parquet(path)
        else:
            _frame().to_file(path)
        if suffix != ".shp":
            return [path.read_bytes()]
        return [_zipped({file.name: file.read_bytes() for file in Path(folder).iterdir()})]


def _parquet() -> list[bytes]:
    table = pa.table({"id": [1, 2], "nom": ["a", None], "l": [[1.5], []]})
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return [stream.getvalue(), *_geographic(".parquet")]


def _in_file(
    read: Callable[[Path], None], name: str, packed: Callable[[bytes], bytes] | None = None
) -> Callable[[], AbstractContextManager[Run]]:
    """Give the bytes to a reader of files, in a file of that name."""

    @contextmanager
    def opened() -> Iterator[Run]:
        with tempfile.TemporaryDirectory(prefix="essais-") as folder, warnings.catch_warnings():
            # What GDAL grumbles about a damaged file is not an answer.
            warnings.simplefilter("ignore")
            path = Path(folder, name)

            def run(data: bytes) -> None:
                path.write_bytes(packed(data) if packed else data)
                read(path)

            yield run

    return opened


def _rows(path: Path) -> None:
    try:
        for number, part in enumerate(open_table(path, limits=LIMITS).parts(100)):
            assert not part.rows.isna().any().any()
            assert len(part.rows) == len(part.lignes)
            if number >= _PARTS:
                break
    except EtlError as error:
        told(error)


def _contours(path: Path) -> None:
    with suppress(BoundariesError):
        frame = read_contours(path)
        assert np.isfinite(frame.total_bounds).all()
    with suppress(BoundariesError):
        read_epcis(path)


def _movements(path: Path) -> None:
    with suppress(BoundariesError):
        mouvements.read(path)


def _cog(path: Path) -> None:
    with suppress(BoundariesError):
        etalab.read(path)


def _tiles(path: Path) -> None:
    try:
        archive = Archive(path)
        for number, address in enumerate(archive):
            assert archive.get(*address)
            if number > 200:
                break
    except TilesError as error:
        told(error)


def _role(reader: str, role: str) -> Callable[[Path], None]:
    context = None

    def read(path: Path) -> None:
        nonlocal context
        context = context or small_atlas.context()
        try:
            for reading in READERS[reader](path, small_atlas.source(reader, role=role), context):
                assert reading.lignes_lues >= reading.lignes_chargees
        except (EtlError, BoundariesError) as error:
            told(error)

    return read


def _pmtiles() -> list[bytes]:
    from tests.tiles.conftest import little_archive  # noqa: PLC0415 (a module of fixtures)

    with tempfile.TemporaryDirectory() as folder:
        little_archive(Path(folder, "a.pmtiles"))
        return [Path(folder, "a.pmtiles").read_bytes()]


def _movement_file() -> list[bytes]:
    return [
        (
            b"MOD,DATE_EFF,TYPECOM_AV,COM_AV,TNCC_AV,NCC_AV,NCCENR_AV,LIBELLE_AV,TYPECOM_AP,COM_AP,"
            b"TNCC_AP,NCC_AP,NCCENR_AP,LIBELLE_AP\n"
            b"32,2024-01-01,COM,01001,0,A,A,A,COM,01002,0,B,B,B\n"
        )
    ]


_MEMBERS = pd.DataFrame(
    [("epci", "200000001", "01001"), ("departement", "01", "01001")],
    columns=["niveau", "code", "commune"],
)


def _groups(path: Path) -> None:
    try:
        groupes.read(
            path, small_atlas.source("groupes", role="groupes"), small_atlas.context(), _MEMBERS
        )
    except (EtlError, BoundariesError) as error:
        told(error)


TARGETS = (
    Target("csv", _in_file(_rows, "a.csv"), lambda: [_CSV, b"a,b\r\n1,2\r\n", _CSV[:40] + b"\xe9"]),
    Target(
        "json", _in_file(_rows, "a.json"), lambda: [_JSON, b'{"a": {"b": ' + _JSON + b"}}", b"[[[["]
    ),
    Target("ndjson", _in_file(_rows, "a.ndjson"), lambda: [b'{"a": 1}\n{"a": "2", "b": []}\n']),
    Target("geojson", _in_file(_rows, "a.geojson"), lambda: _geographic(".geojson")),
    Target("gpkg", _in_file(_rows, "a.gpkg"), lambda: _geographic(".gpkg"), longest=120_000),
    Target("parquet", _in_file(_rows, "a.parquet"), _parquet, longest=12_000),
    Target("xlsx", _in_file(_rows, "a.xlsx"), lambda: [xlsx(_SHEET)]),
    Target("xlsx-xml", _in_file(_rows, "a.xlsx", xlsx), lambda: [_SHEET]),
    Target("ods-xml", _in_file(_rows, "a.ods", ods), lambda: [_ODS]),
    Target(
        "zip",
        _in_file(_rows, "a.zip"),
        lambda: [_zipped({"a.csv": _CSV}), _zipped({"../a.csv": _CSV, "b.csv": b""})],
    ),
    Target("gzip", _in_file(_rows, "a.gz", gzip.compress), lambda: [_CSV, _JSON]),
    Target("contours-geojson", _in_file(_contours, "a.geojson"), lambda: _geographic(".geojson")),
    Target(
        "contours-gpkg",
        _in_file(_contours, "a.gpkg"),
        lambda: _geographic(".gpkg"),
        longest=120_000,
    ),
    Target("contours-shp", _in_file(_contours, "a.zip"), lambda: _geographic(".shp")),
    Target(
        "contours-parquet",
        _in_file(_contours, "a.parquet"),
        lambda: _geographic(".parquet"),
        longest=12_000,
    ),
    Target("mouvements", _in_file(_movements, "a.csv"), _movement_file),
    Target("cog", _in_file(_cog, "a.tgz"), lambda: [gzip.compress(b"x" * 600)]),
    Target("pmtiles", _in_file(_tiles, "a.pmtiles"), _pmtiles),
    Target("actions", _in_file(_role("actions", "actions"), "a.csv"), lambda: [_CSV]),
    Target(
        "labels",
        _in_file(_role("labels", "actions"), "a.csv"),
        lambda: [b"commune,nom,arobase\n01001,Amareins,3\n", _CSV],
    ),
    Target(
        "groupes",
        _in_file(_groups, "a.csv"),
        lambda: [b"groupe,nom,commune\nvilles,Villes,01001\n", b'{"type":"FeatureCollection",'],
    ),
)
