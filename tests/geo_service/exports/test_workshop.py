"""How files are made: bounds, errors, clients that go away, nothing left behind."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import shapely

from geo_service.downloads import HEADED, DownloadResponse, StalledError
from geo_service.errors import Problem
from geo_service.exports import FORMATS, Batch, Column, Dataset, Geometry, Workshop, download
from geo_service.exports import workshop as workshop_module
from geo_service.exports.download import PIECE
from tests.geo_service.exports.making import ORIGIN, dataset, written

pytestmark = pytest.mark.anyio

ON_DISK = [name for name, form in FORMATS.items() if form.writer]
AS_READ = [name for name, form in FORMATS.items() if form.encoder]
COLUMNS = (Column("nom", "text"),)
POINT = shapely.to_wkb(shapely.Point(2, 48))
ROWS = [(f"Commune n° {rank}",) for rank in range(9)]
TABLE = dataset(COLUMNS, ROWS, [POINT] * 9, Geometry("Point", missing=False))


class Rows:
    """Rows that fail, or wait, at some batch; they know whether they were closed."""

    def __init__(self, good: int, *, then: Exception | None = None) -> None:
        self.good = good
        self.then = then
        self.closed = False
        self.asked = 0
        self.waiting = asyncio.Event()

    async def batches(self) -> AsyncIterator[Batch]:
        try:
            for _ in range(self.good):
                self.asked += 1
                # As long as a piece, so that each batch is sent by itself.
                yield Batch([("é" * PIECE,)], [POINT])
            if self.then is not None:
                raise self.then
            self.waiting.set()
            await asyncio.Event().wait()
        finally:
            self.closed = True

    @property
    def dataset(self) -> Dataset:
        return Dataset("essai", COLUMNS, self.batches, Geometry("Point", missing=False))


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


async def emptied(folder: Path) -> None:
    """Wait until a folder is empty: a thread ends by itself, soon."""
    async with asyncio.timeout(20):
        while list(folder.iterdir()):
            await asyncio.sleep(0.001)


async def drain(body: AsyncIterator[bytes]) -> int:
    return sum([len(piece) async for piece in body])


@pytest.mark.parametrize("wanted", FORMATS)
async def test_nothing_is_left(wanted, workshop, tmp_path):
    assert await written(TABLE, wanted, workshop=workshop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wanted", ON_DISK)
async def test_a_file_has_no_name_any_more_when_it_is_sent(wanted, workshop, tmp_path):
    async with download(TABLE, wanted, ORIGIN, workshop) as file:
        assert list(tmp_path.iterdir()) == []
        assert file.size == await drain(file.body)


@pytest.mark.parametrize("wanted", FORMATS)
async def test_an_error_before_the_first_row_is_raised_at_once(wanted, workshop, tmp_path):
    rows = Rows(0, then=Problem(503, "absente"))
    with pytest.raises(Problem, match="absente"):
        async with download(rows.dataset, wanted, ORIGIN, workshop):
            pytest.fail("nothing can be sent")
    assert rows.closed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wanted", ON_DISK)
async def test_any_error_of_a_file_on_disk_comes_before_its_first_byte(wanted, workshop, tmp_path):
    rows = Rows(3, then=Problem(503, "absente"))
    with pytest.raises(Problem, match="absente"):
        async with download(rows.dataset, wanted, ORIGIN, workshop):
            pytest.fail("nothing can be sent")
    assert rows.closed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wanted", AS_READ)
async def test_a_later_error_ends_the_body_with_it(wanted, workshop):
    rows = Rows(2, then=ConnectionError("perdue"))
    async with download(rows.dataset, wanted, ORIGIN, workshop) as file:
        assert await anext(file.body)
        with pytest.raises(ConnectionError, match="perdue"):
            await drain(file.body)
    assert rows.closed


@pytest.mark.parametrize("wanted", AS_READ)
async def test_rows_are_read_only_as_pieces_are_taken(wanted, workshop):
    rows = Rows(50)
    async with download(rows.dataset, wanted, ORIGIN, workshop) as file:
        assert rows.asked == 1
        async with aclosing(file.body) as body:
            await anext(body)
        assert rows.asked <= (1 if wanted != "parquet" else 50)
    assert rows.closed


@pytest.mark.parametrize("wanted", ON_DISK)
async def test_who_goes_away_while_a_file_is_made_leaves_nothing(wanted, tmp_path):
    workshop = Workshop(tmp_path, building=1, files=1, streams=1)
    rows = Rows(2)
    task = asyncio.create_task(written(rows.dataset, wanted, workshop=workshop))
    await rows.waiting.wait()
    assert len(list(tmp_path.iterdir())) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await emptied(tmp_path)
    async with asyncio.timeout(20):
        # Its only places are free again.
        assert await written(TABLE, wanted, workshop=workshop)
    assert rows.closed


async def test_too_many_downloads_are_refused(tmp_path):
    workshop = Workshop(tmp_path, streams=2, files=1)
    async with download(TABLE, "gpkg", ORIGIN, workshop), download(TABLE, "csv", ORIGIN, workshop):
        for wanted in ("csv", "fgb"):
            with pytest.raises(Problem) as told:
                await written(TABLE, wanted, workshop=workshop)
            assert told.value.status == 503
            assert int(told.value.headers["Retry-After"]) > 0
    async with download(TABLE, "gpkg", ORIGIN, workshop):
        with pytest.raises(Problem, match="Trop de fichiers"):
            await written(TABLE, "xlsx", workshop=workshop)
        assert await written(TABLE, "csv", workshop=workshop)


async def test_a_file_waits_for_its_turn_but_not_for_ever(tmp_path):
    workshop = Workshop(tmp_path, building=1, patience=0)
    rows = Rows(1)
    task = asyncio.create_task(written(rows.dataset, "fgb", workshop=workshop))
    await rows.waiting.wait()
    with pytest.raises(Problem, match="Trop de fichiers"):
        await written(TABLE, "fgb", workshop=workshop)
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.parametrize("wanted", ON_DISK)
async def test_a_file_on_disk_is_bounded(wanted, tmp_path):
    workshop = Workshop(tmp_path, largest_file=200_000)
    # Text that no format makes shorter.
    words = [(os.urandom(3_000).hex(),) for _ in range(200)]
    table = dataset(COLUMNS, words, [POINT] * 200, Geometry("Point"))
    with pytest.raises(Problem, match="dépasserait 0,0 Go") as told:
        await written(table, wanted, workshop=workshop)
    assert told.value.status == 400
    assert list(tmp_path.iterdir()) == []


def test_folders_of_killed_processes_are_swept(tmp_path):
    dead = max(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()) + 1000
    old = time.time() - 2 * 3600
    for name, age in (("a", old), ("b", time.time())):
        folder = tmp_path / f"atlas-export-{dead}-{name}"
        folder.mkdir()
        os.utime(folder, (age, age))
    mine = tmp_path / f"atlas-export-{os.getpid()}-c"
    mine.mkdir()
    os.utime(mine, (old, old))
    other = tmp_path / "autre"
    other.mkdir()
    os.utime(other, (old, old))
    workshop_module.sweep(tmp_path)
    assert {entry.name[-2:] for entry in tmp_path.iterdir()} == {"-b", "-c", "re"}


def test_large_files_go_where_they_are_told(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert workshop_module.temporary_folder() == tmp_path
    monkeypatch.delenv("TMPDIR")
    assert workshop_module.temporary_folder() == Path("/var/tmp")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert workshop_module.temporary_folder().is_dir()


# --- the answer ----------------------------------------------------------------------------------


class Client:
    """A client that takes some pieces, then waits, or goes away."""

    def __init__(self, takes: int, *, leaves: bool = False) -> None:
        self.takes = takes
        self.leaves = leaves
        self.messages: list[dict[str, Any]] = []
        self.full = asyncio.Event()

    async def send(self, message: Any) -> None:
        self.messages.append(message)
        if len(self.messages) > self.takes:
            self.full.set()
            await asyncio.Event().wait()

    async def receive(self) -> dict[str, str]:
        if self.leaves:
            await self.full.wait()
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()
        raise AssertionError


def response(table: Dataset, wanted: str, workshop: Workshop, **more: Any) -> DownloadResponse:
    return DownloadResponse(
        lambda: download(table, wanted, ORIGIN, workshop), {}, FORMATS[wanted].media_type, **more
    )


@pytest.mark.parametrize("wanted", ["csv", "geojson", "parquet"])
async def test_a_client_gone_while_it_is_sent_frees_all(wanted, tmp_path):
    workshop = Workshop(tmp_path, streams=1)
    rows, client = Rows(400, then=AssertionError("nobody asks")), Client(3, leaves=True)
    sending = response(rows.dataset, wanted, workshop)({}, client.receive, client.send)
    if wanted == "parquet":  # its rows are sent when they make a group
        rows.then = None
        client.takes = 0
    await sending
    assert rows.closed
    assert rows.asked < 10
    assert await written(TABLE, "csv", workshop=workshop)


@pytest.mark.parametrize("wanted", ON_DISK)
async def test_a_client_gone_before_the_first_byte_frees_all(wanted, tmp_path):
    workshop = Workshop(tmp_path, streams=1, files=1, building=1)
    rows, client = Rows(2), Client(0, leaves=True)
    rows.waiting = client.full  # it leaves while the rows are read
    await response(rows.dataset, wanted, workshop)({}, client.receive, client.send)
    assert client.messages == []
    await emptied(tmp_path)
    assert rows.closed
    async with asyncio.timeout(20):
        assert await written(TABLE, wanted, workshop=workshop)


@pytest.mark.parametrize("wanted", ["geojsonl", "gpkg"])
async def test_a_client_that_takes_nothing_is_cut(wanted, workshop, monkeypatch, tmp_path):
    monkeypatch.setattr("geo_service.downloads.STALL", 0.01)
    client = Client(1)
    with pytest.raises(StalledError):
        await response(TABLE, wanted, workshop)({}, client.receive, client.send)
    assert list(tmp_path.iterdir()) == []


async def test_a_head_makes_nothing(workshop):
    def never() -> Any:
        raise AssertionError

    client = Client(5)
    answer = DownloadResponse(never, {"ETag": '"a"'}, "text/csv", never)
    await answer({HEADED: True}, client.receive, client.send)
    start, body = client.messages
    assert (start["status"], body["body"]) == (200, b"")
    assert (b"etag", b'"a"') in start["headers"]


@pytest.mark.parametrize("wanted", ["csv", "gpkg"])
async def test_headers_of_a_file(wanted, workshop):
    client, started = Client(1000), []
    table = dataset(COLUMNS, [("x" * 3 * PIECE,)], [POINT], Geometry("Point"))
    answer = response(table, wanted, workshop, on_start=lambda: started.append(1))
    await answer({}, client.receive, client.send)
    start, *body = client.messages
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    size = sum(len(message["body"]) for message in body)
    assert max(len(message["body"]) for message in body) <= PIECE
    assert headers.get("content-length") == (None if wanted == "csv" else str(size))
    assert headers["content-disposition"].endswith(f'"essai-communes-0123456789ab.{wanted}"')
    assert [message.get("more_body", False) for message in body[-2:]] == [True, False]
    assert started == [1]
