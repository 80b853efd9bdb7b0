"""What postcodes and names mean, as people write them."""

from __future__ import annotations

import pytest

from etl.commune_names import Gazetteer, clean_name, clean_postcode

COMMUNES = [
    ("13055", "Marseille", ["13001", "13011"]),
    ("28085", "Chartres", ["28000"]),
    ("76351", "Le Havre", ["76600"]),
    ("76447", "Montivilliers", ["76290"]),
    ("76270", "Fontenay", ["76290"]),
    ("93066", "Saint-Denis", ["93200"]),
    ("97411", "Saint-Denis", ["97400"]),
    ("2A004", "Ajaccio", ["20000"]),
    ("01010", "Vieu-sur-Ain", ["01300"]),
    ("01011", "Vieux-sur-Ain", ["01300"]),
]
ANCIENS = [("Lucé-le-Vieux", "28085"), ("Marseille", "13055"), ("Disparue", "99999")]
GAZETTEER = Gazetteer(COMMUNES, ANCIENS)


@pytest.mark.parametrize(
    ("code_postal", "nom", "commune", "maniere"),
    [
        ("13011", "MARSEILLE 11", "13055", "nom"),
        ("13011", "Marseille 11e arrondissement", "13055", "nom"),
        ("76600", "HAVRE", "76351", "nom"),
        ("93200", "ST DENIS", "93066", "nom"),
        ("28028", "Chartres Cedex 2", "28085", "departement"),
        ("28000", "LUCE LE VIEUX", "28085", "ancien_nom"),
        ("76290", "Montivillier", "76447", "approche"),
        ("76600", "Sanvic", "76351", "code_postal"),
        ("76600", "", "76351", "code_postal"),
        ("20090", "Ajaccio", "2A004", "departement"),
        ("", "ajaccio", "2A004", "nom_seul"),
        ("", "Lucé-le-Vieux", "28085", "nom_seul"),
        # A wrong postcode of the right département.
        ("76600", "Montivilliers", "76447", "departement"),
    ],
)
def test_understood(code_postal: str, nom: str, commune: str, maniere: str) -> None:
    found = GAZETTEER.find(code_postal, nom)
    assert (found.commune, found.maniere) == (commune, maniere)


@pytest.mark.parametrize(
    ("code_postal", "nom", "candidats"),
    [
        ("", "Saint-Denis", ("93066", "97411")),
        ("76290", "", ("76270", "76447")),
        ("76290", "Hameau", ("76270", "76447")),
        # As near to one as to the other.
        ("01300", "Vieus-sur-Ain", ("01010", "01011")),
    ],
)
def test_ambiguous(code_postal: str, nom: str, candidats: tuple[str, ...]) -> None:
    found = GAZETTEER.find(code_postal, nom)
    assert (found.commune, found.maniere, found.candidats) == (None, "ambigu", candidats)


def test_a_departement_chooses_among_homonyms() -> None:
    assert GAZETTEER.find("", "Saint-Denis", "974").commune == "97411"


@pytest.mark.parametrize(("code_postal", "nom"), [("99999", "Nulle part"), ("", "Nulle part")])
def test_unknown(code_postal: str, nom: str) -> None:
    assert GAZETTEER.find(code_postal, nom).maniere == "inconnu"


def test_a_text_may_name_one_commune_of_a_postcode() -> None:
    assert GAZETTEER.find_in_text("76290", "CCAS de Montivilliers").commune == "76447"
    assert GAZETTEER.find_in_text("76290", "Montivilliers et Fontenay").commune is None
    assert GAZETTEER.find_in_text("76290", "Mairie").commune is None


def test_cleaning() -> None:
    assert clean_postcode(" 1000") == "01000"
    assert clean_postcode("33 400") == "33400"
    assert clean_postcode("2A004") == ""
    assert clean_name("PARIS 15E") == "paris"
    assert clean_name("L'Haÿ-les-Roses CEDEX") == "hay les roses"
