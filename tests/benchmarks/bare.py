"""The bound of a server: an ASGI application that only sends bytes, under the same Granian."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.processes import free_port

_SOURCE = """
import os

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})

BODY = b"x" * int(os.environ["BARE_BYTES"])
HEADERS = [
    (b"content-type", b"application/octet-stream"),
    (b"content-length", str(len(BODY)).encode()),
]
"""


class Bare:
    """A running bare application.

    Parameters
    ----------
    size
        Bytes of its only answer.
    workers
        Processes that answer.
    """

    def __init__(self, size: int, workers: int = 1) -> None:
        self._size = size
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
            env={**os.environ, "PYTHONPATH": str(folder), "BARE_BYTES": str(self._size)},
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
