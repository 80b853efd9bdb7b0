"""Keeps the service on the publication that is active, and knows when the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import structlog

from geo_service.atlas import PublishedAtlas
from geo_service.database import (
    Database,
    DatabaseAwayError,
    Health,
    NothingPublishedError,
)
from geo_service.database_servers import DatabaseServers
from geo_service.faults import InstallationError
from geo_service.memory import settle
from geo_service.reader import Reader
from geo_service.replicas import Replicas
from geo_service.replication import MAX_LAG
from tiles.store import ArchiveStore, FolderStore

log = structlog.get_logger(__name__)

#: Seconds between two looks at the active publication.
PERIOD = 1.0


class AtlasWatcher:
    """Holder of the current publication.

    Parameters
    ----------
    reader_url
        Gives the URL of the role that can only read; asked again at each new connection, since a
        private cluster may start after the service.
    store
        Where the tile archives are; a path is that of a folder with one folder per publication.
    period
        Seconds between two looks.
    folder
        Folder with one folder per publication, for what a store of archives does not keep; by
        default, `store` when it is a path.
    replicas
        URLs of replicas of that database, which take their share of the reading.
    max_lag
        Seconds of lag beyond which a replica is asked last.

    Attributes
    ----------
    servers
        The database and its replicas, and how they stand.
    """

    def __init__(
        self,
        reader_url: Callable[[], str],
        store: ArchiveStore | Path,
        period: float = PERIOD,
        folder: Path | None = None,
        *,
        replicas: Sequence[str] = (),
        max_lag: float = MAX_LAG,
    ) -> None:
        self.servers = DatabaseServers(reader_url, replicas, max_lag)
        self._store = FolderStore(store) if isinstance(store, Path) else store
        self._folder = folder or (store if isinstance(store, Path) else Path())
        self._period = period
        self._confirmed: datetime | None = None
        self._current: PublishedAtlas | None = None
        self._absence: Exception | None = DatabaseAwayError("pas encore regardée")
        self._health = Health()
        self._task: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._last_fault = ""
        self._looking = asyncio.Lock()

    @property
    def current(self) -> PublishedAtlas | None:
        """The active publication as last seen; it stays while the database is away."""
        return self._current

    @property
    def absence(self) -> Exception | None:
        """Why no database can be asked anything now; ``None`` when one can."""
        return self._absence

    @property
    def confirmed(self) -> datetime | None:
        """When a run of the ETL last ended on the active publication, made anew or found made."""
        return self._confirmed

    async def start(self) -> None:
        """Look once, then go on looking in the background."""
        await self.look()
        self._task = asyncio.create_task(self._watch(), name="atlas-watcher")

    async def stop(self) -> None:
        """Stop looking and close every connection."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._replace(None)
        await self.closed()
        await self.servers.close()

    async def closed(self) -> None:
        """Wait until the publications replaced so far are closed: their last request has ended."""
        await asyncio.gather(*self._closing)

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._health.suspect.wait(), self._period)
            self._health.suspect.clear()
            await self.look()

    async def look(self) -> None:
        """Follow the active publication once; whatever goes wrong, the service goes on."""
        try:
            async with self._looking:
                await self._follow()
        except Exception as error:
            # Whatever a publication holds, the watcher goes on and the last good one is kept.
            fault = f"{type(error).__name__}: {error}"
            if fault != self._last_fault:
                log.exception("publication_illisible", erreur=fault)
            self._last_fault = fault
            if self._current is None:
                self._absence = NothingPublishedError()
        else:
            self._last_fault = ""

    async def _follow(self) -> None:
        try:
            active = await self.servers.look()
            if active is None:
                self._missing(NothingPublishedError())
                self._replace(None)
                self.servers.serving = None
                return
            self._confirmed = active.activated
            if self._current is None or self._current.id != active.publication:
                await self._open(active.publication)
            elif self._current.archives_altered:
                # Repaired, most often. As a whole: requests under way keep what they have.
                await self._open(active.publication)
            elif self._current.archives_away:
                await self._current.open_archives()
        except (DatabaseAwayError, InstallationError) as error:
            self._missing(DatabaseAwayError(str(error)))
            return
        if not self.servers.holders(active.publication):
            # It stays, for what is answered from memory: an older one is never gone back to.
            self._missing(DatabaseAwayError(str(self.servers.primary.fault)))
            return
        if self._absence is not None:
            log.info("base_presente")
        self._absence = None
        self._health.away = False

    async def _open(self, publication: str) -> None:
        """Open a publication where it can be read, and serve it."""
        opened = await PublishedAtlas.open(
            self.servers.urls(publication),
            publication,
            self._store,
            self._folder / publication,
            self._reader(publication),
        )
        self._replace(opened)
        self.servers.serving = publication
        await asyncio.to_thread(settle)
        log.info("publication_ouverte", publication=publication)

    def _reader(self, publication: str) -> Reader:
        if self.servers.alone:
            return Database(self.servers.primary.url(), publication, self._health)
        return Replicas(self.servers, publication, self._health)

    async def _close(self, old: PublishedAtlas) -> None:
        """Close a publication after its last request; let go of it where another one is served."""
        await old.close()
        del old
        if self._current is not None:
            await asyncio.to_thread(settle)

    def _missing(self, reason: Exception) -> None:
        if type(self._absence) is not type(reason):
            log.warning("base_absente", raison=type(reason).__name__, erreur=str(reason))
        self._absence = reason
        self._health.away = isinstance(reason, DatabaseAwayError)

    def _replace(self, new: PublishedAtlas | None) -> None:
        old, self._current = self._current, new
        if old is not None:
            task = asyncio.create_task(self._close(old), name=f"close-{old.id}")
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
