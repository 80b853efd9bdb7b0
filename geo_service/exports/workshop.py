"""Where files are made: how many at once, how large, and their temporary folders.

Nothing a client does holds more than what is counted here: rows are encoded one batch at a time,
a file is made at full speed and only then sent, and is deleted from its folder before it is sent.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from geo_service.errors import Problem
from geo_service.exports.model import Batch

#: Downloads at once in a process, each of some MB of memory; those with a file on disk among them.
STREAMS, FILES = 16, 6
#: Files written at once.
BUILDING = 2
#: Seconds that a file waits for its turn to be written.
PATIENCE = 30.0
#: Bytes a file may have while it is made, everything in its folder counted. A process holds at
#: most ``FILES + BUILDING`` times as much on disk.
LARGEST_FILE = 2 * 2**30
#: Seconds after which who was refused may ask again.
RETRY_AFTER = 20
#: Seconds after which the folder of a dead process is nobody's any more.
_ABANDONED = 3600

_PREFIX = "atlas-export-"

#: Writes rows to a path.
_Write = Callable[[Path, Iterator[Batch]], None]


class StoppedError(Exception):
    """Nobody waits any more for the file that is being made."""


def temporary_folder() -> Path:
    """Return the folder of large temporary files: ``TMPDIR``, else on a disk where there is one."""
    named = os.environ.get("TMPDIR")
    if named:
        return Path(named)
    # /tmp is often held in memory, /var/tmp never (Filesystem Hierarchy Standard, 5.15).
    lasting = Path("/var/tmp")  # noqa: S108 (mkdtemp makes a folder of its own in it)
    return lasting if os.access(lasting, os.W_OK) else Path(tempfile.gettempdir())


class Workshop:
    """The places where the files of a process are made.

    Parameters
    ----------
    folder
        Folder of the temporary files; :func:`temporary_folder` by default.
    streams, files, building, patience, largest_file
        See the constants of this module.

    Attributes
    ----------
    alone
        Held while rows of the whole country are read into memory.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        streams: int = STREAMS,
        files: int = FILES,
        building: int = BUILDING,
        patience: float = PATIENCE,
        largest_file: int = LARGEST_FILE,
    ) -> None:
        self._folder = folder or temporary_folder()
        self._swept = False
        self._streams = streams
        self._files = files
        self._building = asyncio.Semaphore(building)
        self._encoding = asyncio.Semaphore(1)
        self.alone = asyncio.Semaphore(1)
        self._patience = patience
        self._largest_file = largest_file

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Take one of the places of downloads.

        Raises
        ------
        Problem
            503 if there is none left.
        """
        if self._streams == 0:
            raise _busy()
        self._streams -= 1
        try:
            yield
        finally:
            self._streams += 1

    @contextmanager
    def file(self) -> Iterator[None]:
        """Take one of the places of files on disk.

        Raises
        ------
        Problem
            503 if there is none left.
        """
        if self._files == 0:
            raise _busy()
        self._files -= 1
        try:
            yield
        finally:
            self._files += 1

    async def encode(self, encode: Callable[[], bytes]) -> bytes:
        """Encode a batch in a thread, one at a time: the pages must stay quick."""
        async with self._encoding:
            return await asyncio.to_thread(encode)

    async def build(
        self,
        name: str,
        batches: AsyncIterator[Batch],
        write: _Write,
    ) -> IO[bytes]:
        """Make a file.

        Parameters
        ----------
        name
            Name of the file, with its extension.
        batches
            The rows; closed once they are written, or not wanted any more.
        write
            Writes them to a path; called in a thread.

        Returns
        -------
        file
            Open for reading, and on no folder any more: it is gone when it is closed.

        Raises
        ------
        Problem
            503 if no place gets free in time; 400 if it grows too large.
        """
        try:
            async with asyncio.timeout(self._patience):
                await self._building.acquire()
        except TimeoutError:
            raise _busy() from None
        feed = _Feed(batches, self._largest_file)
        # A thread cannot be stopped from outside: its place is kept until it ends, which it does at
        # its next batch when the client is gone.
        task = asyncio.create_task(self._threaded(name, feed, write))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            feed.stop()
            task.add_done_callback(_forget)
            raise

    async def _threaded(self, name: str, feed: _Feed, write: _Write) -> IO[bytes]:
        try:
            return await asyncio.to_thread(self._make, name, feed, write)
        finally:
            self._building.release()
            await feed.close()

    def _make(self, name: str, feed: _Feed, write: _Write) -> IO[bytes]:
        if not self._swept:
            self._swept = True
            sweep(self._folder)
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=self._folder))
        try:
            feed.folder = folder
            path = folder / name
            try:
                write(path, feed)
            except Exception:
                # What goes through GDAL comes back as an error of GDAL.
                if feed.error is not None:
                    raise feed.error from None
                raise
            feed.check_size()
            return path.open("rb")
        finally:
            shutil.rmtree(folder)


class _Feed:
    """Batches of the event loop, for a thread."""

    def __init__(self, batches: AsyncIterator[Batch], largest: int) -> None:
        self._batches = batches
        self._loop = asyncio.get_running_loop()
        self._largest = largest
        self._lock = threading.Lock()
        self._stopped = False
        self._asked: concurrent.futures.Future[Batch | None] | None = None
        self._reading: asyncio.Task[Any] | None = None
        self.folder: Path | None = None
        self.error: Exception | None = None

    def stop(self) -> None:
        """Give no further batch, not even the one that is being read."""
        with self._lock:
            self._stopped = True
            if self._asked is not None:
                self._asked.cancel()

    async def close(self) -> None:
        """Close the rows, if what reads them can be closed."""
        if self._reading is not None:
            await asyncio.wait({self._reading})
        await close_batches(self._batches)

    def check_size(self) -> None:
        """Refuse a file that has grown too large."""
        assert self.folder is not None  # noqa: S101 (set before the first batch)
        size = sum(entry.stat().st_size for entry in self.folder.iterdir())
        if size > self._largest:
            raise _too_large(self._largest)

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        try:
            self.check_size()
            batch = self._ask().result()
        except Exception as error:
            self.error = error
            raise
        if batch is None:
            raise StopIteration
        return batch

    def _ask(self) -> concurrent.futures.Future[Batch | None]:
        with self._lock:
            if self._stopped:
                raise StoppedError
            self._asked = asyncio.run_coroutine_threadsafe(self._next(), self._loop)
            return self._asked

    async def _next(self) -> Batch | None:
        self._reading = asyncio.current_task()
        return await anext(self._batches, None)


async def close_batches(batches: AsyncIterator[Batch]) -> None:
    """Close an asynchronous generator, and with it what it holds."""
    if isinstance(batches, AsyncGenerator):
        await batches.aclose()


def sweep(root: Path) -> None:
    """Delete the folders of processes that were killed while they wrote a file."""
    for folder in root.glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if Path(f"/proc/{owner}").exists():
            continue
        # Processes of other containers are not seen: an hour is more than a file takes.
        if time.time() - folder.stat().st_mtime > _ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)


def _forget(task: asyncio.Task[IO[bytes]]) -> None:
    """Close a file nobody waits for any more."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()


def _busy() -> Problem:
    return Problem(
        503,
        "Trop de fichiers sont demandés en même temps. Réessayez dans quelques secondes.",
        headers={"Retry-After": str(RETRY_AFTER)},
    )


def _too_large(largest: int) -> Problem:
    return Problem(
        400,
        f"Ce fichier dépasserait {largest / 1e9:.1f} Go".replace(".", ",")
        + " : demandez un territoire plus petit, ou un format qui est envoyé au fil de l’eau (csv, "
        "parquet, geojsonl).",
    )
