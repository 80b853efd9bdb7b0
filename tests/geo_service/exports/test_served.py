"""Files behind the real server, asked by real clients that fail, stop or go away."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.processes import free_port
from tests.support import ROOT

#: Seconds in which what must happen does, on the slowest machine.
PATIENCE = 60


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    folder = tmp_path_factory.mktemp("fichiers")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "asginl", "--port", str(port)),
            *("--no-log", "tests.geo_service.exports.served:app"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
    )
    base = f"http://127.0.0.1:{port}"

    def ready() -> bool:
        assert process.poll() is None
        try:
            return httpx.get(f"{base}/seen").is_success
        except httpx.TransportError:
            return False

    try:
        until(ready)
        yield base
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def seen(server: str) -> dict[str, int]:
    found: dict[str, int] = httpx.get(f"{server}/seen").json()
    return found


@pytest.mark.parametrize("wanted", ["csv", "geojson", "geojsonseq", "parquet"])
def test_a_file_cut_short_does_not_look_whole(server, wanted):
    with httpx.stream("GET", f"{server}/failing/{wanted}") as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()


def test_a_client_that_goes_away_frees_rows_and_place(server):
    for _ in range(3):  # there is one place: it is given back each time
        with httpx.stream("GET", f"{server}/endless/csv") as answer:
            assert answer.status_code == 200
            next(answer.iter_raw())
        until(lambda: seen(server)["open"] == 0)


def test_a_client_that_waits_stops_the_rows(server):
    with httpx.stream("GET", f"{server}/endless/geojsonl") as answer:
        next(answer.iter_raw())
        # The buffers of the system fill, then nothing more is read.
        counts = [-2, -1]
        until(lambda: counts.append(seen(server)["batches"]) or len(set(counts[-50:])) == 1)
        assert seen(server)["batches"] - counts[2] < 500
    until(lambda: seen(server)["open"] == 0)


def test_a_client_that_goes_away_while_a_file_is_written_leaves_none(server):
    def asking() -> socket.socket:
        host, port = server.removeprefix("http://").split(":")
        client = socket.create_connection((host, int(port)))
        client.sendall(b"GET /endless/gpkg HTTP/1.1\r\nHost: atlas.test\r\n\r\n")
        return client

    for _ in range(2):
        with asking():
            until(lambda: seen(server)["files"] == 1)
        until(lambda: (seen(server)["files"], seen(server)["open"]) == (0, 0))


def test_nothing_was_left(server):
    until(lambda: seen(server)["files"] == 0)
    assert not list(Path("/var/tmp").glob(f"atlas-export-{os.getpid()}-*"))
