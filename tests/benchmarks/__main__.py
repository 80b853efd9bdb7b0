"""``make bench``: the national ETL, the service, the peers, codes and scale, measured in one run.

``make bench ARGS="pairs"`` runs the named benchmarks alone: ``etl``, ``service``, ``pairs``,
``archives``, ``pages``, ``soiree``, ``codes``, ``echelle``, ``moteur``, ``centuple``. Those of an
atlas (:data:`OF_AN_ATLAS`) then measure the one published in ``GEO_STATE_DIR`` (else ``.atlas``); a
whole run builds one of its own. ``echelle`` alone also publishes 100 times 35 000 actions and
20 000 lieux, and ``centuple``, which a whole run leaves out, asks every address of that atlas: half
an hour or more each.

Figures depend on the machine; what can be carried to another is the ratio to a bound or to a peer
measured in the same run. The load of the machine is written beside each benchmark.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from geo_service.private_cluster import PrivateCluster
from tests.benchmarks.archives import bench_archives
from tests.benchmarks.codes import bench_codes
from tests.benchmarks.engine import bench_engine
from tests.benchmarks.engine_national import measure as compare_country
from tests.benchmarks.evening.saturation import bench_evening
from tests.benchmarks.goals import show_goals
from tests.benchmarks.national import bench_etl
from tests.benchmarks.pages import bench_pages
from tests.benchmarks.peers.comparison import bench_peers
from tests.benchmarks.peers.tables import active
from tests.benchmarks.scale import SIZES, bench_grown, bench_scale
from tests.benchmarks.serving import bench_serving
from tests.support import ROOT

RESULTS = Path(__file__).with_name("results.json")

#: State folder of a whole run; removed at its end.
OWN = ROOT / ".atlas" / "bench"


def _bench_archives(state: Path, _console: Console) -> dict[str, Any]:
    """Compare the archive of the active publication with tippecanoe's."""
    with (
        PrivateCluster(state / "postgres") as cluster,
        tempfile.TemporaryDirectory(prefix="archives-") as work,
    ):
        return bench_archives(cluster.url("atlas"), active(cluster), Path(work))


#: Places of the benchmark of the distributed engine alone, and in a whole run.
PLACES, FEWER_PLACES = 10_000_000, 500_000


def _bench_engine(places: int, console: Console) -> dict[str, Any]:
    """Compare the engines on the published atlas, if there is one, then on made-up places."""
    found: dict[str, Any] = {}
    published = Path(os.environ.get("GEO_STATE_DIR") or ROOT / ".atlas")
    if (published / "postgres").is_dir():
        OWN.mkdir(parents=True, exist_ok=True)
        found["pays"] = compare_country(published, OWN)
        PrivateCluster(OWN / "postgres").remove()
        console.print(f"Le pays entier : {found['pays']}")
    return {**found, **bench_engine(OWN / "moteur", places, (1, 2, 4), console)}


#: Benchmarks by name, in the order of a whole run.
BENCHMARKS: dict[str, Callable[[Path, Console], dict[str, Any]]] = {
    "etl": bench_etl,
    "service": bench_serving,
    "pairs": bench_peers,
    "archives": _bench_archives,
    "pages": bench_pages,
    "soiree": bench_evening,
    "codes": lambda _state, console: bench_codes(console),
    "echelle": lambda _state, _console: bench_scale(OWN, SIZES),
    "moteur": lambda _state, console: _bench_engine(PLACES, console),
    "centuple": lambda _state, console: bench_grown(OWN, console),
}

#: Those that measure an atlas that is there.
OF_AN_ATLAS = frozenset({"service", "pairs", "archives", "pages", "soiree"})


def _measured(
    measure: Callable[[Path, Console], dict[str, Any]], state: Path, console: Console
) -> dict[str, Any]:
    """Run one benchmark; say when, for how long and how busy the machine was."""
    started, before = time.monotonic(), os.getloadavg()
    found = measure(state, console)
    return {
        "le": datetime.now(UTC).isoformat(timespec="seconds"),
        "duree_secondes": round(time.monotonic() - started, 1),
        "charge_avant": before,
        **found,
    }


def main() -> None:
    """Run every benchmark, or those named, and write ``results.json``."""
    console = Console(width=max(120, Console().width))
    names = sys.argv[1:]
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        raise SystemExit(
            f"Mesure inconnue : {', '.join(unknown)}. Mesures : {', '.join(BENCHMARKS)}."
        )
    chosen = dict(BENCHMARKS)
    if not names:
        del chosen["centuple"]
        chosen["echelle"] = lambda _state, _console: bench_scale(OWN, SIZES[:2])
        chosen["moteur"] = lambda _state, console: _bench_engine(FEWER_PLACES, console)
    else:
        chosen = {name: measure for name, measure in BENCHMARKS.items() if name in names}
    published = Path(os.environ.get("GEO_STATE_DIR") or ROOT / ".atlas")
    here = OWN if "etl" in chosen else published
    # What was measured in an earlier run is kept, with its date.
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if names and RESULTS.exists() else {}
    results["machine"] = {"processeurs": os.cpu_count(), "python": platform.python_version()}
    shutil.rmtree(OWN, ignore_errors=True)
    try:
        for name, measure in chosen.items():
            state = here if name in OF_AN_ATLAS else OWN
            results[name] = _measured(measure, state, console)
    finally:
        PrivateCluster(OWN / "postgres").remove()
        shutil.rmtree(OWN, ignore_errors=True)
        RESULTS.write_text(
            json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    show_goals({name: results[name] for name in chosen}, console)
    console.print(f"Résultats écrits dans {RESULTS}")


if __name__ == "__main__":
    main()
