"""A PMTiles archive on disk, read by parts.

It is not mapped in memory: the kernel kills a process that reads a mapped file which somebody cut
short meanwhile (SIGBUS), and would kill the next one as soon as it starts. Reading a tile that the
kernel has in memory costs a microsecond more.
"""

from __future__ import annotations

import hashlib
import os
import weakref
from collections.abc import AsyncIterator
from pathlib import Path

from pmtiles.tile import Compression

from tiles.directory import MOST_TILES, Content, Directory
from tiles.errors import CutArchiveError, TilesError

__all__ = ["CHUNK", "MOST_TILES", "Archive", "Content"]

#: Bytes sent at once from an archive: what a slow client holds in memory.
CHUNK = 256 * 1024

#: What tells a file from another under the same name, and from itself once it was written to.
_Signature = tuple[int, int, int, int]


class Archive(Directory):
    """A PMTiles archive of compressed vector tiles, open and indexed.

    Parameters
    ----------
    path
        The ``.pmtiles`` file. It may be replaced or deleted meanwhile: what was opened stays.
    compression
        Coding its tiles must have.

    Attributes
    ----------
    sha256
        Of the whole file, in hexadecimal.
    etag
        Made of it, without quotes.

    Raises
    ------
    TilesError
        The file is absent, cut, damaged, or no archive of vector tiles in that compression.
    """

    def __init__(self, path: Path, compression: Compression = Compression.GZIP) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise self._unreadable() from error
        self._closing = weakref.finalize(self, os.close, self._file)
        try:
            self._opened = _signature(os.fstat(self._file))
            super().__init__(str(path), os.fstat(self._file).st_size, self.slice, compression)
            self.sha256 = self._digest()
            self.etag = self.sha256[:20]
        except OSError as error:
            self.close()
            raise self._unreadable() from error
        except CutArchiveError as error:
            self.close()
            raise self._refuse("le fichier est coupé") from error
        except BaseException:
            self.close()
            raise

    def _unreadable(self) -> TilesError:
        return TilesError(
            f"L’archive de tuiles {self.path} est absente, vide ou illisible : "
            "relancez la construction de l’atlas (geo-service etl run)."
        )

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for start in range(0, self.size, CHUNK):
            digest.update(self.slice(start, min(start + CHUNK, self.size)))
        return digest.hexdigest()

    def is_as_opened(self) -> bool:
        """Whether the file is as it was opened: not written to, nor another under its name.

        One that was deleted is: what was opened stays.
        """
        try:
            return _signature(self.path.stat()) == self._opened
        except FileNotFoundError:
            return True

    def etag_of(self, content: Content) -> str:
        """Hash of the bytes of a tile: it stays the same in the next publications while they do."""
        return hashlib.blake2b(self.read(content), digest_size=10).hexdigest()

    def at_hand(self, content: Content) -> bytes | None:
        """Bytes of a tile when they can be had without waiting: here, always."""
        return self.read(content)

    async def fetch(self, content: Content) -> bytes:
        """Give the compressed bytes of a tile, as any kind of archive does."""
        return self.read(content)

    def read(self, content: Content) -> bytes:
        """Give the compressed bytes of a tile.

        Raises
        ------
        CutArchiveError
            The file was cut short since it was opened.
        """
        return self.slice(content.offset, content.offset + content.length)

    def get(self, z: int, x: int, y: int) -> bytes | None:
        """Give the compressed bytes of a tile; None when the archive has no such tile."""
        content = self.find(z, x, y)
        return None if content is None else self.read(content)

    def slice(self, start: int, end: int) -> bytes:
        """Bytes of the file from `start` to `end`, excluded.

        Raises
        ------
        CutArchiveError
            The file was cut short since it was opened.
        """
        found = os.pread(self._file, end - start, start) if end <= self.size else b""
        if len(found) != end - start:
            raise CutArchiveError
        return found

    async def parts(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes of the file from `start` to `end`, excluded, in pieces of :data:`CHUNK`."""
        for offset in range(start, end, CHUNK):
            yield self.slice(offset, min(offset + CHUNK, end))

    def close(self) -> None:
        """Close the file; no tile can be read afterwards."""
        self._closing()


def _signature(status: os.stat_result) -> _Signature:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
