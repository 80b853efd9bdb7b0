"""What opening a file gives, whatever its format: columns, then rows of text, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.errors import EtlError
from etl.formats.surrogates import mended

Format = Literal["csv", "xlsx", "ods", "json", "ndjson", "geojson", "geopackage", "parquet"]
IntArray = npt.NDArray[np.int64]

#: Rows of a part when nothing is asked.
PART_ROWS = 50_000
#: Columns of what a part says of its rows.
REFUSED = ("ligne", "motif", "phrase", "valeur")
REPAIRED = ("ligne", "champ", "motif", "phrase", "valeur")
#: Columns that hold the point of a row of a geographic format: degrees, EPSG:4326.
LONGITUDE, LATITUDE = "__lon", "__lat"


class FormatError(EtlError):
    """A file that cannot be opened, or that is refused whole.

    Parameters
    ----------
    code : str
        Stable code of the reason, for programs and tests.
    message : str
        French sentences: what, where, what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        # It may repeat what the file holds, and is written where half a letter cannot be.
        super().__init__(mended(message))
        self.code = code


@dataclass(frozen=True)
class Limits:
    """Bounds that keep a hostile or damaged file from filling memory or disk.

    Attributes
    ----------
    file_bytes : int
        Largest file, once out of its archive.
    ratio : int
        Most an archive may unpack to, times its own size, beyond `ratio_floor` bytes.
    ratio_floor : int
        Size under which the ratio of an archive says nothing.
    line_chars : int
        Longest line of a text, longest record of a CSV or NDJSON file.
    value_chars : int
        Longest value; the row of a longer one is refused.
    columns : int
        Most columns.
    depth : int
        Deepest nesting of a JSON document.
    record_bytes : int
        Largest item of a JSON array, and most bytes between two items.
    sheet_bytes : int
        Largest workbook, unpacked: its sheets are held in memory.
    cells : int
        Most cells of a sheet, between its first and its last one.
    part_chars : int
        A part is given as soon as it holds so many characters, however few its rows.
    """

    file_bytes: int = 4_000_000_000
    ratio: int = 200
    ratio_floor: int = 50_000_000
    line_chars: int = 8_000_000
    value_chars: int = 1_000_000
    columns: int = 2_000
    depth: int = 64
    record_bytes: int = 16_000_000
    sheet_bytes: int = 400_000_000
    cells: int = 12_000_000
    part_chars: int = 64_000_000


LIMITS = Limits()


@dataclass(frozen=True)
class FormatOptions:
    """What a data manager says of a file, where it does not speak for itself.

    Attributes
    ----------
    encodage : str or None
        Name of the encoding of a text; recognised when None.
    separateur : str or None
        Character between the values of a CSV file; recognised when None.
    ligne_entete : int or None
        Line of the titles of the columns, from 1; 0 when there is none; recognised when None.
    feuille : str or None
        Sheet of a workbook; the first one that is visible and not empty when None.
    couche : str or None
        Layer of a GeoPackage; the only one when None.
    chemin : str or None
        Keys that lead to the array of a JSON document, joined by dots; the only one when None.
    """

    encodage: str | None = None
    separateur: str | None = None
    ligne_entete: int | None = None
    feuille: str | None = None
    couche: str | None = None
    chemin: str | None = None


@dataclass(frozen=True)
class RawPart:
    """Some rows of a file.

    Attributes
    ----------
    rows : pandas.DataFrame of str
        Exactly the columns of the table; '' where missing.
    lignes : ndarray of int64, shape (len(rows),)
        Their numbers; 1 is the first row of data.
    refused : pandas.DataFrame
        Columns `REFUSED`: the rows that cannot be given.
    repaired : pandas.DataFrame
        Columns `REPAIRED`: what was put right in the values of ``rows``.
    """

    rows: pd.DataFrame
    lignes: IntArray
    refused: pd.DataFrame
    repaired: pd.DataFrame


@dataclass(frozen=True)
class RawTable:
    """An open file.

    Attributes
    ----------
    path : pathlib.Path
        What was opened.
    format : str
        Its format, by its content.
    columns : tuple of str
        Titles of the columns as they are written, trimmed, made unique.
    details : mapping of str to str
        What was recognised: encoding, separator, sheet, layer…
    remarques : tuple of str
        French sentences about what was guessed, or is odd.
    """

    path: Path
    format: Format
    columns: tuple[str, ...]
    details: Mapping[str, str]
    remarques: tuple[str, ...] = ()
    read: Callable[[int], Iterator[RawPart]] = field(repr=False, kw_only=True)

    def parts(self, rows: int = PART_ROWS) -> Iterator[RawPart]:
        """Give the rows, at most so many at a time; may be called again.

        Raises
        ------
        FormatError
            If the file turns out to be damaged or beyond the limits on the way.
        """
        if rows < 1:
            raise ValueError("a part has one row at least")
        return self.read(rows)


def where(path: Path) -> str:
    """Name a file in a sentence."""
    return f"Le fichier {path.name}"
