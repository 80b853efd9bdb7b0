"""XLSX, written row by row to a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from geo_service.errors import Problem
from geo_service.exports.cells import neutral
from geo_service.exports.model import Batch, Dataset, Origin, Value
from geo_service.exports.text import WKT, as_wkt

#: Characters an XLSX cell may hold, and rows a sheet may have.
_CELL, _ROWS = 32_767, 1_048_576
#: Rows named in the remark on the geometries left out.
_NAMED = 10


def write_xlsx(path: Path, dataset: Dataset, origin: Origin, batches: Iterable[Batch]) -> None:
    """Write a workbook of two sheets: the rows, and their provenance.

    The same rows give the same bytes. Text longer than a cell may hold ends with « … »; a geometry
    that is, in WKT, is left out, and the second sheet names its row.

    Parameters
    ----------
    path
        File to make; its folder holds the sheets until they are put together.
    dataset, origin
        The table and its provenance.
    batches
        Its rows.

    Raises
    ------
    Problem
        400 for more rows than a sheet may have.
    """
    if dataset.count is not None and dataset.count >= _ROWS:
        raise _too_long()
    options = {
        "constant_memory": True,
        "default_date_format": "yyyy-mm-dd",
        "tmpdir": str(path.parent),
    }
    book = Workbook(str(path), options)
    # A date of today would make other bytes each time.
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 (as the format wants)
    try:
        _write_book(book, dataset, origin, batches)
        book.close()
    except BaseException:
        # Not closed by the library, which would put together a book cut short.
        for sheet in book.worksheets():
            sheet.row_data_fh.close()
        raise


def _write_book(book: Workbook, dataset: Dataset, origin: Origin, batches: Iterable[Batch]) -> None:
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet("Données")
    sheet.freeze_panes(1, 0)
    names = [column.name for column in dataset.columns]
    if dataset.geometry is not None:
        names.append(WKT)
    for index, name in enumerate(names):
        sheet.write_string(0, index, name, bold)
    line = 0
    left_out: list[int] = []
    for batch in batches:
        if line + len(batch.rows) >= _ROWS:
            raise _too_long()
        shapes: Sequence[str | None] = ()
        if dataset.geometry is not None:
            shapes = as_wkt(batch.geometries or [], dataset.geometry)
        for at, row in enumerate(batch.rows):
            line += 1
            for index, value in enumerate(row):
                _write(sheet, line, index, neutral(value))
            shape = shapes[at] if shapes else None
            if shape is not None and len(shape) <= _CELL:
                sheet.write_string(line, len(row), shape)
            elif shape is not None:
                left_out.append(line + 1)
    _write_origin(book.add_worksheet("Provenance"), origin, left_out)


def _write_origin(sheet: Worksheet, origin: Origin, left_out: Sequence[int]) -> None:
    sheet.set_column(0, 0, 24)
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
    if left_out:
        shown = ", ".join(map(str, left_out[:_NAMED])) + "…" * (len(left_out) > _NAMED)
        facts.append(
            (
                "Géométries omises",
                f"Trop longues pour une cellule : {len(left_out)} (lignes {shown}).",
                "Demandez le format gpkg, parquet ou geojson.",
            )
        )
    for line, fact in enumerate(facts):
        for index, value in enumerate(fact):
            _write(sheet, line, index, neutral(value))


def _too_long() -> Problem:
    return Problem(
        400,
        "Cette liste a plus de lignes qu’une feuille de calcul ne peut en avoir (1 048 575). "
        "Demandez le format csv ou parquet, ou un territoire plus petit.",
    )


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
