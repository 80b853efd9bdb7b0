"""The référentiel: the starter list, and every way a list can be wrong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import psycopg
import pytest

from etl import referentiel
from etl.errors import EtlError
from tests.support import ROOT

STARTER = ROOT / "etl" / "referentiel" / "depart"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(STARTER, tmp_path / "ref"))


def refusal(folder: Path) -> str:
    with pytest.raises(EtlError) as caught:
        referentiel.read(folder)
    return str(caught.value)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_starter_list_has_the_announced_shape() -> None:
    starter = referentiel.read(STARTER)
    assert (len(starter.themes), len(starter.enjeux), len(starter.services)) == (4, 16, 131)
    assert starter.demarrage
    assert "pas" in starter.note
    assert set(starter.enjeux["theme"]) == set(starter.themes["code"])
    assert starter.enjeux.groupby("theme").size().tolist() == [4, 4, 4, 4]
    by_enjeu = starter.services.groupby("enjeu").size()
    assert by_enjeu.between(8, 9).all()
    assert len(by_enjeu) == 16
    assert starter.services["libelle"].is_unique
    assert starter.services["description"].str.endswith(".").all()
    assert starter.services["ordre"].tolist() == list(range(1, 132))
    assert {
        "site-internet-commune",
        "accueil-mairie",
        "france-services",
        "bibliotheque-publique",
        "budget-participatif",
        "concertation-en-ligne",
    } <= starter.codes


def test_the_crosswalk_translates_the_vocabulary_of_a_source() -> None:
    starter = referentiel.read(STARTER)
    devices = starter.crosswalk("engagement-citoyen", "dispositif")
    assert set(devices.services) == {"PATDE", "PPTDE", "CCO", "AI"}
    assert set(devices.services.values()) <= starter.codes
    with pytest.raises(EtlError, match=r"correspondances/autre\.csv"):
        starter.crosswalk("autre", "dispositif")


def test_unknown_services_are_named() -> None:
    starter = referentiel.read(STARTER)
    starter.require(["france-services"], "Essai")
    with pytest.raises(EtlError, match=r"Essai parle de services inconnus.*teleportation"):
        starter.require(["france-services", "teleportation"], "Essai")


@pytest.mark.parametrize("name", ["referentiel.toml", "themes.csv", "enjeux.csv", "services.csv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert name in refusal(folder)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "enjeux.csv",
            "emploi,creation-richesses,Emploi",
            "emploi,creation,Emploi",
            r"enjeux\.csv, ligne 14, colonne « theme » : « creation » n'existe pas",
        ),
        (
            "services.csv",
            "wifi-public,cohesion-sociale",
            "wifi-public,cohesion",
            r"services\.csv, ligne \d+, colonne « enjeu » : « cohesion » n'existe pas",
        ),
        (
            "services.csv",
            "\nwifi-public,",
            "\naccueil-mairie,",
            r"colonne « code » : « accueil-mairie » figure déjà ligne 2\.",
        ),
        (
            "services.csv",
            "\nwifi-public,",
            "\nWifi public,",
            r"« Wifi public » n'est pas un code correct",
        ),
        (
            "services.csv",
            "Wi-Fi public gratuit",
            " ",
            r"ligne \d+, colonne « libelle » : valeur vide",
        ),
        ("services.csv", "code,enjeu,libelle", "code,enjeu,nom", "colonne « libelle »"),
        (
            "services.csv",
            "Wi-Fi public gratuit",
            "Wi-Fi public, gratuit",
            r"5 valeurs au lieu de 4.*guillemets",
        ),
        ("themes.csv", "Création de richesses", '"Création de richesses', "mal formé ou coupé"),
        ("referentiel.toml", "demarrage = true", 'demarrage = "oui"', "true ou false"),
        ("referentiel.toml", 'version = "depart-2026.1"', 'version = ""', "« version »"),
        ("referentiel.toml", "demarrage = true", "demarrage = true\nx = 1", "inconnus : x"),
        ("referentiel.toml", "demarrage = true", "demarrage =", "TOML correct"),
        (
            "correspondances/engagement-citoyen.csv",
            "dispositif,AI,appui-participation",
            "dispositif,AI,atelier",
            r"engagement-citoyen\.csv, ligne 5, colonne « service »",
        ),
        (
            "correspondances/engagement-citoyen.csv",
            "dispositif,AI,",
            "dispositif,CCO,",
            r"ligne 5, colonne « valeur » : « CCO » figure déjà ligne 4",
        ),
    ],
)
def test_a_wrong_line_is_located(folder: Path, name: str, old: str, new: str, said: str) -> None:
    edit(folder / name, old, new)
    message = refusal(folder)
    assert Path(name).name in message
    assert re.search(said, message)


def test_an_empty_table_and_another_encoding_are_told(folder: Path) -> None:
    themes = folder / "themes.csv"
    content = themes.read_text(encoding="utf-8")
    themes.write_text("code,libelle\n", encoding="utf-8")
    assert "aucune ligne" in refusal(folder)
    themes.write_text(content, encoding="latin-1")
    assert "themes.csv, ligne 2 : ce fichier n'est pas enregistré en UTF-8" in refusal(folder)


def test_it_is_copied_as_it_is(publication_conn: psycopg.Connection) -> None:
    starter = referentiel.read(STARTER)
    referentiel.copy_referentiel(publication_conn, starter)
    fetch = publication_conn.execute
    assert fetch("SELECT version, demarrage, note FROM referentiels").fetchall() == [
        (starter.version, True, starter.note)
    ]
    rows = fetch(
        "SELECT s.code, e.code, t.code FROM services s JOIN enjeux e ON s.enjeu = e.code "
        "JOIN themes t ON e.theme = t.code ORDER BY s.ordre"
    ).fetchall()
    theme_of = dict(zip(starter.enjeux["code"], starter.enjeux["theme"], strict=True))
    assert rows == [
        (code, enjeu, theme_of[enjeu])
        for code, enjeu in zip(starter.services["code"], starter.services["enjeu"], strict=True)
    ]
