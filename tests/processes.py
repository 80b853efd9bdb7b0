"""Processes and ports of this machine, as tests and benchmarks see them (``/proc``, Linux)."""

from __future__ import annotations

import random
import socket
from contextlib import suppress
from pathlib import Path

#: Ports below those that Linux gives to outgoing connections: one that was chosen stays free while
#: its server is down.
_PORTS = range(20_000, 32_000)
_CHOSEN: set[int] = set()


def free_port() -> int:
    """Choose a port of this machine that nothing listens on, the same one never twice."""
    # Hypothesis gives every process the same `random`.
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        if port in _CHOSEN:
            continue
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            _CHOSEN.add(port)
            return port
    raise OSError("Aucun port n'est libre sur cette machine.")


def family(pid: int) -> list[int]:
    """List a process and all its descendants, those of another session or group too."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            with suppress(FileNotFoundError, ProcessLookupError):
                waiting += map(int, task.read_text().split())
    return found


def is_alive(pid: int) -> bool:
    """Tell whether a process runs, zombies left out."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}
