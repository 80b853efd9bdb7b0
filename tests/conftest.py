"""Fixtures shared by the whole suite: a PostGIS of its own, the national atlas, a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from etl import publication
from geo_service.private_cluster import PrivateCluster

ROOT = Path(__file__).parents[1]

#: The suite's own state: never the atlas of `make run`, whose downloads alone it shares.
STATE = ROOT / ".atlas" / "tests"

#: Optional real files; tests that need them are skipped where the folder is absent.
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def cluster() -> Iterator[PrivateCluster]:
    """A running private PostGIS, stopped at the end of the session."""
    with PrivateCluster(STATE / "postgres") as running:
        yield running


@pytest.fixture(scope="session")
def scratch_url(cluster: PrivateCluster) -> str:
    """URL of an empty database with the extensions and the catalogue, owner role."""
    cluster.ensure_database("essais")
    url = cluster.url("essais")
    with psycopg.connect(url, autocommit=True) as conn:
        publication.ensure_catalogue(conn)
    return url


@pytest.fixture
def publication_conn(scratch_url: str) -> Iterator[psycopg.Connection]:
    """Connection to the empty tables of a publication, forgotten after the test."""
    with psycopg.connect(scratch_url) as conn:
        publication.open_schema(conn, "0123456789ab")
        yield conn
        conn.rollback()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the optional real files."""
    if not SHARED_DATA.is_dir():
        pytest.skip("les données partagées ne sont pas sur cette machine")
    return SHARED_DATA
