"""The template with data no atlas has yet: two pages, whatever they are told."""

from __future__ import annotations

from typing import Any

import pytest

from geo_service.fiche.content import printable
from geo_service.fiche.press import Press, qr_code
from geo_service.fiche.texts import EXAMPLE, LABEL, NAME, SENTENCE, SOURCE, TITLE, short
from geo_service.fiche.wording import ADVICE, DEFINITIONS, STATUTS
from tests.geo_service.fiche import pdf

pytestmark = pytest.mark.anyio

HOSTILE = '#panic("x") *gras* $x$ <script>alert(1)</script> @ref `raw` = titre'
TURNING = "\u202eegnahc ed snes\u202c \u05d0\u05d1 \u200f"
MAP = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 330 216" width="330" height="216" '
    'font-family="Atlas Texte, sans-serif"><rect width="330" height="216" fill="#e6eef0"/>'
    '<text x="10" y="20" font-size="9">Łódź à côté</text></svg>'
)
PAGE = "http://atlas.test/commune/00000"


def long(words: str, longest: int) -> str:
    """As long a text as the data may hold."""
    return short(f"{words} " * 200, longest)


def data(name: str, *, many: int, communal: bool, drawn: bool, word: str) -> dict[str, Any]:
    """Data of a fiche, each list ``many`` long and each text as long as it may be."""
    label, sentence = long(word, LABEL), long(word, SENTENCE)
    statuts = list(STATUTS)

    def line(number: int) -> dict[str, Any]:
        statut = statuts[number % 4]
        own = {"libelle": f"{number} {label}"[:LABEL], "statut": statut, "mot": STATUTS[statut]}
        if communal:
            return own
        return {**own, "parts": [0.5, 0.3, 0.2], "couverts": "moins de 1 %"}

    peers = [
        {"rang": "1 234e", "nom": label, "habitants": "12 345 678", "taux": "39,1 %",
         "part": 0.391, "ici": number == 0}
        for number in range(min(many, 9))
    ]  # fmt: skip
    return {
        "titre": name,
        "document": f"{name} – fiche",
        "resume": sentence,
        "situation": ["Commune", "12 habitants", label, label, label],
        "phrases": [sentence] * min(many, 9),
        "chiffres": [
            {"titre": "Taux", "valeur": "68 350 798", "note": short(sentence, 100), "connu": True}
        ]
        * 5,
        "commune": communal,
        "themes": [
            {"titre": label, "lignes": [line(number) for number in range(many)]} for _ in range(4)
        ],
        "sans_service": None,
        "manques": {
            "total": many,
            "lignes": [
                {"libelle": label, "communes": "32 274", "habitants": "38 120 102"}
            ]
            * min(many, 10),
            "par_commune": not communal,
            "aucun": "Aucun manque.",
        },
        "a_faire": {
            "recommandations": [
                {
                    "libelle": label,
                    "texte": sentence,
                    "effet": short(sentence, 120),
                    "exemples": [
                        {"texte": short(sentence, EXAMPLE), "page": "https://exemple.fr/a"}
                    ]
                    * 2,
                }
            ]
            * min(many, 4),
            "questions": [{"libelle": label, "texte": sentence}] * min(many, 4),
            "aucune": "Rien.",
        },
        "comparaison": {
            "raison": None,
            "phrase": sentence,
            "repere": "Médiane : 3 %.",
            "strate": label,
            "lignes": peers,
        },
        "parties": {
            "titre": "Communes les moins couvertes",
            "lignes": [
                {"nom": label, "habitants": "12 345", "taux": "3 %", "part": 0.03}
            ]
            * min(many, 18),
            "total": many,
        },
        "mutualisation": sentence,
        "distances": {
            "entetes": ["Lieux ici", "Le plus proche"],
            "lignes": [[label, "12", "0,5 km"]] * min(many, 4),
            "mesure": "De la mairie.",
        },
        "questions": [label] * many,
        "conseils": [{"titre": title, "texte": text} for title, text in ADVICE.items()],
        "sources": [
            {"producteur": long(word, NAME), "licence": label, "noms": long(word, SOURCE)}
        ]
        * many,
        "definitions": [{"mot": mot, "texte": text} for mot, text in DEFINITIONS.items()],
        "publication": "00000000000a",
        "millesime": "2026",
        "date": "22 novembre 2026",
        "annee_mois_jour": [2026, 11, 22],
        "demarrage": True,
        "page": PAGE,
        "carte": {
            "titre": long(word, TITLE),
            "description": sentence,
            "methode": long(word, TITLE),
            "note": long(word, EXAMPLE),
            "largeur_mm": 88,
            "legende": [{"label": "22 à 30 %", "colour": "#1d6a97", "hatched": False}] * 7,
        }
        if drawn
        else None,
    }  # fmt: skip


async def compiled(told: dict[str, Any]) -> bytes:
    return await Press().compile(
        {
            "fiche": printable(told),
            "carte": MAP if told["carte"] else "",
            "qr": qr_code(told["page"]),
            "date": "2026-11-22",
        }
    )


@pytest.mark.parametrize("communal", [True, False])
async def test_however_much_is_told_there_are_two_pages(communal: bool) -> None:
    name = long("Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson", NAME)
    told = data(name, many=60, communal=communal, drawn=True, word="Accompagnement numérique")
    reader = pdf.check_form(await compiled(told))
    first, second = (pdf.plain(page.extract_text()) for page in reader.pages)
    # What is cut is said, and what ends each page is there.
    assert first.count("autres") >= 4
    assert "page 1 sur 2" in first
    for word in ("Ce qui manque", "Par où commencer", "Comparaison", "Et maintenant", "Sources"):
        assert word in second
    for mot in DEFINITIONS:
        assert mot in second
    assert "autres services" in second
    assert "autres producteurs" in second
    assert pdf.squeezed(PAGE) in pdf.squeezed(second)


@pytest.mark.parametrize("communal", [True, False])
async def test_with_next_to_nothing_told_too(communal: bool) -> None:
    told = data("Nulle-Part", many=0, communal=communal, drawn=False, word="mot")
    told |= {
        "phrases": ["Personne n’a rien dit."],
        "themes": [],
        "sans_service": "Aucune source ne parle des services.",
        "a_faire": {"recommandations": [], "questions": [], "aucune": "Par les réponses."},
        "comparaison": {"raison": "Sans comparable.", "phrase": None, "lignes": []},
        "parties": None,
        "mutualisation": None,
        "distances": None,
    }
    text = pdf.words(pdf.check_form(await compiled(told)))
    for said in ("Aucun manque.", "Par les réponses.", "Sans comparable.", "Pas de carte"):
        assert said in text
    assert "À compléter" not in text


@pytest.mark.parametrize("name", [HOSTILE, TURNING + "Mende"])
async def test_texts_are_never_markup_nor_turn_what_follows(name: str) -> None:
    told = data(name, many=3, communal=True, drawn=True, word=name)
    told |= {"phrases": [name], "publication": name, "millesime": name}
    reader = pdf.check_form(await compiled(told))
    text = pdf.squeezed(pdf.words(reader))
    shown = pdf.squeezed(printable(told)["titre"])
    assert text.count(shown) >= 4
    assert not any("\u202a" <= letter <= "\u202e" for letter in text)
    assert reader.metadata is not None
    assert pdf.squeezed(str(reader.metadata.title)) == f"{shown}–fiche"
    assert set(pdf.links(reader)) <= {PAGE, "https://exemple.fr/a"}


async def test_absent_and_unknown_differ_without_colour() -> None:
    told = data("Ici", many=8, communal=True, drawn=False, word="service")
    text = pdf.words(pdf.check_form(await compiled(told)))
    for word in STATUTS.values():
        assert word in text
