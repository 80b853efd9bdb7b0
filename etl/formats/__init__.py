"""Any file of rows, of whatever format, as rows of text.

One module for each format. What a file is, its content says; what it holds is given as text, part
by part, without loss and within bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from etl.formats import archives, folders
from etl.formats.base import (
    LATITUDE,
    LIMITS,
    LONGITUDE,
    Format,
    FormatError,
    FormatOptions,
    Limits,
    RawPart,
    RawTable,
)
from etl.formats.recognise import recognise
from etl.formats.workspace import Workspace


def open_table(
    path: Path, *, options: FormatOptions | None = None, limits: Limits = LIMITS
) -> RawTable:
    """Open a file of rows, or a folder of files that follow one another.

    Parameters
    ----------
    path : pathlib.Path
        The file, alone or in a ``.gz`` or ``.zip``, or the folder.
    options : FormatOptions or None
        What the data manager says of it.
    limits : Limits
        Bounds.

    Raises
    ------
    FormatError
        If the file cannot be read, is of no known format, is damaged, or beyond the limits.
    """
    chosen = options or FormatOptions()
    try:
        if path.is_dir():
            return folders.open_folder(path, lambda file: _open_file(file, chosen, limits))
        return _open_file(path, chosen, limits)
    except OSError as error:
        raise FormatError(
            "illisible",
            f"Le fichier {path} ne peut pas être lu : {error.strerror or error}. Vérifiez qu'il "
            "existe et que ses droits permettent de le lire.",
        ) from None


def _open_file(path: Path, options: FormatOptions, limits: Limits) -> RawTable:
    if path.stat().st_size > limits.file_bytes:
        raise FormatError(
            "fichier_trop_grand",
            f"Le fichier {path.name} dépasse {limits.file_bytes // 10**9} Go : rien n'a été "
            "chargé. Vérifiez que c'est le bon fichier.",
        )
    kind = recognise(path, limits)
    if kind == "gzip" or (kind == "zip" and archives.workbook(path) is None):
        return _open_archive(path, kind, options, limits)
    return _opener(kind)(path, options, limits)


def _open_archive(
    path: Path, kind: archives.Archive, options: FormatOptions, limits: Limits
) -> RawTable:
    space = Workspace()
    file = archives.unpack(path, kind, space.path, limits)
    inside = recognise(file, limits)
    if inside == "gzip" or (inside == "zip" and archives.workbook(file) is None):
        raise archives.nested(path)
    table = _opener(inside)(file, options, limits)

    def read(rows: int, space: Workspace = space) -> Iterator[RawPart]:  # noqa: ARG001 (kept)
        yield from table.read(rows)

    return replace(table, path=path, details={**table.details, "fichier": file.name}, read=read)


def _opener(kind: str) -> Callable[[Path, FormatOptions, Limits], RawTable]:
    """Give the module of a format; imported when it is met, since some load large libraries."""
    # ruff: noqa: PLC0415
    if kind == "csv":
        from etl.formats.delimited import open_csv as opener
    elif kind == "json":
        from etl.formats.json_document import open_json as opener
    elif kind == "ndjson":
        from etl.formats.ndjson import open_ndjson as opener
    elif kind == "geopackage":
        from etl.formats.geopackage import open_geopackage as opener
    elif kind == "parquet":
        from etl.formats.parquet import open_parquet as opener
    else:
        from etl.formats.workbook import open_workbook as opener
    return opener


__all__ = [
    "LATITUDE",
    "LIMITS",
    "LONGITUDE",
    "Format",
    "FormatError",
    "FormatOptions",
    "Limits",
    "RawPart",
    "RawTable",
    "open_table",
]
