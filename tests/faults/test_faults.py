"""The parts of the exercise of faults, and the faults that are cheap, on the tiny atlas."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from etl.config import AtlasConfig
from geo_service import pipeline
from tests.faults import loading, network, processes, report
from tests.faults.__main__ import FAULTS
from tests.faults.link import Link
from tests.faults.playing import Fault, Play, Row, play
from tests.faults.readers import Readers
from tests.faults.site import NotPlayedError, Site, SmallDisk, with_absolute_paths
from tests.support import ROOT


class Echo(threading.Thread):
    """A server that says again what it hears."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    @staticmethod
    def answer(connection: socket.socket) -> None:
        with connection:
            while heard := connection.recv(100):
                connection.sendall(heard)


def was_closed(client: socket.socket) -> bool:
    """Wait for the other end to close or to reset the connection."""
    try:
        return client.recv(10) == b""
    except ConnectionError:
        return True


def test_a_configuration_put_elsewhere_says_the_same(tmp_path: Path) -> None:
    elsewhere = tmp_path / "ailleurs" / "atlas.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(with_absolute_paths(ROOT / "atlas.toml"), encoding="utf-8")
    assert AtlasConfig.load(elsewhere) == AtlasConfig.load(ROOT / "atlas.toml")


@pytest.fixture
def echo() -> Iterator[Echo]:
    found = Echo()
    found.start()
    yield found
    found.server.close()


def test_the_link_cuts_holds_and_mends(echo: Echo) -> None:
    with Link(echo.port) as link:

        def connect() -> socket.socket:
            return socket.create_connection(("127.0.0.1", link.port), timeout=20)

        with closing(connect()) as client:
            client.sendall(b"un")
            assert client.recv(10) == b"un"
            link.freeze()
            client.sendall(b"deux")
            client.settimeout(0.2)
            with pytest.raises(TimeoutError):
                client.recv(10)
            link.mend()
            client.settimeout(20)
            assert client.recv(10) == b"deux"
            link.delay = 0.2
            client.sendall(b"trois")
            assert client.recv(10) == b"trois"
            link.cut()
            assert was_closed(client)
        with closing(connect()) as client:
            assert was_closed(client)
        link.mend()
        with closing(connect()) as client:
            client.sendall(b"cinq")
            assert client.recv(10) == b"cinq"


class Answers(BaseHTTPRequestHandler):
    """Answers whatever the test says."""

    protocol_version = "HTTP/1.1"
    now: tuple[int, dict[str, str], bytes] = (200, {}, b"")

    def do_GET(self) -> None:
        status, headers, body = type(self).now
        if status == 0:
            self.connection.close()
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


def test_readers_tell_a_refusal_from_a_failure() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    right = (200, {}, b'{"timeStamp": "2026-01-01T00:00:00Z", "n": 1}')
    try:
        Answers.now = right
        with Readers(server.server_address[1], ["/a", "/b"], count=1) as readers:
            for answer, sort, why in (
                ((200, {}, b'{"timeStamp": "2027-02-02T00:00:00Z", "n": 1}'), "juste", ""),
                ((503, {"Retry-After": "2"}, b""), "refus", "503 avec Retry-After"),
                ((503, {}, b""), "echec", "statut 503"),
                ((500, {"Retry-After": "2"}, b""), "echec", "statut 500"),
                ((200, {}, b"{}"), "echec", "autre contenu (a)"),
                (
                    (200, {"Content-Encoding": "gzip"}, b"ceci n'est pas du gzip"),
                    "echec",
                    "illisible",
                ),
                ((0, {}, b""), "echec", "connexion perdue"),
            ):
                Answers.now = answer
                while not any((one.sort, one.why) == (sort, why) for one in readers.seen):
                    pass
            Answers.now = right
            moment = readers.seen[-1].ended
            while not readers.all_right_since(moment + 0.5):
                pass
            assert {one.sort for one in readers.since(moment + 0.5)} == {"juste"}
    finally:
        server.shutdown()
        server.server_close()


def test_a_small_disk_is_filled_and_emptied(tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "petit", 1 << 20) as disk:
        if disk.why_not:
            with pytest.raises(NotPlayedError, match=r"root|montage"), disk.full():
                pass
            return
        with disk.full(), pytest.raises(OSError, match="No space"):
            (tmp_path / "petit" / "plein").write_bytes(b"x" * 100_000)
        (tmp_path / "petit" / "vide").write_bytes(b"x" * 100_000)
    assert not os.path.ismount(tmp_path / "petit")


def test_the_table_says_what_was_not_played(tmp_path: Path) -> None:
    rows = [
        Row("un | deux", requetes=10, echecs=1, refus=2, pourquoi={"statut 500": 1}, retour_s=0.5),
        Row("trois", jouee=False, remarque="il faut être root"),
        Row("quatre", requetes=1, perdu=["taux : autre qu'avant"]),
    ]
    assert [row.good for row in rows] == [True, True, False]
    report.write(tmp_path, rows, report.machine())
    lines = (tmp_path / "pannes.md").read_text(encoding="utf-8").splitlines()
    assert lines[2].startswith(
        "| un \\| deux | 10 | 1 | 2 | 0 ms | 0,5 s | rien | (1 × statut 500)."
    )
    assert lines[3].endswith("| non joué : il faut être root |")
    assert "| pas revenu | taux : autre qu'avant |" in lines[4]
    held = json.loads((tmp_path / "pannes.json").read_text(encoding="utf-8"))
    assert [row["panne"] for row in held["pannes"]] == ["un | deux", "trois", "quatre"]
    assert held["charge"]


def test_every_step_of_a_run_is_killed_once() -> None:
    code = "".join(
        (ROOT / "geo_service" / name).read_text(encoding="utf-8")
        for name in ("pipeline.py", "tile_archives.py")
    )
    assert len(loading.STEPS) == pipeline.STEPS
    assert [step for step in loading.STEPS if f'"{step}' not in code] == []
    assert len({fault.key for fault in FAULTS}) == len(FAULTS)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("pannes"), light=True) as found:
        yield found


def test_a_killed_worker_is_replaced(site: Site) -> None:
    workers = site.workers(site.api)
    row = play(site, Fault("processus", "un processus tué", processes.worker))
    assert row.good, row
    assert row.requetes
    assert row.echecs <= 4  # what the readers had under way
    assert len(set(workers) - set(site.workers(site.api))) == 1


def test_a_cut_network_is_refused_calmly(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.playing.HARM", 2)

    def cut(playing: Play) -> None:
        playing.breaking()
        playing.site.link.cut()
        # Until readers have seen it, however busy the machine.
        playing.hold(2)
        playing.site.link.mend()
        playing.mended()

    row = play(site, Fault("coupure", "réseau coupé", cut))
    assert row.good, row
    assert row.echecs == 0
    assert row.refus
    assert set(row.pourquoi) == {"503 avec Retry-After"}
    assert network.FAULTS
