"""The report of a publication: what became of every row of every source, and why.

It is kept in the publication's tables (``sources``, ``rapports``, ``signalements``) and in two CSV
files beside its tile archives, for people who have no database at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from etl.motifs import MOTIFS, Gravite
from etl.sql import load

#: Files of a publication's report: every row refused, repaired or flagged; their summary.
ROWS_FILE = "signalements.csv"
SUMMARY_FILE = "rapport.csv"

#: Rows shown as examples of each reason.
EXAMPLES = 3

#: Order in which degrees of gravity are shown: what was lost first.
GRAVITES: tuple[Gravite, ...] = ("rejet", "reparation", "alerte")


@dataclass(frozen=True)
class Example:
    """A row concerned by a reason."""

    ligne: int | None
    champ: str | None
    valeur: str | None
    phrase: str


@dataclass
class Reason:
    """How many rows of a source a reason concerns.

    Attributes
    ----------
    part
        Share of the rows read, 0 to 1; None where no row was read.
    """

    gravite: Gravite
    motif: str
    libelle: str
    nombre: int
    part: float | None
    exemples: list[Example] = field(default_factory=list)


@dataclass
class SourceReport:
    """What became of the rows of a source.

    Attributes
    ----------
    statut
        ``chargee``, or ``absente`` when its optional file was not there.
    lignes_lues, lignes_chargees, lignes_rejetees, lignes_reparees
        Read = loaded + refused; repaired rows are among the loaded. None for a source of
        territories, which is not read row by row.
    part_rejetee
        Share of the rows read that was refused, 0 to 1; None where no row was read.
    """

    id: str
    nom: str
    producteur: str
    licence: str
    date_donnees: date
    role: str
    statut: str
    lignes_lues: int | None
    lignes_chargees: int | None
    lignes_rejetees: int | None
    lignes_reparees: int | None
    part_rejetee: float | None
    motifs: list[Reason] = field(default_factory=list)


#: Query of a page of rows; see its file for the parameters and the columns.
ROWS = load("report_rows")


def wording(motif: str) -> str:
    """French wording of a reason; its code for one that only an older version knew."""
    return MOTIFS[motif][1] if motif in MOTIFS else motif


def summarise(conn: psycopg.Connection[Any]) -> None:
    """Count the remarks of the publication being built, by source and reason, in ``rapports``."""
    conn.execute("DELETE FROM rapports")
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO rapports (source, gravite, motif, libelle, nombre) "
            "VALUES (%s, %s, %s, %s, %s)",
            [(source, grave, code, wording(code), n) for source, grave, code, n in _count(conn)],
        )


def _count(conn: psycopg.Connection[Any]) -> list[tuple[str, Gravite, str, int]]:
    return conn.execute(
        "SELECT source, gravite, motif, count(*) FROM signalements "
        "GROUP BY source, gravite, motif ORDER BY source, gravite, motif"
    ).fetchall()


def read(conn: psycopg.Connection[Any], source: str | None = None) -> list[SourceReport]:
    """Read the report of the publication whose schema is the ``search_path``.

    Parameters
    ----------
    source
        Identifier of a source; all of them without it.

    Returns
    -------
    list of SourceReport
        Those read row by row first; reasons by gravity, then the most frequent first.
    """
    found = {
        row[0]: SourceReport(*row)
        for row in conn.execute(load("report_sources"), {"source": source})
    }
    for name, reason in _reasons(conn):
        if name in found:
            read_rows = found[name].lignes_lues
            reason.part = reason.nombre / read_rows if read_rows else None
            found[name].motifs.append(reason)
    for mine in found.values():
        mine.motifs.sort(key=lambda r: (GRAVITES.index(r.gravite), -r.nombre, r.motif))
        for reason in mine.motifs:
            reason.exemples = [
                Example(*row)
                for row in conn.execute(
                    "SELECT ligne, champ, valeur, phrase FROM signalements "
                    "WHERE source = %s AND gravite = %s AND motif = %s ORDER BY id LIMIT %s",
                    [mine.id, reason.gravite, reason.motif, EXAMPLES],
                )
            ]
    return list(found.values())


def _reasons(conn: psycopg.Connection[Any]) -> Iterator[tuple[str, Reason]]:
    known = conn.execute("SELECT to_regclass('rapports')").fetchone()
    if known and known[0]:
        rows = conn.execute("SELECT source, gravite, motif, libelle, nombre FROM rapports")
        for source, gravite, motif, libelle, count in rows:
            yield source, Reason(gravite, motif, libelle, count, None)
        return
    # A publication of before this table, kept to go back to.
    for source, gravite, motif, count in _count(conn):
        yield source, Reason(gravite, motif, wording(motif), count, None)


def write(conn: psycopg.Connection[Any], folder: Path) -> None:
    """Write both files of the report of the current schema, where :func:`summarise` has counted."""
    write_rows(conn, folder / ROWS_FILE)
    _copy_csv(conn, load("report_summary"), folder / SUMMARY_FILE)


def write_rows(conn: psycopg.Connection[Any], target: Path) -> None:
    """Write every refused, repaired or flagged row of the current schema to a CSV file.

    The file is in UTF-8 with BOM and semicolons, as French spreadsheets open it. Values that a
    spreadsheet would run as a formula are preceded by an apostrophe.
    """
    _copy_csv(conn, load("report_file"), target)


def _copy_csv(conn: psycopg.Connection[Any], query: LiteralString, target: Path) -> None:
    statement = f"COPY (\n{query}\n) TO STDOUT (FORMAT csv, HEADER, DELIMITER ';')"
    with target.open("wb") as file, conn.cursor().copy(statement) as copy:
        file.write(b"\xef\xbb\xbf")
        for block in copy:
            file.write(block)
