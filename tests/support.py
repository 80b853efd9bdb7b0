"""What several test modules and the benchmarks need: places, the national atlas, a server."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import structlog
from psycopg import sql
from structlog.testing import capture_logs

from etl.config import AtlasConfig
from geo_service import databases, logs, pipeline
from geo_service.private_cluster import PUBLISHER, PrivateCluster
from geo_service.steps import Steps
from tests.processes import free_port

ROOT = Path(__file__).parents[1]

#: The suite's own state: never the atlas of `make run`, whose downloads alone it shares.
STATE = ROOT / ".atlas" / "tests"

#: Packages of the registries, shared with `make run`.
DOWNLOADS = ROOT / ".atlas" / "telechargements"

#: Optional real files; tests that need them are skipped where the folder is absent.
SHARED_DATA = ROOT.parent / "shared" / "data"


#: Where Python keeps what it compiles (Makefile), for programs that know nothing else of this
#: environment: without it they compile all their libraries again.
COMPILED = {name: place for name, place in os.environ.items() if name == "PYTHONPYCACHEPREFIX"}


@dataclass(frozen=True)
class NationalAtlas:
    """The atlas of `atlas.toml`, published in the suite's own cluster."""

    publication: str
    owner_url: str
    reader_url: str
    state_dir: Path

    @property
    def folder(self) -> Path:
        """Folder of the publication's archives."""
        return self.state_dir / "publications" / self.publication


def publish(
    cluster: PrivateCluster,
    database: str,
    config: AtlasConfig,
    publications_dir: Path = STATE / "publications",
) -> pipeline.Outcome:
    """Run the pipeline as ``geo-service etl run`` does, in a database of the suite's cluster."""
    cluster.ensure_database(database)
    with psycopg.connect(cluster.url(database)) as conn:
        databases.prepare_catalogue(conn)
    return pipeline.run(
        config,
        database_url=cluster.url(database, PUBLISHER),
        downloads_dir=DOWNLOADS,
        publications_dir=publications_dir,
        steps=Steps(pipeline.STEPS),
        tell=lambda _sentence: None,
        brotli=False,  # half a minute for all of France; the tests of `tiles` hold it
    )


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one of the suite's processes at a time do something; the others wait."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def own_database(cluster: PrivateCluster, name: str) -> Iterator[str]:
    """Database of this process alone, as several run the suite at once; gives its name."""
    database = f"{name}_{os.getpid()}"
    cluster.ensure_database(database)
    yield database
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


def run_program(
    *command: str | Path, cwd: Path = ROOT, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, its output kept."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def heard() -> Iterator[list[MutableMapping[str, Any]]]:
    """Events of the log during a block, whatever an earlier test asked it to write."""
    before = structlog.get_config()
    logs.configure("debug")
    try:
        with capture_logs() as events:
            yield events
    finally:
        structlog.configure(**before)


class Server:
    """A ``geo-service serve`` process on a free port, ready when entered."""

    def __init__(self, state_dir: Path, *, wait_for: str = "/ready", **environment: str) -> None:
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.wait_for = wait_for
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GEO_")},
            "GEO_STATE_DIR": str(state_dir),
            "PORT": str(self.port),
            # One process starts faster; the benchmarks ask for more.
            "GEO_WORKERS": "1",
            **environment,
        }

    def __enter__(self) -> str:
        # A file, not a pipe: a pipe nobody reads is full after some hundred lines of log, and a
        # server that cannot write its log stops answering.
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [Path(sys.executable).with_name("geo-service"), "serve"],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.base_url + self.wait_for, timeout=2):
                    return self.base_url
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        self.__exit__()
        raise AssertionError(f"Le serveur n'a pas démarré :\n{self.output}")

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        with self.log:
            self.log.seek(0)
            self.output = self.log.read().decode()
