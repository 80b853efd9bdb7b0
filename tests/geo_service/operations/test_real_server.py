"""The server as it is run: several processes, crowds, slow clients, stops and kills."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from geo_service.operations.processors import processors_allowed
from tests.geo_service.operations.test_metrics import Samples, samples_of
from tests.processes import free_port, is_alive
from tests.support import Server

REFERENTIEL = "/api/referentiel"


class Told(Server):
    """A server whose figures are read; on the port of another one, if asked."""

    def __init__(self, folder: Path, url: str, *, port: int | None = None, **settings: str) -> None:
        self.metrics = f"127.0.0.1:{free_port()}"
        super().__init__(
            folder, GEO_DATABASE_READ_URL=url, GEO_METRICS=self.metrics, GEO_LOG_LEVEL="warning"
        )
        self.environment |= settings
        if port is not None:
            # Its own answers cannot be told from the other's: its figures say when it is ready.
            self.port, self.environment["PORT"] = port, str(port)
            self.base_url, self.wait_for = f"http://{self.metrics}", "/metrics"

    def figures(self) -> Samples:
        with urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=10) as answer:
            return samples_of(answer.read().decode())

    def until(self, name: str, value: float) -> Samples:
        """Read figures until one is of some value, over all its labels."""
        deadline = time.monotonic() + 60
        while sum((found := self.figures()).get(name, {}).values()) != value:
            assert time.monotonic() < deadline, found.get(name)
        return found

    def workers(self) -> list[int]:
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        # Python's own helper, which follows what they share, is not one of them.
        return [int(x) for x in children if b"spawn_main" in command_of(x)]


def command_of(pid: str) -> bytes:
    """Command of a process; empty of one that is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture(scope="module")
def server(little_reader_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("serveur")
    told = Told(folder, little_reader_url, GEO_WORKERS="2", GEO_LIMIT_IDLE_SECONDS="1")
    with told:
        yield told


def ask(port: int, request: bytes) -> bytes:
    """Send bytes, give all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        found = b""
        while part := connection.recv(65_536):
            found += part
    return found


def get(path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: a", *headers, "Connection: close", "", ""]
    return "\r\n".join(lines).encode()


def test_with_as_many_processes_as_processors_each_has_its_own(
    little_reader_url: str, tmp_path: Path
) -> None:
    allowed = processors_allowed()
    if len(allowed) < 2:
        pytest.skip("un seul processeur : il n’y a rien à partager")
    told = Told(tmp_path, little_reader_url, GEO_WORKERS=str(len(allowed)))
    with told:
        workers = told.workers()
        kept = [os.sched_getaffinity(worker) for worker in workers]
        assert sorted(kept, key=min) == [{one} for one in sorted(allowed)]
        # One that is started again has that of the one before.
        os.kill(workers[0], signal.SIGKILL)
        deadline = time.monotonic() + 60
        while True:
            again = [one for one in told.workers() if is_alive(one) and one != workers[0]]
            if len(again) == len(allowed) and os.sched_getaffinity(again[-1]) == kept[0]:
                break
            assert time.monotonic() < deadline, [os.sched_getaffinity(one) for one in again]
            time.sleep(0.1)


def test_figures_of_all_processes_survive_one_that_is_killed(server: Told):
    server.until("atlas_pret", 2)
    for _ in range(20):
        assert ask(server.port, get(REFERENTIEL)).startswith(b"HTTP/1.1 200")
    key = (("methode", "GET"), ("route", REFERENTIEL), ("statut", "200"))
    before = server.figures()
    assert before["atlas_requetes_total"][key] == 20
    assert set(before["atlas_memoire_bytes"]) == {(("processus", "1"),), (("processus", "2"),)}
    os.kill(server.workers()[0], signal.SIGKILL)
    after = server.until("atlas_pret", 2)
    assert after["atlas_requetes_total"][key] == 20
    assert after["atlas_processus_muets"][()] == 0
    # The public sees none of it.
    assert b" 404 " in ask(server.port, get("/metrics")).split(b"\r\n", 1)[0]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get("/" + "a" * 9000), b"414"),
        (get(REFERENTIEL, "X: " + "a" * 20_000), b"431"),
        (get(REFERENTIEL, *["X: a"] * 200), b"431"),
        (get(REFERENTIEL, "Content-Length: 3") + b"abc", b"413"),
        (get(REFERENTIEL + "?" + "&".join(["a=1"] * 80)), b"400"),
    ],
)
def test_large_requests_are_refused(server: Told, request_: bytes, status: bytes):
    assert ask(server.port, request_).split(b" ", 2)[1] == status


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"G"])
def test_clients_that_do_not_finish_are_cut(server: Told, sent: bytes):
    assert b"HTTP/1.1 2" not in ask(server.port, sent)


def test_a_kept_connection_is_cut_when_idle(server: Told):
    answer = ask(server.port, f"GET {REFERENTIEL} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200")


def test_thousands_of_idle_connections_stop_nobody(server: Told):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with ExitStack() as idle:
            for _ in range(min(2500, hard - 500)):
                one = idle.enter_context(socket.socket())
                one.settimeout(20)
                one.connect(("127.0.0.1", server.port))
            assert ask(server.port, get(REFERENTIEL)).startswith(b"HTTP/1.1 200")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def load(port: int, connections: int, stop: asyncio.Event) -> Counter[str]:
    """Ask without a pause on kept connections, until told to stop; count what became of it."""
    seen: Counter[str] = Counter()
    request = f"GET {REFERENTIEL} HTTP/1.1\r\nHost: a\r\n\r\n".encode()

    async def client() -> None:
        writer = None
        while not stop.is_set():
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request)
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                size = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(size)
            except (OSError, asyncio.IncompleteReadError) as error:
                seen[type(error).__name__] += 1
                writer = None
                continue
            seen[head[9:12].decode()] += 1
            if b"connection: close" in head:
                writer.close()
                writer = None
        if writer is not None:
            writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return seen


@pytest.mark.anyio
async def test_the_next_version_takes_over_without_a_lost_request(
    little_reader_url: str, tmp_path: Path
):
    shared = {"GEO_SHARE_PORT": "true", "GEO_DRAIN_SECONDS": "1"}
    old = Told(tmp_path, little_reader_url, **shared)
    with old:
        stop = asyncio.Event()
        running = asyncio.create_task(load(old.port, 8, stop))
        new = Told(tmp_path, little_reader_url, port=old.port, **shared)
        await asyncio.to_thread(new.__enter__)
        try:
            await asyncio.to_thread(new.until, "atlas_pret", 1)
            key = (("methode", "GET"), ("route", REFERENTIEL), ("statut", "200"))
            old.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(old.process.wait, 60) == 0
            answered = new.figures()["atlas_requetes_total"][key]
            while new.figures()["atlas_requetes_total"][key] < answered + 50:
                await asyncio.sleep(0)
            stop.set()
            assert set(await running) == {"200"}
        finally:
            await asyncio.to_thread(new.__exit__)


def test_processes_go_with_the_one_that_started_them(server: Told):
    """The last one of this server: it is killed."""
    workers = server.workers()
    server.process.kill()
    server.process.wait()
    deadline = time.monotonic() + 60
    while any(map(is_alive, workers)):
        assert time.monotonic() < deadline
