"""The report of refused rows, as a data manager opens it."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import psycopg

from boundaries.copying import copy_frame
from etl.load import write_report
from etl.tables import signalements


def test_the_report_opens_in_a_spreadsheet_without_running_anything(
    publication_conn: psycopg.Connection, tmp_path: Path
) -> None:
    publication_conn.execute(
        "INSERT INTO sources (id, nom, producteur, licence, date_donnees, role, statut, exhaustive)"
        " VALUES ('essai', 'Essai', 'x', 'x', '2026-01-01', 'lieux', 'chargee', '{}')"
    )
    values = ["=cmd|' /C calc'!A0", "+33", "-1", "@x", 'É; "oui"\nnon', None]
    copy_frame(
        publication_conn,
        signalements,
        pd.DataFrame(
            {
                "source": "essai",
                "ligne": range(1, len(values) + 1),
                "gravite": "rejet",
                "motif": "doublon",
                "phrase": "Le même lieu figure déjà plus haut.",
                "valeur": values,
            }
        ),
    )
    summary = write_report(publication_conn, tmp_path / "signalements.csv")
    assert summary == {"essai": {"rejet/doublon": len(values)}}
    raw = (tmp_path / "signalements.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines(keepends=True), delimiter=";"))
    assert [row["valeur"] for row in rows] == [
        "'=cmd|' /C calc'!A0",
        "'+33",
        "'-1",
        "'@x",
        'É; "oui"\nnon',
        "",
    ]
