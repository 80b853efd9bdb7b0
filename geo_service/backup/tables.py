"""Rows of tables as PostgreSQL writes them (COPY), and back.

COPY through the connection that the service has anyway, rather than ``pg_dump``: nothing else to
install where the atlas is published (the image of the ETL has no client of PostgreSQL), no password
to hand to another program, and the tables are made by the code that will read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import psycopg
from psycopg import sql
from sqlalchemy import Table

from boundaries.tables import metadata  # holds the tables of etl.tables too
from etl import publication
from etl.catalogue_tables import catalogue
from etl.schemas import schema_of
from geo_service.backup.manifest import SavedTable

#: The tables that outlive publications, parents first.
HISTORY = ("historique_publications", "historique_axes", "historique")

_CATALOGUE = "atlas"


def history_tables() -> list[Table]:
    """Tables of the rates of all publications, parents first."""
    return [catalogue.tables[f"{_CATALOGUE}.{name}"] for name in HISTORY]


def describe(conn: psycopg.Connection, schema: str, table: str) -> SavedTable:
    """Name the columns of a table as the database has them, and count its rows."""
    name = sql.Identifier(schema, table)
    columns = [
        row[0]
        for row in conn.execute(
            """
            SELECT attname FROM pg_attribute
            WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
              AND attgenerated = ''  -- the database works them out again
            ORDER BY attnum
            """,
            [name.as_string(conn)],
        )
    ]
    counted = conn.execute(sql.SQL("SELECT count(*) FROM {}").format(name)).fetchone()
    return SavedTable(nom=table, colonnes=columns, lignes=counted[0] if counted else 0)


def rows_out(conn: psycopg.Connection, schema: str, table: SavedTable) -> Iterator[bytes]:
    """Give the rows of a table, in PostgreSQL's binary form, in the order they lie."""
    statement = sql.SQL("COPY {} ({}) TO STDOUT (FORMAT BINARY)").format(
        sql.Identifier(schema, table.nom), _columns(table)
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in copy:
            yield bytes(piece)


def rows_in(
    conn: psycopg.Connection, schema: str, table: SavedTable, pieces: Iterable[bytes]
) -> None:
    """Put rows that :func:`rows_out` gave into a table that is there."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(schema, table.nom), _columns(table)
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in pieces:
            copy.write(piece)


def _columns(table: SavedTable) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, table.colonnes))


def unknown_history(tables: Iterable[SavedTable]) -> list[str]:
    """Columns of a saved history that this version of the code has no place for."""
    known = {table.name: {column.name for column in table.c} for table in history_tables()}
    return [
        f"{table.nom}.{column}"
        for table in tables
        for column in table.colonnes
        if column not in known.get(table.nom, set())
    ]


def other_columns(tables: Iterable[SavedTable]) -> list[str]:
    """Columns that only the saved publication has, or only the publications of this code."""
    saved = {f"{table.nom}.{column}" for table in tables for column in table.colonnes}
    ours = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.c
        if column.computed is None
    }
    return sorted(saved ^ ours)


def publication_tables() -> list[str]:
    """Names of the tables of a publication, those that others refer to first."""
    return [table.name for table in metadata.sorted_tables]


def replace_history(
    conn: psycopg.Connection, saved: Iterable[tuple[SavedTable, Iterable[bytes]]]
) -> None:
    """Put a saved history in the place of the one there; the caller owns the transaction."""
    for name in reversed(HISTORY):
        conn.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(_CATALOGUE, name)))
    for table, pieces in saved:
        rows_in(conn, _CATALOGUE, table, pieces)
    conn.execute(
        """
        SELECT setval(pg_get_serial_sequence('atlas.historique_publications', 'ordre'),
                      max(ordre))
        FROM atlas.historique_publications HAVING max(ordre) IS NOT NULL
        """
    )


def fill_publication(
    conn: psycopg.Connection,
    identifier: str,
    saved: Iterable[tuple[SavedTable, Iterable[bytes]]],
) -> None:
    """Make the tables of a publication and put its rows in; the caller owns the transaction."""
    publication.open_schema(conn, identifier)
    schema = schema_of(identifier)
    for table, pieces in saved:
        rows_in(conn, schema, table, pieces)
        # Readers may come as soon as the transaction ends: the planner must know the tables.
        conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, table.nom)))
    publication.close_schema(conn, identifier)
