"""Loading of the sources into the tables of a publication, and the report of their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from boundaries.copying import copy_frame
from etl import tables
from etl.errors import EtlError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from etl.config import SourceConfig
    from etl.readers import Reading

#: A source that loses more than this share of its rows against the active publication stops the
#: run: a file cut on its way must not empty the map.
MAX_SHRINK = 0.2


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
    previous: int | None = None,
) -> Tally:
    """COPY the parts of a recorded source into the tables of the search_path, and count its rows.

    Parameters
    ----------
    parts
        What its reader found, part by part.
    previous
        Rows it gave to the publication that readers see now; None when it was not there.

    Raises
    ------
    EtlError
        If it gives far fewer rows than before; also what the reader raises.
    """
    tally = Tally()
    for part in parts:
        _copy(conn, part, source)
        tally.add(part)
    if tally.chargees < (previous or 0) * (1 - MAX_SHRINK):
        raise EtlError(
            f"La source « {source.id} » ne donne plus que {tally.chargees} lignes, contre "
            f"{previous} dans l'atlas publié : le fichier semble incomplet. L'atlas en place "
            "est inchangé. Vérifiez le fichier auprès de son producteur."
        )
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
    for table, rows in (
        (tables.lieux, part.lieux.assign(source=source.id)),
        (tables.lieux_services, part.lieux_services),
        (tables.actions, part.actions.assign(source=source.id)),
        (tables.actions_services, part.actions_services),
        (tables.exhaustivites, part.exhaustivites.assign(source=source.id)),
        (tables.signalements, part.signalements.assign(source=source.id)),
    ):
        copy_frame(conn, table, rows)


def write_report(conn: psycopg.Connection, target: Path) -> dict[str, dict[str, int]]:
    """Write every refused, repaired or flagged row to a CSV file, and count them.

    Parameters
    ----------
    target
        CSV file to write (UTF-8 with BOM and semicolons, as French spreadsheets open it). Values
        that a spreadsheet would run as a formula are preceded by an apostrophe.

    Returns
    -------
    dict
        By source, the number of rows by ``gravite/motif``.
    """
    statement = r"""
        COPY (
            SELECT source, ligne, champ, gravite, motif, phrase,
                   CASE WHEN valeur ~ '^[=+@\t\r-]' THEN chr(39) || valeur ELSE valeur END
                       AS valeur
            FROM signalements ORDER BY source, gravite DESC, ligne, id
        ) TO STDOUT (FORMAT csv, HEADER, DELIMITER ';')
    """
    with target.open("wb") as file, conn.cursor().copy(statement) as copy:
        file.write(b"\xef\xbb\xbf")
        for block in copy:
            file.write(block)
    summary: dict[str, dict[str, int]] = {}
    for source, reason, count in conn.execute(
        """
        SELECT source, gravite || '/' || motif, count(*) FROM signalements
        GROUP BY source, gravite, motif ORDER BY source, gravite DESC, count(*) DESC, motif
        """
    ):
        summary.setdefault(source, {})[reason] = count
    return summary
