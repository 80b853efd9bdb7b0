"""The service alone: every tile of some places, then every address of the API."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.addresses import NOT_MODIFIED, bench_addresses
from tests.benchmarks.bare import Bare
from tests.benchmarks.peers.questions import tile_at
from tests.benchmarks.processes import postmaster
from tests.benchmarks.wrk import ask_in_turn, body_sizes
from tests.support import Server

#: Tiles and their bound are measured so many times in turn; the middle one is kept.
ROUNDS = 5

#: Longitude and latitude of the Paris area, the Massif central and La Réunion.
SPOTS = ((2.35, 48.86), (3.0, 45.5), (55.5, -21.1))


def tile_paths() -> list[str]:
    """Tiles of every spot at all zooms of the archive."""
    found = [tile_at(*spot, zoom) for zoom in range(4, 12) for spot in SPOTS]
    return [f"/tiles/territoires/{tile.z}/{tile.x}/{tile.y}.mvt" for tile in found]


def bench_serving(state: Path, console: Console) -> dict[str, Any]:
    """Measure the tiles against the bare bound, then each address of the API."""
    results: dict[str, Any] = {}
    workers = os.cpu_count() or 1
    server = Server(state, GEO_WORKERS=str(workers))
    with server:
        paths = tile_paths()
        with (
            Bare(body_sizes(server.port, paths), workers) as ceiling,
            Bare([0], workers) as silent,
        ):
            pairs = [(ask_in_turn(server.port, paths), ask_in_turn(ceiling.port, ["/"]))
                     for _ in range(ROUNDS)]  # fmt: skip
            # What 304s are beside: a server that does nothing, asked in the same ways.
            nothing = {name: ask_in_turn(silent.port, ["/"], **options)
                       for name, options in NOT_MODIFIED.items()}  # fmt: skip
        pairs.sort(key=lambda pair: pair[0].requests_per_second / pair[1].requests_per_second)
        tiles, bare = pairs[ROUNDS // 2]
        results["ASGI nu, mêmes tailles que les tuiles"] = vars(bare)
        results |= {f"ASGI nu, sans corps, {name}": vars(one) for name, one in nothing.items()}
        results["tuiles"] = {
            **vars(tiles),
            "part_du_plafond": tiles.requests_per_second / bare.requests_per_second,
        }
        watched = [server.process.pid, postmaster(state)]
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
