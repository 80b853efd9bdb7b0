"""The bound of a server: an ASGI application that only sends bytes, under the same Granian.

Its answers are as large as those it is the bound of, one by one: an answer that does not fit in the
buffer of a connection costs more than its share of the mean.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.processes import free_port

_SOURCE = """
import itertools
import os

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    headers, body = next(ANSWERS)
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})

ANSWERS = itertools.cycle([
    (
        [
            (b"content-type", b"application/octet-stream"),
            (b"content-length", size.encode()),
        ],
        b"x" * int(size),
    )
    for size in os.environ["BARE_BYTES"].split()
])
"""


class Bare:
    """A running bare application.

    Parameters
    ----------
    sizes
        Bytes of its answers, sent in turn.
    workers
        Processes that answer.
    """

    def __init__(self, sizes: Sequence[int], workers: int = 1) -> None:
        self._sizes = " ".join(map(str, sizes))
        self._workers = workers
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory()

    def __enter__(self) -> Bare:
        folder = Path(self._folder.name)
        (folder / "bare.py").write_text(_SOURCE, encoding="utf-8")
        self._process = subprocess.Popen(
            [
                Path(sys.executable).with_name("granian"),
                *("--interface", "asgi", "--loop", "uvloop", "--no-ws"),
                *("--workers", str(self._workers), "--port", str(self.port)),
                *("--no-access-log", "--log-level", "error", "bare:app"),
            ],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "BARE_BYTES": self._sizes},
        )
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        self.__exit__()
        raise SystemExit("Le serveur de comparaison n'a pas démarré.")

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()
