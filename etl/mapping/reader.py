"""The reader ``correspondance``: any file, through its mapping, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from etl.config import SourceConfig
from etl.formats import open_table
from etl.mapping import library
from etl.mapping.apply import Applied
from etl.mapping.fields import Binding
from etl.readers.base import Context, Reading, everywhere
from etl.readers.tables import check_count


def read(path: Path, source: SourceConfig, context: Context) -> Iterator[Reading]:
    """Read a file part by part; no more than one part is held at a time.

    Raises
    ------
    EtlError
        If the file or its mapping cannot be read, or lacks a column, or has too few rows.
    """
    options = None
    if source.correspondance is not None:
        options = library.by_name(source.correspondance).fichier.options()
    table = open_table(path, options=options)
    mapping = library.for_source(source, table.columns)
    where = f"Le fichier {path} (source « {source.nom} »)"
    applied = Applied(Binding.of(mapping, table.columns, where), source, context)
    lues = 0
    for number, part in enumerate(table.parts()):
        reading = applied.read(part)
        lues += reading.lignes_lues
        if number == 0 and source.exhaustive:
            reading = replace(reading, exhaustivites=everywhere(source, context))
        yield reading
    check_count(source, lues)
