"""Sheets of XLSX and ODS workbooks: typed cells as the text a person would type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import python_calamine as calamine

from etl.formats import archives, workbook_guard
from etl.formats import header as headers
from etl.formats.base import FormatError, FormatOptions, Limits, RawPart, RawTable, where
from etl.formats.gathering import gather
from etl.formats.workspace import Workspace
from etl.french import figure

#: Whole numbers below this are exact in a spreadsheet's doubles (2⁵³).
_EXACT = 2**53


def open_workbook(path: Path, options: FormatOptions, limits: Limits) -> RawTable:
    """Open one sheet of a workbook.

    Raises
    ------
    FormatError
        If the workbook is damaged, protected, too large, or has not the sheet asked for.
    """
    kind = archives.workbook(path)
    if kind is None:
        raise archives.damaged(path)
    space = Workspace()
    copy = space.path / f"classeur.{kind}"
    workbook_guard.copy(path, kind, copy, limits)
    name, sheet, remarks = _sheet(path, copy, options.feuille)
    # calamine gives the blank rows above the first cell too: lines are those that people see.
    top = (sheet.start or (0, 0))[0]
    sample = [_texts(row) for row in islice(sheet.iter_rows(), top + headers.SAMPLE)]
    header = headers.find(path, sample, options.ligne_entete, limits)

    def records() -> Iterator[Sequence[str]]:
        for row in islice(sheet.iter_rows(), header.line, None):
            texts = _texts(row)
            if any(texts):
                yield texts

    def read(rows: int) -> Iterator[RawPart]:
        return gather(records(), header.columns, rows, limits)

    return RawTable(
        path,
        kind,
        header.columns,
        {"feuille": name, "ligne_entete": str(header.line)},
        (*remarks, *header.remarques),
        read=read,
    )


def _sheet(
    path: Path, copy: Path, asked: str | None
) -> tuple[str, calamine.CalamineSheet, tuple[str, ...]]:
    """Choose a sheet; say which ones were left."""
    try:
        book = calamine.CalamineWorkbook.from_path(copy)
        if asked is not None:
            if asked not in book.sheet_names:
                raise FormatError(
                    "feuille_absente",
                    f"{where(path)} n'a pas de feuille « {asked} ». Feuilles : "
                    f"{', '.join(book.sheet_names)[:300]}. Corrigez « feuille ».",
                )
            return asked, book.get_sheet_by_name(asked), ()
        sheets = [
            (meta.name, book.get_sheet_by_name(meta.name))
            for meta in book.sheets_metadata
            if meta.visible == calamine.SheetVisibleEnum.Visible
            and meta.typ == calamine.SheetTypeEnum.WorkSheet
        ]
    except calamine.CalamineError as error:
        raise FormatError(
            "classeur_abime",
            f"{where(path)} ne s'ouvre pas comme un classeur ({str(error)[:120]}). Enregistrez-le "
            "de nouveau avec un tableur, ou en CSV.",
        ) from None
    filled = [(name, sheet) for name, sheet in sheets if sheet.start is not None]
    if not filled:
        raise FormatError(
            "fichier_vide", f"{where(path)} n'a aucune feuille visible qui contienne des cellules."
        )
    name, sheet = filled[0]
    others = [f"« {other} » ({figure(left.height)} lignes)" for other, left in filled[1:]]
    remark = (
        f"Le classeur a plusieurs feuilles. « {name} » est lue ; ne le sont pas : "
        f"{', '.join(others)[:300]}. Pour en choisir une, écrivez « feuille = … »."
    )
    return name, sheet, (remark,) if others else ()


def _texts(row: Sequence[object]) -> list[str]:
    return [cell if type(cell) is str else _text(cell) for cell in row]


def _text(cell: object) -> str:
    """Write a cell as text: dates in ISO 8601, whole numbers without decimals."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, dt.timedelta):
        minutes, seconds = divmod(int(cell.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return str(cell)
