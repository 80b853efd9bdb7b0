"""COPY of what the readers found into the tables of a publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from boundaries.copying import copy_frame
from etl import tables

if TYPE_CHECKING:
    from pathlib import Path

    from etl.config import SourceConfig
    from etl.readers import Reading


def record_source(
    conn: psycopg.Connection,
    source: SourceConfig,
    *,
    fingerprint: str | None,
    reading: Reading | None = None,
) -> None:
    """Write a source of the publication, with its row counts when its rows were counted.

    Parameters
    ----------
    fingerprint
        SHA-256 of the file that was read; None when the optional file is absent.
    reading
        What its reader found; None for a source of territories or an absent one.
    """
    conn.execute(
        """
        INSERT INTO sources (id, nom, producteur, licence, url, date_donnees, role, statut,
                             lignes_lues, lignes_chargees, lignes_rejetees, lignes_reparees,
                             exhaustive, empreinte, note)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
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
            *(
                (
                    reading.lignes_lues,
                    reading.lignes_chargees,
                    reading.lignes_rejetees,
                    reading.lignes_reparees,
                )
                if reading
                else (None, None, None, None)
            ),
            list(source.exhaustive),
            fingerprint,
            source.note,
        ],
    )


def copy_reading(conn: psycopg.Connection, reading: Reading, source: SourceConfig) -> None:
    """COPY everything a reader found in a source into the tables of the search_path."""
    for table, rows in (
        (tables.lieux, reading.lieux.assign(source=source.id)),
        (tables.lieux_services, reading.lieux_services),
        (tables.actions, reading.actions.assign(source=source.id)),
        (tables.actions_services, reading.actions_services),
        (tables.exhaustivites, reading.exhaustivites.assign(source=source.id)),
        (tables.signalements, reading.signalements.assign(source=source.id)),
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
