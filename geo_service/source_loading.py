"""Loading the sources of a run: what earlier runs read is reused, what stops it is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from etl import load, report
from etl.config import SourceConfig
from etl.errors import EtlError
from etl.readers import Context, Reader, Reading
from geo_service.kept_steps import KeptSteps
from geo_service.steps import Steps

if TYPE_CHECKING:
    from geo_service.inputs import Input

#: Most rows of a source whose reading is kept for the next run: more would not stay in memory.
KEPT_ROWS = 100_000

#: Reports kept of runs that were stopped by a source.
STOPPED_REPORTS = 20


def kept_steps(folder: Path, entries: Mapping[str, Any], inputs: list[Input]) -> KeptSteps:
    """Find what earlier runs made of some sources, everything else being the same."""
    names = {entry.source.id for entry in inputs}
    mine = [source for source in entries["sources"] if source["id"] in names]
    return KeptSteps(folder, {**entries, "sources": mine})


def load_sources(
    conn: psycopg.Connection,
    inputs: list[Input],
    *,
    readers: Mapping[str, Reader],
    groups_read: Mapping[str, Reading],
    context: Context,
    keeper: Callable[[list[Input]], KeptSteps],
    steps: Steps,
) -> None:
    """Load every source that is read row by row, in the order of the configuration."""

    def counter(source: SourceConfig) -> Callable[[load.Tally], None]:
        return lambda tally: steps.on_rows(source.nom, tally.lues)

    for entry in inputs:
        source = entry.source
        if source.id in groups_read:
            parts = iter([groups_read[source.id]])
        elif source.id in readers and entry.path:
            territories = [other for other in inputs if other.source.role == "territoires"]
            parts = _kept_parts(
                keeper([*territories, entry]),
                source.id,
                readers[source.id](entry.path, source, context),
            )
        else:
            continue
        load.load_source(conn, source, parts, on_part=counter(source))


def _kept_parts(kept: KeptSteps, source: str, parts: Iterator[Reading]) -> Iterator[Reading]:
    """Give what an earlier run read of the same file, else read it; a large one is never kept."""
    step = f"lecture-{source}"
    found = kept.find(step)
    if found:
        yield from found[0]
        return
    read: list[Reading] | None = []
    rows = 0
    for part in parts:
        rows += part.lignes_lues
        if rows > KEPT_ROWS:
            read = None
        if read is not None:
            read.append(part)
        yield part
    if read is not None:
        kept.keep(step, read)


@contextmanager
def reported(conn: psycopg.Connection, folder: Path) -> Iterator[None]:
    """Where the sources stop the run, write what was read of them before it is undone.

    Raises
    ------
    EtlError
        The one that stopped the run, with the path of the file.
    """
    try:
        yield
    except EtlError as error:
        row = conn.execute("SELECT count(*) FROM signalements").fetchone()
        if not (row and row[0]):
            raise
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{dt.datetime.now().astimezone():%Y-%m-%d-%H%M%S}.csv"
        report.write_rows(conn, target)
        for old in sorted(folder.glob("*.csv"))[:-STOPPED_REPORTS]:
            old.unlink()
        raise EtlError(
            f"{error} Les lignes refusées, réparées ou signalées de ce chargement, avec leur "
            f"motif, sont dans {target}."
        ) from error
