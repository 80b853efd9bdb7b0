"""How many requests a second this machine holds: the hour played faster until people wait."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from geo_service.private_cluster import PrivateCluster
from tests.benchmarks.evening.player import Played, Player
from tests.benchmarks.evening.visits import Ask, hour
from tests.benchmarks.processes import memory, postmaster, processor_seconds
from tests.support import Server
from tests.topology.topology import Topology

#: Milliseconds that 99 of 100 requests must stay under.
BOUND_MS = 250.0
#: Requests a second of the first step, and how much faster each next one is.
FIRST, FASTER = 20.0, 1.3
#: Seconds of a step: long enough for its last percent to be hundreds of requests.
STEP = 15.0
#: How far above the rate that was held the refusals are looked at.
BEYOND = 2.0
#: Slower than that a step says nothing any more.
_LAST = 20_000.0


def _percentile(times: Sequence[float], rank: float) -> float:
    return float(np.percentile(np.array(times), rank) * 1000) if times else 0.0


def _told(rate: float, played: Played, roots: list[int], used: float) -> dict[str, Any]:
    times = list(chain.from_iterable(played.times.values()))
    held = memory(roots)
    return {
        "demandees_par_seconde": round(rate, 1),
        "repondues_par_seconde": round(played.answered / played.seconds, 1),
        "p50_ms": round(_percentile(times, 50), 1),
        "p95_ms": round(_percentile(times, 95), 1),
        "p99_ms": round(_percentile(times, 99), 1),
        "statuts": {str(status): count for status, count in sorted(played.statuses.items())},
        "refusees": played.refused,
        "refus_p99_ms": round(_percentile(played.refusal_times, 99), 1),
        "refus_sans_retry_after": played.refused_without_advice,
        "fautes": dict(played.faults.most_common(10)),
        "mo_par_seconde": round(played.octets / played.seconds / 1e6, 2),
        "processeurs": round(used / played.seconds, 2),
        "rss_mo": round(held.worker_rss / 1e6),
        "pss_total_mo": round(held.all_pss / 1e6),
        "familles_p99_ms": {
            family: round(_percentile(found, 99), 1)
            for family, found in sorted(played.times.items())
        },
    }


def _is_over(step: dict[str, Any]) -> bool:
    return bool(step["p99_ms"] > BOUND_MS or step["refusees"])


class _Hour:
    """The hour, begun again when it ends."""

    def __init__(self, asks: Sequence[Ask]) -> None:
        self._asks, self._next = asks, 0

    def take(self, count: int) -> Sequence[Ask]:
        """Give the next requests; a stretch never goes over the end of the hour."""
        if self._next + count > len(self._asks):
            self._next = 0
        found = self._asks[self._next : self._next + count]
        self._next += len(found)
        return found


def rise(port: int, roots: list[int], tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Play the hour at rising rates until the p99 is twice over the bound; then double; then half.

    Parameters
    ----------
    port
        A server of the national atlas.
    roots
        Its first process and that of its database.
    tell
        Called with each step as it ends.

    Returns
    -------
    dict
        ``marches`` (each step), ``tenues_par_seconde`` (answers a second of the last step under the
        bound), ``au_dela`` (twice the rate) and ``retour`` (half of it, just after).
    """
    the_hour = hour(port)
    asks, player, steps = _Hour(the_hour), Player(port), []

    def step(rate: float) -> dict[str, Any]:
        before = processor_seconds(roots)
        played = player.play(asks.take(max(int(rate * STEP), 200)), rate)
        found = _told(rate, played, roots, processor_seconds(roots) - before)
        tell(found)
        return found

    step(FIRST)  # files and connections as on any evening, not as after a start
    rate, held = FIRST, 0.0
    while rate < _LAST:
        found = step(rate)
        steps.append(found)
        if _is_over(found):
            # Some ten requests decide it: another stretch of the hour is asked as many.
            found = step(rate)
            steps.append(found)
            if _is_over(found):
                break
        held = rate
        rate *= FASTER
    return {
        "requetes_de_l_heure": len(the_hour),
        "tenues_par_seconde": round(held, 1),
        "heure_tenue_en_secondes": round(len(the_hour) / held, 1) if held else None,
        "marches": steps,
        "au_dela": step((held or FIRST) * BEYOND),
        "retour": step((held or FIRST) / 2),
    }


def bench_evening(state: Path, console: Console) -> dict[str, Any]:
    """Find what one process carries, one for each processor, and these with a read replica.

    Parameters
    ----------
    state
        State folder of a published atlas. Its database is stopped at the end: a copy of it becomes
        the primary that the replica follows.
    """
    found: dict[str, Any] = {}
    most = os.cpu_count() or 1
    for workers in sorted({1, most}):
        server = Server(state, GEO_WORKERS=str(workers))
        name = f"{workers} processus"
        with server:
            found[name] = rise(
                server.port,
                [server.process.pid, postmaster(state)],
                partial(_tell, console, name),
            )
    name = f"{most} processus et une réplique"
    with _replicated(state, most) as topology:
        parts = [topology.apis[0], topology.primary, topology.replica]
        roots = [part.pid for part in parts if part is not None]
        found[name] = rise(topology.apis[0].port, roots, partial(_tell, console, name))
    show(found, console)
    return found


@contextmanager
def _replicated(state: Path, workers: int) -> Iterator[Topology]:
    """Serve a copy of an atlas from a primary and a streaming replica, all on this machine."""
    PrivateCluster(state / "postgres").stop()
    with tempfile.TemporaryDirectory(prefix="soiree-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL, which is not root, goes through it
        copy = Path(folder) / "etat"
        copy.mkdir()
        for part in ("postgres", "publications"):
            subprocess.run(["cp", "-a", state / part, copy / part], check=True)
        with Topology(
            Path(folder) / "topologie",
            state=copy,
            apis=1,
            store=False,
            proxy=False,
            durable=False,
            settings={"GEO_WORKERS": str(workers)},
        ) as topology:
            yield topology


def _tell(console: Console, name: str, step: dict[str, Any]) -> None:
    console.print(
        f"{name} : {step['demandees_par_seconde']} demandées/s, p99 {step['p99_ms']} ms, "
        f"{step['refusees']} refusées, {sum(step['fautes'].values())} fautes, "
        f"{step['rss_mo']} Mo"
    )


def show(found: dict[str, Any], console: Console) -> None:
    """Print each step."""
    table = Table(
        "étape", "demandées/s", "répondues/s", "p50", "p95", "p99 ms", "refusées", "sans conseil",
        "fautes", "processeurs", "RSS Mo",
        title="Un soir de congrès : une heure de visites, de plus en plus vite",
    )  # fmt: skip
    for name, risen in found.items():
        steps = [(f"{name} {number}", step) for number, step in enumerate(risen["marches"], 1)]
        steps += [(f"{name}, au-delà", risen["au_dela"]), (f"{name}, retour", risen["retour"])]
        for label, step in steps:
            table.add_row(
                label,
                *(
                    str(step[key])
                    for key in (
                        "demandees_par_seconde", "repondues_par_seconde", "p50_ms", "p95_ms",
                        "p99_ms", "refusees", "refus_sans_retry_after",
                    )
                ),
                str(sum(step["fautes"].values())),
                str(step["processeurs"]),
                str(step["rss_mo"]),
            )  # fmt: skip
    console.print(table)
    for name, risen in found.items():
        console.print(
            f"{name} : {risen['tenues_par_seconde']} requêtes/s tenues sous {BOUND_MS:g} ms"
        )
