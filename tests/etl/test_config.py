"""The configuration: the one shipped, and what is wrong in others, said in French."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl import referentiel
from etl.config import AtlasConfig
from etl.errors import EtlError
from etl.readers import READERS
from etl.readers.groupes import LECTEUR
from tests.support import ROOT

SHA = "0" * 64
SOURCE = """
[[sources]]
id = "lieux"
nom = "Des lieux"
producteur = "Une ville"
licence = "Licence Ouverte 2.0"
url = "https://exemple.fr"
date_donnees = 2025-06-01
role = "lieux"
lecteur = "france_services"
fichier = "lieux.csv"
"""
ATLAS = '[atlas]\ntitre = "Essai"\nmillesime = 2026\nreferentiel = "ref"\n'


def load(folder: Path, text: str) -> AtlasConfig:
    path = folder / "atlas.toml"
    path.write_text(text, encoding="utf-8")
    return AtlasConfig.load(path)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(EtlError) as caught:
        load(folder, text)
    return str(caught.value)


def test_the_shipped_configuration_is_whole() -> None:
    config = AtlasConfig.load(ROOT / "atlas.toml")
    assert config.millesime == 2026
    assert [s.id for s in config.sources] == [
        "cog-2026",
        "contours-2024",
        "epci-2026",
        "mouvements-2026",
        "action-coeur-de-ville",
        "petites-villes-de-demain",
        "villages-d-avenir",
        "fabriques-de-territoire",
        "cites-educatives",
        "mairies",
        "france-services",
        "bibliotheques",
        "engagement-citoyen",
        "conseillers-numeriques-2022",
        "data-inclusion-mednum-2023",
        "data-inclusion-services-2022",
        "aidants-connect-2021",
        "le-havre-mediation",
        "antilles-mediation",
        "gironde-mediation",
        "bourgogne-franche-comte-mediation",
    ]
    known = referentiel.read(config.referentiel).codes
    for source in config.sources:
        assert set(source.exhaustive) <= known
        assert (source.paquet is None) == source.facultative
        assert (source.lecteur in READERS) == (source.role in ("lieux", "actions"))
        assert (source.lecteur == LECTEUR) == (source.role == "groupes")
    assert config.source("bibliotheques").exhaustive == []


def test_folders_are_relative_to_the_file(tmp_path: Path) -> None:
    config = load(tmp_path, ATLAS + 'dossier_local = "../ici"\n' + SOURCE)
    assert config.referentiel == tmp_path / "ref"
    assert config.dossier_local == tmp_path.parent / "ici"


def test_every_wrong_setting_is_named_at_once(tmp_path: Path) -> None:
    text = ATLAS.replace("2026", '"deux mille"') + SOURCE.replace(
        "date_donnees = 2025-06-01", 'date_donnees = "hier"\ncouleur = "bleu"'
    )
    message = refusal(tmp_path, text)
    assert "millesime : un nombre entier est attendu" in message
    assert "sources[1].date_donnees : une date est attendue" in message
    assert "sources[1].couleur : ce réglage est inconnu" in message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('fichier = "lieux.csv"', "", "soit « paquet », soit « fichier »"),
        (
            'fichier = "lieux.csv"',
            'paquet = { registre = "pypi", nom = "x", version = "1.0" }',
            "doit avoir son empreinte « sha256 »",
        ),
        (
            'fichier = "lieux.csv"',
            'fichier = "l.csv"\nsha256 = "abc"',
            "une empreinte SHA-256 de 64 chiffres",
        ),
        ('nom = "Des lieux"', "", "sources[1].nom : ce réglage obligatoire manque"),
        ('nom = "Des lieux"', 'nom = "  "', "sources[1].nom : ce texte ne peut pas être vide"),
        ('role = "lieux"', 'role = "rien"', "les valeurs possibles sont"),
        ('id = "lieux"', 'id = "Mes Lieux"', "la forme de ce texte n'est pas celle attendue"),
        ("2025-06-01", "0001-01-01", "cette date n'est pas plausible"),
        ('licence = "Licence Ouverte 2.0"', "licence = 2", "un texte entre guillemets"),
        ('role = "lieux"', 'role = "lieux"\nlignes_minimum = 0', "au moins 1"),
    ],
)
def test_a_wrong_source_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in refusal(tmp_path, ATLAS + SOURCE.replace(old, new))


@pytest.mark.parametrize("name", ["--index-url=x", "x; ls", "../x", "x y", ""])
def test_a_package_name_cannot_be_an_option_or_a_path(tmp_path: Path, name: str) -> None:
    package = f'sha256 = "{SHA}"\npaquet = {{ registre = "pypi", nom = "{name}", version = "1" }}'
    message = refusal(tmp_path, ATLAS + SOURCE.replace('fichier = "lieux.csv"', package))
    assert "sources[1].paquet.nom" in message


def test_two_sources_of_the_same_name_are_refused(tmp_path: Path) -> None:
    assert "« lieux »" in refusal(tmp_path, ATLAS + SOURCE + SOURCE)


def test_an_atlas_without_source_is_refused(tmp_path: Path) -> None:
    assert "sources : il en faut au moins 1" in refusal(tmp_path, ATLAS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[atlas", "n'est pas un fichier TOML correct"),
        ("[autre]\n", "parties inconnues : autre"),
        ("atlas = 3\n", "à corriger"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EtlError, match=r"absent\.toml n'existe pas.*--config"):
        AtlasConfig.load(tmp_path / "absent.toml")


def test_a_folder_and_a_wrong_encoding_are_told(tmp_path: Path) -> None:
    with pytest.raises(EtlError, match="ne peut pas être lu"):
        AtlasConfig.load(tmp_path)
    path = tmp_path / "latin.toml"
    path.write_bytes('titre = "Été"'.encode("latin-1"))
    with pytest.raises(EtlError, match="UTF-8"):
        AtlasConfig.load(path)


def test_an_unknown_source_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(EtlError, match=r"« autre ».*lieux"):
        load(tmp_path, ATLAS + SOURCE).source("autre")


def test_a_geocoder_is_off_by_default_and_strictly_read(tmp_path: Path) -> None:
    assert load(tmp_path, ATLAS + SOURCE).geocodeur is None
    text = '\n[geocodeur]\nurl = "https://adresses.exemple.fr"\nscore_minimum = 0.7\n'
    config = load(tmp_path, ATLAS + SOURCE + text).geocodeur
    assert config is not None
    assert (config.score_minimum, config.lot, config.continuer_sans) == (0.7, 1000, False)
    assert "geocodeur.lots : ce réglage est inconnu" in refusal(
        tmp_path, ATLAS + SOURCE + text + "lots = 3\n"
    )
