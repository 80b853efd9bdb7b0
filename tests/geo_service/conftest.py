"""Fixtures of the service: a little atlas, and the API on it, in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from etl import publication
from geo_service import logs
from geo_service.private_cluster import READER, PrivateCluster
from geo_service.server import create_root
from geo_service.watcher import AtlasWatcher
from tests.geo_service import little_atlas
from tests.support import NationalAtlas, own_database


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def little_owner_url(cluster: PrivateCluster) -> Iterator[str]:
    """Owner's URL of a database with two publications of the little atlas, the first active."""
    with own_database(cluster, "petit") as name:
        url = cluster.url(name)
        with psycopg.connect(url) as conn:
            publication.ensure_catalogue(conn)
            little_atlas.publish(conn, little_atlas.FIRST)
        with psycopg.connect(url) as conn:
            little_atlas.publish(conn, little_atlas.SECOND, without_site=["35051"], activate=False)
        yield url


@pytest.fixture(scope="session")
def little_reader_url(cluster: PrivateCluster, little_owner_url: str) -> str:
    return cluster.url(conninfo_to_dict(little_owner_url)["dbname"], READER)


@pytest.fixture(scope="session")
async def watcher(
    little_reader_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AtlasWatcher]:
    logs.configure("error")
    watching = AtlasWatcher(lambda: little_reader_url, tmp_path_factory.mktemp("publications"))
    await watching.start()
    yield watching
    await watching.stop()


@asynccontextmanager
async def client_of(watching: AtlasWatcher) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_root(watching))
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas.test") as client:
        yield client


@pytest.fixture(scope="session")
async def api(watcher: AtlasWatcher) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP client of the service on the little atlas."""
    async with client_of(watcher) as client:
        yield client


@pytest.fixture(scope="session")
async def france_watcher(national_atlas: NationalAtlas) -> AsyncIterator[AtlasWatcher]:
    """The national atlas, opened once by each process: it takes ten seconds."""
    watching = AtlasWatcher(
        lambda: national_atlas.reader_url, national_atlas.state_dir / "publications", period=3600
    )
    await watching.start()
    yield watching
    await watching.stop()


@pytest.fixture(scope="session")
async def france(france_watcher: AtlasWatcher) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP client of the service on the national atlas."""
    async with client_of(france_watcher) as client:
        yield client
