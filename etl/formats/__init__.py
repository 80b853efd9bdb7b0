"""Any file of rows, of whatever format, as rows of text.

One module for each format. What a file is, its content says; what it holds is given as text, part
by part, without loss and within bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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
from etl.formats.delimited import open_csv
from etl.formats.json_document import open_json
from etl.formats.ndjson import open_ndjson
from etl.formats.recognise import recognise

_OPENERS: dict[str, Callable[[Path, FormatOptions, Limits], RawTable]] = {
    "csv": open_csv,
    "json": open_json,
    "ndjson": open_ndjson,
}


def open_table(
    path: Path, *, options: FormatOptions | None = None, limits: Limits = LIMITS
) -> RawTable:
    """Open a file of rows.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    options : FormatOptions or None
        What the data manager says of it.
    limits : Limits
        Bounds.

    Raises
    ------
    FormatError
        If the file cannot be read, is of no known format, is damaged, or beyond the limits.
    """
    try:
        size = path.stat().st_size
        if size > limits.file_bytes:
            raise FormatError(
                "fichier_trop_grand",
                f"Le fichier {path.name} dépasse {limits.file_bytes // 10**9} Go : rien n'a été "
                "chargé. Vérifiez que c'est le bon fichier.",
            )
        kind = recognise(path, limits)
        return _OPENERS[kind](path, options or FormatOptions(), limits)
    except OSError as error:
        raise FormatError(
            "illisible",
            f"Le fichier {path} ne peut pas être lu : {error.strerror or error}. Vérifiez qu'il "
            "existe et que ses droits permettent de le lire.",
        ) from None


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
