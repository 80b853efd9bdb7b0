"""The OGC API on the little atlas: from ready-made features, and from the tables alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest

from etl import publication
from geo_service import logs
from geo_service.ogc import feature_build
from geo_service.watcher import AtlasWatcher
from tests.geo_service import little_atlas
from tests.geo_service.conftest import client_of
from tests.geo_service.ogc.tiled import write_archives

#: Modules whose tests are run both ways: those of what reads the features. Filters are SQL anyhow.
_BOTH = {"test_core", "test_crs", "test_geojson", "test_filter"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "ogc" in metafunc.fixturenames:
        both = metafunc.module.__name__.rpartition(".")[2] in _BOTH
        ways = ["fichiers", "tables"] if both else ["fichiers"]
        metafunc.parametrize("ogc", ways, indirect=True, scope="session")


@pytest.fixture(scope="session")
async def ogc(
    request: pytest.FixtureRequest,
    little_reader_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP client; all that a publication answers is the same with its files and without."""
    folder = tmp_path_factory.mktemp("publications")
    logs.configure("error")
    if request.param == "fichiers":
        (folder / little_atlas.FIRST).mkdir()
        with psycopg.connect(little_reader_url) as conn:
            publication.use_schema(conn, little_atlas.FIRST)
            feature_build.build(conn, folder / little_atlas.FIRST)
    watching = AtlasWatcher(lambda: little_reader_url, folder)
    await watching.start()
    async with client_of(watching) as client:
        yield client
    await watching.stop()


@pytest.fixture(scope="session")
async def tiled(
    little_reader_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP client of the service on the little atlas, with archives of tiles."""
    folder = tmp_path_factory.mktemp("publications")
    (folder / little_atlas.FIRST).mkdir()
    write_archives(folder / little_atlas.FIRST)
    logs.configure("error")
    watching = AtlasWatcher(lambda: little_reader_url, folder)
    await watching.start()
    async with client_of(watching) as client:
        yield client
    await watching.stop()
