"""How the processes that answer are asked what they have to tell, by the one that started them.

The port of the public is shared: whoever connects to it reaches one process or another. So each
process connects at its start to a Unix socket of the one that started them, which asks all of them
when Prometheus asks it. Files in memory, which is how prometheus-client puts processes together,
were left alone: each request would pay for them, and a process dies (SIGBUS) that writes to such
a file on a disk that has become full, which is the night one wants figures.
"""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

from geo_service.operations.merging import Departed

log = structlog.get_logger(__name__)

#: Environment variable that tells the processes where to connect.
SOCKET_VARIABLE: Final = "ATLAS_MESURES_SOCKET"

#: Seconds a process has to answer; one that does not is told as mute, with its last figures.
_PATIENCE: Final = 2.0
_CHUNK: Final = 65_536


class _Told:
    """One process, as known by the one that started it."""

    def __init__(self, connection: socket.socket, slot: int) -> None:
        self.connection = connection
        self.slot = slot
        self.last: dict[str, Any] | None = None
        self.mute = False
        self._question = 0
        self._read = b""
        connection.settimeout(_PATIENCE)

    def ask(self) -> None:
        """Ask for everything.

        Raises
        ------
        TimeoutError
            If it does not answer.
        OSError
            If it is gone.
        """
        self.mute = True
        self._question += 1
        number = b"%d" % self._question
        self.connection.sendall(number + b"\n")
        # The answer to a question of before may come only now.
        while (answer := self._line().partition(b" "))[0] != number:
            pass
        self.last = orjson.loads(answer[2])
        self.mute = False

    def _line(self) -> bytes:
        while b"\n" not in self._read:
            part = self.connection.recv(_CHUNK)
            if not part:
                raise ConnectionResetError
            self._read += part
        line, _, self._read = self._read.partition(b"\n")
        return line


class Gathering:
    """Listens to the processes, and asks them.

    Attributes
    ----------
    path
        Of the Unix socket, in a folder closed to other accounts.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="atlas-mesures-")
        self.path = Path(self._folder.name) / "processus.sock"
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(str(self.path))
        self._listening.listen()
        self._lock = threading.Lock()
        self._processes: list[_Told] = []
        self._departed = Departed()
        # What is forked from this process neither listens nor holds the others' connections.
        os.register_at_fork(after_in_child=self._forget)
        threading.Thread(target=self._accept, name="atlas-mesures", daemon=True).start()

    def _forget(self) -> None:
        self._listening.close()
        for process in self._processes:
            process.connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return  # closed
            with self._lock:
                taken = {process.slot for process in self._processes}
                slot = next(n for n in range(1, len(taken) + 2) if n not in taken)
                self._processes.append(_Told(connection, slot))

    def ask(self) -> tuple[dict[int, dict[str, Any]], Mapping[str, Any], int]:
        """Ask all processes.

        Returns
        -------
        processes : dict
            What each tells, by its number.
        departed : dict
            Counts of the processes that are gone, added up.
        mute : int
            Processes that do not answer.
        """
        with self._lock:
            for process in list(self._processes):
                try:
                    process.ask()
                except TimeoutError:
                    continue
                except OSError:
                    self._processes.remove(process)
                    process.connection.close()
                    if process.last is not None:
                        self._departed.add(process.last["counts"])
            told = {p.slot: p.last for p in self._processes if p.last is not None}
            return told, self._departed.counts, sum(p.mute for p in self._processes)

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()
        with self._lock:
            for process in self._processes:
                process.connection.close()
        self._folder.cleanup()


async def report(path: str, tell: Callable[[], Mapping[str, Any]]) -> None:
    """Answer the process that started this one, for as long as it asks.

    Parameters
    ----------
    path
        Of its Unix socket.
    tell
        Gives everything.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError as error:
        log.warning("mesures_sans_lecteur", erreur=str(error))
        return
    try:
        while question := await reader.readline():
            writer.write(question.strip() + b" " + orjson.dumps(tell()) + b"\n")
            await writer.drain()
    except ConnectionError:
        return  # it is gone, and this process soon will be
    finally:
        writer.close()
