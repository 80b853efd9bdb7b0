"""The servers that hold the atlas, as this process sees them: who answers, what, how late.

The first is the one that is written to; the others, if any, are its replicas. They are looked at
regularly and all at once, each on a connection of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from geo_service.database import PRIMARY, DatabaseAwayError
from geo_service.database_server import DatabaseServer
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
#: Seconds that servers which did not answer the look before are waited for.
_AWAY_PATIENCE: Final = 0.5


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
            named.append(DatabaseServer(f"replique-{number}", _always(url)))
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
        await asyncio.gather(*(server.close() for server in self.all))

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


def _always(url: str) -> Callable[[], str]:
    return lambda: url


def _writing(server: DatabaseServer) -> Glimpse | None:
    """Give what a server told, if it is one that is written to."""
    glimpse = server.glimpse
    return None if glimpse is None or glimpse.standby else glimpse


def _said(server: DatabaseServer) -> str:
    return str(server.fault).strip().partition("\n")[0]
