"""Whatever breaks in the middle of a run, the published atlas stays, and the next run is fine."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from etl import publication
from etl.config import AtlasConfig
from etl.errors import EtlError
from etl.fetch import sha256_of
from geo_service import inputs, pipeline
from geo_service.private_cluster import PrivateCluster
from geo_service.steps import Steps
from tests.geo_service import small_run
from tests.geo_service.faulty_run import SWITCH
from tests.support import ROOT, own_database

GEO_SERVICE = Path(sys.executable).with_name("geo-service")


class Runs:
    """A tiny atlas in a database and a folder of its own, and runs of it that can be broken."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.state = folder / "etat"
        self.helper = subprocess.Popen(
            [sys.executable, "-m", "tests.geo_service.faulty_run"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.titles = 0

    def another(self) -> Path:
        """A configuration that makes another publication than those before."""
        self.titles += 1
        return small_run.write_config(self.folder, title=f"Petit atlas {self.titles}")

    def start(self, config: Path, **fault: Any) -> int:
        """Start a run in another process; return its id."""
        asked = {"config": str(config), "url": self.url, "state": str(self.state), **fault}
        self.helper.stdin.write(json.dumps(asked) + "\n")
        self.helper.stdin.flush()
        return json.loads(self.helper.stdout.readline())["pid"]

    def end(self) -> dict[str, Any]:
        """Wait until the run has ended; return how."""
        return json.loads(self.helper.stdout.readline())

    def run(self, config: Path) -> pipeline.Outcome:
        """Run to the end, in this process."""
        return pipeline.run(
            AtlasConfig.load(config),
            database_url=self.url,
            downloads_dir=self.state / "telechargements",
            publications_dir=self.state / "publications",
            steps=Steps(pipeline.STEPS),
            tell=lambda _sentence: None,
        )

    def published(self) -> tuple[str, int, dict[str, str]]:
        """What readers see: the publication, its lieux, the checksums of its archives."""
        with psycopg.connect(self.url, autocommit=True) as conn:
            (known,) = conn.execute("SELECT publication FROM atlas.publication_active").fetchone()
            publication.use_schema(conn, known)
            (lieux,) = conn.execute("SELECT count(*) FROM lieux").fetchone()
        folder = self.state / "publications" / known
        return known, lieux, {path.name: sha256_of(path) for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def runs(cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """The tiny atlas, published once."""
    with own_database(cluster, "pannes") as name:
        found = Runs(tmp_path_factory.mktemp("pannes"), cluster.url(name))
        found.run(found.another())
        yield found
        with found.helper:
            found.helper.stdin.close()


@pytest.fixture(scope="module")
def calls(runs: Runs) -> dict[str, int]:
    """Calls of each step of a run that nothing disturbs."""
    runs.start(runs.another())
    ended = runs.end()
    assert "error" not in ended, ended
    return ended["calls"]


def nothing_left(runs: Runs) -> None:
    """No schema, folder or temporary file that the catalogue does not know."""
    with psycopg.connect(runs.url, autocommit=True) as conn:
        known = {found.id for found in publication.list_publications(conn)}
        schemas = conn.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'pub\\_%'")
        assert {name.removeprefix("pub_") for (name,) in schemas} == known
    folders = runs.state / "publications"
    assert {path.name for path in folders.iterdir()} == known
    assert not list(runs.state.rglob("*.tmp"))
    assert not list(folders.glob("*/.*"))


def let_go(runs: Runs) -> None:
    """Wait until PostgreSQL has seen that a killed run is gone: its session held the lock."""
    with psycopg.connect(runs.url, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", [publication._LOCK_KEY])
        conn.execute("SELECT pg_advisory_unlock(%s)", [publication._LOCK_KEY])


def test_every_step_is_tried(calls: dict[str, int]) -> None:
    assert len(calls) == pipeline.STEPS + 1
    assert SWITCH in calls


@pytest.mark.parametrize("number", range(pipeline.STEPS + 1))
def test_killed_in_the_middle_of_a_step(runs: Runs, calls: dict[str, int], number: int) -> None:
    step = list(calls)[number]
    before = runs.published()
    config = runs.another()
    runs.start(config, step=step, call=max(calls[step] // 2, 1), signal="SIGKILL")
    assert runs.end() == {"killed": signal.SIGKILL}, step
    assert runs.published() == before
    let_go(runs)
    outcome = runs.run(config)
    assert outcome.built
    assert runs.published()[:2] == (outcome.publication, before[1])
    nothing_left(runs)


def test_a_killed_command_leaves_the_published_atlas_and_the_next_cleans(runs: Runs) -> None:
    """The command itself, with all its processes, when all is made but not yet shown."""
    before = runs.published()
    config = runs.another()
    environment = {name: text for name, text in os.environ.items() if not name.startswith("GEO_")}
    environment |= {"GEO_DATABASE_URL": runs.url, "GEO_STATE_DIR": str(runs.state)}
    with psycopg.connect(runs.url) as holder, psycopg.connect(runs.url, autocommit=True) as conn:
        # The catalogue can be read, not written: the command waits there.
        holder.execute("LOCK TABLE atlas.publications IN SHARE MODE")
        with subprocess.Popen(
            [GEO_SERVICE, "etl", "run", "--config", config],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            waits = (
                "SELECT 1 FROM pg_locks "
                "WHERE relation = 'atlas.publications'::regclass AND NOT granted"
            )
            while process.poll() is None and not conn.execute(waits).fetchone():
                os.sched_yield()
            assert process.poll() is None
            os.killpg(process.pid, signal.SIGKILL)
        assert runs.published() == before
        # The server sees that its client is gone once it need not wait.
        holder.rollback()
        let_go(runs)
        left = publication.remove_leftovers(conn)
        assert len(left) == 1
        known = {found.id for found in publication.list_publications(conn)}
        assert left[0].removeprefix("pub_") not in known
    assert runs.published() == before
    assert runs.run(config).built
    nothing_left(runs)


def test_two_runs_at_once(runs: Runs, calls: dict[str, int]) -> None:
    before = runs.published()
    config = runs.another()
    step = list(calls)[4]
    pid = runs.start(config, step=step, call=calls[step] // 2, signal="SIGSTOP")
    # Until the first one holds the lock and stands still.
    while b"T (stopped)" not in Path(f"/proc/{pid}/status").read_bytes():
        os.sched_yield()
    try:
        with pytest.raises(EtlError, match="Une autre publication est en cours"):
            runs.run(config)
        assert runs.published() == before
    finally:
        os.kill(pid, signal.SIGCONT)
    ended = runs.end()
    assert ended["killed"] == 0
    assert "error" not in ended
    assert runs.published()[0] != before[0]
    nothing_left(runs)


def test_a_source_that_cannot_be_had(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The readers of addresses have their own tests: here, what the run does of their refusal."""
    before = runs.published()
    config = runs.another()

    def refuse(*_: object) -> Path:
        raise EtlError("L'adresse de la source « deux » répond 500.")

    with monkeypatch.context() as patch:
        patch.setattr(inputs, "fetch", refuse)
        with pytest.raises(EtlError, match="répond 500"):
            runs.run(config)
    assert runs.published() == before
    assert runs.run(config).built
    nothing_left(runs)


def test_a_source_that_loses_its_rows(runs: Runs) -> None:
    before = runs.published()
    config = runs.another()
    path = runs.folder / "donnees" / "deux.csv"
    good = path.read_bytes()
    small_run.write_lieux(path, 10, wrong=6, first=101)
    with pytest.raises(EtlError) as caught:
        runs.run(config)
    message = str(caught.value)
    assert "« Espaces deux » (deux) perd 6 lignes sur 10, soit 60\u202f%" in message
    assert "Ni code de commune, ni coordonnées (6)" in message
    assert "contre 10 dans l'atlas publié" in message
    assert "--accepter deux" in message
    (report,) = (runs.state / "rapports").iterdir()
    assert str(report) in message
    assert report.read_text(encoding="utf-8-sig").count("sans_localisation") == 6
    assert runs.published() == before
    accepted = pipeline.run(
        AtlasConfig.load(config),
        database_url=runs.url,
        downloads_dir=runs.state / "telechargements",
        publications_dir=runs.state / "publications",
        steps=Steps(pipeline.STEPS),
        tell=lambda _sentence: None,
        accepted=["deux"],
    )
    assert accepted.built
    assert runs.published()[1] == before[1] - 6
    path.write_bytes(good)
    runs.run(runs.another())
    nothing_left(runs)


class Broken(http.server.BaseHTTPRequestHandler):
    """Answers 500 under ``/500``; under any other path, begins an answer and never ends it."""

    def do_GET(self) -> None:
        if self.path == "/500":
            self.send_error(500)
            return
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"id_fs,lib_fs")
        self.wfile.flush()
        self.server.ended.wait(30)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def broken_site() -> Iterator[str]:
    """Address of a server of which nothing good comes."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broken) as server:
        server.daemon_threads = True
        server.ended = threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.ended.set()
        server.shutdown()


@pytest.mark.parametrize("path", ["/500", "/sans-fin"])
def test_a_server_that_fails_or_hangs(runs: Runs, broken_site: str, path: str) -> None:
    before = runs.published()
    source = f"""
[[sources]]
id = "ailleurs"
nom = "Espaces d'ailleurs"
producteur = "Producteur d'essai"
licence = "Licence Ouverte 2.0"
url = "https://exemple.fr/ailleurs"
date_donnees = 2026-01-01
role = "lieux"
lecteur = "correspondance"
fichier = "{broken_site}{path}"
telechargement = {{ essais = 1, duree_max_s = 2, adresses_privees = true }}
"""
    runs.titles += 1
    config = small_run.write_config(runs.folder, source, title=f"Petit atlas {runs.titles}")
    stopped = command(config, GEO_DATABASE_URL=runs.url, GEO_STATE_DIR=str(runs.state))
    assert stopped.returncode == 1, stopped.stderr
    assert "Espaces d'ailleurs" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert runs.published() == before
    assert runs.run(runs.another()).built
    nothing_left(runs)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system in memory, of that size."""
    if os.geteuid() != 0:
        pytest.skip("il faut être root pour monter un petit disque")
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"cette machine ne laisse pas monter de disque : {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def command(config: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """``geo-service etl run``, as a person starts it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GEO_")}
    return subprocess.run(
        [GEO_SERVICE, "etl", "run", "--config", config],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_a_disk_too_small_for_the_archives(runs: Runs) -> None:
    before = runs.published()
    config = runs.another()
    folder = runs.state / "publications"
    aside = runs.state / "publications-de-cote"
    shutil.copytree(folder, aside)
    page = 4096
    used = sum(-(-path.stat().st_size // page) for path in folder.rglob("*") if path.is_file())
    with small_disk(folder, str((used + 2) * page)):
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        stopped = command(config, GEO_DATABASE_URL=runs.url, GEO_STATE_DIR=str(runs.state))
        assert stopped.returncode == 1, stopped.stderr
        assert "plus de place sur le disque" in stopped.stderr
        assert "Traceback" not in stopped.stderr
        assert runs.published() == before
        subprocess.run(["mount", "-o", "remount,size=50M", str(folder)], check=True)
        again = command(config, GEO_DATABASE_URL=runs.url, GEO_STATE_DIR=str(runs.state))
        assert again.returncode == 0, again.stderr
        nothing_left(runs)
        shutil.rmtree(aside)
        shutil.copytree(folder, aside)
    shutil.rmtree(folder)
    aside.rename(folder)
    assert runs.published()[1] == before[1]


def test_a_disk_too_small_for_the_database(runs: Runs) -> None:
    """A private cluster on a small disk that something else fills while the atlas is made."""
    folder = Path(tempfile.mkdtemp(prefix="atlas-petit-disque-"))
    folder.chmod(0o755)
    try:
        with small_disk(folder, "400M"):
            environment = {"GEO_STATE_DIR": str(folder)}
            first = command(runs.another(), **environment)
            assert first.returncode == 0, first.stderr
            cluster = PrivateCluster(folder / "postgres")
            url = cluster.url("atlas")
            with psycopg.connect(url) as conn:
                (before,) = conn.execute("SELECT id FROM atlas.publications").fetchone()
            filler = folder / "remplissage"
            free = shutil.disk_usage(folder).free
            with filler.open("wb") as file:
                file.write(bytes(free - 200_000))
            config = runs.another()
            stopped = command(config, **environment)
            assert stopped.returncode == 1, stopped.stderr
            assert "place" in stopped.stderr
            assert "L'atlas publié est inchangé" in stopped.stderr
            assert "Traceback" not in stopped.stderr
            filler.unlink()
            again = command(config, **environment)
            assert again.returncode == 0, again.stderr
            with psycopg.connect(url) as conn:
                rows = conn.execute("SELECT id FROM atlas.publications ORDER BY creee_le")
                known = [row[0] for row in rows]
            assert known[0] == before
            assert len(known) == 2
            cluster.remove()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
