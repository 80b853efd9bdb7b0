"""Loading of the sources into the tables of a publication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from boundaries.copying import copy_frame
from etl import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from etl.config import SourceConfig
    from etl.readers import Reading


@dataclass
class Tally:
    """Rows of a source, counted as its parts are loaded."""

    lues: int = 0
    chargees: int = 0
    rejetees: int = 0
    reparees: int = 0

    def add(self, part: Reading) -> None:
        """Count one more part of the source."""
        self.lues += part.lignes_lues
        self.chargees += part.lignes_chargees
        self.rejetees += part.lignes_rejetees
        self.reparees += part.lignes_reparees


def record_source(
    conn: psycopg.Connection, source: SourceConfig, *, fingerprint: str | None
) -> None:
    """Write a source of the publication; its rows are counted once they are loaded.

    Parameters
    ----------
    fingerprint
        SHA-256 of the file that was read; None when the optional file is absent.
    """
    conn.execute(
        """
        INSERT INTO sources (id, nom, producteur, licence, url, date_donnees, role, statut,
                             exhaustive, empreinte, note)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            source.id,
            source.nom,
            source.producteur,
            source.licence,
            source.url,
            source.date_donnees,
            source.role,
            "absente" if fingerprint is None else "chargee",
            list(source.exhaustive),
            fingerprint,
            source.note,
        ],
    )


def load_source(
    conn: psycopg.Connection,
    source: SourceConfig,
    parts: Iterable[Reading],
    *,
    on_part: Callable[[Tally], None] = lambda _tally: None,
) -> Tally:
    """COPY the parts of a recorded source into the tables of the search_path, and count its rows.

    Parameters
    ----------
    parts
        What its reader found, part by part.
    on_part
        Called with the count of the rows so far after each part, for progress.

    Raises
    ------
    EtlError
        What the reader raises.
    """
    tally = Tally()
    for part in parts:
        _copy(conn, part, source)
        tally.add(part)
        on_part(tally)
    conn.execute(
        """
        UPDATE sources SET lignes_lues = %s, lignes_chargees = %s, lignes_rejetees = %s,
                           lignes_reparees = %s
        WHERE id = %s
        """,
        [tally.lues, tally.chargees, tally.rejetees, tally.reparees, source.id],
    )
    return tally


def _copy(conn: psycopg.Connection, part: Reading, source: SourceConfig) -> None:
    _copy_acteurs(conn, part)
    for table, rows in (
        (tables.lieux, part.lieux.assign(source=source.id)),
        (tables.lieux_services, part.lieux_services),
        (tables.actions, part.actions.assign(source=source.id)),
        (tables.actions_services, part.actions_services),
        (tables.actions_points, part.actions_points),
        (tables.actions_acteurs, part.actions_acteurs),
        (tables.labels, part.labels.assign(source=source.id)),
        (tables.exhaustivites, part.exhaustivites.assign(source=source.id)),
        (tables.signalements, part.signalements.assign(source=source.id)),
    ):
        if len(rows):
            copy_frame(conn, table, rows)


def _copy_acteurs(conn: psycopg.Connection, part: Reading) -> None:
    """Add the organisations not met yet: one may take part in actions of many parts and sources."""
    if part.acteurs.empty:
        return
    conn.execute("CREATE TEMPORARY TABLE acteurs_lus (LIKE acteurs) ON COMMIT DROP")
    copy_frame(conn, tables.acteurs, part.acteurs, into="acteurs_lus")
    conn.execute("INSERT INTO acteurs SELECT * FROM acteurs_lus ON CONFLICT DO NOTHING")
    conn.execute("DROP TABLE acteurs_lus")
