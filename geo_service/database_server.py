"""One server that holds the atlas, looked at on a connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg.conninfo import make_conninfo

from geo_service.database import (
    CONNECT_TIMEOUT,
    NETWORK_GRACE,
    STATEMENT_TIMEOUT,
    DatabaseAwayError,
    cut,
)
from geo_service.faults import InstallationError
from geo_service.replication import Active, Glimpse, Lag

#: Seconds a lone server has, or all when none answers: as long as a query of a request.
LONE_PATIENCE: Final = STATEMENT_TIMEOUT / 1000 + NETWORK_GRACE

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
            if not self._overdue:
                self.gone(error)
            await self.close()

    def overdue(self) -> None:
        """Wait no longer for a look that is under way: the server is away."""
        self._overdue = True
        self.gone(DatabaseAwayError("pas de réponse à temps"))
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
