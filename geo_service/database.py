"""The pooled connections to one publication, read only, that survive a restart of PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, LiteralString, TypeVar

import orjson
import psycopg
import structlog
from psycopg import AsyncConnection, Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from etl.schemas import schema_of

log = structlog.get_logger(__name__)

#: Seconds a request waits for a connection before it is told to come back.
POOL_TIMEOUT = 1.0
#: Seconds to open the pool, and to close it.
OPENING_TIMEOUT = 2.0
#: Seconds to open a connection.
CONNECT_TIMEOUT = 2
#: Connections of one worker process: two cores answer no faster with more.
POOL_SIZE = 8
#: Requests that may wait for a connection; the next ones are refused at once.
POOL_WAITING = 200
#: Milliseconds a query may last: the longest takes a third of a second. A connection held for long
#: is one in eight that others wait for.
STATEMENT_TIMEOUT = 5_000
#: Milliseconds for a query on a connection of its own, which nobody waits for.
ASIDE_TIMEOUT = 15_000

#: Seconds beyond the longest that the server lets a query last: an answer that has not come by then
#: never will, since nothing says so on a network that swallows everything.
NETWORK_GRACE = 2.0

#: Options of libpq: a connection is given up some ten seconds after the other end went without a
#: word. Those of a thread have no other bound; a Unix socket does without.
_KEEPALIVE = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

#: Name of the server that is written to, for people: addresses are for nobody.
PRIMARY = "primaire"


class SilentError(psycopg.OperationalError):
    """No answer came in the longest time a query may last: the connection was cut."""


#: Operational errors that another connection would not mend. Of a silent network, the next would
#: hear no more, and its reader would have waited twice.
_REFUSED = (psycopg.errors.QueryCanceled, PoolTimeout, PoolClosed, TooManyRequests, SilentError)

Rows = list[dict[str, Any]]
T = TypeVar("T")


class DatabaseAwayError(Exception):
    """The database cannot be reached."""


class DatabaseBusyError(DatabaseAwayError):
    """The database is there, and every connection to it is taken by other requests."""


class NothingPublishedError(Exception):
    """The database is there, and no publication is active in it."""


def publication_conninfo(url: str, publication: str, timeout: int | None = None) -> str:
    """Give the address of a connection that reads one publication and can do nothing else.

    Parameters
    ----------
    url
        URL of a role that can read, with or without ``options`` of its own.
    publication
        Id of a publication.
    timeout
        Milliseconds a query may last; :data:`STATEMENT_TIMEOUT` by default.

    Returns
    -------
    str
        Connection string of libpq.
    """
    own = conninfo_to_dict(url).get("options", "")
    options = (
        f"{own} -c search_path={schema_of(publication)},public"
        " -c default_transaction_read_only=on"
        f" -c statement_timeout={STATEMENT_TIMEOUT if timeout is None else timeout}"
        " -c work_mem=32MB"  # the lists of all communes fit in memory
        " -c jit=off"  # compiling takes longer than the longest of these queries
    )
    return make_conninfo(
        url,
        options=options.strip(),
        connect_timeout=CONNECT_TIMEOUT,
        application_name="atlas-api",
        **_KEEPALIVE,
    )


def cut(connection: AsyncConnection[Any]) -> None:
    """Shut the socket of a connection down: whoever waits for its answer fails at once.

    Cancelling who waits would first ask the server to cancel its query, and wait for that.
    """
    with (
        suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.fileno())) as shared,
    ):
        shared.shutdown(socket.SHUT_RDWR)


async def _configure(connection: AsyncConnection[Any]) -> None:
    set_json_loads(orjson.loads, connection)


class Health:
    """Whether the database answers, known to all requests as soon as it is to one.

    Attributes
    ----------
    away
        Set by who looks at the database regularly: requests then fail at once, without a queue.
    suspect
        Set by a request that failed: look at once.
    """

    def __init__(self) -> None:
        self.away = False
        self.suspect = asyncio.Event()


class Database:
    """Reader of the tables of one publication on one server.

    Attributes
    ----------
    outstanding
        Queries asked of it that it has not answered, those that wait for a connection included.

    Parameters
    ----------
    url
        URL of a role that can read.
    publication
        Id of the publication whose schema is read.
    health
        Shared by everything that speaks to this database.
    """

    def __init__(self, url: str, publication: str, health: Health) -> None:
        self._health = health
        self._url = url
        self._running = 0
        self._used: set[AsyncConnection[DictRow]] = set()
        self._asked = 0
        self.outstanding = 0
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            publication_conninfo(url, publication),
            kwargs={"autocommit": True, "row_factory": dict_row},
            min_size=1,
            max_size=POOL_SIZE,
            timeout=POOL_TIMEOUT,
            max_waiting=POOL_WAITING,
            # Give up at once: the next request tries again, and no long back-off delays the return.
            reconnect_timeout=0.1,
            configure=_configure,
            open=False,
            name=f"atlas-{publication}",
        )

    async def open(self) -> None:
        """Open the first connection.

        Raises
        ------
        DatabaseAwayError
            If the database does not answer in time.
        """
        try:
            await self._pool.open(wait=True, timeout=OPENING_TIMEOUT)
        except (PoolTimeout, psycopg.OperationalError) as error:
            await self._pool.close(timeout=0)
            raise DatabaseAwayError(str(error)) from error

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close(timeout=OPENING_TIMEOUT)

    def cut(self) -> None:
        """Make the queries that are running fail at once: their server is out of reach."""
        for connection in list(self._used):
            cut(connection)

    def statistics(self) -> dict[str, int]:
        """Give the figures of the pool, in the words of psycopg's ``get_stats``.

        Returns
        -------
        dict
            Connections (``pool_size``, ``pool_available``, ``pool_max``), requests waiting for one
            (``requests_waiting``); and, since it was opened, requests that asked for one, had to
            wait, how long (``requests_wait_ms``), and had none (``requests_errors``).
        """
        return self._pool.get_stats()

    def pools(self) -> dict[str, dict[str, int]]:
        """Give the figures of the pool by the name of its server, the only one."""
        return {PRIMARY: self.statistics()}

    def shares(self) -> dict[str, dict[str, int]]:
        """Count the queries asked; they have nowhere else to go."""
        return {PRIMARY: {"asked": self._asked, "moved": 0}}

    async def fetch(
        self,
        query: LiteralString,
        values: Mapping[str, Any] | None = None,
        *,
        timeout: int | None = None,
        binary: bool = False,
        prepare: bool | None = None,
        catalogue: bool = False,  # noqa: ARG002 (means something where there are replicas)
    ) -> Rows:
        """Run a query and return all its rows.

        A connection found broken (PostgreSQL was restarted) is thrown away with all the others
        that are, and the query is run once more on a good one.

        Parameters
        ----------
        query
            SQL text with ``%(name)s`` places.
        values
            Values of these places.
        timeout
            Milliseconds it may last, when less than :data:`STATEMENT_TIMEOUT`.
        binary
            Whether values come as PostgreSQL holds them: half the bytes, for geometries.
        prepare
            False for a plan made for these very values; None for psycopg to choose.
        catalogue
            Whether it asks what may change (the list of publications), unlike the tables of this
            publication: a replica that is behind would answer otherwise.

        Returns
        -------
        list of dict
            One per row, by column name.

        Raises
        ------
        DatabaseAwayError
            If the database cannot be reached.
        DatabaseBusyError
            If there was no connection free for :data:`POOL_TIMEOUT`, or too many wait for one.
        psycopg.Error
            If the database refuses the query itself, or takes too long over it.
        """
        self._asked += 1
        self.outstanding += 1
        try:
            return await self._twice(
                partial(self._run, query, values, timeout, binary=binary, prepare=prepare)
            )
        finally:
            self.outstanding -= 1

    async def once(
        self,
        query: LiteralString,
        values: Mapping[str, Any] | None,
        timeout: int | None,
        *,
        binary: bool,
        prepare: bool | None,
    ) -> Rows:
        """Run a query as :meth:`fetch` does, but leave it to the caller what to do if it fails.

        Raises
        ------
        DatabaseBusyError
            If there was no connection free for :data:`POOL_TIMEOUT`, or too many wait for one.
        psycopg.Error
            If the database cannot be reached, or refuses the query.
        """
        self.outstanding += 1
        try:
            return await self._run(query, values, timeout, binary=binary, prepare=prepare)
        except (PoolTimeout, TooManyRequests) as error:
            if self._full(error):
                raise DatabaseBusyError(str(error)) from error
            raise
        finally:
            self.outstanding -= 1

    def _full(self, error: Exception) -> bool:
        """Tell a pool whose connections all run a query, which is slow, from a broken one."""
        full = isinstance(error, PoolTimeout) and self._running >= POOL_SIZE
        return full or isinstance(error, TooManyRequests)

    async def _twice(self, run: Callable[[], Awaitable[Rows]]) -> Rows:
        """Run a query, once more if its connection was broken."""
        if self._health.away:
            message = "base absente au dernier regard"
            raise DatabaseAwayError(message)
        try:
            try:
                return await run()
            except _REFUSED:
                raise
            except psycopg.OperationalError as error:
                log.warning("connexion_perdue", erreur=str(error))
                await self._pool.check()
                return await run()
        except psycopg.errors.QueryCanceled:
            raise
        except psycopg.OperationalError as error:
            if self._full(error):
                raise DatabaseBusyError(str(error)) from error
            self._health.suspect.set()
            raise DatabaseAwayError(str(error)) from error

    async def aside(self, publication: str, work: Callable[[Connection[Any]], T]) -> T:
        """Run some work on another publication than this one, on a connection of its own.

        Parameters
        ----------
        publication
            Id of a publication of the same catalogue.
        work
            What to do with a connection that reads it; called in another thread.

        Returns
        -------
        object
            What the work gives.

        Raises
        ------
        DatabaseAwayError
            If there is no connection to be had.
        psycopg.Error
            If the database refuses a query, or takes too long over it.
        """
        if self._health.away:
            message = "base absente au dernier regard"
            raise DatabaseAwayError(message)

        def connected() -> T:
            address = publication_conninfo(self._url, publication, ASIDE_TIMEOUT)
            with psycopg.connect(address) as connection:
                return work(connection)

        try:
            return await asyncio.to_thread(connected)
        except psycopg.errors.QueryCanceled:
            raise
        except psycopg.OperationalError as error:
            self._health.suspect.set()
            raise DatabaseAwayError(str(error)) from error

    async def _run(
        self,
        query: LiteralString,
        values: Mapping[str, Any] | None,
        timeout: int | None,
        *,
        binary: bool,
        prepare: bool | None,
    ) -> Rows:
        async with self._pool.connection() as connection:
            self._running += 1
            self._used.add(connection)
            patience = (STATEMENT_TIMEOUT if timeout is None else timeout) / 1000 + NETWORK_GRACE
            silent = False

            def give_up() -> None:
                nonlocal silent
                silent = True
                cut(connection)

            bound = asyncio.get_running_loop().call_later(patience, give_up)
            try:
                if timeout is None:
                    cursor = await connection.execute(query, values, binary=binary, prepare=prepare)
                    return await cursor.fetchall()
                # In one round trip: the bound holds for this transaction alone.
                async with connection.pipeline(), connection.transaction():
                    await connection.execute(
                        "SELECT set_config('statement_timeout', %s, true)", [str(timeout)]
                    )
                    cursor = await connection.execute(query, values, binary=binary, prepare=prepare)
                return await cursor.fetchall()
            except psycopg.OperationalError as error:
                if silent:
                    raise SilentError(f"pas de réponse en {patience:g} s") from error
                raise
            finally:
                bound.cancel()
                self._used.discard(connection)
                self._running -= 1
