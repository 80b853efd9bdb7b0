"""Running the scripts of ``sql/`` over several connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from queue import SimpleQueue
from typing import Any, LiteralString, cast

import psycopg

#: Settings of the queries alone. Geometry functions cost little to compile against what the planner
#: guesses, and sorting stays in memory (the national communes of a zoom take 50 MB).
_SETTINGS: tuple[LiteralString, ...] = (
    "SET LOCAL jit = off",
    "SET LOCAL work_mem = '256MB'",
    "SET LOCAL client_min_messages = warning",
)

#: A script of ``sql/`` and its parameters.
Task = tuple[str, Mapping[str, Any]]
Rows = list[tuple[Any, ...]]


def run(tasks: Sequence[Task], conns: Sequence[psycopg.Connection[Any]]) -> list[Rows]:
    """Run one query for each task over the connections; results come in the order of the tasks.

    Tasks start in that order too: the heaviest first keeps all connections busy to the end.

    Raises
    ------
    psycopg.Error
        Whatever the database refuses.
    """
    free: SimpleQueue[psycopg.Connection[Any]] = SimpleQueue()
    for conn in conns:
        free.put(conn)

    def fetch(task: Task) -> Rows:
        script, params = task
        query = (files("tiles") / "sql" / script).read_text(encoding="utf-8")
        conn = free.get()
        try:
            with conn.transaction(), conn.cursor(binary=True) as cursor:
                for setting in _SETTINGS:
                    cursor.execute(setting)
                return cursor.execute(query.encode(), params).fetchall()
        finally:
            free.put(conn)

    with ThreadPoolExecutor(len(conns), thread_name_prefix="tuiles") as pool:
        return list(pool.map(fetch, tasks))


def one(conn: psycopg.Connection[Any], query: LiteralString) -> tuple[Any, ...]:
    """Give the only row of an aggregate."""
    row = conn.execute(query).fetchone()
    if row is None:
        raise RuntimeError("an aggregate always gives a row")
    return cast("tuple[Any, ...]", row)
