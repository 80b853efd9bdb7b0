"""Tables in the formats analysts open: CSV, XLSX, GeoJSON and GeoParquet 1.1.

Every file carries its provenance: columns in CSV, a sheet in XLSX, a member in GeoJSON, metadata
in Parquet. Text that a spreadsheet would run as a formula is neutralised in CSV and XLSX.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

Kind = Literal["text", "integer", "number", "boolean", "date", "list"]

#: First characters that make a spreadsheet take a text for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Between the items of a list in one cell.
LIST_SEPARATOR = "|"
#: Characters an XLSX cell may hold.
_CELL = 32_767
#: Columns of provenance at the end of each CSV row.
_CSV_ORIGIN = ("publication", "millesime", "sources")
#: Decimals of coordinates: 11 cm at the equator.
DECIMALS = 6

Value = str | int | float | bool | date | list[str] | None


class Column(NamedTuple):
    """A column: its name, and what its values are."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Table:
    """Rows to export.

    Attributes
    ----------
    name
        Stem of the file's name.
    columns
        Columns, in order.
    rows
        One sequence of values per row, in the order of the columns.
    geometries
        One WKB geometry (EPSG:4326) or ``None`` per row; ``None`` for a table without any.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    geometries: Sequence[bytes | None] | None = None


@dataclass(frozen=True)
class Origin:
    """Where a table comes from: the provenance of JSON answers, and the address asked."""

    provenance: dict[str, Any]
    address: str


class Exporter(NamedTuple):
    """A format: how it is written, and how it is named in HTTP."""

    write: Callable[[Table, Origin], bytes]
    media_type: str
    extension: str


def neutral(value: Value) -> Value:
    """Make a cell's value safe to open in a spreadsheet.

    Parameters
    ----------
    value
        Any value.

    Returns
    -------
    Value
        Lists joined in one text; an apostrophe put before text that would be run as a formula.
    """
    text = LIST_SEPARATOR.join(value) if isinstance(value, list) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text


def _cell(value: Value) -> Value:
    safe = neutral(value)
    if isinstance(safe, bool):
        return "true" if safe else "false"
    return safe


def to_csv(table: Table, origin: Origin) -> bytes:
    """Write RFC 4180 CSV: UTF-8 without byte order mark, commas, CRLF, one header line.

    Three columns are added at the end of each row, so that a row copied elsewhere still says where
    it comes from: ``publication``, ``millesime`` and ``sources``.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*(column.name for column in table.columns), *_CSV_ORIGIN])
    end = [
        origin.provenance["publication"],
        origin.provenance["millesime"],
        LIST_SEPARATOR.join(_credits(origin.provenance["sources"])),
    ]
    writer.writerows([*map(_cell, row), *end] for row in table.rows)
    return text.getvalue().encode()


def _credits(sources: Sequence[Mapping[str, Any]]) -> list[str]:
    """Credit the sources, those of one producer under one licence together: it is on every row."""
    together: dict[tuple[str, str], list[str]] = {}
    for source in sources:
        marks = ", ancienne" * source["ancienne"] + ", données synthétiques" * source["synthetique"]
        name = f"{source['id']} ({source['date']}{marks})"
        together.setdefault((source["producteur"], source["licence"]), []).append(name)
    return [
        f"{producer}, {licence} : {', '.join(names)}"
        for (producer, licence), names in together.items()
    ]


def to_xlsx(table: Table, origin: Origin) -> bytes:
    """Write a workbook of two sheets: the rows, and their provenance.

    The same rows give the same bytes. Text longer than a cell may hold ends with « … ».
    """
    stream = io.BytesIO()
    book = Workbook(stream, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    # A date of today would make other bytes each time.
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 (as the format wants)
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet("Données")
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(table.columns):
        sheet.write_string(0, index, column.name, bold)
    for line, row in enumerate(table.rows, 1):
        for index, value in enumerate(row):
            _write(sheet, line, index, neutral(value))
    about = book.add_worksheet("Provenance")
    about.set_column(0, 0, 24)
    facts: list[tuple[Value, ...]] = [
        ("Publication", origin.provenance["publication"]),
        ("Millésime", origin.provenance["millesime"]),
        ("Adresse demandée", origin.address),
        *(
            (
                "Source",
                source["nom"],
                source["producteur"],
                source["date"],
                source["licence"],
                source["avertissement"],
            )
            for source in origin.provenance["sources"]
        ),
        *(("Définition", word, link) for word, link in origin.provenance["definitions"].items()),
    ]
    for line, fact in enumerate(facts):
        for index, value in enumerate(fact):
            _write(about, line, index, neutral(value))
    book.close()
    return stream.getvalue()


def _write(sheet: Worksheet, line: int, index: int, value: Value) -> None:
    """Write a cell as what it is: text is never taken for a formula, a number or a link."""
    if isinstance(value, bool):
        sheet.write_boolean(line, index, value)
    elif isinstance(value, int | float):
        sheet.write_number(line, index, value)
    elif isinstance(value, date):
        sheet.write_datetime(line, index, value)
    elif isinstance(value, str):
        text = value if len(value) <= _CELL else f"{value[: _CELL - 1]}…"
        sheet.write_string(line, index, text)


def _geometries(table: Table) -> Any:
    """Shapely geometries of a table, coordinates rounded to :data:`DECIMALS`."""
    geometries = shapely.from_wkb(np.array(table.geometries, dtype=object))
    return shapely.transform(geometries, lambda points: points.round(DECIMALS))


def to_geojson(table: Table, origin: Origin) -> bytes:
    """Write a GeoJSON FeatureCollection (RFC 7946) with a ``provenance`` member."""
    names = [column.name for column in table.columns]
    if table.geometries is None:
        message = f"table without geometry: {table.name}"
        raise ValueError(message)
    shapes = shapely.to_geojson(_geometries(table)) if table.rows else []
    features = [
        b'{"type":"Feature","geometry":'
        + (shape.encode() if shape else b"null")
        + b',"properties":'
        + orjson.dumps(dict(zip(names, row, strict=True)))
        + b"}"
        for shape, row in zip(shapes, table.rows, strict=True)
    ]
    return (
        b'{"type":"FeatureCollection","provenance":'
        + orjson.dumps({**origin.provenance, "adresse": origin.address})
        + b',"features":['
        + b",\n".join(features)
        + b"]}"
    )


_ARROW = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "list": pa.list_(pa.string()),
}


def to_parquet(table: Table, origin: Origin) -> bytes:
    """Write Parquet with ``provenance`` in its metadata; GeoParquet 1.1 where there are geometries.

    Coordinates are longitude, latitude in OGC:CRS84, the default of
    https://geoparquet.org/releases/v1.1.0/.
    """
    columns = {
        column.name: pa.array([row[index] for row in table.rows], _ARROW[column.kind])
        for index, column in enumerate(table.columns)
    }
    metadata = {
        "provenance": orjson.dumps({**origin.provenance, "adresse": origin.address}),
    }
    if table.geometries is not None:
        shapes = _geometries(table) if table.rows else np.array([], dtype=object)
        columns["geometry"] = pa.array(shapely.to_wkb(shapes).tolist(), pa.binary())
        present = shapes[~shapely.is_missing(shapes)]
        primary: dict[str, Any] = {
            "encoding": "WKB",
            "geometry_types": sorted({shape.geom_type for shape in present}),
        }
        if len(present):
            primary["bbox"] = shapely.total_bounds(present).tolist()
        metadata["geo"] = orjson.dumps(
            {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": primary}}
        )
    stream = io.BytesIO()
    pq.write_table(pa.table(columns).replace_schema_metadata(metadata), stream, compression="zstd")
    return stream.getvalue()


#: Formats of the ``format`` parameter other than JSON.
EXPORTERS = {
    "csv": Exporter(to_csv, "text/csv; charset=utf-8; header=present", "csv"),
    "xlsx": Exporter(
        to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"
    ),
    "geojson": Exporter(to_geojson, "application/geo+json", "geojson"),
    "parquet": Exporter(to_parquet, "application/vnd.apache.parquet", "parquet"),
}
