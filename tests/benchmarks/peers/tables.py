"""A database of the peers' own: the communes of the published atlas as one plain table.

The peers publish whole tables; the atlas keeps all levels of territory in one. A copy is kinder to
them than a view: no join at each request, an identifier, and an index for each thing asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from geo_service.private_cluster import PORT, PrivateCluster

#: Name of the database; it is dropped at the end.
DATABASE = "pairs"

#: Table of the communes: EPSG:4326, column ``geom``, primary key ``code``.
TABLE = "communes"

_COLUMNS = """code text PRIMARY KEY, nom text, population int, population_annee smallint,
superficie_km2 float8, departement text, region text, epci text, codes_postaux text[],
taux float8, services_presents int, services_documentes int, geom geometry(MultiPolygon, 4326)"""


@dataclass(frozen=True)
class Database:
    """Where the peers connect to.

    Attributes
    ----------
    socket
        Folder of the Unix socket.
    port
        Number in the name of the socket.
    name, user
        Database and its owner.
    departements
        Codes of the départements that have communes with a polygon.
    communes
        How many communes there are.
    shapeless
        How many of them have no polygon.
    """

    socket: Path
    port: int
    name: str
    user: str
    departements: list[str]
    communes: int
    shapeless: int


def active(cluster: PrivateCluster, atlas: str = "atlas") -> str:
    """Id of the publication that readers see; stops the benchmark when there is none."""
    with psycopg.connect(cluster.url(atlas)) as conn:
        row = conn.execute("SELECT publication FROM atlas.publication_active").fetchone()
    if row is None:
        raise SystemExit(
            f"Aucun atlas publié dans {cluster.folder.parent} : lancez « geo-service etl run »."
        )
    return str(row[0])


@contextmanager
def copied(cluster: PrivateCluster, publication: str, atlas: str = "atlas") -> Iterator[Database]:
    """Copy the communes of a publication to :data:`DATABASE`, dropped when the block ends.

    Parameters
    ----------
    cluster
        A running cluster with the atlas.
    publication
        Id of the publication.
    atlas
        Database of the atlas.
    """
    _drop(cluster)
    cluster.ensure_database(DATABASE)
    try:
        yield _fill(cluster, publication, atlas)
    finally:
        _drop(cluster)


def _fill(cluster: PrivateCluster, publication: str, atlas: str) -> Database:
    query = Path(__file__).with_name("communes.sql").read_text(encoding="utf-8")
    with psycopg.connect(cluster.url(atlas)) as source:
        source.execute(
            sql.SQL("SET search_path TO {}, public").format(sql.Identifier(f"pub_{publication}"))
        )
        with psycopg.connect(cluster.url(DATABASE), autocommit=True) as target:
            target.execute(f"CREATE TABLE {TABLE} ({_COLUMNS})".encode())
            _copy(source, query, target, TABLE)
            target.execute(f"CREATE INDEX ON {TABLE} USING gist (geom)".encode())
            target.execute(f"CREATE INDEX ON {TABLE} (departement, code)".encode())
            target.execute(b"VACUUM ANALYZE")
            departements = target.execute(
                f"SELECT DISTINCT departement FROM {TABLE} "
                "WHERE geom IS NOT NULL AND departement IS NOT NULL ORDER BY 1".encode()
            ).fetchall()
            communes, shapeless = target.execute(
                f"SELECT count(*), count(*) - count(geom) FROM {TABLE}".encode()
            ).fetchall()[0]
            (user,) = target.execute("SELECT current_user").fetchall()[0]
    return Database(
        cluster.place.socket,
        PORT,
        DATABASE,
        user,
        [code for (code,) in departements],
        communes,
        shapeless,
    )


def _copy(source: psycopg.Connection, query: str, target: psycopg.Connection, table: str) -> None:
    with (
        source.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT binary)".encode()) as rows,
        target.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)".encode()) as into,
    ):
        for part in rows:
            into.write(part)


def _drop(cluster: PrivateCluster) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        conn.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE))
        )
