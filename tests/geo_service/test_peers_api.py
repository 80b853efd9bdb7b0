"""Comparables, recommandations and mutualisation of the little atlas, worked out by hand."""

from __future__ import annotations

import csv
import io
import re

import httpx
import pytest

from geo_service.api.recommandations import page_of
from geo_service.territories import Territory
from tests.geo_service.little_atlas import BUDGET, CYBER, FORMULA, HOSTILE, MAIRIE, SITE

pytestmark = pytest.mark.anyio

NBSP, THIN = "\u00a0", "\u202f"
#: Two EPCI of the same bracket. Rennes Métropole (253 830 people) lacks a site in Acigné alone,
#: Saint-Étienne (208 900) in Saint-Chamond and Saint-Étienne-le-Molard.
RENNES, STEPHANOISE = "epci/243500139", "epci/244200770"


async def get(api: httpx.AsyncClient, address: str) -> dict:
    answer = await api.get(f"/api/territoires/{address}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_comparables_of_an_epci(api):
    body = await get(api, f"{STEPHANOISE}/comparables")
    assert body["strate"] == {
        "libelle": f"200{THIN}000 habitants et plus",
        "population_min": 200_000,
        "population_max": None,
        "territoires": 2,
        "source": "Code général des collectivités territoriales, article R. 5214-1",
    }
    (other,) = body["comparables"]
    assert (other["code"], other["nom"]) == ("243500139", "Rennes Métropole")
    assert other["densite"] == pytest.approx(253_830 / 37.5, abs=0.01)
    assert body["densite"] == pytest.approx(208_900 / 37.5, abs=0.01)
    # Rennes: 4 services of 4 for 227 830 people, 2 for 19 000, 1 for 7 000.
    assert other["taux"] == pytest.approx((227_830 + 19_000 / 2 + 7_000 / 4) / 253_830, abs=1e-4)
    # Saint-Étienne: site, mairie and budget for 173 000 people, the last two for 35 900.
    assert body["taux"] == pytest.approx((173_000 * 3 + 35_900 * 2) / 4 / 208_900, abs=1e-4)
    assert (body["rang"], body["ex_aequo"], body["sur"], body["centile"]) == (2, 0, 2, 0)
    assert (other["rang"], other["meilleur_quart"]) == (1, True)
    assert body["avertissement"] == (
        f"Une seule autre intercommunalité de la strate (200{THIN}000 habitants et plus) dans "
        f"l’atlas{NBSP}: il n’y a pas d’autre comparable."
    )
    assert body["phrase"] == (
        "Saint-Étienne Métropole est au 2e rang sur 2 intercommunalités comparables pour le taux "
        f"de couverture{NBSP}: 70,7{NBSP}%.".replace("2 inter", f"2{NBSP}inter")
    )
    quarter = body["meilleur_quart"]
    assert (quarter["territoires"], quarter["codes"]) == (1, ["243500139"])
    services = {item["code"]: item for item in quarter["services"]}
    assert services[MAIRIE]["part_population"] == 1
    assert services[SITE]["part_population_ici"] == pytest.approx(173_000 / 208_900, abs=1e-4)
    # Nobody said anything of cyber-espaces there: not 0 %.
    assert services[CYBER]["part_population_ici"] is None


async def test_a_perimeter(api):
    inside = await get(api, f"{STEPHANOISE}/comparables?region=53")
    assert [item["code"] for item in inside["comparables"]] == ["243500139"]
    outside = await get(api, f"{STEPHANOISE}/comparables?departement=42&region=84")
    assert outside["comparables"] == []
    assert (outside["rang"], outside["phrase"], outside["meilleur_quart"]) == (None, None, None)
    assert "Aucune autre intercommunalité" in outside["raison"]
    assert "dans le périmètre demandé" in outside["raison"]
    # A code in another case is understood, one that does not exist is told.
    answer = await api.get(f"/api/territoires/{STEPHANOISE}/comparables?region=5")
    assert answer.status_code == 400
    assert "une région connue" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("pays/france", "Le pays n’a pas de comparable"),
        ("groupe/villes-choisies", "pas de strate légale"),
        ("commune/48902", "n’est pas connue"),
        ("commune/48903", "aucun habitant"),
        ("commune/98818", "pas de contour"),
        ("departement/988", "pas de contour"),
        ("commune/35051", "Aucune autre commune de la strate"),
    ],
)
async def test_who_has_no_comparables_is_told_why(api, place: str, reason: str):
    for end in ("comparables", "recommandations"):
        body = await get(api, f"{place}/{end}")
        assert reason in body["raison"]
        assert body.get("comparables", []) == []
        assert body.get("recommandations", []) == []
        file = await api.get(f"/api/territoires/{place}/{end}?format=csv")
        assert file.status_code == 200
        assert len(file.text.splitlines()) == 1


async def test_recommandations_of_an_epci(api):
    body = await get(api, f"{STEPHANOISE}/recommandations")
    (item,) = body["recommandations"]
    assert (item["code"], item["comparables_mieux"], item["comparables"]) == (SITE, 1, 1)
    assert (item["communes"], item["population"]) == (2, 35_900)
    assert item["part_population"] == pytest.approx(173_000 / 208_900, abs=1e-4)
    assert item["part_population_comparables"] == pytest.approx(246_830 / 253_830, abs=1e-4)
    before = (173_000 * 3 + 35_900 * 2) / 4 / 208_900
    after = (173_000 * 3 + 35_900 * 3) / 4 / 208_900
    assert item["effet"]["taux"] == body["taux"] == pytest.approx(before, abs=1e-4)
    assert item["effet"]["taux_apres"] == pytest.approx(after, abs=1e-4)
    assert item["effet"]["phrase"] == (
        f"Le taux de couverture de Saint-Étienne Métropole passerait de 70,7{NBSP}% à 75{NBSP}%."
    )
    (example,) = item["exemples"]
    assert (example["code"], example["comparable"]) == ("243500139", True)
    # The lieu of its most populated commune, of which this atlas has a page and no site.
    assert example["porteur"] == {"niveau": "commune", "code": "35238", "nom": "Rennes"}
    assert (example["nature"], example["id"]) == ("lieu", "mairies:35238")
    assert example["page"] == "/commune/35238"
    assert example["distance_km"] > 500
    assert item["phrase"] == (
        "La seule intercommunalité comparable à Saint-Étienne Métropole propose le service "
        f"«{NBSP}Site internet de la commune{NBSP}» à une plus grande part de ses habitants, alors "
        f"qu’il est absent ici de 2{NBSP}communes (35{THIN}900{NBSP}habitants)."
    )


async def test_questions_are_apart(api):
    """Of cyber-espaces nobody said anything there; Rennes has one: a question, not a gap."""
    body = await get(api, f"{STEPHANOISE}/recommandations?theme=partage")
    assert body["recommandations"] == []
    (item,) = body["a_verifier"]
    assert (item["code"], item["communes"], item["population"]) == (CYBER, 3, 208_900)
    assert item["part_population"] is None
    assert "effet" not in item
    assert item["phrase"].startswith("On ne sait pas si le service")
    # What is known everywhere is never asked.
    whole = await get(api, f"{STEPHANOISE}/recommandations")
    assert not {SITE, MAIRIE, BUDGET} & {item["code"] for item in whole["a_verifier"]}


async def test_what_nobody_said_of_a_part_is_asked_for_that_part(api):
    """Rennes has a budget, nobody said anything of its two neighbours; all the Loire has one."""
    body = await get(api, f"{RENNES}/recommandations?enjeu=democratie-locale")
    assert body["recommandations"] == []
    (question,) = body["a_verifier"]
    assert (question["code"], question["communes"]) == (BUDGET, 2)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("https://exemple.fr/x", "https://exemple.fr/x"),
        (" HTTP://exemple.fr ", "HTTP://exemple.fr"),
        ("javascript:alert(1)", "/epci/1"),
        ("www.exemple.fr", "/epci/1"),
        ("http://[", "/epci/1"),
        (None, "/epci/1"),
    ],
)
def test_only_pages_of_the_web_are_linked(page: str | None, expected: str):
    territory = Territory("epci", "1", "Une intercommunalité", None, 1, 2023, 1, 1.0, 1, 1)
    assert page_of({"page": page}, territory) == expected
    assert page_of(None, territory) == "/epci/1"


async def test_mutualisation(api):
    body = await get(api, "commune/48901/mutualisation")
    assert (body["voisins_total"], body["manques"], body["raison"]) == (2, 1, None)
    first, second = body["voisins"]
    assert (first["code"], first["nom"]) == ("48900", HOSTILE)
    assert (first["manques_communs"], first["population"], first["frontiere_km"]) == (1, 70, 2.5)
    assert first["meme_epci"] is False
    assert [place["code"] for place in first["en_commun"]] == ["48", "76"]
    # The people of the second are not known: nor is their sum, and it comes last.
    assert (second["code"], second["population"]) == ("48902", None)
    assert second["phrase"].endswith("la population concernée n’est pas connue.")
    near = await get(api, "commune/42207/mutualisation")
    (only,) = near["voisins"]
    assert (only["code"], only["meme_epci"], near["voisins_total"]) == ("42222", True, 2)
    assert only["phrase"] == (
        f"Le service «{NBSP}Site internet de la commune{NBSP}» manque à Saint-Chamond et à "
        f"Saint-Étienne-le-Molard, de la même intercommunalité{NBSP}: 35{THIN}900{NBSP}habitants "
        "sont concernés."
    )


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("pays/france", "Les voisins du pays"),
        ("groupe/villes-choisies", "n’a pas de voisins"),
        ("commune/98818", "pas de contour"),
        ("commune/75056", "aucun autre du même niveau"),
        ("commune/35238", "rien à mutualiser"),
        ("commune/48900?enjeu=education", "rien à mutualiser"),
        ("commune/35001", "Aucun voisin ne manque"),
        ("departement/48?n=3", "rien à mutualiser"),
    ],
)
async def test_an_empty_list_says_why(api, place: str, reason: str):
    path, _, query = place.partition("?")
    body = await get(api, f"{path}/mutualisation?{query}")
    assert body["voisins"] == []
    assert reason in body["raison"]


async def test_an_arrondissement_is_its_city(api):
    for end in ("comparables", "recommandations", "mutualisation"):
        answer = await api.get(f"/api/territoires/arrondissement/75115/{end}")
        assert answer.status_code == 301
        assert answer.headers["location"] == f"/api/territoires/commune/75056/{end}"


async def test_files(api):
    answer = await api.get(f"/api/territoires/{STEPHANOISE}/recommandations?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["nature"], row["code"]) for row in rows] == [
        ("recommandation", SITE),
        ("a_verifier", CYBER),
    ]
    assert rows[0]["pages"] == "/commune/35238"
    assert rows[1]["taux_apres"] == ""
    answer = await api.get(f"/api/territoires/{STEPHANOISE}/comparables?format=csv")
    assert [row["code"] for row in csv.DictReader(io.StringIO(answer.text))] == ["243500139"]
    answer = await api.get("/api/territoires/commune/48900/mutualisation?format=csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    # A name that a spreadsheet would run is neutralised.
    assert (row["nom"], row["services"]) == (f"'{FORMULA}", SITE)
    for name in ("comparables", "recommandations", "mutualisation"):
        for form in ("xlsx", "parquet"):
            answer = await api.get(f"/api/territoires/{STEPHANOISE}/{name}?format={form}")
            assert answer.status_code == 200


async def test_sentences_are_french(api):
    for place in ("commune/35238", STEPHANOISE, RENNES, "departement/48", "region/76"):
        for end in ("comparables", "recommandations", "mutualisation"):
            text = (await api.get(f"/api/territoires/{place}/{end}")).text
            assert "NaN" not in text
            for phrase in re.findall(r'"phrase":"([^"]*)"', text):
                assert "  " not in phrase
                assert not re.search(r"\b(de le|de les|à le|à les)\b", phrase)
                assert phrase.endswith(".")
