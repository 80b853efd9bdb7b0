"""The tables of a publication as this version reads them, told without SQLAlchemy.

The tables are declared with SQLAlchemy (:mod:`etl.tables`), which is 22 MB of memory: too much for
the one question that a process that serves asks of it, whether it can read a publication. The
names of the columns are therefore written in a file beside this module, by
``python -m geo_service.columns_read``; a test holds the two equal.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg

_FILE = "columns_read.txt"


def schema_of(publication: str) -> str:
    """Name of the PostgreSQL schema of a publication, as :func:`etl.tables.schema_of` gives it."""
    return f"pub_{publication}"


def columns_read() -> frozenset[str]:
    """Columns of the tables of a publication, as ``table.column``."""
    return frozenset((files(__package__) / _FILE).read_text(encoding="utf-8").split())


def columns_declared() -> list[str]:
    """Give the same from the declarations, sorted."""
    from boundaries.tables import metadata  # noqa: PLC0415  (with SQLAlchemy)
    from etl import tables  # noqa: F401, PLC0415  (puts its own tables there)

    return sorted(f"{table.name}.{column.name}" for table in metadata.tables.values()
                  for column in table.c)  # fmt: skip


def lacking(conn: psycopg.Connection[Any], publication: str) -> list[str]:
    """Columns that this version reads and that a publication does not have.

    Parameters
    ----------
    conn
        Any connection to the database of the publication.
    publication
        Its id.

    Returns
    -------
    list of str
        ``table.column``, sorted; empty when the publication can be read. See
        :func:`etl.publication.lacking`.

    Raises
    ------
    psycopg.Error
        If the database is away.
    """
    found = conn.execute(
        """
        SELECT c.relname || '.' || a.attname
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind = 'r'
        """,
        [schema_of(publication)],
    )
    return sorted(columns_read() - {column for (column,) in found})


if __name__ == "__main__":
    Path(__file__).with_name(_FILE).write_text("\n".join(columns_declared()) + "\n", "utf-8")
