"""The whole run on 1, 10 and 100 times 35 000 actions and 20 000 lieux: seconds and memory.

Each size runs in a process of its own (``python -m tests.benchmarks.scale 10 FOLDER``), so that its
peak memory is its own. Only the territories are real.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from etl.config import AtlasConfig, SourceConfig
from etl.readers import READERS
from geo_service import pipeline
from geo_service.private_cluster import PrivateCluster
from geo_service.steps import Steps
from tests.benchmarks import synthetic
from tests.benchmarks.serving import bench_serving
from tests.support import DOWNLOADS, ROOT

ACTIONS, LIEUX = 35_000, 20_000
SIZES = (1, 10, 100)

#: Seconds between two looks at the memory of PostgreSQL.
PERIOD = 0.25


class PostgresMemory(threading.Thread):
    """Follows the memory of the processes of a cluster, shared pages counted once.

    Attributes
    ----------
    peak
        Bytes at the highest: anonymous memory of every process, and the shared memory of one.
    """

    def __init__(self, postmaster: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._postmaster = postmaster
        self._end = threading.Event()

    def run(self) -> None:
        while not self._end.wait(PERIOD):
            self.peak = max(self.peak, self._now())

    def stop(self) -> None:
        self._end.set()
        self.join()

    def _now(self) -> int:
        anonymous, shared = 0, 0
        children = Path(f"/proc/{self._postmaster}/task/{self._postmaster}/children")
        for pid in [str(self._postmaster), *children.read_text().split()]:
            try:
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended
            sizes = {
                name: int(value.split()[0]) * 1024
                for name, _, value in (line.partition(":") for line in lines)
                if name in {"RssAnon", "RssShmem"}
            }
            anonymous += sizes.get("RssAnon", 0)
            shared = max(shared, sizes.get("RssShmem", 0))
        return anonymous + shared


def _source(role: str, path: Path) -> SourceConfig:
    return SourceConfig(
        id=f"synthetique-{role}",
        nom=f"Données synthétiques ({role})",
        producteur="Essais de vitesse de l'atlas",
        licence="Sans objet : données inventées",
        url="https://exemple.fr/donnees-synthetiques",
        date_donnees="2026-01-01",
        role=role,
        lecteur=f"synthetique_{role}",
        fichier=str(path),
    )


def _write(size: int, lieux: Path, actions: Path) -> None:
    """Make the files, in a process of its own: its memory is not that of the run."""
    command = [sys.executable, "-m", "tests.benchmarks.synthetic"]
    figures = [str(LIEUX * size), str(ACTIONS * size)]
    subprocess.run([*command, *figures, lieux, actions], check=True, cwd=ROOT)


def measure(size: int, state: Path) -> dict[str, Any]:
    """Make the files of one size and publish them, in a cluster of their own."""
    READERS["synthetique_lieux"] = synthetic.read_lieux
    READERS["synthetique_actions"] = synthetic.read_actions
    with PrivateCluster(state / "postgres") as cluster:
        cluster.ensure_database("atlas")
        with psycopg.connect(cluster.url("atlas")) as conn:
            (pid,) = conn.execute("SELECT pg_backend_pid()").fetchone()
            postmaster = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        config = AtlasConfig.load(ROOT / "atlas.toml")
        territories = [source for source in config.sources if source.role == "territoires"]
        lieux, actions = state / "lieux.csv", state / "actions.csv"
        _write(size, lieux, actions)
        sources = [*territories, _source("lieux", lieux), _source("actions", actions)]
        steps = Steps(pipeline.STEPS)
        memory = PostgresMemory(postmaster)
        memory.start()
        pipeline.run(
            config.model_copy(
                update={"sources": sources, "dossier_local": state, "synthetique": True}
            ),
            database_url=cluster.url("atlas"),
            downloads_dir=DOWNLOADS,
            publications_dir=state / "publications",
            steps=steps,
            tell=lambda _sentence: None,
        )
        memory.stop()
        with psycopg.connect(cluster.url("atlas")) as conn:
            (octets,) = conn.execute("SELECT pg_database_size(current_database())").fetchone()
    return {
        "actions": ACTIONS * size,
        "lieux": LIEUX * size,
        "secondes": steps.seconds,
        "total_secondes": round(sum(steps.seconds.values()), 1),
        "memoire_python_mo": round(
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        ),
        "memoire_postgresql_mo": round(memory.peak / 2**20),
        "base_mo": round(octets / 2**20),
    }


@contextmanager
def published(size: int, state: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Publish one size in a process of its own; its state folder is removed in the end.

    Yields
    ------
    Path
        State folder of the atlas, its private cluster stopped.
    dict
        Figures of its publication (:func:`measure`).
    """
    folder = state / f"echelle-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        command = [sys.executable, "-m", "tests.benchmarks.scale", str(size), str(folder)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        yield folder, json.loads(done.stdout.splitlines()[-1])
    finally:
        PrivateCluster(folder / "postgres").remove()
        shutil.rmtree(folder, ignore_errors=True)


def bench_scale(state: Path, sizes: tuple[int, ...]) -> dict[str, Any]:
    """Measure each size, and show them side by side."""
    results = {}
    for size in sizes:
        with published(size, state) as (_folder, found):
            results[f"{size}x"] = found
    table = Table("étape", title="Échelle : secondes par étape")
    for name in results:
        table.add_column(name, justify="right")
    steps = next(iter(results.values()))["secondes"]
    for key in steps:
        table.add_row(key, *(f"{found['secondes'][key]:.1f}" for found in results.values()))
    for key in ("total_secondes", "memoire_python_mo", "memoire_postgresql_mo", "base_mo"):
        table.add_row(key, *(f"{found[key]}" for found in results.values()))
    Console().print(table)
    return results


def bench_grown(state: Path, console: Console) -> dict[str, Any]:
    """Measure every address of the API on the largest size."""
    with published(SIZES[-1], state) as (folder, found):
        return {"publication": found, "adresses": bench_serving(folder, console)}


if __name__ == "__main__":
    figures = measure(int(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
