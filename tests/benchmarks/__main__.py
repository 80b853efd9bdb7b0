"""``make bench``: the national ETL, the tiles and the API, measured in one run.

``make bench ARGS=echelle`` measures made-up atlases of 1, 10 and 100 times 35 000 actions and
20 000 lieux instead; without it, 1 and 10 times only: the last one takes half an hour or more.

Figures depend on the machine; what can be carried to another is the ratio to a bound measured in
the same run: tiles against a bare ASGI application on the same server and client.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from math import asinh, pi, radians, tan
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from etl.config import AtlasConfig
from geo_service import pipeline
from geo_service.private_cluster import PrivateCluster
from geo_service.steps import Steps
from tests.benchmarks.addresses import bench_addresses
from tests.benchmarks.codes import bench_codes
from tests.benchmarks.load import Load, load
from tests.benchmarks.scale import SIZES, bench_scale
from tests.support import DOWNLOADS, ROOT, Server

RESULTS = Path(__file__).with_name("results.json")

console = Console()


def bench_etl(state: Path) -> dict[str, Any]:
    """Build the national atlas from nothing but the downloaded packages."""
    with PrivateCluster(state / "postgres") as cluster:
        cluster.ensure_database("atlas")
        steps = Steps(pipeline.STEPS)
        pipeline.run(
            AtlasConfig.load(ROOT / "atlas.toml"),
            database_url=cluster.url("atlas"),
            downloads_dir=DOWNLOADS,
            publications_dir=state / "publications",
            steps=steps,
            tell=lambda _sentence: None,
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        with psycopg.connect(cluster.url("atlas")) as conn:
            size = conn.execute("SELECT pg_database_size(current_database())").fetchone()
        table = Table("étape", "secondes", title="ETL national")
        for key, seconds in steps.seconds.items():
            table.add_row(key, f"{seconds:.1f}")
        table.add_row("total", f"{sum(steps.seconds.values()):.1f}")
        console.print(table)
        console.print(f"Mémoire du processus au plus haut : {peak:.0f} Mo")
        return {
            "secondes": steps.seconds,
            "total_secondes": round(sum(steps.seconds.values()), 1),
            "memoire_max_mo": round(peak),
            "base_mo": round(size[0] / 2**20) if size else None,
        }


BARE = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})

BODY = b"x" * 20_000
HEADERS = [
    (b"content-type", b"application/octet-stream"),
    (b"content-length", str(len(BODY)).encode()),
]
"""


def bench_bare(folder: Path, port: int) -> Load:
    """Measure the bound: an application that only sends 20 kB, on the same server and client."""
    (folder / "bare.py").write_text(BARE, encoding="utf-8")
    process = subprocess.Popen(
        [Path(sys.executable).with_name("granian"), "--interface", "asgi", "--loop", "uvloop",
         "--port", str(port), "--no-access-log", "--log-level", "error", "bare:app"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    try:
        _wait(port)
        return load(port, ["/"])
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("Le serveur de comparaison n'a pas démarré.")


def tile_paths() -> list[str]:
    """Tiles of the Paris area, the Massif central and La Réunion, all zooms of the archive."""
    spots = [(2.35, 48.86), (3.0, 45.5), (55.5, -21.1)]
    paths = []
    for zoom in range(4, 12):
        for lon, lat in spots:
            x = int((lon + 180) / 360 * 2**zoom)
            y = int((1 - asinh(tan(radians(lat))) / pi) / 2 * 2**zoom)
            paths.append(f"/tiles/territoires/{zoom}/{x}/{y}.mvt")
    return paths


def _postmaster(state: Path) -> int:
    """Process that starts all those of the private cluster."""
    folder = PrivateCluster(state / "postgres").place.data
    return int((folder / "postmaster.pid").read_text().split()[0])


def bench_serving(state: Path) -> dict[str, Any]:
    """Measure the tiles against the bare bound, then each address of the API."""
    results: dict[str, Any] = {}
    server = Server(state, GEO_WORKERS=str(os.cpu_count()))
    with server, tempfile.TemporaryDirectory() as folder:
        bare = bench_bare(Path(folder), server.port + 1)
        tiles = load(server.port, tile_paths())
        results["asgi_nu"] = vars(bare)
        results["tuiles"] = {
            **vars(tiles),
            "part_du_plafond": tiles.requests_per_second / bare.requests_per_second,
        }
        watched = [server.process.pid, _postmaster(state)]
        results |= bench_addresses(server.port, watched)
    table = Table(
        "adresse", "requêtes/s", "p50 ms", "p95 ms", "p99 ms", "processeur ms", "échecs",
        title="Service, 16 clients",
    )  # fmt: skip
    for name, found in results.items():
        table.add_row(
            name,
            f"{found['requests_per_second']:.0f}",
            *(f"{found[p]:.1f}" for p in ("p50", "p95", "p99", "processor_ms")),
            str(found["failures"]),
        )
    console.print(table)
    console.print(f"Tuiles : {results['tuiles']['part_du_plafond']:.0%} du plafond ASGI nu")
    return results


def main() -> None:
    """Run every benchmark, or the one named, and write ``results.json``."""
    state = ROOT / ".atlas" / "bench"
    shutil.rmtree(state, ignore_errors=True)
    if sys.argv[1:] == ["echelle"]:
        bench_scale(state, SIZES)
        shutil.rmtree(state, ignore_errors=True)
        return
    results = {"machine": {"processeurs": os.cpu_count(), "python": platform.python_version()}}
    try:
        results["etl"] = bench_etl(state)
        results["service"] = bench_serving(state)
        results["codes"] = bench_codes()
        results["echelle"] = bench_scale(state, SIZES[:2])
        console.print(f"Codes : un million en {results['codes']['secondes']} s")
    finally:
        PrivateCluster(state / "postgres").remove()
        shutil.rmtree(state, ignore_errors=True)
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    console.print(f"Résultats écrits dans {RESULTS}")


if __name__ == "__main__":
    main()
