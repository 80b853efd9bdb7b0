"""Reads one publication from several servers: whichever has least to do, and another if it fails.

The tables of a publication never change, so every server that has it gives the same answer, however
late it is. What a late one must not be asked is what does change (see ``catalogue`` below), and the
primary shares the work: a query goes to the server with the fewest of ours outstanding, so one that
is slow, for whatever reason (it loads a publication, replays one, has half the cores), is given
less, without anybody having to say how much each can take. When nobody has anything to do replicas
come first: the primary has other work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any, LiteralString, TypeVar

import psycopg
import structlog
from psycopg import Connection
from psycopg_pool import PoolClosed, PoolTimeout

from geo_service.database import (
    POOL_SIZE,
    Database,
    DatabaseAwayError,
    DatabaseBusyError,
    Health,
    Rows,
)
from geo_service.database_server import DatabaseServer
from geo_service.database_servers import DatabaseServers

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: What another server may answer: an accident of this one, or (class 40 of SQLSTATE) a query that
#: its replay of the primary's changes had to cancel.
_ELSEWHERE = (
    psycopg.OperationalError,
    psycopg.errors.DataCorrupted,
    psycopg.errors.IndexCorrupted,
)

_NOBODY = "aucun serveur n’a cette publication"


def _is_gone(error: psycopg.Error) -> bool:
    """Tell whether a server is out of reach or going, from a query that fails on it.

    PostgreSQL's own errors have a code: those of classes 08 and 57P say that it is going. libpq's
    have none: the connection broke. A pool that gave no connection proves nothing yet, nor does a
    statement that was skipped because the one before it in its pipeline failed.
    """
    if isinstance(error, PoolTimeout | PoolClosed | psycopg.errors.PipelineAborted):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


class Replicas:
    """Reader of the tables of one publication on several servers.

    Parameters
    ----------
    servers
        Those that hold the atlas, and how they stand.
    publication
        Id of the publication whose schema is read.
    health
        Shared by everything that speaks to the databases: it makes the watcher look at once.
    """

    def __init__(self, servers: DatabaseServers, publication: str, health: Health) -> None:
        self._servers = servers
        self._publication = publication
        self._health = health
        self._pools: dict[DatabaseServer, Database] = {}
        self._turn = 0
        self._closing: set[asyncio.Task[None]] = set()
        self._before: dict[str, int] = {}
        self._shares = {server.name: {"asked": 0, "moved": 0} for server in servers.all}

    async def open(self) -> None:
        """Open connections to every server that has the publication.

        Raises
        ------
        DatabaseAwayError
            If none of them answers in time.
        """
        self._servers.join(self)
        await self.follow()
        if not self._pools:
            self._servers.leave(self)
            raise DatabaseAwayError(_NOBODY)

    async def close(self) -> None:
        """Close every connection."""
        self._servers.leave(self)
        for server in list(self._pools):
            self._forget(server)
        await asyncio.gather(*self._closing)

    async def follow(self) -> None:
        """Open connections to the servers that are back, close those to the ones that are gone."""
        holders = self._servers.holders(self._publication)
        for server in [server for server in self._pools if server not in holders]:
            self.drop(server)
        await asyncio.gather(
            *(self._open(server) for server in holders if server not in self._pools)
        )

    async def _open(self, server: DatabaseServer) -> None:
        pool = Database(server.url(), self._publication, self._health)
        try:
            await pool.open()
        except DatabaseAwayError as error:
            server.gone(error)
        else:
            self._pools[server] = pool

    def drop(self, server: DatabaseServer) -> None:
        """Make what runs on a server fail at once, to be run elsewhere, and ask it nothing more."""
        pool = self._pools.get(server)
        if pool is not None:
            self._forget(server)
            pool.cut()

    def _forget(self, server: DatabaseServer) -> None:
        pool = self._pools.pop(server)
        for name, figure in pool.statistics().items():
            if name.startswith("requests_") and name != "requests_waiting":
                self._before[name] = self._before.get(name, 0) + figure
        task = asyncio.create_task(pool.close(), name=f"close-{server.name}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def statistics(self) -> dict[str, int]:
        """Give the figures of all pools, added up; see :meth:`Database.statistics`."""
        found = dict(self._before)
        for pool in self._pools.values():
            for name, figure in pool.statistics().items():
                found[name] = found.get(name, 0) + figure
        return found

    def pools(self) -> dict[str, dict[str, int]]:
        """Give the figures of each pool, by the name of its server."""
        return {server.name: pool.statistics() for server, pool in self._pools.items()}

    def shares(self) -> dict[str, dict[str, int]]:
        """Count by server the queries asked of it, and those that went to another in the end."""
        return self._shares

    # --- reading ---------------------------------------------------------------------------

    async def fetch(
        self,
        query: LiteralString,
        values: Mapping[str, Any] | None = None,
        *,
        timeout: int | None = None,
        binary: bool = False,
        prepare: bool | None = None,
        catalogue: bool = False,
    ) -> Rows:
        """Run a query as :meth:`Database.fetch` does, on another server if one fails."""
        for server, pool, last in self._candidates(catalogue=catalogue):
            self._shares[server.name]["asked"] += 1
            try:
                if last:
                    return await pool.fetch(
                        query, values, timeout=timeout, binary=binary, prepare=prepare
                    )
                return await pool.once(query, values, timeout, binary=binary, prepare=prepare)
            except psycopg.errors.QueryCanceled:
                raise
            except DatabaseBusyError:
                # It had least to do, so the others are as busy, but for one that is stuck.
                if last or min(p.outstanding for p in self._pools.values()) >= POOL_SIZE:
                    raise
            except _ELSEWHERE as error:
                if last:
                    raise
                self._failed(server, error)
            self._shares[server.name]["moved"] += 1
        raise DatabaseAwayError(_NOBODY)

    async def aside(self, publication: str, work: Callable[[Connection[Any]], T]) -> T:
        """Run some work as :meth:`Database.aside` does, on another server if one fails."""
        for server, pool, last in self._candidates(catalogue=True):
            self._shares[server.name]["asked"] += 1
            try:
                return await pool.aside(publication, work)
            except DatabaseAwayError:
                if last:
                    raise
            self._shares[server.name]["moved"] += 1
        raise DatabaseAwayError(_NOBODY)

    def _candidates(self, *, catalogue: bool) -> Iterator[tuple[DatabaseServer, Database, bool]]:
        """Give the servers to ask one after the other, chosen anew each time.

        Parameters
        ----------
        catalogue
            Only those whose catalogue is the present one.

        Yields
        ------
        server : DatabaseServer
        pool : Database
        last : bool
            Whether there is no other to ask after this one.
        """
        tried: set[DatabaseServer] = set()
        while True:
            left = [
                (self._rank(server, pool, place), server, pool)
                for place, (server, pool) in enumerate(self._pools.items())
                if server not in tried and (not catalogue or self._servers.knows_all(server))
            ]
            if not left:
                return
            self._turn += 1
            _, server, pool = min(left, key=lambda one: one[0])
            tried.add(server)
            yield server, pool, len(left) == 1

    def _rank(
        self, server: DatabaseServer, pool: Database, place: int
    ) -> tuple[bool, int, bool, int]:
        """Rank a server: the lowest is asked first."""
        return (
            self._servers.is_late(server),
            pool.outstanding,
            server is self._servers.primary,
            (place - self._turn) % len(self._pools),
        )

    def _failed(self, server: DatabaseServer, error: psycopg.Error) -> None:
        log.info("requete_ailleurs", serveur=server.name, erreur=type(error).__name__)
        self._health.suspect.set()
        if _is_gone(error) and len(self._pools) > 1 and server in self._pools:
            self._servers.lost(server, error)
