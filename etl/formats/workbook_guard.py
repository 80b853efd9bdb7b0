"""A copy of a workbook that can be opened without danger, made while its XML is looked through.

calamine holds a whole sheet as a dense grid, from its first cell to its last one: two cells in
opposite corners of an XLSX sheet are 17 billion. So the XML is first read by expat, in a stream:
cells are bounded, document types (and the entities they define, "billion laughs") are refused.
calamine then opens the very bytes that were looked at, stored in a new archive, so that nothing
can be one thing for this module and another for calamine.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from xml.parsers import expat

from etl.formats.archives import BROKEN, check_size, damaged
from etl.formats.base import FormatError, Limits, where
from etl.french import figure

_CHUNK = 1 << 18
#: References of a cell and of a row: at most XFD1048576 (ECMA-376, 18.18.62), of ASCII digits.
_CELL = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")
_ROW = re.compile(r"[1-9][0-9]{0,6}")
_LETTERS = 26
#: Members of a workbook that reading its values needs.
_NEEDED: dict[str, re.Pattern[str]] = {
    "xlsx": re.compile(
        r"\[Content_Types\]\.xml|_rels/\.rels|xl/(?:_rels/)?[^/]+\.(?:xml|rels)|"
        r"xl/worksheets/(?:_rels/)?[^/]+\.(?:xml|rels)"
    ),
    "ods": re.compile(r"mimetype|content\.xml|META-INF/manifest\.xml"),
}


def copy(path: Path, kind: Literal["xlsx", "ods"], target: Path, limits: Limits) -> None:
    """Copy what is needed of a workbook.

    Raises
    ------
    FormatError
        If it is damaged, unpacks to too much, has a document type, or too many cells.
    """
    bounds = Limits(**{**limits.__dict__, "file_bytes": limits.sheet_bytes})
    packed = path.stat().st_size
    size = 0
    try:
        with (
            zipfile.ZipFile(path) as archive,
            zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as safe,
        ):
            for name in dict.fromkeys(archive.namelist()):
                if not _NEEDED[kind].fullmatch(name):
                    continue
                scan = _scanner(path, kind, name, limits)
                with archive.open(name) as source, safe.open(name, "w") as into:
                    while chunk := source.read(_CHUNK):
                        size += len(chunk)
                        check_size(path, size, packed, bounds)
                        scan(chunk, False)
                        into.write(chunk)
                scan(b"", True)
    except (*BROKEN, expat.ExpatError):
        raise damaged(path) from None


def _scanner(path: Path, kind: str, name: str, limits: Limits) -> Callable[[bytes, bool], object]:
    if name == "mimetype":
        return lambda _chunk, _last: None
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise FormatError(
            "xml_piege",
            f"{where(path)} contient une définition de type XML, qu'aucun tableur n'écrit : il "
            "n'a pas été ouvert. Enregistrez-le de nouveau avec un tableur, ou en CSV.",
        )

    parser.StartDoctypeDeclHandler = refuse
    if kind == "xlsx" and name.startswith("xl/worksheets/"):
        grid = _XlsxGrid(path, limits)
        parser.StartElementHandler = grid.start
    elif name == "content.xml":
        tables = _OdsGrid(path, limits)
        parser.StartElementHandler = tables.start
        parser.EndElementHandler = tables.end
    return parser.Parse


class _Extent:
    """Bounds the rectangle from the first cell of a sheet to its last one."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self.reset()

    def reset(self) -> None:
        self._first: tuple[int, int] | None = None
        self._last = (0, 0)

    def grow(self, row: int, column: int) -> None:
        top, left = self._first or (row, column)
        self._first = (min(top, row), min(left, column))
        self._last = (max(self._last[0], row), max(self._last[1], column))
        height = self._last[0] - self._first[0] + 1
        width = self._last[1] - self._first[1] + 1
        if width > self._limits.columns or height * width > self._limits.cells:
            raise FormatError(
                "feuille_trop_grande",
                f"{where(self._path)} a une feuille de {figure(height)} lignes sur "
                f"{figure(width)} colonnes ou plus, au-delà des {figure(self._limits.cells)} "
                f"cellules et {figure(self._limits.columns)} colonnes admises : rien n'a été "
                "chargé. Supprimez les cellules loin du tableau, ou enregistrez-le en CSV.",
            )


class _XlsxGrid:
    """Cells of a sheet of XLSX (ECMA-376, 18.3.1.4 and 18.3.1.73): references are optional."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._extent = _Extent(path, limits)
        self._row = 0
        self._column = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            match = self._reference(_ROW, attributes)
            self._row = int(match[0]) if match else self._row + 1
            self._column = 0
        elif local == "c":
            self._column += 1
            if match := self._reference(_CELL, attributes):
                self._column = 0
                for letter in match[1].upper():
                    self._column = self._column * _LETTERS + ord(letter) - ord("A") + 1
                self._row = int(match[2])
            self._extent.grow(self._row, self._column)

    def _reference(
        self, pattern: re.Pattern[str], attributes: dict[str, str]
    ) -> re.Match[str] | None:
        """Read a reference, None without any; one that calamine could read otherwise is refused."""
        given = attributes.get("r")
        if given is None:
            return None
        match = pattern.fullmatch(given)
        if match is None:
            raise FormatError(
                "cellule_sans_place",
                f"{where(self._path)} contient une cellule dont la place, « {given[:20]} », n'est "
                "celle d'aucun tableur : il n'a pas été ouvert. Enregistrez-le de nouveau avec un "
                "tableur, ou en CSV.",
            )
        return match


class _OdsGrid:
    """Cells of the tables of ODS (OpenDocument 1.3, 9.1): rows and cells may be repeated."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._extent = _Extent(path, limits)
        self._row = self._column = 0
        self._rows = self._columns = 1
        self._filled = 0
        self._cell_filled = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "table":
            self._extent.reset()
            self._row = 0
        elif local == "table-row":
            self._rows = _repeated(attributes, "number-rows-repeated")
            self._column = self._filled = 0
        elif local in {"table-cell", "covered-table-cell"}:
            self._columns = _repeated(attributes, "number-columns-repeated")
            self._cell_filled = any(key.endswith("value-type") for key in attributes)
        elif local == "p":
            self._cell_filled = True

    def end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local in {"table-cell", "covered-table-cell"}:
            self._column += self._columns
            if self._cell_filled:
                self._filled = self._column
        elif local == "table-row":
            if self._filled:
                self._extent.grow(self._row + 1, 1)
                self._extent.grow(self._row + self._rows, self._filled)
            self._row += self._rows


def _repeated(attributes: dict[str, str], suffix: str) -> int:
    given = next((v for key, v in attributes.items() if key.endswith(suffix)), "1")
    return int(given[:12]) if given.isdecimal() else 1
