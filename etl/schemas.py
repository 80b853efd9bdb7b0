"""Where the tables of a publication are, and which columns are there; without SQLAlchemy.

A process that serves asks it too: the declarations (:mod:`etl.tables`) would take 22 MB of it.
"""

from __future__ import annotations

from typing import Any

import psycopg


def schema_of(publication: str) -> str:
    """Name of the PostgreSQL schema that holds a publication's tables."""
    return f"pub_{publication}"


def columns_of(conn: psycopg.Connection[Any], publication: str) -> frozenset[str]:
    """Columns of the tables that a publication has, as ``table.column``.

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
    return frozenset(column for (column,) in found)
