"""Texts put in order: spaces, controls, addresses, telephones, names of people."""

from __future__ import annotations

import unicodedata

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.readers import bibliotheques, engagement_citoyen, mairies
from etl.readers.cleaning import (
    clean_text,
    drop_persons,
    normalise_phones,
    normalise_url,
    normalise_urls,
    without_persons,
)
from etl.readers.tables import is_personal, refuse_personal
from etl.signalements import Signalements


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("  Mairie\u00a0\u202fde \t Nîmes\r\n", "Mairie de Nîmes"),
        ("Ni\u0302mes", "Nîmes"),
        ("a\x00b\x1b[31m\u200bc\u202e", "ab[31mc"),
        ("\ufeffid", "id"),
        ("\t\n ", ""),
    ],
)
def test_clean_text(given_: str, expected: str) -> None:
    assert clean_text(given_) == expected


@settings(deadline=None)
@given(st.text())
def test_clean_text_leaves_nothing_invisible_and_is_stable(text: str) -> None:
    done = clean_text(text)
    assert clean_text(done) == done
    assert done == done.strip()
    assert "  " not in done
    assert not any(unicodedata.category(c) == "Cc" for c in done)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("https://www.ville.fr/", "https://www.ville.fr/"),
        ("HTTP://Ville.FR/Page?a=1#b", "http://ville.fr/Page?a=1#b"),
        ("www.bajus.fr", "http://www.bajus.fr"),
        ("mairie-chouvigny.fr", "http://mairie-chouvigny.fr"),
        ("https:/www.troussencourt.fr", "https://www.troussencourt.fr"),
        ("http://www.lees-athas.fr ", "http://www.lees-athas.fr"),
        ("https://www.lucé.fr/", "https://www.lucé.fr/"),
        ("ville.fr:8080/x", "http://ville.fr:8080/x"),
        ("https://exemple.xn--p1ai/", "https://exemple.xn--p1ai/"),
        ("", None),
        ("mairie", None),
        ("http://", None),
        ("https://localhost/", None),
        ("http://192.168.0.1/", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://ville.fr/", None),
        ("mailto:a@b.fr", None),
        ("personne@orange.fr", None),
        ("https://moi:secret@ville.fr/", None),
        ("http://ville .fr", None),
        ("http://vi<script>lle.fr", None),
        ("http://ville.fr:port/", None),
        ("http://[::1", None),
        ("http://-ville.fr", None),
    ],
)
def test_normalise_url(given_: str, expected: str | None) -> None:
    assert normalise_url(given_) == expected


@settings(deadline=None)
@given(st.text())
def test_a_normalised_url_is_stable_and_of_the_web(text: str) -> None:
    done = normalise_url(text)
    if done is not None:
        assert done.startswith(("http://", "https://"))
        assert normalise_url(done) == done


def test_repairs_and_refusals_of_addresses_are_told_without_the_e_mail() -> None:
    signalements = Signalements()
    texts = pd.Series(["", "www.a.fr", "jean@a.fr", "https://a.fr"], dtype="str")
    done = normalise_urls(texts, pd.Series([1, 2, 3, 4]), "site", signalements)
    assert done.tolist() == [None, "http://www.a.fr", None, "https://a.fr"]
    frame = signalements.frame()
    assert frame["motif"].tolist() == ["adresse_web_corrigee", "adresse_web_invalide"]
    assert frame["ligne"].tolist() == [2, 3]
    assert "jean" not in frame.to_csv()


def test_telephones() -> None:
    signalements = Signalements()
    texts = pd.Series(
        ["0324714563", "03.24.71.45.63", "+33 3 24 71 45 63", "3939", "03 90 6", ""], dtype="str"
    )
    done = normalise_phones(texts, pd.Series(range(1, 7)), "tel", signalements)
    assert done.tolist() == ["03 24 71 45 63"] * 3 + ["39 39", None, None]
    assert signalements.frame()["ligne"].tolist() == [5]


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("Domicile de Mme CUNIER", ""),
        ("Bibliothèque chez M. Durand", "Bibliothèque"),
        ("c/o Annie Durand", ""),
        ("Mme RIPERT Raymonde", ""),
        ("80 avenue de Fossomb abc@live.fr", "80 avenue de Fossomb"),
        ("1 rue Madame de Sévigné", "1 rue Madame de Sévigné"),
        ("Médi@thèque", "Médi@thèque"),
        ("12 rue M.-Curie", "12 rue M.-Curie"),
        ("Chez Renaud", "Chez Renaud"),
    ],
)
def test_names_of_people_are_removed(given_: str, expected: str) -> None:
    assert without_persons(given_) == expected


def test_what_was_removed_is_not_repeated() -> None:
    signalements = Signalements()
    texts = pd.Series(["Domicile de Mme CUNIER", "Médiathèque"], dtype="str")
    done = drop_persons(texts, pd.Series([1, 2]), "nom", signalements)
    assert done.tolist() == ["", "Médiathèque"]
    frame = signalements.frame()
    assert frame["ligne"].tolist() == [1]
    assert "CUNIER" not in frame.to_csv()


@pytest.mark.parametrize(
    "header",
    [
        "mairie_email",
        "E-mail",
        "courriel",
        "Mél",
        "Contact",
        "contact_nom",
        "Prénom",
        "nom_responsable",
        "Nom du directeur",
        "maire",
        "elus",
        "commentaire",
        "date_naissance",
    ],
)
def test_personal_columns_are_known_and_refused(header: str) -> None:
    assert is_personal(header)
    with pytest.raises(ValueError, match="personal data"):
        refuse_personal(["code", header])


def test_no_reader_asks_for_a_personal_column() -> None:
    for module in (mairies, bibliotheques, engagement_citoyen):
        refuse_personal(module._COLUMNS)
    assert not {"Localisation", "Libelle2"} & set(bibliotheques._COLUMNS)
