"""Where the archives of publications are kept: a folder, or a bucket of an object store (S3 API).

Archives are always built in a folder. :meth:`ArchiveStore.publish` then puts them where the servers
read them, before the publication is made active: a reader never sees half of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url
from pmtiles.tile import Compression

from tiles.archive import Archive
from tiles.cache import ByteCache
from tiles.directory import Directory
from tiles.errors import StoreAwayError, TilesError
from tiles.packing import packed_path
from tiles.remote import RemoteArchive

#: Seconds to reach the store, for one request, and for a request with its repetitions.
CONNECT_TIMEOUT = 2
TIMEOUT = 5
PATIENCE = 8
#: Times a request that failed is made again.
RETRIES = 2
#: Seconds to send or to copy a whole archive.
UPLOAD_TIMEOUT = 600

_TYPE = "application/vnd.pmtiles"


class ArchiveStore(Protocol):
    """Keeper of the archives of all publications."""

    def publish(self, publication: str, folder: Path, tilesets: Collection[str]) -> None:
        """Put the archives built in a folder, and their brotli tiles, where servers read them."""

    def holds(self, publication: str, tileset: str, octets: int) -> bool:
        """Whether an archive of that size is there."""

    def open(self, publication: str, tileset: str) -> Directory | None:
        """Open an archive, with its brotli tiles; None when it is not there."""

    def remove(self, publication: str) -> None:
        """Forget the archives of a publication."""


class FolderStore:
    """Archives on disk, one folder per publication: where they were built.

    Parameters
    ----------
    root
        Folder of the folders.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def publish(self, publication: str, folder: Path, tilesets: Collection[str]) -> None:
        """Check that the archives are in the right folder already.

        Raises
        ------
        TilesError
            If one is not.
        """
        del folder
        for tileset in tilesets:
            path = self._path(publication, tileset)
            if not path.is_file():
                raise TilesError(f"L’archive de tuiles {path} n’a pas été construite.")

    def holds(self, publication: str, tileset: str, octets: int) -> bool:
        """Whether an archive of that size is there."""
        path = self._path(publication, tileset)
        return path.is_file() and path.stat().st_size == octets

    def open(self, publication: str, tileset: str) -> Directory | None:
        """Open an archive, with its brotli tiles; None when it is not there.

        Raises
        ------
        TilesError
            It is damaged.
        """
        path = self._path(publication, tileset)
        if not path.is_file():
            return None
        archive = Archive(path)
        with suppress(TilesError):  # damaged: they are sent in gzip
            if packed_path(path).is_file():
                archive.packed = Archive(packed_path(path), Compression.BROTLI)
        return archive

    def remove(self, publication: str) -> None:
        """Leave the folder to who built it: it holds more than archives."""
        del publication

    def _path(self, publication: str, tileset: str) -> Path:
        return self._root / publication / f"{tileset}.pmtiles"


class BucketStore:
    """Archives in a bucket, under ``{prefix}/{publication}/``.

    Parameters
    ----------
    url
        ``s3://bucket/prefix``; the address of the service, its region and the keys are read from
        the usual ``AWS_…`` variables.
    cache_bytes
        Bytes of tiles kept in memory by this process.

    Raises
    ------
    TilesError
        The address cannot be used.
    """

    def __init__(self, url: str, cache_bytes: int = 64 * 2**20) -> None:
        self._url = url.rstrip("/")
        try:
            self._store = _connect(self._url, TIMEOUT, PATIENCE)
            self._slow = _connect(self._url, UPLOAD_TIMEOUT, UPLOAD_TIMEOUT)
        except (BaseError, ValueError) as error:
            raise TilesError(
                f"L’adresse du stockage des tuiles « {url} » est inutilisable : attendu, par "
                "exemple, s3://seau/dossier, avec les variables AWS_ENDPOINT_URL, AWS_REGION, "
                "AWS_ACCESS_KEY_ID et AWS_SECRET_ACCESS_KEY."
            ) from error
        self._cache: ByteCache[tuple[str, int]] = ByteCache(cache_bytes)

    def publish(self, publication: str, folder: Path, tilesets: Collection[str]) -> None:
        """Send the archives built in a folder, and their brotli tiles, then look at what arrived.

        Raises
        ------
        StoreAwayError
            The store does not answer.
        TilesError
            What arrived is not what was sent.
        """
        for tileset in tilesets:
            path = folder / f"{tileset}.pmtiles"
            # The archive comes last: it is what servers look for.
            for file in (packed_path(path), path):
                if file.is_file():
                    self._send(f"{publication}/{file.name}", file)

    def _send(self, key: str, file: Path) -> None:
        with _told():
            obstore.put(self._slow, key, file, attributes={"Content-Type": _TYPE})
            digest = hashlib.sha256()
            for part in obstore.get(self._slow, key).stream(min_chunk_size=2**20):
                digest.update(part)
        with file.open("rb") as opened:
            if digest.digest() != hashlib.file_digest(opened, "sha256").digest():
                raise TilesError(
                    f"L’archive {file.name} est arrivée abîmée dans le stockage {self._url} : "
                    "relancez la publication."
                )

    def holds(self, publication: str, tileset: str, octets: int) -> bool:
        """Whether an archive of that size is there.

        Raises
        ------
        StoreAwayError
            The store does not answer.
        """
        try:
            with _told():
                found = obstore.head(self._store, f"{publication}/{tileset}.pmtiles")
        except FileNotFoundError:
            return False
        return found["size"] == octets

    def open(self, publication: str, tileset: str) -> Directory | None:
        """Open an archive, with its brotli tiles; None when it is not there.

        Raises
        ------
        StoreAwayError
            The store does not answer.
        TilesError
            It is damaged.
        """
        key = f"{publication}/{tileset}"
        try:
            archive = self._read(f"{key}.pmtiles", Compression.GZIP)
        except FileNotFoundError:
            return None
        try:
            archive.packed = self._read(f"{key}.br.pmtiles", Compression.BROTLI)
        except FileNotFoundError:
            archive.packed = None
        return archive

    def _read(self, key: str, compression: Compression) -> RemoteArchive:
        with _told():
            return RemoteArchive(self._store, key, self._cache, compression)

    def remove(self, publication: str) -> None:
        """Remove the archives of a publication.

        Raises
        ------
        StoreAwayError
            The store does not answer.
        """
        with _told():
            for batch in obstore.list(self._store, f"{publication}/"):
                obstore.delete(self._store, [found["path"] for found in batch])


def _connect(url: str, timeout: int, patience: int) -> ObjectStore:
    return from_url(
        url,
        client_options={
            "timeout": timedelta(seconds=timeout),
            "connect_timeout": timedelta(seconds=CONNECT_TIMEOUT),
            "allow_http": True,  # a store on the same network, reached through AWS_ENDPOINT_URL
        },
        retry_config={
            "max_retries": RETRIES,
            "retry_timeout": timedelta(seconds=patience),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=1),
                "base": 2,
            },
        },
    )


@contextmanager
def _told() -> Iterator[None]:
    """Say of any fault of the store, but a missing file, that it is away."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        raise StoreAwayError from error
