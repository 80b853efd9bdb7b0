"""One server of the topology: a process that is started, paused, stopped and killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from geo_service.cluster_place import Runner
from tests.processes import family, free_port, is_alive

#: Seconds given to a server to answer, or to end.
PATIENCE = 240


class TopologyError(Exception):
    """A server of the topology does not start, or does not end."""


class Part:
    """A server of the topology, stopped until :meth:`start`.

    Parameters
    ----------
    name
        Names its log.
    folder
        Where its log is.
    runner
        The account that it runs as, when root starts it; None: the caller's.

    Attributes
    ----------
    port
        It listens on 127.0.0.1 at this port, always the same.
    """

    #: The signal that ends it cleanly.
    ending = signal.SIGTERM

    def __init__(self, name: str, folder: Path, runner: Runner | None = None) -> None:
        self.name = name
        self.port = free_port()
        self.log = folder / f"{name}.log"
        self.runner = runner
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its first process."""
        if self._process is None:
            raise TopologyError(f"{self.name} n'a pas été démarré.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether its first process is there."""
        return self._process is not None and self._process.poll() is None

    # --- what each one says of itself ------------------------------------------------------------

    def command(self) -> Sequence[str | Path]:
        """Program and arguments."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """Variables, besides the caller's own less those of the service (``GEO_…``)."""
        return {}

    def prepare(self) -> None:
        """Make what it needs before it starts, each time."""

    def answers(self) -> bool:
        """Tell whether it is ready for requests."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
        except OSError:
            return False
        return True

    # --- what is done to it ----------------------------------------------------------------------

    def start(self) -> None:
        """Start it and wait until it answers; do nothing if it runs.

        Raises
        ------
        TopologyError
            If it does not, with the end of its log.
        """
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start it without waiting for its answers; do nothing if it runs."""
        if self.is_running:
            return
        self.prepare()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GEO_")}
        as_other = self.runner is not None and os.geteuid() == 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(part) for part in self.command()],
                cwd=self.log.parent if self.runner is None else "/",
                env=kept | self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.runner.uid if self.runner and as_other else None,
                group=self.runner.gid if self.runner and as_other else None,
                extra_groups=[] if as_other else None,
            )

    def wait(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            if not self.is_running or time.monotonic() > deadline:
                self.kill()
                raise TopologyError(f"{self.name} ne démarre pas. Son journal : {self.said()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it cleanly, and wait for its end; do nothing if it does not run."""
        self._end(self.ending)

    def kill(self) -> None:
        """End it and all its processes as ``kill -9`` does, at once."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Freeze all its processes: it neither answers nor closes anything."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let its processes go on."""
        self._send(signal.SIGCONT)

    def said(self, octets: int = 2000) -> str:
        """Give the end of its log."""
        if not self.log.is_file():
            return ""
        return self.log.read_bytes()[-octets:].decode(errors="replace")

    def _send(self, sign: signal.Signals) -> None:
        for pid in family(self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, sign)

    def _end(self, sign: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        members = family(process.pid) if process.poll() is None else []
        if sign == signal.SIGKILL:
            self._kill(members)
        elif process.poll() is None:
            process.send_signal(sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while any(map(is_alive, members)):
            if time.monotonic() > deadline:
                self._kill(members)
                raise TopologyError(f"{self.name} ne s'arrête pas. Son journal : {self.said()}")
            time.sleep(0.02)
        process.wait()
        self._process = None

    @staticmethod
    def _kill(members: Sequence[int]) -> None:
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
