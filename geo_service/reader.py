"""What reads the tables of a publication, on one server or on several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, LiteralString, Protocol, TypeVar

from psycopg import Connection

from geo_service.database import Rows

T = TypeVar("T")


class Reader(Protocol):
    """One server (:class:`geo_service.database.Database`) or several (``Replicas``)."""

    async def open(self) -> None:
        """Make ready to read; raises DatabaseAwayError if nothing answers in time."""

    async def close(self) -> None:
        """Close every connection."""

    def statistics(self) -> dict[str, int]:
        """Give the figures of the pools, see :meth:`geo_service.database.Database.statistics`."""

    def pools(self) -> dict[str, dict[str, int]]:
        """Give the figures of the pool of each server, by its name."""

    def shares(self) -> dict[str, dict[str, int]]:
        """Count by server the queries asked of it, and those that went to another in the end."""

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
        """Run a query, see :meth:`geo_service.database.Database.fetch`."""

    async def aside(self, publication: str, work: Callable[[Connection[Any]], T]) -> T:
        """Run some work apart, see :meth:`geo_service.database.Database.aside`."""
