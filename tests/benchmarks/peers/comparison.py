"""Every case on every server in turn, several rounds, and the table of what was found."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from geo_service.private_cluster import PrivateCluster
from tests.benchmarks.bare import Bare
from tests.benchmarks.load import Load, load
from tests.benchmarks.peers.agreement import SAMPLE, NoAnswerError, answer, disagreement
from tests.benchmarks.peers.installing import NotInstalledError
from tests.benchmarks.peers.questions import Case, Tile, items, tiles
from tests.benchmarks.peers.servers import Atlas, Martin, Peer, Pygeoapi, Tipg
from tests.benchmarks.peers.tables import Database, active, copied
from tests.benchmarks.processes import memory
from tests.benchmarks.wrk import ask_in_turn, body_sizes

#: Each server answers each case this many times, for so many seconds, in turn: what else the
#: machine does falls on all of them.
ROUNDS = 3
SECONDS = 1.5
#: A server that sends tiles within so many seconds, with nobody else asking, is measured by wrk,
#: which takes none of its time, but does not count what is not ended when the time is over: a
#: hundredth of the answers of the slowest at most.
QUICK = 0.1
TILE_SECONDS = 6
WARM_UP = 0.5
CONNECTIONS = 16

#: A server that needs more seconds than this for one answer, with nobody else asking, is not put
#: under load: the answers of the comparison, one after the other, are its measure.
SLOW = 2.0

#: Peers of the issue that no registry of ours gives, and why.
ABSENT = {
    "pg_tileserv": "le registre des modules Go le refuse (403)",
    "pmtiles serve (go-pmtiles)": "le registre des modules Go le refuse (403) ; la commande "
    "pmtiles-serve du paquet Python n’existe plus que pour le dire",
}


def bench_peers(state: Path, console: Console) -> dict[str, Any]:
    """Compare the service of a published atlas with its peers.

    Parameters
    ----------
    state
        State folder with a published atlas.
    console
        Where the tables are printed.
    """
    with PrivateCluster(state / "postgres") as cluster:
        publication = active(cluster)
        archive = state / "publications" / publication / "territoires.pmtiles"
        with copied(cluster, publication) as database, ExitStack() as stack:
            absent = dict(ABSENT)
            peers = _started(stack, state, database, archive, absent)
            found = _measure(peers, database, console)
    result = {
        "communes": database.communes,
        "connexions": CONNECTIONS,
        "serveurs": {peer.name: peer.said for peer in peers},
        "absents": absent,
        **found,
    }
    _show(result, console)
    return result


def _started(
    stack: ExitStack, state: Path, database: Database, archive: Path, absent: dict[str, str]
) -> list[Peer]:
    """Start ours and every peer that installs here."""
    peers: list[Peer] = [stack.enter_context(Atlas(state))]
    makers = (
        ("tipg", lambda: Tipg(database)),
        ("pygeoapi", lambda: Pygeoapi(database)),
        ("martin", lambda: Martin(archive)),
        ("martin", lambda: Martin(database)),
    )
    for name, make in makers:
        try:
            peers.append(stack.enter_context(make()))
        except NotInstalledError as error:
            absent[name] = str(error)
    return peers


def _measure(peers: Sequence[Peer], database: Database, console: Console) -> dict[str, Any]:
    cases = [tiles(), *items(database.departements)]
    measured: dict[str, Any] = {}
    for case in cases:
        console.print(f"{case.name}…")
        measured[case.name] = _measure_case(case, peers, database.shapeless)
    return {
        "cas": measured,
        "memoire_mo": {
            peer.name: {
                name: round(octets / 2**20, 1)
                for name, octets in asdict(memory([peer.pid])).items()
            }
            for peer in peers
        },
        "charge": os.getloadavg(),
    }


def _measure_case(case: Case, peers: Sequence[Peer], shapeless: int) -> dict[str, Any]:
    """Measure one case, after comparing what the servers answer to it."""
    asked = [peer for peer in peers if peer.address(case.questions[0]) is not None]
    wrong, seconds = _compared(case, asked, shapeless)
    right = [peer for peer in asked if peer.name not in wrong]
    slow = {peer.name: _alone(seconds[peer.name]) for peer in right}
    slow = {name: one for name, one in slow.items() if one.p50 > SLOW * 1000}
    fit = [peer for peer in right if peer.name not in slow]
    paths = {peer.name: [str(peer.address(one)) for one in case.questions] for peer in fit}
    loads: dict[str, list[Load]] = {peer.name: [] for peer in fit}
    tiles = isinstance(case.questions[0], Tile)
    for peer in fit:
        _load(peer.port, paths[peer.name], WARM_UP)
    with ExitStack() as stack:
        ceiling = None
        if tiles and fit:
            # The bound of the same server, client and moment: bodies as large as the tiles.
            sizes = body_sizes(fit[0].port, paths[fit[0].name])
            ceiling = stack.enter_context(Bare(sizes))
            loads["ASGI nu"] = []
        for _ in range(ROUNDS):
            for peer in fit:
                quick = tiles and _alone(seconds[peer.name]).p50 < QUICK * 1000
                where = peer.port, paths[peer.name]
                loads[peer.name].append(
                    _ask(*where, peer.pid) if quick else _load(*where, SECONDS, peer.pid)
                )
            if ceiling is not None:
                loads["ASGI nu"].append(_ask(ceiling.port, ["/"]))
    result = {name: vars(_middle(several)) for name, several in loads.items()}
    result |= {name: vars(one) for name, one in slow.items()}
    return {"serveurs": result, "un_client": sorted(slow), "desaccords": wrong}


def _ask(port: int, paths: list[str], *watched: int) -> Load:
    """Load a server that answers quickly, with a client that takes none of its time."""
    return ask_in_turn(port, paths, connections=CONNECTIONS, seconds=TILE_SECONDS, watched=watched)


def _load(port: int, paths: list[str], seconds: float, *watched: int) -> Load:
    return load(port, paths, connections=CONNECTIONS, seconds=seconds, watched=watched)


def _middle(several: Sequence[Load]) -> Load:
    """Give the round of the median rate."""
    middle = median(one.requests_per_second for one in several)
    return min(several, key=lambda one: abs(one.requests_per_second - middle))


def _alone(seconds: Sequence[float]) -> Load:
    """Measure of answers given one after the other."""
    p50, p95, p99 = np.percentile(np.array(seconds) * 1000, [50, 95, 99])
    return Load(len(seconds) / sum(seconds), float(p50), float(p95), float(p99), 0, len(seconds))


def _compared(
    case: Case, peers: Sequence[Peer], shapeless: int
) -> tuple[dict[str, str], dict[str, list[float]]]:
    """Peers that answer otherwise than the first server, and how; seconds of each answer."""
    wrong: dict[str, str] = {}
    seconds: dict[str, list[float]] = {peer.name: [] for peer in peers}
    step = max(1, len(case.questions) // SAMPLE)
    for question in case.questions[::step][:SAMPLE]:
        expected = None
        for peer in peers:
            if peer.name in wrong:
                continue
            started = time.perf_counter()
            try:
                got = answer(peer, question)
            except NoAnswerError as error:
                wrong[peer.name] = str(error)
                continue
            seconds[peer.name].append(time.perf_counter() - started)
            expected = expected or got
            differs = disagreement(expected, got, shapeless)
            if differs:
                wrong[peer.name] = f"{peer.address(question)} : {differs}"
    return wrong, seconds


def _show(result: dict[str, Any], console: Console) -> None:
    table = Table(
        "cas", "serveur", "req/s", "p50 ms", "p95 ms", "p99 ms", "ko", "échecs", "atlas ×",
        title=f"Même données, même machine, {CONNECTIONS} connexions",
    )  # fmt: skip
    for case, found in result["cas"].items():
        ours = found["serveurs"].get("atlas")
        for rank, (name, one) in enumerate(found["serveurs"].items()):
            ratio = ours["requests_per_second"] / one["requests_per_second"] if ours else None
            table.add_row(
                "" if rank else case,
                f"{name} (1 client)" if name in found["un_client"] else name,
                f"{one['requests_per_second']:,.1f}".replace(",", " "),
                *(f"{one[p]:.1f}" for p in ("p50", "p95", "p99")),
                f"{one['body_bytes'] / 1_000:.1f}",
                str(one["failures"]),
                "" if ratio is None else f"{ratio:.2f}",
            )
        for name, reason in found["desaccords"].items():
            table.add_row("", name, "—")
            console.print(f"{case} : {name} n’est pas comparé : {reason}", markup=False)
        table.add_section()
    console.print(table)
    sizes = Table(
        "serveur", "processus, RSS Mo", "processus, PSS Mo", "tous, PSS Mo", title="Mémoire"
    )
    for name, held in result["memoire_mo"].items():
        sizes.add_row(name, *(f"{held[k]:.0f}" for k in ("worker_rss", "worker_pss", "all_pss")))
    console.print(sizes)
    for name, said in result["serveurs"].items():
        console.print(f"{name} : {said}", markup=False)
    for name, reason in result["absents"].items():
        console.print(f"{name} : absent, {reason}", markup=False)
    console.print("Charge de la machine : " + " ".join(f"{x:.1f}" for x in result["charge"]))
