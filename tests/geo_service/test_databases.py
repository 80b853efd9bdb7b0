"""Owner and reader of the database: private, or somebody else's named by GEO_DATABASE_URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from geo_service import databases
from geo_service.faults import InstallationError
from geo_service.private_cluster import PUBLISHER, READER, PrivateCluster
from geo_service.settings import Settings


@pytest.fixture
def foreign_url(cluster: PrivateCluster) -> Iterator[str]:
    """A bare database, as an administrator would hand it over: no extension."""
    # One for each process of the suite.
    name = f"etrangere_{os.getpid()}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield cluster.url(name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def with_options(url: str, options: str) -> str:
    return f"{url}&options={quote(options)}"


def test_the_foreign_database_is_given_what_it_lacks(foreign_url: str) -> None:
    settings = Settings(database_url=foreign_url)
    assert databases.prepare_owner(settings) == foreign_url
    assert databases.prepare_owner(settings) == foreign_url
    with psycopg.connect(foreign_url) as conn:
        extensions = {name for (name,) in conn.execute("SELECT extname FROM pg_extension")}
    assert {"postgis", "pg_trgm"} <= extensions


def test_the_reader_of_a_foreign_database_only_reads(foreign_url: str) -> None:
    # An option of the operator's own is kept beside ours.
    owner = with_options(foreign_url, "-c statement_timeout=5s")
    settings = Settings(database_url=owner)
    databases.prepare_owner(settings)
    with psycopg.connect(owner) as conn:
        conn.execute("CREATE TABLE public.temoin AS SELECT 1 AS n")
        conn.execute("CREATE TABLE public.cachee AS SELECT 1 AS n")
        conn.execute(f"GRANT SELECT ON public.temoin TO {READER}")
    with psycopg.connect(databases.reader_url(settings), autocommit=True) as conn:
        assert conn.execute("SELECT current_user").fetchone() == (READER,)
        assert conn.execute("SHOW statement_timeout").fetchone() == ("5s",)
        assert conn.execute("SELECT n FROM temoin").fetchone() == (1,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            conn.execute("DELETE FROM temoin")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT n FROM cachee")


def test_an_owner_without_the_right_to_add_postgis_is_told_what_to_ask(foreign_url: str) -> None:
    with psycopg.connect(foreign_url) as conn:
        conn.execute("DROP ROLE IF EXISTS modeste")
        conn.execute("CREATE ROLE modeste")
    settings = Settings(database_url=with_options(foreign_url, "-c role=modeste"))
    with pytest.raises(InstallationError, match=r'CREATE EXTENSION IF NOT EXISTS "postgis"'):
        databases.prepare_owner(settings)
    with psycopg.connect(foreign_url) as conn:
        conn.execute("CREATE EXTENSION postgis")
        conn.execute("CREATE EXTENSION pg_trgm")
    with pytest.raises(InstallationError, match="geo-service db up"):
        databases.prepare_owner(settings)
    with psycopg.connect(foreign_url, autocommit=True) as conn:
        conn.execute(f"ALTER DATABASE {conn.info.dbname} OWNER TO modeste")
    with pytest.raises(InstallationError, match=rf"GRANT {READER}, {PUBLISHER} TO "):
        databases.prepare_owner(settings)
    with psycopg.connect(foreign_url, autocommit=True) as conn:
        conn.execute(f"ALTER DATABASE {conn.info.dbname} OWNER TO atlas")
    with psycopg.connect(foreign_url) as conn:
        conn.execute("DROP ROLE modeste")


def test_a_database_that_is_away_is_named_without_its_password() -> None:
    # Port 9 (discard) of this machine: nothing listens there.
    settings = Settings(database_url="postgresql://moi:motdepasse@127.0.0.1:9/atlas")
    with pytest.raises(InstallationError) as told:
        databases.prepare_owner(settings)
    assert str(told.value).startswith("La base atlas sur 127.0.0.1 ne répond pas")
    assert "motdepasse" not in str(told.value)
    # The API starts all the same.
    assert databases.prepare_reader(settings).startswith("postgresql://moi:motdepasse@127.0.0.1:9/")


def test_the_reader_s_own_address_comes_first() -> None:
    settings = Settings(
        database_url="postgresql://chef@h/atlas", database_read_url="postgresql://lecteur@h2/atlas"
    )
    assert databases.reader_url(settings) == "postgresql://lecteur@h2/atlas"
    assert databases.owner_url(settings) == "postgresql://chef@h/atlas"


def test_a_machine_that_only_reads_does_not_publish(tmp_path: Path) -> None:
    settings = Settings(database_read_url="postgresql://lecteur@h2/atlas", state_dir=tmp_path)
    with pytest.raises(InstallationError, match="GEO_DATABASE_READ_URL"):
        databases.owner_url(settings)
    assert list(tmp_path.iterdir()) == []


def test_the_private_cluster_has_no_replicas(tmp_path: Path) -> None:
    replicas = ("postgresql://lecteur@h3/atlas",)
    settings = Settings(database_read_urls=replicas, state_dir=tmp_path)
    with pytest.raises(InstallationError, match="GEO_DATABASE_READ_URL "):
        databases.prepare_reader(settings)
    assert list(tmp_path.iterdir()) == []
    settings = settings.model_copy(update={"database_read_url": "postgresql://lecteur@h2/atlas"})
    assert databases.replica_urls(settings) == replicas


def test_the_private_cluster_is_the_default(
    monkeypatch: pytest.MonkeyPatch, cluster: PrivateCluster
) -> None:
    for name in ("GEO_DATABASE_URL", "GEO_DATABASE_READ_URL"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings(state_dir=cluster.folder.parent)
    assert databases.is_private(settings)
    assert databases.prepare_owner(settings) == cluster.url("atlas")
    with psycopg.connect(databases.prepare_reader(settings)) as conn:
        assert conn.execute("SELECT current_user").fetchone() == (READER,)
    with psycopg.connect(databases.prepare_publisher(settings)) as conn:
        assert conn.execute("SELECT current_user").fetchone() == (PUBLISHER,)
