"""The diagnosis of the little atlas, its figures worked out by hand from its dozen communes."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest

from geo_service.api import diagnostic
from geo_service.atlas import read_metadata
from geo_service.watcher import AtlasWatcher
from tests.geo_service.little_atlas import (
    BUDGET,
    COMMUNES,
    CYBER,
    FIRST,
    MAIRIE,
    NEVER,
    SECOND,
    SITE,
)

pytestmark = pytest.mark.anyio

PEOPLE = {row[0]: row[2] or 0 for row in COMMUNES}
PLACES = (
    *("commune/35238", "commune/35001", "commune/48902", "commune/48903", "commune/98818"),
    *("epci/244200770", "departement/48", "departement/988", "region/76", "pays/france"),
    "groupe/villes-choisies",
)


async def get(api: httpx.AsyncClient, place: str) -> dict:
    answer = await api.get(f"/api/territoires/{place}/diagnostic")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_epci_by_hand(api):
    body = await get(api, "epci/244200770")
    # Saint-Étienne has a site, a mairie and the budget of the métropole; two smaller towns the last
    # two. Nobody speaks of cyber-espaces.
    whole = 173_000 + 35_000 + 900
    assert body["couverture"] == {
        "taux": round((173_000 * 3 + 35_900 * 2) / (4 * whole), 4),
        "documentes": 4,
        "presents": 3,
        "services_total": 5,
        "part_presente": round((173_000 * 2 + 35_900) / (4 * whole), 4),
        "part_partagee": 0.25,
        "part_absente": round(35_900 / (4 * whole), 4),
        "part_non_renseignee": 0.25,
    }
    assert body["manques"] == {
        "total": 1,
        "premiers": [
            {
                "code": SITE,
                "libelle": "Site internet de la commune",
                "enjeu": "services-publics",
                "theme": "democratie",
                "communes": 2,
                "population": 35_900,
                "part_population": round(173_000 / whole, 4),
            }
        ],
    }
    # The most covered first, in the order of the référentiel; of unknown cover last.
    assert [item["code"] for item in body["services"]] == [MAIRIE, BUDGET, SITE, CYBER]
    assert [item["part_population"] for item in body["services"]] == [1, 1, 0.8281, None]
    assert [item["population_absente"] for item in body["services"]] == [0, 0, 35_900, 0]
    assert [item["population_non_renseignee"] for item in body["services"]] == [0, 0, 0, whole]
    (parts,) = body["parties"]
    assert parts["niveau"] == "commune"
    # The lowest rate first, then by code.
    assert [(part["code"], part["taux"]) for part in parts["territoires"]] == [
        ("42207", 0.5),
        ("42222", 0.5),
        ("42218", 0.75),
    ]
    standing = body["comparaison"]
    assert (standing["rang"], standing["sur"], standing["centile"]) == (2, 2, 0)
    (advice,) = body["recommandations"]
    assert (advice["code"], advice["population"]) == (SITE, 35_900)
    assert body["phrases"] == [
        (
            "Saint-Étienne Métropole (208\u202f900\u00a0habitants)\u00a0: en moyenne, un habitant "
            "a dans sa commune 70,7\u00a0% des 4 services documentés\u202f; 3\u00a0services "
            "documentés sur 4 sont recensés quelque part dans le territoire (le référentiel en "
            "compte 5)."
        ),
        (
            "Un seul manque est connu\u00a0: «\u00a0Site internet de la commune\u00a0», absent "
            "dans 2\u00a0communes (35\u202f900\u00a0habitants)."
        ),
        (
            "Personne n’a rien dit ici de «\u00a0Espace numérique\u00a0»\u00a0: c’est une question "
            "à poser, pas un manque."
        ),
        body["phrases"][3],
        standing["phrase"],
    ]
    # The list of web sites is whole; of the others a nearer lieu may be unknown.
    assert body["phrases"][3].startswith("Pour «\u00a0Site internet de la commune\u00a0»")


async def test_the_country_says_where_it_stands_by_region_and_departement(api):
    body = await get(api, "pays/france")
    regions, departements = body["parties"]
    assert [part["nom"] for part in regions["territoires"]] == [
        "Île-de-France",
        "Auvergne-Rhône-Alpes",
        "Bretagne",
        "Occitanie",
    ]
    assert [part["code"] for part in departements["territoires"]] == ["75", "42", "35", "48"]
    for parts in body["parties"]:
        rates = [part["taux"] for part in parts["territoires"]]
        assert rates == sorted(rates)
        assert sum(part["population"] for part in parts["territoires"]) == sum(PEOPLE.values())
    (gap,) = body["manques"]["premiers"]
    # Acigné, two towns of the Loire, three of Lozère, one of them of unknown population.
    assert (gap["communes"], gap["population"]) == (6, 7_000 + 35_900 + 70)
    shares = [item["part_population"] for item in body["services"]]
    assert shares == sorted(shares, reverse=True)
    assert "n’a pas de comparable" in body["comparaison"]["raison"]
    assert body["comparaison"]["phrase"] is None
    assert body["recommandations"] == []


async def test_a_groupe_has_no_comparables_and_says_why(api):
    body = await get(api, "groupe/villes-choisies")
    assert "n’a pas de strate légale" in body["comparaison"]["raison"]
    assert body["parties"] == []
    assert body["manques"]["premiers"][0]["population"] == 35_900


async def test_questions_are_not_gaps(api):
    body = await get(api, "commune/48903")
    assert body["manques"] == {"total": 0, "premiers": []}
    assert body["couverture"]["part_non_renseignee"] == 0.75
    assert body["phrases"][1] == "Aucun manque n’est connu parmi les services documentés."
    assert body["phrases"][2].startswith("Personne n’a rien dit ici de «")
    # What nobody recorded is not said to be missing, even where nothing at all is known.
    far = await get(api, "departement/988")
    assert far["manques"]["total"] == 0
    assert "n’y est recensé" in far["phrases"][0]
    assert {item["statut"] for item in far["services"]} == {"non_renseigne"}


async def test_what_is_missing_in_part_is_not_said_to_be_unknown(api):
    # In Lozère three communes are known to have no site, and nobody spoke of another.
    body = await get(api, "departement/48")
    (gap,) = body["manques"]["premiers"]
    assert (gap["code"], gap["communes"], gap["population"]) == (SITE, 3, 70)
    assert not any("Personne n’a rien dit" in sentence for sentence in body["phrases"])


async def test_an_unknown_population_is_none(api):
    body = await get(api, "commune/48902")
    assert body["territoire"]["population"] is None
    assert body["manques"]["premiers"][0]["population"] is None
    assert body["phrases"][0].startswith("Sans-Habitants-Connus (population inconnue)")
    # Its distances are known all the same.
    assert any("le lieu le plus proche est à" in sentence for sentence in body["phrases"])


async def test_the_evolution_over_two_publications(
    api, watcher: AtlasWatcher, little_reader_url: str, monkeypatch
):
    (only,) = (await get(api, "commune/35051"))["evolution"]
    assert (only["publication"], only["taux"], only["comparable"]) == (FIRST, 0.5, True)
    atlas = watcher.current
    assert atlas is not None
    monkeypatch.setattr(atlas, "metadata", read_metadata(little_reader_url, SECOND))
    cesson = atlas.metadata.territories.by_key["commune", "35051"]
    first, second = diagnostic.evolution(atlas.metadata, cesson)
    assert (first["publication"], second["publication"]) == (FIRST, SECOND)
    # Without its site one service of four is left.
    assert (first["presents"], second["presents"]) == (2, 1)
    assert (first["taux"], second["taux"]) == (0.5, 0.25)
    assert first["comparable"]
    assert second["comparable"]
    body = await diagnostic.diagnosis_answer(atlas, cesson)
    assert re.fullmatch(
        r"Depuis la publication du \S+ \S+ \d{4}, le taux de couverture de Cesson-Sévigné est "
        r"passé de 50\u00a0% à 25\u00a0%\.",
        body["phrases"][-1],
    )
    # Other services were documented then: the two rates do not measure the same thing.
    others = replace(atlas.metadata, documented=frozenset({SITE, NEVER}))
    assert not any(point["comparable"] for point in diagnostic.evolution(others, cesson))


@pytest.mark.parametrize("place", PLACES)
async def test_what_it_leads_to_answers(api, place: str):
    links = (await get(api, place))["liens"]
    assert len(links) == 7
    for name, address in links.items():
        answer = await api.get(address)
        assert answer.status_code == 200, (name, answer.text)
        told = answer.json()["territoire"]
        assert f"{told['niveau']}/{told['code']}" == place


@pytest.mark.parametrize("place", PLACES)
async def test_figures_are_those_of_the_detailed_answers(api, place: str):
    body = await get(api, place)
    detail = {name: (await api.get(address)).json() for name, address in body["liens"].items()}
    for name, value in body["couverture"].items():
        assert value == detail["couverture"][name], name
    services = {item["code"]: item for item in detail["couverture"]["services"]}
    for item in body["services"]:
        assert item == {name: services[item["code"]][name] for name in item}
    assert len(body["services"]) == body["couverture"]["documentes"]
    assert body["accessibilite"]["services"] == detail["accessibilite"]["services"]
    assert body["comparaison"]["rang"] == detail["comparables"]["rang"]
    asked = detail["recommandations"]["recommandations"][:3]
    assert [item["phrase"] for item in body["recommandations"]] == [
        item["phrase"] for item in asked
    ]
    for gap in body["manques"]["premiers"]:
        assert (gap["communes"], gap["population"]) == (
            services[gap["code"]]["communes_absentes"],
            services[gap["code"]]["population_absente"],
        )
