"""What each role of the database may do, asked of PostgreSQL itself, statement by statement."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from urllib.parse import quote

import psycopg
import pytest
from psycopg import errors, sql

from etl import publication
from etl.errors import EtlError
from geo_service import databases, roles
from geo_service.database import publication_conninfo
from geo_service.faults import InstallationError
from geo_service.private_cluster import PUBLISHER, READER, PrivateCluster
from geo_service.settings import Settings
from tests.geo_service import little_atlas
from tests.support import own_database

FIRST, SECOND = little_atlas.FIRST, little_atlas.SECOND
SCHEMA = f"pub_{FIRST}"


@pytest.fixture(scope="module")
def database(cluster: PrivateCluster) -> Iterator[str]:
    """Name of a prepared database with one publication, made by the publisher itself."""
    with own_database(cluster, "roles") as name:
        with psycopg.connect(cluster.url(name)) as owner:
            databases.prepare_catalogue(owner)
            owner.execute("CREATE TABLE public.d_un_autre AS SELECT 1 AS n")
        with psycopg.connect(cluster.url(name, PUBLISHER)) as conn:
            publication.ensure_catalogue(conn)
            little_atlas.publish(conn, FIRST, dated=False)
        yield name


def refused(conn: psycopg.Connection, statement: str) -> None:
    """The statement fails because this role has no right to it, and for no other reason."""
    # Some are never in a transaction; one that locks always is.
    inside = conn.transaction() if statement.startswith("LOCK") else nullcontext()
    with pytest.raises(errors.InsufficientPrivilege), inside:
        conn.execute(statement.encode())


#: Nobody but a superuser: files and programs of the server, its settings, its roles, its functions.
OF_THE_SERVER = [
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_read_binary_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_stat_file('PG_VERSION')",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY (SELECT 1) TO '/tmp/atlas-sorti'",
    "CREATE TEMPORARY TABLE lu (ligne text); COPY lu FROM '/etc/passwd'",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "SELECT pg_switch_wal()",
    "SELECT pg_create_restore_point('x')",
    "SELECT pg_stat_reset()",
    "SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000))",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_terminate_backend(pg_backend_pid())",
    "SELECT pg_cancel_backend(pg_backend_pid())",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_hba_file_rules",
    "ALTER SYSTEM SET work_mem = '1GB'",
    "SET session_replication_role = replica",
    "CREATE ROLE intrus",
    "CREATE DATABASE intrus",
    "CREATE TABLESPACE intrus LOCATION '/tmp'",
    "CREATE EXTENSION file_fdw",
    "CREATE EXTENSION dblink",
    "ALTER ROLE atlas NOSUPERUSER",
    "DROP ROLE atlas",
    "GRANT atlas TO atlas_lecture",
    "GRANT pg_execute_server_program TO atlas_chargement",
    "SET ROLE atlas",
    "ALTER DATABASE {database} OWNER TO CURRENT_USER",
    "DROP DATABASE {database}",
    "DROP EXTENSION postgis CASCADE",
    "CREATE TABLE public.intruse (n int)",
    "CREATE FUNCTION public.intruse() RETURNS int LANGUAGE sql RETURN 1",
    "SELECT * FROM public.d_un_autre",
    "DROP TABLE public.d_un_autre",
    "DROP SCHEMA public CASCADE",
    "DELETE FROM public.spatial_ref_sys",
    "DROP SCHEMA atlas CASCADE",
    "CREATE TABLE atlas.intruse (n int)",
    "DROP TABLE atlas.historique",
    "TRUNCATE atlas.publications CASCADE",
    "ALTER TABLE atlas.publications ADD COLUMN x int",
]

#: The publisher adds to the catalogue; it rewrites neither what was published nor its history.
OF_THE_OWNER = [
    "UPDATE atlas.publications SET id = 'x'",
    "UPDATE atlas.publications SET entrees = '{}'",
    "UPDATE atlas.historique SET taux = 1",
    "DELETE FROM atlas.historique",
    "DELETE FROM atlas.historique_axes",
    "DELETE FROM atlas.historique_publications",
    "UPDATE atlas.historique_publications SET publication = 'x'",
]
#: Of the other role, which is no more and no less.
OF_THE_READER = [
    "SET ROLE atlas_lecture",
    "ALTER ROLE atlas_lecture SET default_transaction_read_only = off",
    "ALTER ROLE atlas_lecture CONNECTION LIMIT 1000",
]

#: The reader has no right to anything but SELECT, once it has lifted what a setting keeps from it.
OF_THE_PUBLISHER = [
    "CREATE SCHEMA intrus",
    "CREATE TEMPORARY TABLE intruse (n int)",
    "INSERT INTO atlas.publication_active VALUES (true, 'x')",
    "UPDATE atlas.publications SET activee_le = now()",
    "DELETE FROM atlas.publications",
    "INSERT INTO atlas.historique VALUES ('pays', 'FR', 'ensemble', '', 1, 1, 1)",
    "SELECT activee_le FROM atlas.publications FOR UPDATE",
    "LOCK TABLE atlas.publications IN ACCESS EXCLUSIVE MODE",
    "SELECT nextval(pg_get_serial_sequence('atlas.historique_publications', 'ordre'))",
    f"INSERT INTO {SCHEMA}.lieux (id) VALUES ('x')",
    f"UPDATE {SCHEMA}.lieux SET nom = 'x'",
    f"DELETE FROM {SCHEMA}.lieux",
    f"TRUNCATE {SCHEMA}.lieux CASCADE",
    f"DROP TABLE {SCHEMA}.lieux CASCADE",
    f"CREATE TABLE {SCHEMA}.intruse (n int)",
    f"CREATE INDEX ON {SCHEMA}.lieux (nom)",
    f"ALTER SCHEMA {SCHEMA} RENAME TO autre",
    f"DROP SCHEMA {SCHEMA} CASCADE",
    f"COMMENT ON TABLE {SCHEMA}.lieux IS 'x'",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_xact_lock(1)",
    "SET ROLE atlas_chargement",
    "ALTER ROLE atlas_lecture CONNECTION LIMIT 1000",
]


def statements(*lists: list[str]) -> list[str]:
    return [statement for found in lists for statement in found]


@pytest.fixture(scope="module")
def reader(cluster: PrivateCluster, database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(cluster.url(database, READER), autocommit=True) as conn:
        # Settings of its own role it may lift, once or for good: what holds it is having no right.
        conn.execute("SET default_transaction_read_only = off")
        yield conn


@pytest.fixture(scope="module")
def publisher(cluster: PrivateCluster, database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(cluster.url(database, PUBLISHER), autocommit=True) as conn:
        yield conn


@pytest.mark.parametrize("statement", statements(OF_THE_SERVER, OF_THE_OWNER, OF_THE_PUBLISHER))
def test_the_reader_is_refused(reader: psycopg.Connection, database: str, statement: str) -> None:
    refused(reader, statement.replace("{database}", database))


@pytest.mark.parametrize("statement", statements(OF_THE_SERVER, OF_THE_OWNER, OF_THE_READER))
def test_the_publisher_is_refused(
    publisher: psycopg.Connection, database: str, statement: str
) -> None:
    refused(publisher, statement.replace("{database}", database))


def test_the_owner_can_what_the_others_are_refused(cluster: PrivateCluster, database: str) -> None:
    """The lists above hold no statement that is refused to everybody, for another reason."""
    harmless = [
        statement
        for statement in statements(OF_THE_OWNER, OF_THE_PUBLISHER)
        if "x int" not in statement
    ]
    with psycopg.connect(cluster.url(database), autocommit=True) as owner:
        for statement in harmless:
            # A constraint that holds it shows as well that the right was there.
            with suppress(psycopg.IntegrityError), owner.transaction(force_rollback=True):
                owner.execute(statement.encode())


def test_the_settings_of_the_reader_are_those_of_its_role(
    cluster: PrivateCluster, database: str
) -> None:
    with psycopg.connect(cluster.url(database, READER), autocommit=True) as conn:
        for name, value in roles.READER_SETTINGS.items():
            shown = conn.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone()
            assert shown in {(value,), ("1min",)}
        with pytest.raises(errors.ReadOnlySqlTransaction):
            conn.execute("CREATE TEMPORARY TABLE t (n int)")
        assert conn.execute(
            "SELECT rolconnlimit, rolsuper, rolcreaterole, rolcreatedb, rolreplication,"
            " rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (roles.READER_CONNECTIONS, False, False, False, False, False)


def test_the_reader_reads_what_the_service_reads(cluster: PrivateCluster, database: str) -> None:
    with psycopg.connect(publication_conninfo(cluster.url(database, READER), FIRST)) as conn:
        assert conn.execute("SELECT count(*) FROM territoires").fetchone() != (0,)
        assert conn.execute("SELECT publication FROM atlas.publication_active").fetchone() == (
            FIRST,
        )
        for table in roles.CATALOGUE_RIGHTS:
            conn.execute(sql.SQL("SELECT * FROM {} LIMIT 1").format(sql.Identifier("atlas", table)))


def test_a_publication_that_is_not_complete_cannot_be_read(
    cluster: PrivateCluster, database: str
) -> None:
    unfinished = "00000000beef"
    with psycopg.connect(cluster.url(database, PUBLISHER)) as conn:
        publication.open_schema(conn, unfinished)
        conn.commit()
        with psycopg.connect(cluster.url(database, READER)) as reading:
            refused(reading, f"SELECT * FROM pub_{unfinished}.lieux")
        assert publication.remove_leftovers(conn) == [f"pub_{unfinished}"]


def test_the_publisher_publishes_drops_its_own_and_keeps_the_history(
    cluster: PrivateCluster, database: str
) -> None:
    with psycopg.connect(cluster.url(database, PUBLISHER), autocommit=True) as conn:
        with publication.publishing_lock(conn), conn.transaction():
            little_atlas.publish(conn, SECOND, dated=False)
        publication.analyze(conn, SECOND)
        published = conn.execute("SELECT count(*) FROM atlas.historique_publications").fetchone()
        assert publication.prune(conn, keep=1) == [FIRST]
        assert conn.execute("SELECT to_regnamespace(%s)", [SCHEMA]).fetchone() == (None,)
        assert (
            conn.execute("SELECT count(*) FROM atlas.historique_publications").fetchone()
            == published
        )
        little_atlas.publish(conn, FIRST, dated=False)


def test_publications_of_before_the_roles_are_given_to_the_publisher(
    cluster: PrivateCluster, database: str
) -> None:
    old = "0000000000aa"
    with psycopg.connect(cluster.url(database), autocommit=True) as owner:
        little_atlas.publish(owner, old, activate=False)
        with psycopg.connect(cluster.url(database, PUBLISHER), autocommit=True) as conn:
            refused(conn, f"DROP SCHEMA pub_{old} CASCADE")
            databases.prepare_catalogue(owner)
            publication.analyze(conn, old)
            publication.drop(conn, old)
            assert publication.find(conn, old) is None


def test_a_catalogue_of_before_is_told(cluster: PrivateCluster, database: str) -> None:
    with psycopg.connect(cluster.url(database), autocommit=True) as owner:
        owner.execute("ALTER TABLE atlas.historique RENAME TO mise_de_cote")
        try:
            with (
                psycopg.connect(cluster.url(database, PUBLISHER)) as conn,
                pytest.raises(EtlError, match=r"atlas\.historique.*geo-service db up"),
            ):
                publication.ensure_catalogue(conn)
        finally:
            owner.execute("ALTER TABLE atlas.mise_de_cote RENAME TO historique")


def test_no_other_database_of_the_private_cluster_is_open(
    cluster: PrivateCluster, database: str
) -> None:
    for role in (READER, PUBLISHER):
        for other in ("postgres", "template1"):
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(cluster.url(other, role))


# --- a database that somebody else runs --------------------------------------------------------


@pytest.fixture
def modest(cluster: PrivateCluster) -> Iterator[Settings]:
    """Settings of an owner that is no superuser, of a database that has the extensions."""
    owner = f"proprietaire_{os.getpid()}"
    with (
        own_database(cluster, "modeste") as name,
        psycopg.connect(cluster.url(name), autocommit=True) as admin,
    ):
        admin.execute(f"CREATE ROLE {owner} CREATEROLE".encode())
        admin.execute(f"ALTER DATABASE {name} OWNER TO {owner}".encode())
        admin.execute(f"GRANT {READER}, {PUBLISHER} TO {owner}".encode())
        yield Settings(
            database_url=f"{cluster.url(name)}&options={quote(f'-c role={owner}')}",
            database_read_url=cluster.url(name, READER),
        )
        admin.execute(f"REASSIGN OWNED BY {owner} TO atlas".encode())
        admin.execute(f"DROP OWNED BY {owner}".encode())
        admin.execute(f"DROP ROLE {owner}".encode())


def test_an_owner_that_is_no_superuser_prepares_and_publishes(modest: Settings) -> None:
    for _ in range(2):
        databases.prepare_owner(modest)
    with psycopg.connect(databases.prepare_publisher(modest), autocommit=True) as conn:
        assert conn.execute("SELECT current_user").fetchone() == (PUBLISHER,)
        publication.ensure_catalogue(conn)
        little_atlas.publish(conn, FIRST, dated=False)
        refused(conn, "DROP SCHEMA atlas CASCADE")
        refused(conn, "CREATE ROLE intrus")
    with psycopg.connect(databases.reader_url(modest)) as conn:
        assert conn.execute("SELECT publication FROM atlas.publication_active").fetchone() == (
            FIRST,
        )


def test_an_account_that_only_loads_is_told_who_must_prepare(
    cluster: PrivateCluster, modest: Settings
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(modest.database_url or "")["dbname"]
    loading = Settings(database_url=cluster.url(str(name), PUBLISHER))
    with pytest.raises(InstallationError, match=r"geo-service db up.*propriétaire|db up"):
        databases.prepare_publisher(loading)
    databases.prepare_owner(modest)
    with psycopg.connect(databases.prepare_publisher(loading), autocommit=True) as conn:
        publication.ensure_catalogue(conn)
        little_atlas.publish(conn, FIRST, dated=False)
