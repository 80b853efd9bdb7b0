"""The three roles of the database: its owner, the one that publishes, the one that reads.

==================== ========================================================================
owner of the database makes extensions, roles and the catalogue; used by ``geo-service db up`` alone
``atlas_chargement``  makes schemas ``pub_…``, which are its own, and adds to the catalogue
``atlas_lecture``     reads the catalogue and the schemas of complete publications
==================== ========================================================================

What is granted is listed here and nowhere else, and granted again each time a database is prepared,
so that a database of before gets what this version means. Schemas of publications are granted to
readers by :mod:`etl.publication`, which alone knows when one is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

#: Role of the API: it can only read.
READER: Final = "atlas_lecture"
#: Role of the ETL: it publishes.
PUBLISHER: Final = "atlas_chargement"

#: Set whenever the reader logs in. It may lift the first two; having no right to write is what
#: keeps it from writing. The time is that of the longest query of the service (comparisons).
READER_SETTINGS: Final[Mapping[str, str]] = {
    "default_transaction_read_only": "on",
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "60s",
}

#: Connections of the reader at once where we run the server, which allows 60: two servers during a
#: change of version, and some left to the ETL whatever readers do.
READER_CONNECTIONS: Final = 50
#: Connections of the ETL: a run, and a few commands beside it.
PUBLISHER_CONNECTIONS: Final = 8

#: What the publisher may do to each table of the catalogue, beside reading it. The history of rates
#: is only added to: no run, even of altered code, can rewrite what was published.
CATALOGUE_RIGHTS: Final[Mapping[str, LiteralString]] = {
    "publications": "INSERT, DELETE, UPDATE (activee_le)",
    "publication_active": "INSERT, DELETE, UPDATE (publication)",
    "historique_publications": "INSERT, UPDATE (activee_le)",
    "historique_axes": "INSERT",
    "historique": "INSERT",
}

#: Functions of PostgreSQL that everybody may call and that write, wait or disturb others: large
#: objects fill the disk, messages fill the write-ahead log, locks could stop a publication.
_DISTURBING: Final = (
    r"^(lo_.*|loread|lowrite|pg_logical_emit_message|pg_notify|pg_(cancel|terminate)_backend"
    r"|pg_export_snapshot)$"
)
_LOCKING: Final = r"^pg_(try_)?advisory_.*"

#: Key of the lock that puts preparations in line: PostgreSQL refuses two GRANT at once.
_PREPARING: Final = 0x61746C6173


def is_owner(conn: psycopg.Connection[Any]) -> bool:
    """Tell whether who is connected owns the database, by itself or as a superuser."""
    return _says(
        conn,
        "SELECT pg_has_role(current_user, datdba, 'USAGE') FROM pg_database"
        " WHERE datname = current_database()",
    )


def make(conn: psycopg.Connection[Any], names: tuple[str, ...] = (READER, PUBLISHER)) -> None:
    """Make the roles that are missing, without a login, and let the owner take them.

    Raises
    ------
    psycopg.errors.InsufficientPrivilege
        If this account may not.
    """
    for name in names:
        role = sql.Identifier(name)
        if not conn.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).rowcount:
            conn.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
        if not _says(conn, "SELECT pg_has_role(current_user, %s, 'MEMBER')", name):
            conn.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))


def let_log_in(conn: psycopg.Connection[Any]) -> None:
    """Let both roles log in, within their bounds: where we run the server, and in our image."""
    for name, bound in ((READER, READER_CONNECTIONS), (PUBLISHER, PUBLISHER_CONNECTIONS)):
        conn.execute(
            sql.SQL("ALTER ROLE {} LOGIN CONNECTION LIMIT {}").format(
                sql.Identifier(name), sql.Literal(bound)
            )
        )


def grant(conn: psycopg.Connection[Any], *, alone: bool) -> None:
    """Give both roles what they need in this database, and take the rest away from everybody.

    Parameters
    ----------
    conn
        Of the owner of the database.
    alone
        Whether nothing but the atlas uses this server: other accounts then lose the right to
        connect to this database, which in somebody else's server may be a backup's.

    Raises
    ------
    psycopg.errors.InsufficientPrivilege
        If who is connected is not the owner.
    """
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", [_PREPARING])
        if _may_alter_roles(conn):
            for name, value in READER_SETTINGS.items():
                conn.execute(
                    sql.SQL("ALTER ROLE {} SET {} = {}").format(
                        sql.Identifier(READER), sql.Identifier(name), sql.Literal(value)
                    )
                )
        database = sql.Identifier(conn.info.dbname)
        taken: LiteralString = "CREATE, TEMPORARY, CONNECT" if alone else "CREATE, TEMPORARY"
        for statement, role in (
            (f"REVOKE {taken} ON DATABASE {{}} FROM PUBLIC", None),
            ("GRANT CONNECT ON DATABASE {} TO {}", READER),
            ("GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {} TO {}", PUBLISHER),
        ):
            names = [database] if role is None else [database, sql.Identifier(role)]
            conn.execute(sql.SQL(statement).format(*names))
        # PostgreSQL 15 starts without this right; a database upgraded from 14 has kept it.
        conn.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        if _says(conn, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
            _close_functions(conn)


def grant_catalogue(conn: psycopg.Connection[Any]) -> None:
    """Let the publisher add to the catalogue, and own the publications that others made.

    Parameters
    ----------
    conn
        Of the owner; the catalogue is there.
    """
    publisher = sql.Identifier(PUBLISHER)
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", [_PREPARING])
        conn.execute(sql.SQL("GRANT USAGE ON SCHEMA atlas TO {}").format(publisher))
        conn.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA atlas TO {}").format(publisher))
        for table, rights in CATALOGUE_RIGHTS.items():
            conn.execute(
                sql.SQL("GRANT {} ON {} TO {}").format(
                    sql.SQL(rights), sql.Identifier("atlas", table), publisher
                )
            )
        _adopt(conn)


def may_publish(conn: psycopg.Connection[Any]) -> bool:
    """Tell whether this database is prepared and this account may take the publisher's role."""
    return _says(
        conn,
        """
        SELECT CASE WHEN to_regclass('atlas.publications') IS NULL
                      OR to_regrole(%(role)s) IS NULL THEN false
               ELSE pg_has_role(current_user, %(role)s, 'MEMBER')
                AND has_database_privilege(%(role)s, current_database(), 'CREATE, TEMPORARY')
                AND has_table_privilege(%(role)s, 'atlas.publications', 'INSERT') END
        """,
        role=PUBLISHER,
    )


def _may_alter_roles(conn: psycopg.Connection[Any]) -> bool:
    return _says(
        conn, "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    )


def _close_functions(conn: psycopg.Connection[Any]) -> None:
    """Keep from everybody the functions that write without a table, or disturb others."""
    listed: LiteralString = (
        "SELECT string_agg(oid::regprocedure::text, ', ' ORDER BY oid) FROM pg_proc"
        " WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ %s"
    )
    for pattern, allowed in ((_DISTURBING, None), (_LOCKING, PUBLISHER)):
        row = conn.execute(listed, [pattern]).fetchone()
        if row is None or row[0] is None:
            raise RuntimeError("PostgreSQL lists none of its own functions")
        # The text is PostgreSQL's own, of its own functions.
        functions = sql.SQL(row[0])
        conn.execute(sql.SQL("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC").format(functions))
        if allowed is not None:
            conn.execute(
                sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(
                    functions, sql.Identifier(allowed)
                )
            )


def _adopt(conn: psycopg.Connection[Any]) -> None:
    """Give the publisher the publications of before it was there: it must drop the oldest."""
    publisher = sql.Identifier(PUBLISHER)
    schemas = conn.execute(
        "SELECT nspname FROM pg_namespace"
        " WHERE nspname ~ '^pub_[0-9a-f]{12}$' AND nspowner <> %s::regrole",
        [PUBLISHER],
    ).fetchall()
    for (schema,) in schemas:
        tables = conn.execute(
            "SELECT relname FROM pg_class"
            " WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p')",
            [schema],
        ).fetchall()
        for (table,) in tables:
            conn.execute(
                sql.SQL("ALTER TABLE {} OWNER TO {}").format(
                    sql.Identifier(schema, table), publisher
                )
            )
        conn.execute(
            sql.SQL("ALTER SCHEMA {} OWNER TO {}").format(sql.Identifier(schema), publisher)
        )


def _says(
    conn: psycopg.Connection[Any], query: LiteralString, *values: object, **named: object
) -> bool:
    row = conn.execute(query, named or list(values)).fetchone()
    return bool(row and row[0])
