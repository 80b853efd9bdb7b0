"""The report of refused rows, as a data manager opens it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from boundaries.copying import copy_frame
from etl import load, report, thresholds
from etl.config import SourceConfig
from etl.errors import EtlError
from etl.readers import READERS, Context, Reading
from etl.signalements import Signalements
from etl.tables import signalements
from tests.etl import small_atlas
from tests.geo_service import small_run


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
    report.summarise(publication_conn)
    report.write(publication_conn, tmp_path)
    (mine,) = report.read(publication_conn)
    (reason,) = mine.motifs
    assert (reason.gravite, reason.motif, reason.nombre) == ("rejet", "doublon", len(values))
    assert [example.ligne for example in reason.exemples] == [1, 2, 3]
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
    columns = (*small_run.COLUMNS, "autre")
    rows = [
        {"id_fs": "1", "lib_fs": formula, "insee_com": "01001"},
        {"id_fs": "2", "lib_fs": script, "insee_com": "01002"},
        {"id_fs": "3", "lib_fs": "x", "insee_com": formula},
        {"id_fs": "4", "lib_fs": "x", "insee_com": script},
        {"id_fs": "5", "lib_fs": "x", "insee_com": "01001"},
    ]
    path.write_text(small_atlas.csv_text(columns, rows), encoding="utf-8")
    source = small_atlas.source("correspondance", id="france-services")
    (found,) = READERS["correspondance"](path, source, small_context)
    assert found.lieux["nom"].tolist() == [formula, script, "x"]
    load.record_source(publication_conn, source, fingerprint="x")
    copy_frame(publication_conn, signalements, found.signalements.assign(source=source.id))
    report.write_rows(publication_conn, tmp_path / "signalements.csv")
    text = (tmp_path / "signalements.csv").read_text(encoding="utf-8-sig")
    told = list(csv.DictReader(text.splitlines(keepends=True), delimiter=";"))
    refused = [row["valeur"] for row in told if row["gravite"] == "rejet"]
    # Codes are told as they were looked for: without spaces, in capitals.
    assert [value[:8] for value in refused] == ["'=CMD|/C", "<SCRIPT>"]
    assert not [v for row in told for v in row.values() if v.startswith(("=", "+", "-", "@"))]


def reading(refused: int, loaded: int, repaired: int = 0) -> Reading:
    """A part of a source, its first rows refused, the next repaired."""
    remarks = Signalements()
    rows = range(1, refused + 1)
    remarks.add(
        "commune_inconnue", list(rows[::2]), "insee", "« {valeur} » ?", ["x"] * len(rows[::2])
    )
    remarks.add("identifiant_absent", list(rows[1::2]), "id", "Rien.")
    remarks.add("zero_perdu", list(range(refused + 1, refused + 1 + repaired)), "insee", "Remis.")
    return Reading(refused + loaded, loaded, refused, repaired, remarks.frame())


def load_one(conn: psycopg.Connection, source: SourceConfig, part: Reading | None) -> None:
    load.record_source(conn, source, fingerprint=None if part is None else "x")
    if part is not None:
        load.load_source(conn, source, iter([part]))


def test_the_report_counts_every_row(publication_conn: psycopg.Connection, tmp_path: Path) -> None:
    load_one(publication_conn, small_atlas.source("mairies"), reading(3, 7, repaired=2))
    load_one(publication_conn, small_atlas.source("bibliotheques"), reading(0, 4))
    load_one(publication_conn, small_atlas.source("france_services"), None)
    report.summarise(publication_conn)
    found = {mine.id: mine for mine in report.read(publication_conn)}
    assert list(found) == ["bibliotheques", "mairies", "france-services"]
    mairies = found["mairies"]
    counts = (mairies.lignes_lues, mairies.lignes_chargees, mairies.lignes_rejetees)
    assert (*counts, mairies.lignes_reparees, mairies.part_rejetee) == (10, 7, 3, 2, 0.3)
    assert [(r.gravite, r.motif, r.nombre, r.part) for r in mairies.motifs] == [
        ("rejet", "commune_inconnue", 2, 0.2),
        ("rejet", "identifiant_absent", 1, 0.1),
        ("reparation", "zero_perdu", 2, 0.2),
    ]
    assert mairies.motifs[0].libelle == "Le code n'est pas celui d'une commune de l'atlas"
    assert [e.ligne for e in mairies.motifs[0].exemples] == [1, 3]
    assert (found["france-services"].statut, found["france-services"].motifs) == ("absente", [])
    assert [mine.id for mine in report.read(publication_conn, "mairies")] == ["mairies"]

    report.write(publication_conn, tmp_path)
    text = (tmp_path / report.SUMMARY_FILE).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    assert [(row["source"], row["lignes_lues"], row["motif"], row["nombre"]) for row in rows] == [
        ("bibliotheques", "4", "", ""),
        ("france-services", "", "", ""),
        ("mairies", "10", "", ""),
        ("mairies", "10", "commune_inconnue", "2"),
        ("mairies", "10", "identifiant_absent", "1"),
        ("mairies", "10", "zero_perdu", "2"),
    ]
    assert rows[3]["part"] == "0,2000"


def test_a_publication_of_before_the_summary_has_a_report(
    publication_conn: psycopg.Connection,
) -> None:
    load_one(publication_conn, small_atlas.source("mairies"), reading(3, 7))
    publication_conn.execute("UPDATE signalements SET motif = 'motif_disparu' WHERE ligne = 2")
    publication_conn.execute("DROP TABLE rapports")
    (mine,) = report.read(publication_conn)
    assert [(r.motif, r.libelle, r.nombre) for r in mine.motifs] == [
        ("commune_inconnue", "Le code n'est pas celui d'une commune de l'atlas", 2),
        ("motif_disparu", "motif_disparu", 1),
    ]


def test_a_row_without_account_cannot_be_written(publication_conn: psycopg.Connection) -> None:
    load_one(publication_conn, small_atlas.source("mairies"), reading(3, 7))
    with pytest.raises(psycopg.errors.CheckViolation, match="aucune_ligne_sans_compte"):
        publication_conn.execute("UPDATE sources SET lignes_chargees = lignes_chargees - 1")


def test_too_many_refused_rows_stop_the_run(publication_conn: psycopg.Connection) -> None:
    source = small_atlas.source("mairies")
    load_one(publication_conn, source, reading(3, 7))
    with pytest.raises(EtlError) as caught:
        thresholds.check(publication_conn, [source], {})
    assert str(caught.value) == (
        "La source « Source mairies » (mairies) perd 3 lignes sur 10, soit 30\u202f% ; au plus "
        "25\u202f% sont admis (« rejets_maximum »). Principaux motifs : Le code n'est pas celui "
        "d'une commune de l'atlas (2) ; La ligne n'a pas d'identifiant (1). L'atlas en place est "
        "inchangé. Comparez le fichier à celui du producteur et corrigez-le. S'il est bon tel "
        "quel, relancez avec « --accepter mairies », qui ne vaut que pour cette fois."
    )
    thresholds.check(publication_conn, [source], {}, ["mairies"])
    thresholds.check(publication_conn, [small_atlas.source("mairies", rejets_maximum=0.3)], {})


@pytest.mark.parametrize(
    ("before", "settings", "words"),
    [
        (8, {}, None),
        (9, {}, "ne donne plus que 7 lignes, contre 9"),
        (1400, {}, "contre 1\u202f400 dans l'atlas publié, soit 99,5\u202f% de moins"),
        (9, {"baisse_maximum": 0.5}, None),
        (8, {"baisse_maximum": 0}, "au plus 0\u202f% sont admis"),
    ],
)
def test_an_abrupt_loss_stops_the_run(
    publication_conn: psycopg.Connection, before: int, settings: dict, words: str | None
) -> None:
    source = small_atlas.source("mairies", **settings)
    load_one(publication_conn, source, reading(1, 7))
    if words is None:
        thresholds.check(publication_conn, [source], {"mairies": before})
        return
    with pytest.raises(EtlError, match=re.escape(words)):
        thresholds.check(publication_conn, [source], {"mairies": before})
    thresholds.check(publication_conn, [source], {"mairies": before}, {"mairies"})


def test_every_source_that_loses_is_named_at_once(publication_conn: psycopg.Connection) -> None:
    sources = [small_atlas.source(name) for name in ("mairies", "bibliotheques", "france_services")]
    for source, part in zip(sources, (reading(3, 7), reading(0, 4), None), strict=True):
        load_one(publication_conn, source, part)
    before = {"mairies": 7, "bibliotheques": 10, "france-services": 20}
    with pytest.raises(EtlError) as caught:
        thresholds.check(publication_conn, sources, before)
    message = str(caught.value)
    assert "« Source france_services » (france-services) a donné 20 lignes" in message
    assert "son fichier n'est plus là" in message
    options = "--accepter mairies --accepter bibliotheques --accepter france-services"
    assert f"« {options} »" in message
    # A source that gave nothing before may be absent.
    accepted = ["mairies", "bibliotheques"]
    thresholds.check(publication_conn, sources, {"mairies": 7}, accepted)


def test_an_unknown_source_is_not_accepted() -> None:
    with pytest.raises(EtlError, match=r"mairie ».*Sources connues : mairies"):
        thresholds.check_accepted([small_atlas.source("mairies")], ["mairie"])
