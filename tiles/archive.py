"""A PMTiles archive on disk, mapped in memory."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import AsyncIterator
from pathlib import Path

from pmtiles.tile import Compression

from tiles.directory import MOST_TILES, Content, Directory
from tiles.errors import TilesError

__all__ = ["CHUNK", "MOST_TILES", "Archive", "Content"]

#: Bytes sent at once from an archive: what a slow client holds in memory.
CHUNK = 256 * 1024


class Archive(Directory):
    """A PMTiles archive of compressed vector tiles, mapped in memory and indexed.

    Parameters
    ----------
    path
        The ``.pmtiles`` file. It may be replaced or deleted meanwhile: what was opened stays.
    compression
        Coding its tiles must have.

    Attributes
    ----------
    etag
        Hash of the whole file, without quotes.

    Raises
    ------
    TilesError
        The file is absent, cut, damaged, or no archive of vector tiles in that compression.
    """

    def __init__(self, path: Path, compression: Compression = Compression.GZIP) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
            raise TilesError(
                f"L’archive de tuiles {path} est absente, vide ou illisible : "
                "relancez la construction de l’atlas (geo-service etl run)."
            ) from error
        try:
            super().__init__(str(path), len(self._map), self.slice, compression)
            self.etag = hashlib.blake2b(self._map, digest_size=10).hexdigest()
            # All its pages were read for that; only those of tiles that are asked come back.
            if hasattr(mmap, "MADV_DONTNEED"):
                self._map.madvise(mmap.MADV_DONTNEED)
        except BaseException:
            self._map.close()
            raise

    def etag_of(self, content: Content) -> str:
        """Hash of the bytes of a tile: it stays the same in the next publications while they do."""
        return hashlib.blake2b(self.read(content), digest_size=10).hexdigest()

    def at_hand(self, content: Content) -> bytes | None:
        """Bytes of a tile when they can be had without waiting: here, always."""
        return self._map[content.offset : content.offset + content.length]

    async def fetch(self, content: Content) -> bytes:
        """Give the compressed bytes of a tile, as any kind of archive does."""
        return self.read(content)

    def read(self, content: Content) -> bytes:
        """Give the compressed bytes of a tile."""
        return self._map[content.offset : content.offset + content.length]

    def get(self, z: int, x: int, y: int) -> bytes | None:
        """Give the compressed bytes of a tile; None when the archive has no such tile."""
        content = self.find(z, x, y)
        return None if content is None else self.read(content)

    def slice(self, start: int, end: int) -> bytes:
        """Bytes of the file from `start` to `end`, excluded."""
        return self._map[start:end]

    async def parts(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes of the file from `start` to `end`, excluded, in pieces of :data:`CHUNK`."""
        for offset in range(start, end, CHUNK):
            yield self._map[offset : min(offset + CHUNK, end)]

    def close(self) -> None:
        """Unmap the file; no tile can be read afterwards."""
        self._map.close()
