"""The lieux of a publication being built, handed to the workers as files of Parquet.

Its tables are in a transaction that nobody else can look into: this process streams them out of
PostgreSQL, in memory bounded by one part, to a folder that all workers read. A task that is done
again after a worker's death reads the same file.
"""

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from etl.accessibility.e2sfca import PART
from etl.sql import load

#: Columns of accessibility_lieux.sql, in its order.
_TYPES = {
    "service": pa.string(),
    "lieu": pa.string(),
    "commune": pa.string(),
    "srid": pa.int32(),
    "x": pa.float64(),
    "y": pa.float64(),
    "capacite": pa.float64(),
}


@dataclass(frozen=True)
class Part:
    """A file of lieux of one service and zone.

    Attributes
    ----------
    service
        The service they give.
    srid
        EPSG code of the legal projected CRS of their zone; 0 where it has none (collectivités
        without polygons): they are counted, and no distance is measured to them.
    path
        Parquet with the columns ``service, lieu, commune, srid, x, y`` (degrees), ``capacite``.
    """

    service: str
    srid: int
    path: Path


class _Stream(io.RawIOBase):
    """What a COPY sends, row by row, as a file to read."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._rows = iter(copy)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer: a reader of blocks would take a row for a block."""
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        filled = [self._left]
        size = len(self._left)
        while size < len(target):
            row = next(self._rows, None)
            if row is None:
                break
            filled.append(bytes(row))
            size += len(row)
        whole = b"".join(filled)
        count = min(len(target), len(whole))
        target[:count] = whole[:count]
        self._left = whole[count:]
        return count


def export_places(conn: psycopg.Connection, folder: Path) -> list[Part]:
    """Write the lieux of every service, in parts of :data:`etl.accessibility.e2sfca.PART` rows.

    Parameters
    ----------
    conn
        Its search_path is the schema of a publication being built, its lieux in their final place.
    folder
        Empty; every worker reads it.

    Returns
    -------
    list of Part
        By service, then by zone, then by cells of half a degree: parts are compact, and are those
        the index is summed by on one machine.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    groups = [
        (service, srid or 0, rows)
        for service, srid, rows in conn.execute(load("accessibility_groups"))
    ]
    folder.mkdir()
    left: list[pa.Table] = []
    parts: list[Part] = []
    # Asked for a first row only if there is one. Closed, or the connection would stay in its COPY.
    with closing(_rows(conn, load("accessibility_lieux"))) as rest:
        for service, srid, total in groups:
            for start in range(0, total, PART):
                table, left = _take(rest, left, min(PART, total - start))
                path = folder / f"{len(parts):06d}.parquet"
                pq.write_table(_with_capacities(table), path)
                parts.append(Part(service, srid, path))
    return parts


def _with_capacities(table: pa.Table) -> pa.Table:
    """Count as 1 a lieu whose capacity no source gives."""
    column = table.schema.get_field_index("capacite")
    return table.set_column(column, "capacite", pc.fill_null(table["capacite"], 1.0))


def _take(
    rest: Generator[pa.Table], left: list[pa.Table], wanted: int
) -> tuple[pa.Table, list[pa.Table]]:
    """Take the next rows of the stream; give them, and what was read beyond them."""
    got = sum(table.num_rows for table in left)
    while got < wanted:
        more = next(rest)
        left.append(more)
        got += more.num_rows
    table = pa.concat_tables(left)
    return table.slice(0, wanted), [table.slice(wanted)]


def _rows(conn: psycopg.Connection, query: LiteralString) -> Generator[pa.Table]:
    """Stream the rows of a query; PostgreSQL writes the shortest text that gives the same float."""
    statement = f"COPY ({query.rstrip().rstrip(';')}) TO STDOUT (FORMAT csv)"
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        reader = csv.open_csv(
            pa.PythonFile(_Stream(copy), mode="r"),
            read_options=csv.ReadOptions(column_names=list(_TYPES), block_size=8 << 20),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=_TYPES, null_values=[""], strings_can_be_null=False
            ),
        )
        for batch in reader:
            yield pa.Table.from_batches([batch])
