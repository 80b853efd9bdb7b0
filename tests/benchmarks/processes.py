"""Processor time and memory of processes, by ``/proc`` (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from geo_service.private_cluster import PrivateCluster
from tests.processes import family

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Memory:
    """Memory of the largest of some processes, and of all together, in bytes.

    Attributes
    ----------
    worker_rss
        Resident memory of the largest process, pages shared with others and mapped files included.
    worker_pss
        The same with each shared page divided by those that share it.
    all_pss
        Proportional memory of all processes.
    """

    worker_rss: int
    worker_pss: int
    all_pss: int


def processor_seconds(roots: Iterable[int]) -> float:
    """Seconds of processor used so far by processes and all those they started."""
    total = 0.0
    for pid in chain.from_iterable(map(family, roots)):
        try:
            # Fields 14 and 15 of proc(5), after the name in parentheses.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += (int(fields[11]) + int(fields[12])) / _TICKS
    return total


def memory(roots: Iterable[int]) -> Memory:
    """Memory that processes and all those they started hold now."""
    held: list[tuple[int, int]] = []
    for pid in chain.from_iterable(map(family, roots)):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        except (FileNotFoundError, ProcessLookupError):
            continue
        sizes = {name: int(rest.split()[0]) * 1024 for name, rest in (x.split(":") for x in lines)}
        held.append((sizes["Rss"], sizes["Pss"]))
    return Memory(
        max(rss for rss, _ in held), max(pss for _, pss in held), sum(pss for _, pss in held)
    )


def postmaster(state: Path) -> int:
    """Process that starts all those of the private cluster of a state folder."""
    folder = PrivateCluster(state / "postgres").place.data
    return int((folder / "postmaster.pid").read_text().split()[0])
