"""A PMTiles archive in an object store: its directories are read once, its tiles by parts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore
from pmtiles.tile import Compression

from tiles.cache import ByteCache
from tiles.directory import Content, Directory
from tiles.errors import StoreAwayError

#: Bytes asked at once when a whole archive is sent: what a slow client holds in memory.
CHUNK = 512 * 1024
#: Bytes asked first: the header, and the root directory of most archives (PMTiles 3, section 3).
_FIRST = 16_384


class RemoteArchive(Directory):
    """A PMTiles archive of compressed vector tiles in an object store.

    Every part is asked for with the validator seen at opening: should the object be replaced, the
    bytes of two archives are never mixed.

    Parameters
    ----------
    store
        Where it is.
    key
        Its name there.
    cache
        Tiles kept in memory, shared between archives.
    compression
        Coding its tiles must have.

    Raises
    ------
    FileNotFoundError
        It is not there.
    obstore.exceptions.BaseError
        The store does not answer.
    TilesError
        The file is cut, damaged, or no archive of vector tiles in that compression.
    """

    def __init__(
        self,
        store: ObjectStore,
        key: str,
        cache: ByteCache[tuple[str, int]],
        compression: Compression = Compression.GZIP,
    ) -> None:
        self._store = store
        self._key = key
        self._cache = cache
        found = obstore.head(store, key)
        self._validator = found["e_tag"]
        self._first = self._now(0, min(_FIRST, found["size"])) if found["size"] else b""
        super().__init__(key, found["size"], self._slice, compression)
        self._first = b""
        named = f"{self._validator} {self.size} {key}"
        self.etag = hashlib.blake2b(named.encode(), digest_size=10).hexdigest()
        self._asked: dict[int, asyncio.Task[bytes]] = {}

    def etag_of(self, content: Content) -> str:
        """Strong validator of a tile: that of the archive and its place there.

        It is known without reading the tile, so that a client which has it is told so even while
        the store is away.
        """
        named = f"{self.etag} {content.offset} {content.length}"
        return hashlib.blake2b(named.encode(), digest_size=10).hexdigest()

    def at_hand(self, content: Content) -> bytes | None:
        """Compressed bytes of a tile if they were read lately."""
        return self._cache.get((self.etag, content.offset))

    async def fetch(self, content: Content) -> bytes:
        """Give the compressed bytes of a tile: read once for all who ask at that moment.

        Raises
        ------
        StoreAwayError
            The store does not answer.
        """
        found = self.at_hand(content)
        if found is not None:
            return found
        task = self._asked.get(content.offset)
        if task is None:
            task = asyncio.create_task(self._fetch_and_keep(content))
            self._asked[content.offset] = task
            task.add_done_callback(lambda _: self._asked.pop(content.offset))
        # Who goes away does not take the tile from the others.
        return await asyncio.shield(task)

    async def _fetch_and_keep(self, content: Content) -> bytes:
        data = await self._part(content.offset, content.offset + content.length)
        self._cache.keep((self.etag, content.offset), data)
        return data

    async def parts(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes of the file from `start` to `end`, excluded, in pieces of :data:`CHUNK`.

        Each piece is a request of its own, so that a slow client keeps none open.

        Raises
        ------
        StoreAwayError
            The store does not answer.
        """
        for offset in range(start, end, CHUNK):
            yield await self._part(offset, min(offset + CHUNK, end))

    async def _part(self, start: int, end: int) -> bytes:
        try:
            answer = await obstore.get_async(
                self._store,
                self._key,
                options={"range": (start, end), "if_match": self._validator},
            )
            return bytes(await answer.bytes_async())
        except (BaseError, OSError) as error:
            raise StoreAwayError from error

    def _slice(self, start: int, end: int) -> bytes:
        """Read a part while opening; what came with the header is not asked again."""
        return self._first[start:end] if end <= len(self._first) else self._now(start, end)

    def _now(self, start: int, end: int) -> bytes:
        answer = obstore.get(
            self._store, self._key, options={"range": (start, end), "if_match": self._validator}
        )
        return bytes(answer.bytes())
