"""Who holds the rows of a long list: how many rows each has, so that a page reads its own alone.

Actions are listed carrier after carrier, lieux commune after commune. Knowing how many rows each
has, of each service, gives the exact total of any territory and the few carriers of a page without
reading a row: a page of a list of millions costs what a page of fifty does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow

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


@dataclass(frozen=True)
class Carriers:
    """The carriers of a list, in its order.

    Attributes
    ----------
    keys
        (k,) niveau and code of each.
    counts
        (k,) rows of each.
    by_service
        For each service, the carriers that have rows of it, sorted, and how many each has.
    """

    keys: list[Key]
    counts: NDArray[np.int32]
    by_service: Mapping[str, tuple[NDArray[np.int32], NDArray[np.int32]]]
    _communes: NDArray[np.intp]
    _starts: NDArray[np.intp]

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
        return Page(total, [self.keys[index] for index in chosen[:used]], skipped, count, last)

    def _chosen(
        self, communes: NDArray[np.bool_], service: str | None
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        if not self.keys:
            return self.counts, self.counts
        reached = np.logical_or.reduceat(communes[self._communes], self._starts)
        if service is None:
            found = np.flatnonzero(reached).astype(np.int32)
            return found, self.counts[found]
        empty = np.empty(0, dtype=np.int32)
        carriers, counts = self.by_service.get(service, (empty, empty))
        kept = reached[carriers]
        return carriers[kept], counts[kept]


def read_lieux(connection: Connection[TupleRow], matrices: CommuneMatrices) -> Carriers:
    """Read how many lieux each commune has; communes are in the order of their names."""
    return _read(connection, matrices, load("porteurs_lieux"), load("porteurs_lieux_services"))


def read_actions(connection: Connection[TupleRow], matrices: CommuneMatrices) -> Carriers:
    """Read how many actions each territory carries: communes first, by name, then larger ones."""
    kept = connection.execute("SELECT to_regclass('actions_par_porteur')").fetchone()
    source: LiteralString = "WITH "
    if kept is None or kept[0] is None:
        # A publication of before this table, gone back to.
        source += load("actions_par_porteur") + ", "
    return _read(
        connection,
        matrices,
        source + load("porteurs_actions_ordre") + load("porteurs_actions"),
        source + load("porteurs_actions_ordre") + load("porteurs_actions_services"),
    )


def _read(
    connection: Connection[TupleRow],
    matrices: CommuneMatrices,
    carriers: LiteralString,
    by_service: LiteralString,
) -> Carriers:
    rows = connection.execute(carriers).fetchall()
    keys: list[Key] = [(niveau, code) for niveau, code, _ in rows]
    members = [matrices.members(niveau, code) for niveau, code in keys]
    sizes = np.array([len(found) for found in members], dtype=np.intp)
    services: dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]] = {}
    for service, places, counts in packed(connection, by_service):
        index = np.frombuffer(places, ">i4").astype(np.int32)
        order = np.argsort(index)
        services[service] = (index[order], np.frombuffer(counts, ">i4").astype(np.int32)[order])
    return Carriers(
        keys,
        np.array([count for *_, count in rows], dtype=np.int32),
        services,
        np.concatenate(members) if members else np.empty(0, dtype=np.intp),
        np.cumsum(sizes) - sizes,
    )
