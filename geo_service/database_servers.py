"""The servers that hold the atlas, as this process sees them: who answers, what, how late.

The first is the one that is written to; the others, if any, are its replicas. They are looked at
regularly and all at once, each on a connection of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import psycopg
import structlog
from psycopg.conninfo import make_conninfo

from geo_service.database import (
    CONNECT_TIMEOUT,
    NETWORK_GRACE,
    PRIMARY,
    STATEMENT_TIMEOUT,
    DatabaseAwayError,
    cut,
)
from geo_service.faults import InstallationError
from geo_service.replication import (
    MAX_LAG,
    Active,
    ActiveFollower,
    Glimpse,
    Horizon,
    Lag,
    Motive,
)

log = structlog.get_logger(__name__)

#: Seconds one server of several has to answer a look: the others can take its queries over.
PATIENCE: Final = 2.0
#: Seconds a lone server has, or all when none answers: as long as a query of a request.
LONE_PATIENCE: Final = STATEMENT_TIMEOUT / 1000 + NETWORK_GRACE
#: Seconds that servers which did not answer the look before are waited for.
_AWAY_PATIENCE: Final = 0.5

# The position of a standby is taken before what it shows, which is thus as recent or more; that of
# a primary after.
_BEFORE: Final = """
SELECT pg_is_in_recovery(),
       pg_last_wal_replay_lsn() - '0/0'::pg_lsn,
       greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn,
       extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
"""
_SHOWN: Final = """
SELECT active.publication, known.activee_le, ARRAY(SELECT id FROM atlas.publications),
       CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn() - '0/0'::pg_lsn END,
       CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_flush_lsn() - '0/0'::pg_lsn END
FROM (VALUES (true)) AS one (line)
LEFT JOIN atlas.publication_active AS active ON active.unique_ligne
LEFT JOIN atlas.publications AS known ON known.id = active.publication
"""
_NO_CATALOGUE = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)


@dataclass(frozen=True)
class Standing:
    """How a server stands.

    Attributes
    ----------
    name
        ``primaire``, ``replique-1``…: never its address.
    motive
        Why it is left out; None when it takes its share.
    lag
        How late it is; None while it is away, or where it does not replicate.
    """

    name: str
    motive: Motive | None
    lag: Lag | None


class DatabaseServer:
    """One server, looked at on a connection of its own.

    Parameters
    ----------
    name
        For people: never its address.
    url
        Gives the URL of a role that can only read; asked at each new connection.

    Attributes
    ----------
    glimpse
        What it told at the last look; None while it does not answer.
    fault
        Why it does not answer.
    lag
        How late it is; None while it is away, or where it does not replicate.
    """

    def __init__(self, name: str, url: Callable[[], str]) -> None:
        self.name = name
        self.url = url
        self.glimpse: Glimpse | None = None
        self.fault: Exception = DatabaseAwayError("pas encore regardée")
        self.lag: Lag | None = None
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._overdue = False

    async def look(self) -> None:
        """Look once; whatever goes wrong is kept in ``fault``."""
        try:
            # A connection that was open may have been closed by a restart: that proves nothing.
            was_open = self._connection is not None
            try:
                self.glimpse = await self._ask()
            except psycopg.OperationalError:
                await self.close()
                if not was_open or self._overdue:
                    raise
                self.glimpse = await self._ask()
        except (psycopg.Error, InstallationError, OSError, ValueError) as error:
            self.gone(error)
            await self.close()

    def overdue(self) -> None:
        """Wait no longer for a look that is under way."""
        self._overdue = True
        if self._connection is not None:
            cut(self._connection)

    def gone(self, fault: Exception) -> None:
        """Take it for away until the next look."""
        self.glimpse, self.lag, self.fault = None, None, fault

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                await connection.close()

    async def _ask(self) -> Glimpse:
        self._overdue = False
        if self._connection is None:
            address = make_conninfo(
                self.url(), connect_timeout=CONNECT_TIMEOUT, application_name="atlas-api"
            )
            self._connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
        connection = self._connection
        bound = asyncio.get_running_loop().call_later(LONE_PATIENCE, self.overdue)
        try:
            async with connection.pipeline():
                before = await connection.execute(_BEFORE)
                shown = await connection.execute(_SHOWN)
            standby, replayed, received, age = await _row(before)
            publication, activated, held, written, flushed = await _row(shown)
        except _NO_CATALOGUE:
            before = await connection.execute(_BEFORE)
            standby, replayed, received, age = await _row(before)
            publication, activated, held, written, flushed = None, None, (), 0, 0
        finally:
            bound.cancel()
        return Glimpse(
            standby,
            int((replayed if standby else written) or 0),
            int((received if standby else flushed) or 0),
            None if age is None else float(age),
            None if publication is None else Active(publication, activated),
            frozenset(held),
        )


async def _row(cursor: psycopg.AsyncCursor[Any]) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = await cursor.fetchone()
    if row is None:  # these queries always give one
        raise psycopg.DataError("réponse vide")
    return row


class Pools(Protocol):
    """Whoever keeps connections to the servers."""

    async def follow(self) -> None:
        """Open connections to the servers that are back, close those to the ones that are gone."""

    def drop(self, server: DatabaseServer) -> None:
        """Make what runs on a server fail at once, and ask it nothing more."""


class DatabaseServers:
    """All servers of one atlas.

    Parameters
    ----------
    primary
        Gives the URL of the server that is written to, reading role.
    replicas
        URLs of its replicas.
    max_lag
        Seconds of lag beyond which a replica is asked last.

    Attributes
    ----------
    all
        The primary, then its replicas.
    serving
        The publication that this process serves: what servers are judged by.
    """

    def __init__(
        self, primary: Callable[[], str], replicas: Sequence[str] = (), max_lag: float = MAX_LAG
    ) -> None:
        named = [DatabaseServer(PRIMARY, primary)]
        for number, url in enumerate(replicas, 1):
            named.append(DatabaseServer(f"replique-{number}", lambda url=url: url))  # type: ignore[misc]
        self.all = tuple(named)
        self.serving: str | None = None
        self._max_lag = max_lag
        self._horizon = Horizon(2 * max_lag)
        self._following = ActiveFollower()
        self._looks: dict[DatabaseServer, asyncio.Task[None]] = {}
        self._pools: set[Pools] = set()
        self._told: dict[DatabaseServer, Motive | None] = {}

    @property
    def primary(self) -> DatabaseServer:
        """The server that is written to."""
        return self.all[0]

    @property
    def alone(self) -> bool:
        """Whether there are no replicas."""
        return len(self.all) == 1

    # --- looking ---------------------------------------------------------------------------

    async def look(self) -> Active | None:
        """Look at all servers, let pools follow, and hear what is active.

        Returns
        -------
        Active or None
            What is active; None when the primary says that nothing is.

        Raises
        ------
        DatabaseAwayError
            If nobody answers, or those who do cannot tell what is active and nobody ever did.
        """
        await self._look_at_all()
        self._measure(time.monotonic())
        await asyncio.gather(*(pools.follow() for pools in list(self._pools)))
        for server in self.all:
            self._tell(server)
        if all(server.glimpse is None for server in self.all):
            raise DatabaseAwayError(str(self.primary.fault)) from self.primary.fault
        # A lone server is believed whatever it is: nobody knows better.
        primary = self.primary.glimpse if self.alone else _writing(self.primary)
        active = self._following.hear(
            primary,
            [
                server.glimpse
                for server in self.all
                if server.glimpse is not None and server.glimpse is not primary
            ],
        )
        if active is None and primary is None:
            raise DatabaseAwayError(str(self.primary.fault)) from self.primary.fault
        return active

    async def _look_at_all(self) -> None:
        known = [server for server in self.all if server.glimpse is not None] or self.all
        for server in self.all:
            if server not in self._looks:
                self._looks[server] = asyncio.create_task(server.look(), name=f"look-{server.name}")
        waited = {self._looks[server]: server for server in known}
        _, late = await asyncio.wait(waited, timeout=None if self.alone else PATIENCE)
        # One of several that is so slow is left out. All of them at once: they have much to do.
        answered = any(s.glimpse is not None for task, s in waited.items() if task not in late)
        if late and not answered:
            await asyncio.wait(late)
            late = set()
        for task in late:
            waited[task].gone(DatabaseAwayError(f"pas de réponse en {PATIENCE:g} s"))
            waited[task].overdue()
        # One that did not answer before holds up nobody for long: the next look sees what it says.
        await asyncio.wait(self._looks.values(), timeout=_AWAY_PATIENCE)
        for server, task in list(self._looks.items()):
            if task.done():
                del self._looks[server]
                task.result()

    def _measure(self, now: float) -> None:
        primary = _writing(self.primary)
        standbys = [s for s in self.all if s.glimpse is not None and s.glimpse.standby]
        if primary is not None:
            self._horizon.see(primary.received, now)
        elif standbys:
            self._horizon.see(max(s.glimpse.received for s in standbys if s.glimpse), now)
        for server in self.all:
            server.lag = None
            if server.glimpse is not None and server.glimpse.standby:
                server.lag = self._horizon.lag(server.glimpse, now)
            elif server is self.primary and primary is not None:
                server.lag = Lag(0.0, 0)

    # --- who may be asked ------------------------------------------------------------------

    def holders(self, publication: str) -> list[DatabaseServer]:
        """Servers that answer and have a publication, the late ones too."""
        return [
            server
            for server in self.all
            if server.glimpse is not None and publication in server.glimpse.held
        ]

    def urls(self, publication: str) -> list[str]:
        """URLs to read a publication at, the best first: those up to date, replicas before."""
        ranked = sorted(
            self.holders(publication), key=lambda s: (not self.knows_all(s), s is self.primary)
        )
        return [server.url() for server in ranked]

    def is_late(self, server: DatabaseServer) -> bool:
        """Tell whether a server is too late to be asked while others can be."""
        return server.lag is not None and server.lag.seconds > self._max_lag

    def knows_all(self, server: DatabaseServer) -> bool:
        """Tell whether the catalogue of a server is the present one."""
        known = self._following.known
        if server.glimpse is None or known is None or server.glimpse.active != known:
            return False
        reference = _writing(self.primary) or max(
            (s.glimpse for s in self.all if s.glimpse is not None and s.glimpse.active == known),
            key=lambda glimpse: (glimpse.standby, glimpse.position),
        )
        return server.glimpse.held == reference.held

    def motive(self, server: DatabaseServer) -> Motive | None:
        """Say why a server is left out of what is served; None when it takes its share."""
        if server.glimpse is None:
            return Motive.AWAY
        if self.serving is not None and self.serving not in server.glimpse.held:
            return Motive.LACKING
        return Motive.LATE if self.is_late(server) else None

    def standings(self) -> list[Standing]:
        """Tell how every server stands, the primary first."""
        return [Standing(server.name, self.motive(server), server.lag) for server in self.all]

    # --- pools -----------------------------------------------------------------------------

    def join(self, pools: Pools) -> None:
        """Tell somebody from now on who goes and who comes back."""
        self._pools.add(pools)

    def leave(self, pools: Pools) -> None:
        """Tell somebody nothing more."""
        self._pools.discard(pools)

    def lost(self, server: DatabaseServer, fault: Exception) -> None:
        """Take a server for away at once: a request could not reach it."""
        server.gone(fault)
        for pools in list(self._pools):
            pools.drop(server)
        self._tell(server)

    async def close(self) -> None:
        """Close the connections of the looks."""
        for server, task in self._looks.items():
            server.overdue()  # psycopg would first ask a silent server to cancel its query
            task.cancel()
        await asyncio.gather(*self._looks.values(), return_exceptions=True)
        self._looks.clear()
        await _all(server.close() for server in self.all)

    def _tell(self, server: DatabaseServer) -> None:
        """Write one line when a server goes or comes back; a lone one has lines of its own."""
        motive = self.motive(server)
        before = self._told.get(server)
        self._told[server] = motive
        if self.alone or motive == before:
            return
        if motive is None:
            log.info("serveur_repris", serveur=server.name)
        elif motive is Motive.AWAY:
            log.warning("serveur_ecarte", serveur=server.name, motif=motive, erreur=_said(server))
        else:
            late = round(server.lag.seconds, 1) if server.lag is not None else None
            log.warning("serveur_ecarte", serveur=server.name, motif=motive, retard_s=late)


def _writing(server: DatabaseServer) -> Glimpse | None:
    """Give what a server told, if it is one that is written to."""
    glimpse = server.glimpse
    return None if glimpse is None or glimpse.standby else glimpse


def _said(server: DatabaseServer) -> str:
    return str(server.fault).strip().partition("\n")[0]


async def _all(closings: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*closings)
