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

from etl.schemas import columns_of

_FILE = "columns_read.txt"


def columns_read() -> frozenset[str]:
    """Columns of the tables of a publication, as ``table.column``."""
    return frozenset((files(__package__) / _FILE).read_text(encoding="utf-8").split())


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
    return sorted(columns_read() - columns_of(conn, publication))


if __name__ == "__main__":
    from etl.tables import columns_declared

    text = "\n".join(sorted(columns_declared())) + "\n"
    Path(__file__).with_name(_FILE).write_text(text, "utf-8")
