"""Mappings that are right, and what is said of those that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import EtlError
from etl.mapping import library, model
from etl.mapping.personal import is_personal_column
from tests.support import ROOT

SMALL = """
titre = "Essai"
[champs]
nom = "Nom"
[services]
toujours = "fablab"
"""


def test_short_and_long_forms_mean_the_same() -> None:
    mapping = model.parse(
        """
        titre = "Essai"
        [champs]
        nom = { premiere = ["Nom", "Titre"], defaut = "Lieu" }
        adresse = ["Numéro", "Voie"]
        code_insee = { extraire = "Clé", motif = "^[0-9]{5}" }
        typologie = { valeur = "BIB" }
        [[services.tables]]
        colonnes = "Services"
        separateurs = " / "
        [services.tables.valeurs]
        "Wifi" = "wifi-public"
        "Rien" = []
        """,
        "essai.toml",
    )
    assert mapping.champs.adresse is not None
    assert mapping.champs.adresse.joindre == ["Numéro", "Voie"]
    assert mapping.services.tables[0].separateurs == [" / "]
    assert mapping.columns() == ["Nom", "Titre", "Numéro", "Voie", "Clé", "Services"]
    assert mapping.spoken() == ["wifi-public"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("titre = ", "n'est pas un fichier TOML correct"),
        ("titre = 'x'", "champs : ce réglage obligatoire manque"),
        (SMALL.replace("nom =", "nome ="), "champs.nome : ce réglage est inconnu"),
        (SMALL.replace('"Nom"', "{ }"), "un seul des quatre"),
        (SMALL.replace('"Nom"', '{ joindre = ["a"], valeur = "b" }'), "un seul des quatre"),
        (SMALL.replace('"Nom"', '{ extraire = "a" }'), "« extraire » et « motif » vont ensemble"),
        (
            SMALL.replace('"Nom"', '{ extraire = "a", motif = "(" }'),
            "cette expression régulière est mal formée",
        ),
        (SMALL.replace('"Nom"', '"Nom"\nlatitude = "lat"'), "« latitude » et « longitude »"),
        (SMALL.replace("toujours", "# toujours"), "indiquez « toujours »"),
        (SMALL + "[horaires]\nformat = 'jours'\n", "demande « jours »"),
        (SMALL + "[horaires]\nformat = 'iso'\n", "les valeurs possibles sont"),
        (SMALL + "[[filtres]]\ncolonne = 'type'\n", "« garder » ou « exclure »"),
        (SMALL + "[[services.tables]]\ncolonnes = 'type'\n", "« vocabulaire », « valeurs »"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(EtlError) as caught:
        model.parse(text, "gironde.toml")
    assert said in caught.value.message
    assert "gironde.toml" in caught.value.message


@pytest.mark.parametrize(
    "column",
    ["contact_email", "Courriel", "Nom du contact", "prénom", "Téléphone portable", "conseiller",
     "mediateur_nom", "Responsable", "E-mail", "contact", "commentaire", "Nom_Prénom"],
)  # fmt: skip
def test_columns_of_persons_are_never_read(column: str) -> None:
    assert is_personal_column(column)
    with pytest.raises(EtlError, match="n'est jamais lue"):
        model.parse(SMALL.replace('"Nom"', f'"{column}"'), "essai.toml")


@pytest.mark.parametrize(
    "column",
    ["contact_tel", "Téléphone", "site_web", "Présence d'un médiateur", "Nombre d'agents formés",
     "nom_structure", "commune", "horaires", "pivot"],
)  # fmt: skip
def test_columns_of_places_are_read(column: str) -> None:
    assert not is_personal_column(column)


def test_a_missing_or_unreadable_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(EtlError, match="n'existe pas"):
        library.by_name(str(tmp_path / "absente.toml"))
    wrong = tmp_path / "latin.toml"
    wrong.write_bytes("titre = 'médiation'".encode("latin-1"))
    with pytest.raises(EtlError, match="n'est pas enregistrée en UTF-8"):
        library.by_name(str(wrong))
    with pytest.raises(EtlError, match=r"Le standard « inconnu » n'existe pas\. .*scdl"):
        library.by_name("inconnu")


def test_every_standard_is_right_and_tells_itself() -> None:
    found = library.standards()
    assert {
        "aidants-connect",
        "data-inclusion-services",
        "data-inclusion-structures",
        "france-services",
        "mediation-numerique",
        "mediation-numerique-ancien",
        "scdl-equipements",
    } <= set(found)
    for name, mapping in found.items():
        assert mapping.signature is not None
        headers = [*mapping.signature.obligatoires, *mapping.signature.propres]
        best = library.recognise([header.split("|")[0].upper() for header in headers])[0]
        assert (best.nom, best.score) == (name, 1.0)
    assert library.recognise(["id", "nom"]) == []


def test_mappings_beside_the_configuration_are_right() -> None:
    found = sorted((ROOT / "correspondances").glob("*.toml"))
    assert [path.stem for path in found] == ["bourgogne-franche-comte", "gironde"]
    for path in found:
        assert model.load(path).titre
