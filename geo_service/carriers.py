"""Who holds the rows of a long list: how many rows each has, so that a page reads its own alone.

Actions are listed carrier after carrier, lieux commune after commune. Knowing how many rows each
has, in all and of each service, gives the exact total of any territory and the few carriers of a
page without reading a row: a page of a list of millions costs what a page of fifty does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, LiteralString, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow

from geo_service.coverage import Coverage
from geo_service.matrices import CommuneMatrices, packed
from geo_service.sql import load
from geo_service.territories import Key


@dataclass(frozen=True)
class Page:
    """Where the rows of a page are.

    Attributes
    ----------
    total
        Rows of the whole list.
    keys
        Niveau and code of the carriers of the page, in order.
    skipped
        Rows of the first carrier that are before the page.
    count
        Rows of the page.
    last
        Carrier of the last row, and how many of its rows have then been shown; None on the last
        page.
    """

    total: int
    keys: list[Key]
    skipped: int
    count: int
    last: tuple[int, int] | None


class Queries(NamedTuple):
    """SQL of the rows of a page: of all services, of one."""

    page: LiteralString
    page_of_service: LiteralString


class Held(NamedTuple):
    """Carriers that have rows of a service, in their order: (k,) places, and rows of each."""

    places: NDArray[np.int32]
    counts: NDArray[np.int32]


_NOTHING: Final = Held(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32))


@dataclass(frozen=True)
class Carriers:
    """The carriers of a list, in its order.

    Attributes
    ----------
    position
        Niveau and code of the k carriers, in order, with their places.
    counts
        (k,) rows of each.
    by_service
        The same for each service that has rows.
    queries
        Read the rows themselves.
    """

    position: Mapping[Key, int]
    counts: NDArray[np.int32]
    by_service: Mapping[str, Held]
    queries: Queries
    _keys: Sequence[Key]
    _communes: NDArray[np.intp]
    _starts: NDArray[np.intp]

    def keys_of(self, communes: NDArray[np.bool_]) -> list[Key]:
        """Niveau and code of the carriers that have one of these communes, in order."""
        return [self._keys[index] for index in self._chosen(communes, None)[0]]

    def grouped(self, keys: Sequence[Key], rows: int) -> Iterator[list[Key]]:
        """Cut carriers in groups that together have some rows at most, or one carrier with more."""
        group: list[Key] = []
        held = 0
        for key in keys:
            its = int(self.counts[self.position[key]])
            if group and held + its > rows:
                yield group
                group, held = [], 0
            group.append(key)
            held += its
        if group:
            yield group

    def page(
        self,
        communes: NDArray[np.bool_],
        service: str | None,
        after: tuple[int, int] | None,
        limit: int | None,
    ) -> Page:
        """Find the rows of a page: those whose carrier has one of these communes.

        Parameters
        ----------
        communes
            (n,) communes looked at, in the rows of the matrices.
        service
            Only rows that give this service.
        after
            ``last`` of the page before.
        limit
            Most rows; None for all.

        Returns
        -------
        Page
            Empty when nothing is left.
        """
        chosen, counts = self._chosen(communes, service)
        total = int(counts.sum())
        carrier, skipped = after or (0, 0)
        first = int(np.searchsorted(chosen, carrier))
        chosen, counts = chosen[first:], counts[first:]
        if not len(chosen) or chosen[0] != carrier:
            skipped = 0
        ends = np.cumsum(counts) - skipped
        left = int(ends[-1]) if len(ends) else 0
        count = left if limit is None else min(limit, left)
        used = int(np.searchsorted(ends, count)) + 1 if count > 0 else 0
        last = None
        if count < left:
            shown = count - int(ends[used - 1]) + int(counts[used - 1])
            last = (int(chosen[used - 1]), shown)
        return Page(total, [self._keys[index] for index in chosen[:used]], skipped, count, last)

    def _chosen(
        self, communes: NDArray[np.bool_], service: str | None
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        if not len(self.counts):
            return self.counts, self.counts
        reached = np.logical_or.reduceat(communes[self._communes], self._starts)
        if service is None:
            found = np.flatnonzero(reached).astype(np.int32)
            return found, self.counts[found]
        carriers, counts = self.by_service.get(service, _NOTHING)
        kept = reached[carriers]
        return carriers[kept], counts[kept]


def read_lieux(connection: Connection[TupleRow], coverage: Coverage) -> Carriers:
    """Read how many lieux each commune has; communes are in the order of their names.

    Parameters
    ----------
    coverage
        Knows how many of each service they have.
    """
    rows = connection.execute(load("porteurs_lieux")).fetchall()
    matrices = coverage.matrices
    counts = coverage.lieux[[matrices.position[code] for _, code, _ in rows]]
    by_service = {}
    for service, column in zip(matrices.services, counts.T, strict=True):
        places = np.flatnonzero(column).astype(np.int32)
        by_service[service] = Held(places, column[places])
    queries = Queries(
        load("lieux_page") + load("lieux"), load("lieux_page_service") + load("lieux")
    )
    return _carriers(rows, matrices, by_service, queries)


def read_actions(connection: Connection[TupleRow], matrices: CommuneMatrices) -> Carriers:
    """Read how many actions each territory carries: communes first, by name, then larger ones."""
    rows = connection.execute(load("porteurs_actions")).fetchall()
    known = {"niveaux": [row[0] for row in rows], "codes": [row[1] for row in rows]}
    by_service = {}
    for service, *columns in packed(connection, load("porteurs_actions_services"), **known):
        places, counts = (np.frombuffer(values, ">i4").astype(np.int32) for values in columns)
        order = np.argsort(places)
        by_service[service] = Held(places[order], counts[order])
    queries = Queries(
        load("actions_page") + load("actions"), load("actions_page_service") + load("actions")
    )
    return _carriers(rows, matrices, by_service, queries)


def _carriers(
    rows: Sequence[TupleRow],
    matrices: CommuneMatrices,
    by_service: Mapping[str, Held],
    queries: Queries,
) -> Carriers:
    keys: list[Key] = [(niveau, code) for niveau, code, _ in rows]
    members = [matrices.members(niveau, code) for niveau, code in keys]
    sizes = np.array([len(found) for found in members], dtype=np.intp)
    return Carriers(
        {key: place for place, key in enumerate(keys)},
        np.array([count for *_, count in rows], dtype=np.int32),
        by_service,
        queries,
        keys,
        np.concatenate(members) if members else np.empty(0, dtype=np.intp),
        np.cumsum(sizes) - sizes,
    )
