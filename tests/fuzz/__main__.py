"""Run the targets one after the other, and say what was found: ``python -m tests.fuzz``.

``--minutes`` is shared by all targets; ``--targets files.csv service.chemins`` runs some of them.
What was reached is kept in ``.build/fuzz`` and is where the next run starts. The exit code is 1 if
anything was found.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from geo_service import databases
from geo_service.private_cluster import READER, PrivateCluster
from tests.fuzz.registry import TARGETS
from tests.fuzz.service import URL_VARIABLE
from tests.fuzz.worker import PATIENCE
from tests.geo_service import little_atlas
from tests.support import ROOT

#: Everything the fuzzer writes.
PLACE = ROOT / ".build" / "fuzz"

#: Folder of its own PostgreSQL: neither the atlas's nor the suite's.
_CLUSTER = ROOT / ".atlas" / "fuzz" / "postgres"


@contextmanager
def _little_database() -> Iterator[str]:
    """Reader's address of a little atlas."""
    with PrivateCluster(_CLUSTER) as cluster:
        cluster.ensure_database("essais")
        with psycopg.connect(cluster.url("essais")) as conn:
            databases.prepare_catalogue(conn)
            known = conn.execute(
                "SELECT FROM atlas.publications WHERE id = %s", [little_atlas.FIRST]
            ).rowcount
            if not known:
                little_atlas.publish(conn, little_atlas.FIRST)
        yield cluster.url("essais", READER)


def run_target(name: str, seconds: float, way: str, environment: dict[str, str]) -> dict[str, Any]:
    """Run one target in processes of its own until its time is up.

    Parameters
    ----------
    name
        Of the target.
    seconds
        Time it has.
    way
        ``atheris`` or ``hasard``.
    environment
        Of the processes.

    Returns
    -------
    dict
        Figures: ``executions``, ``processeur_s``, ``memoire_mo`` (the highest) and
        ``trouvailles``, names; a process that ended by itself is one.
    """
    total: dict[str, Any] = {
        "executions": 0, "processeur_s": 0.0, "memoire_mo": 0, "trouvailles": []
    }  # fmt: skip
    folder = PLACE / name
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 1:
        figures = folder / "chiffres.json"
        figures.unlink(missing_ok=True)
        with (folder / "journal.txt").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.worker", name, str(left), folder, way],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code: int | str = process.wait(left + 3 * PATIENCE + 60)
            except subprocess.TimeoutExpired:
                code = "sans fin"
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        if figures.is_file():
            one = json.loads(figures.read_text(encoding="utf-8"))
            total["executions"] += one["executions"]
            total["processeur_s"] += one["processeur_s"]
            total["memoire_mo"] = max(total["memoire_mo"], one["memoire_mo"])
            total["trouvailles"] += one["trouvailles"]
        if code != 0:
            total["trouvailles"].append(f"fin du processus : {code}")
            if not figures.is_file():
                break  # it does not even begin
    total["trouvailles"] = sorted(set(total["trouvailles"]))
    return total


def _way(asked: str) -> str:
    if asked != "auto":
        return asked
    return "atheris" if importlib.util.find_spec("atheris") else "hasard"


def main() -> int:
    """Run what is asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="pour toutes les cibles")
    parser.add_argument("--targets", nargs="+", choices=sorted(TARGETS), default=list(TARGETS))
    parser.add_argument("--engine", choices=("auto", "atheris", "hasard"), default="auto")
    arguments = parser.parse_args()
    way = _way(arguments.engine)
    each = arguments.minutes * 60 / len(arguments.targets)
    results: dict[str, Any] = {}
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    with _little_database() as url:
        environment[URL_VARIABLE] = url
        for name in arguments.targets:
            results[name] = found = run_target(name, each, way, environment)
            sys.stdout.write(
                f"{name:24} {found['executions']:>10} exécutions {found['processeur_s']:>7.0f} s "
                f"{found['memoire_mo']:>5} Mo  {', '.join(found['trouvailles']) or 'rien'}\n"
            )
            sys.stdout.flush()
    report = {"moteur": way, "minutes": arguments.minutes, "cibles": results}
    (PLACE / "resultats.json").write_text(
        json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    count = sum(len(found["trouvailles"]) for found in results.values())
    spent = sum(found["processeur_s"] for found in results.values()) / 3600
    sys.stdout.write(
        f"{count} trouvaille(s), {spent:.2f} h de processeur ({way}). "
        f"Entrées et traces : {PLACE.relative_to(ROOT)}/CIBLE/trouvailles\n"
    )
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
