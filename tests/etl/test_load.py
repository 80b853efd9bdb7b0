"""The report of refused rows, as a data manager opens it."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import psycopg

from boundaries.copying import copy_frame
from etl.load import write_report
from etl.readers import Context, france_services
from etl.tables import signalements
from tests.etl import small_atlas


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
                "champ": ["=titre()", "code", None, "\n=x", "code", "code"],
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
    assert [row["champ"] for row in rows] == ["'=titre()", "code", "", "'\n=x", "code", "code"]


def test_formulas_and_scripts_of_a_file_are_kept_as_text_and_reported_harmless(
    publication_conn: psycopg.Connection, tmp_path: Path, small_context: Context
) -> None:
    """From the file to the table and to the report, through the reader of a real format."""
    formula, script = "=cmd|' /C calc'!A0", '<script>alert("x")</script>'
    path = tmp_path / "a.csv"
    columns = (*france_services._COLUMNS, "autre")
    rows = [
        {"id_fs": "1", "lib_fs": formula, "insee_com": "01001"},
        {"id_fs": "2", "lib_fs": script, "insee_com": "01002"},
        {"id_fs": "3", "lib_fs": "x", "insee_com": formula},
        {"id_fs": "4", "lib_fs": "x", "insee_com": script},
        {"id_fs": "5", "lib_fs": "x", "insee_com": "01001"},
    ]
    path.write_text(small_atlas.csv_text(columns, rows), encoding="utf-8")
    reading = france_services.read(path, small_atlas.source("france_services"), small_context)
    assert reading.lieux["nom"].tolist() == [formula, script, "x"]
    publication_conn.execute(
        "INSERT INTO sources (id, nom, producteur, licence, date_donnees, role, statut, exhaustive)"
        " VALUES ('essai', 'Essai', 'x', 'x', '2026-01-01', 'lieux', 'chargee', '{}')"
    )
    copy_frame(publication_conn, signalements, reading.signalements.assign(source="essai"))
    write_report(publication_conn, tmp_path / "signalements.csv")
    text = (tmp_path / "signalements.csv").read_text(encoding="utf-8-sig")
    found = list(csv.DictReader(text.splitlines(keepends=True), delimiter=";"))
    refused = [row["valeur"] for row in found if row["gravite"] == "rejet"]
    assert refused == [f"'{formula}", script]
    assert not [v for row in found for v in row.values() if v.startswith(("=", "+", "-", "@"))]
