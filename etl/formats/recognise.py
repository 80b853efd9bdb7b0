"""The format of a file, by its content: its name says nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Literal

from etl.formats.base import Format, FormatError, Limits, where
from etl.formats.encoding import line_too_long, wide
from etl.formats.header import too_many_columns

Kind = Format | Literal["zip", "gzip"]

_HEAD = 65_536
#: First bytes of the binary formats that are read.
_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3\x00", "geopackage"),
)
#: First bytes of formats that are not, and what to do.
_REFUSED = {
    b"\xd0\xcf\x11\xe0": "un ancien classeur .xls ou un classeur protégé par un mot de passe. "
    "Enregistrez-le en .xlsx, .ods ou .csv, sans mot de passe.",
    b"%PDF": "un PDF. Demandez à son producteur le tableau d'où il vient.",
    b"7z\xbc\xaf": "une archive .7z. Décompressez-la d'abord.",
    b"Rar!": "une archive .rar. Décompressez-la d'abord.",
    b"BZh": "une archive .bz2. Décompressez-la d'abord.",
    b"\xfd7zXZ": "une archive .xz. Décompressez-la d'abord.",
    b"\x28\xb5\x2f\xfd": "une archive .zst. Décompressez-la d'abord.",
    b"\x00\x00\x27\x0a": "un Shapefile. Exportez-le en GeoPackage ou en GeoJSON.",
}
_KNOWN = (
    "Formats lus : CSV, XLSX, ODS, JSON, NDJSON, GeoJSON, GeoPackage, Parquet, seuls ou dans un "
    ".gz ou un .zip."
)
#: Bytes of a character, in the encodings of texts.
_MOST_BYTES = 4
#: A text has no more than this share of control characters.
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c\x1d\x1f\x7f]")
_MOST_CONTROLS = 0.02
#: Nor so many null bytes one after the other, except in UTF-16, which never has more than one or
#: three.
_NULLS = b"\0" * 16


def recognise(path: Path, limits: Limits) -> Kind:
    """Recognise the format of a file.

    Raises
    ------
    FormatError
        If the file is empty, or of a format that is not read.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        if not head.strip():
            raise FormatError("fichier_vide", f"{where(path)} est vide. Téléchargez-le de nouveau.")
        for start, kind in _SIGNATURES:
            if head.startswith(start):
                return kind
        for start, what in _REFUSED.items():
            if head.startswith(start):
                raise FormatError("format_inconnu", f"{where(path)} est {what}")
        text = _as_utf8(head)
        if text.startswith(b"<"):
            raise FormatError(
                "page_web",
                f"{where(path)} est une page web ou un document XML, pas un tableau : son "
                "adresse a peut-être changé. Ouvrez-la dans un navigateur pour trouver la bonne.",
            )
        if head[257:262] == b"ustar":
            raise FormatError(
                "format_inconnu", f"{where(path)} est une archive .tar. Décompressez-la d'abord."
            )
        controls = len(_CONTROLS.findall(text))
        if _NULLS in head or controls > _MOST_CONTROLS * len(text) or not text:
            raise FormatError(
                "format_inconnu",
                f"{where(path)} n'est pas d'un format reconnu, ou il est abîmé. {_KNOWN}",
            )
        if text.startswith((b"[", b"\x1e")):
            return "ndjson" if text.startswith(b"\x1e") else "json"
        stream.seek(0)
        if not text.startswith(b"{"):
            _check_first_line(path, stream.readline(_MOST_BYTES * limits.line_chars), limits)
            return "csv"
        return _object(stream.readline(limits.line_chars), stream.read(64))


def _check_first_line(path: Path, line: bytes, limits: Limits) -> None:
    """Refuse at once a text without lines, before all of it is read for its encoding."""
    columns = 1 + max(line.count(separator) for separator in b";,\t|")
    if columns > limits.columns:
        raise too_many_columns(path, columns, limits)
    if len(line) == _MOST_BYTES * limits.line_chars:
        raise line_too_long(path, limits)


def _as_utf8(head: bytes) -> bytes:
    """Give the start of a text in UTF-8 if it is in UTF-16, without its mark nor its blanks."""
    if (codec := wide(head)) is not None:
        head = head.decode(codec, "replace").encode()
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _object(line: bytes, after: bytes) -> Kind:
    """Tell one object by line from one object: its first line is whole, and others come."""
    if not after.strip(b"\0\r\n \t"):
        return "json"
    try:
        json.loads(_as_utf8(line).decode("latin-1"))
    except (ValueError, RecursionError):
        return "json"
    return "ndjson"
