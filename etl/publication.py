"""Publications: one schema each, built aside, checked, then shown to readers by one switch.

The catalogue (schema ``atlas``) says which publications are complete and which one is active. A
schema ``pub_…`` that the catalogue does not know is what a killed run left behind: the next run
removes it. Readers follow ``atlas.publication_active`` and hold a read-only role.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from boundaries.tables import metadata  # holds the tables of etl.tables too
from etl import history
from etl.catalogue_tables import catalogue
from etl.errors import EtlError
from etl.schemas import columns_of, schema_of
from etl.tables import columns_declared

#: Role of the API: may connect where it is given a login, may read publications, nothing else.
READER_ROLE = "atlas_lecture"

#: Publications kept to go back to and to draw evolutions from.
KEEP = 5

#: Key of the advisory lock that lets one run at a time publish in a database.
_LOCK_KEY = int.from_bytes(hashlib.sha256(b"atlas publication").digest()[:8], "big", signed=True)

_CODE_PACKAGES = ("boundaries", "etl", "tiles")
_CODE_SUFFIXES = (".py", ".sql", ".csv", ".toml")


@dataclass(frozen=True)
class Publication:
    """One row of the catalogue.

    Attributes
    ----------
    id
        Hash of the inputs and of the code, 12 hexadecimal digits.
    active
        Whether readers see this one.
    archives
        By tileset: ``{"sha256": …, "octets": …}``.
    """

    id: str
    creee_le: datetime
    activee_le: datetime | None
    active: bool
    millesime: int
    entrees: dict[str, Any]
    controles: dict[str, Any]
    durees: dict[str, float]
    archives: dict[str, Any]


def code_fingerprint() -> str:
    """Hash of the code and static data that decide what a publication holds."""
    digest = hashlib.sha256()
    for package in _CODE_PACKAGES:
        for name, content in sorted(_walk(package)):
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def _walk(package: str) -> Iterator[tuple[str, bytes]]:
    stack = [(package, files(package))]
    while stack:
        path, node = stack.pop()
        for child in node.iterdir():
            name = f"{path}/{child.name}"
            if child.is_dir():
                stack.append((name, child))
            elif child.name.endswith(_CODE_SUFFIXES):
                yield name, child.read_bytes()


def publication_id(inputs: Mapping[str, Any]) -> str:
    """Name the publication that these inputs make.

    Parameters
    ----------
    inputs
        Everything that decides the content: hashes of the files read, the configuration, the
        fingerprint of the code, the versions of the geometry engines.

    Returns
    -------
    str
        The first 12 hexadecimal digits of the SHA-256 of the canonical JSON of `inputs`.
    """
    text = json.dumps(inputs, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def engine_versions(conn: psycopg.Connection) -> dict[str, str]:
    """Versions of the engines that shape and pack geometries: others may give other bytes."""
    import shapely  # noqa: PLC0415  (only its version is wanted, by this function alone)

    row = conn.execute("SELECT postgis_lib_version(), postgis_geos_version()").fetchone()
    if row is None:
        raise EtlError("La base de données n'a pas répondu à la demande de version de PostGIS.")
    return {
        "postgis": row[0],
        "geos_postgis": row[1],
        "geos_shapely": shapely.geos_version_string,
        "deflate": version("deflate"),
    }


def ensure_catalogue(conn: psycopg.Connection) -> None:
    """Create the catalogue where it is missing, and let the readers' role read it.

    The database must already have the extensions ``postgis`` and ``pg_trgm`` and the role
    :data:`READER_ROLE`. Who may not create in the schema ``atlas`` (the publishing role) must find
    the catalogue whole.

    Raises
    ------
    EtlError
        If something is missing that this role may not create.
    """
    row = conn.execute(
        "SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = 'atlas'"
    ).fetchone()
    if row == (False,):
        _check_catalogue(conn)
        return
    conn.execute("CREATE SCHEMA IF NOT EXISTS atlas")
    _create_all(conn, catalogue)
    _grant_read(conn, "atlas")


def _check_catalogue(conn: psycopg.Connection) -> None:
    for table in catalogue.sorted_tables:
        if conn.execute("SELECT to_regclass(%s)", [str(table)]).fetchone() == (None,):
            raise EtlError(
                f"Le catalogue de la base n'a pas la table {table} de cette version. Lancez "
                "« geo-service db up » avec le compte qui possède la base, puis recommencez."
            )


def _create_all(conn: psycopg.Connection, tables: MetaData) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in tables.sorted_tables:
        conn.execute(str(CreateTable(table, if_not_exists=True).compile(dialect=dialect)).encode())
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            statement = CreateIndex(index, if_not_exists=True).compile(dialect=dialect)
            conn.execute(str(statement).encode())


def _grant_read(conn: psycopg.Connection, schema: str) -> None:
    for statement in (
        "GRANT USAGE ON SCHEMA {} TO {}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}",
    ):
        conn.execute(sql.SQL(statement).format(sql.Identifier(schema), sql.Identifier(READER_ROLE)))


@contextmanager
def publishing_lock(conn: psycopg.Connection) -> Iterator[None]:
    """Let one run at a time build in this database.

    Raises
    ------
    EtlError
        When another run holds the lock.
    """
    row = conn.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK_KEY]).fetchone()
    if not (row and row[0]):
        raise EtlError(
            "Une autre publication est en cours dans cette base de données. "
            "Attendez qu'elle se termine, puis relancez la commande."
        )
    try:
        yield
    finally:
        if not conn.closed:
            conn.execute("SELECT pg_advisory_unlock(%s)", [_LOCK_KEY])


def remove_leftovers(conn: psycopg.Connection) -> list[str]:
    """Drop the schemas that interrupted runs left behind; return their names."""
    rows = conn.execute(
        """
        SELECT nspname FROM pg_namespace
        WHERE nspname ~ '^pub_[0-9a-f]{12}$'
          AND substr(nspname, 5) NOT IN (SELECT id FROM atlas.publications)
        ORDER BY nspname
        """
    ).fetchall()
    names = [row[0] for row in rows]
    for name in names:
        conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
    return names


def open_schema(conn: psycopg.Connection, publication: str) -> None:
    """Create the empty tables of a publication and make them the search_path of `conn`."""
    schema = schema_of(publication)
    conn.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    use_schema(conn, publication)
    _create_all(conn, metadata)


def use_schema(conn: psycopg.Connection, publication: str) -> None:
    """Make a publication's tables the ones that unqualified names mean on `conn`."""
    conn.execute(
        sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema_of(publication)))
    )


def close_schema(conn: psycopg.Connection, publication: str) -> None:
    """Let the readers' role read the publication, once all is in place and checked."""
    _grant_read(conn, schema_of(publication))


def register(
    conn: psycopg.Connection,
    publication: str,
    *,
    millesime: int,
    inputs: Mapping[str, Any],
    checks: Mapping[str, Any],
    durations: Mapping[str, float],
    archives: Mapping[str, Any],
    made: datetime | None = None,
) -> None:
    """Write a complete publication into the catalogue, made now or on a day that is known."""
    conn.execute(
        """
        INSERT INTO atlas.publications
            (id, millesime, entrees, controles, durees, archives, creee_le)
        VALUES (%s, %s, %s, %s, %s, %s, coalesce(%s, now()))
        """,
        [
            publication,
            millesime,
            Jsonb(dict(inputs)),
            Jsonb(dict(checks)),
            Jsonb(dict(durations)),
            Jsonb(dict(archives)),
            made,
        ],
    )


def activate(conn: psycopg.Connection, publication: str) -> None:
    """Show a publication to readers: they see the old one or this one, never a mixture.

    Raises
    ------
    EtlError
        When the catalogue does not hold this publication.
    """
    with conn.transaction():
        known = conn.execute(
            "UPDATE atlas.publications SET activee_le = now() WHERE id = %s", [publication]
        ).rowcount
        if not known:
            raise EtlError(
                f"La publication « {publication} » n'existe pas. "
                "La commande « geo-service publications list » montre celles qui existent."
            )
        if lacking(conn, publication):
            raise EtlError(
                f"La publication « {publication} » a été faite par une autre version de ce "
                "logiciel, que celle-ci ne sait pas lire. Celle en place est inchangée. Relancez "
                "« geo-service etl run » pour en faire une nouvelle."
            )
        conn.execute(
            """
            INSERT INTO atlas.publication_active (unique_ligne, publication) VALUES (true, %s)
            ON CONFLICT (unique_ligne) DO UPDATE SET publication = excluded.publication
            """,
            [publication],
        )
        history.activated(conn, publication)


def lacking(conn: psycopg.Connection[Any], publication: str) -> list[str]:
    """Columns that this version of the code reads and that a publication does not have.

    Returns
    -------
    list of str
        ``table.column``, sorted; empty when the publication can be read. One that another version
        made may lack some: it cannot be shown by this one.
    """
    return sorted(columns_declared() - columns_of(conn, publication))


def rows_loaded(conn: psycopg.Connection) -> dict[str, int]:
    """Rows that each source gave to the active publication; empty when there is none."""
    row = conn.execute("SELECT publication FROM atlas.publication_active").fetchone()
    if row is None:
        return {}
    statement = sql.SQL(
        "SELECT id, lignes_chargees FROM {}.sources WHERE lignes_chargees IS NOT NULL"
    ).format(sql.Identifier(schema_of(row[0])))
    return dict(conn.execute(statement).fetchall())


def analyze(conn: psycopg.Connection, publication: str) -> None:
    """Refresh the planner's statistics of a publication's tables (outside any transaction)."""
    for table in metadata.sorted_tables:
        conn.execute(
            sql.SQL("VACUUM (ANALYZE) {}").format(
                sql.Identifier(schema_of(publication), table.name)
            )
        )


def drop(conn: psycopg.Connection, publication: str) -> None:
    """Remove a publication from the catalogue, with its tables; if active, nothing is active."""
    with conn.transaction():
        conn.execute("DELETE FROM atlas.publication_active WHERE publication = %s", [publication])
        conn.execute("DELETE FROM atlas.publications WHERE id = %s", [publication])
        conn.execute(
            sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(
                sql.Identifier(schema_of(publication))
            )
        )


def list_publications(conn: psycopg.Connection) -> list[Publication]:
    """Return the publications of the catalogue, the newest first."""
    rows = conn.execute(
        """
        SELECT p.id, p.creee_le, p.activee_le, a.publication IS NOT NULL, p.millesime, p.entrees,
               p.controles, p.durees, p.archives
        FROM atlas.publications p
        LEFT JOIN atlas.publication_active a ON a.publication = p.id
        ORDER BY p.creee_le DESC, p.id
        """
    ).fetchall()
    return [Publication(*row) for row in rows]


def find(conn: psycopg.Connection, publication: str) -> Publication | None:
    """Return one publication of the catalogue, or None."""
    return next((p for p in list_publications(conn) if p.id == publication), None)


def require(conn: psycopg.Connection, publication: str | None = None) -> Publication:
    """Return one publication of the catalogue, by default the active one.

    Raises
    ------
    EtlError
        When it does not exist, naming those that do.
    """
    found = list_publications(conn)
    for known in found:
        if known.id == publication or (publication is None and known.active):
            return known
    if not found:
        raise EtlError("Aucune publication. La commande « geo-service etl run » en fait une.")
    if publication is None:
        raise EtlError("Aucune publication n'est en ligne : voyez « geo-service publications ».")
    raise EtlError(
        f"La publication « {publication} » n'existe pas, ou n'est plus gardée. "
        f"Publications gardées : {', '.join(p.id for p in found)}."
    )


def prune(conn: psycopg.Connection, keep: int = KEEP) -> list[str]:
    """Drop the oldest publications beyond `keep`, never the active one; return their ids."""
    found = list_publications(conn)
    recent = sorted(found, key=lambda p: p.activee_le or p.creee_le, reverse=True)
    dropped = [p.id for p in recent[keep:] if not p.active]
    for publication in dropped:
        drop(conn, publication)
    return dropped
