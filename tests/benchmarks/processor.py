"""Processor time of processes: what a latency is made of on a busy machine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(roots: Iterable[int]) -> float:
    """Seconds of processor used so far by processes and all those they started (Linux)."""
    total = 0.0
    waiting = list(roots)
    while waiting:
        folder = Path(f"/proc/{waiting.pop()}")
        try:
            # Fields 14 and 15 of proc(5), after the name in parentheses.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            children = [(task / "children").read_text() for task in (folder / "task").iterdir()]
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += (int(fields[11]) + int(fields[12])) / _TICKS
        waiting += [int(pid) for line in children for pid in line.split()]
    return total
