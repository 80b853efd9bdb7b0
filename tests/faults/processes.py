"""Processes that are killed: nobody asks them first."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.faults.playing import Fault, Play
from tests.faults.site import NotPlayedError

#: Seconds before a server that was killed is started again: `RestartSec` of the units of systemd.
_RESTART = 2.0
#: Bytes left to a worker that lacks memory.
_MEMORY = 1 << 20


def worker(play: Play) -> None:
    """Kill one of the processes that answer."""
    play.breaking()
    os.kill(play.site.workers(play.api)[0], signal.SIGKILL)
    play.remarks.append("Un autre processus répond pendant qu'il est remplacé.")


def parent(play: Play) -> None:
    """Kill the process that started the others."""
    play.breaking()
    os.kill(play.api.pid, signal.SIGKILL)
    play.hold(_RESTART)
    play.site.supervise(play.api)
    play.remarks.append(
        f"Relancé {_RESTART:.0f} s après, comme par systemd ; le retour est compté de la panne."
    )


def primary(play: Play) -> None:
    """Kill PostgreSQL and all its processes."""
    play.breaking()
    play.site.topology.primary.kill()
    play.hold()
    play.site.topology.primary.start()
    play.mended()


def backends(play: Play) -> None:
    """Kill the process of PostgreSQL that one query runs in: all the others are ended with it."""
    ask = play.site.topology.primary.ask
    ((pid,),) = ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'atlas-api' LIMIT 1")
    play.breaking()
    os.kill(int(str(pid)), signal.SIGKILL)
    play.remarks.append("PostgreSQL se relance de lui-même.")


def replica(play: Play) -> None:
    """Kill the replica, which the service reads first."""
    from geo_service.settings import Settings  # noqa: PLC0415

    if "database_read_urls" not in Settings.model_fields:
        raise NotPlayedError("cette version du service ne lit pas de réplique")
    found = play.site.topology.replica
    assert found is not None
    play.breaking()
    found.kill()
    play.hold()
    found.start()
    play.mended()


def memory(play: Play) -> None:
    """Let the kernel kill a worker that may have no more memory."""
    pid = play.site.workers(play.api)[0]
    group = _memory_group()
    try:
        play.breaking()
        (group / "cgroup.procs").write_text(str(pid))
        deadline = time.monotonic() + 30
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        if Path(f"/proc/{pid}").exists():
            raise NotPlayedError("le processus n'a pas eu besoin de plus de mémoire en 30 s")
    finally:
        _remove(group)
    play.remarks.append("Tué par le noyau (cgroup mémoire), remplacé par le service.")


def _memory_group() -> Path:
    """Make a control group with hardly any memory."""
    v1, v2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
    root, limit = (v1, "memory.limit_in_bytes") if v1.is_dir() else (v2, "memory.max")
    group = root / f"atlas-pannes-{os.getpid()}"
    try:
        group.mkdir()
        (group / limit).write_text(str(_MEMORY))
    except OSError as error:
        _remove(group)
        raise NotPlayedError(
            f"pas de groupe de contrôle de la mémoire ici ({error.strerror})"
        ) from None
    return group


def _remove(group: Path) -> None:
    with suppress(FileNotFoundError):
        for pid in (group / "cgroup.procs").read_text().split():
            (group.parent / "cgroup.procs").write_text(pid)
    deadline = time.monotonic() + 5
    while group.is_dir() and time.monotonic() < deadline:
        # Charges of a process that has just ended are given back a moment later.
        with suppress(OSError):
            group.rmdir()
        time.sleep(0.05)


FAULTS = [
    Fault("processus", "kill -9 d'un processus de l'API", worker),
    Fault("principal", "kill -9 du processus principal de l'API", parent),
    Fault("memoire", "mémoire épuisée dans un processus de l'API", memory),
    Fault("postgresql", "kill -9 de PostgreSQL, 5 s", primary),
    Fault("requete", "kill -9 du processus PostgreSQL d'une requête", backends),
    Fault("replique", "kill -9 de la réplique, 5 s", replica, reads="replica_api"),
]
