"""Territories side by side: the same figures as the API, and what is wrong said at the form."""

from __future__ import annotations

import httpx
import pytest

from geo_service.diagnostics import comparison_sentences as sentences
from geo_service.diagnostics.sentences import percent
from tests.geo_service import little_atlas
from tests.geo_service.site.reading import Read

pytestmark = pytest.mark.anyio

FOUR = "commune/35238,commune/48095,commune/48901,commune/42218"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?territoires=commune/48095",
        f"?territoires={FOUR}",
        "?territoires=commune/48900,commune/48902",
        "?territoires=commune/98818,departement/48,pays/france",
        "?territoires=commune/48095&ajouter=saint",
        "?territoires=commune/48095&ajouter=introuvable",
        "?territoires=%3Cscript%3E,commune/48095,planete/1,commune/48095",
    ],
)
async def test_pages_are_whole_without_script(site: httpx.AsyncClient, query: str):
    page = await site.get(f"/comparer{query}")
    assert page.status_code == 200, page.text
    assert Read(page.text).faults() == []


async def test_figures_are_those_of_the_api(site: httpx.AsyncClient):
    read = Read((await site.get(f"/comparer?territoires={FOUR}")).text)
    answer = (await site.get(f"/api/comparaison?territoires={FOUR}")).json()
    rates = [percent(item["taux"]) for item in answer["territoires"]]
    cells = "//table[caption[@id='t-cles']]//tr[@class='fort']/td"
    assert read.texts(cells) == [" ".join(rate.split()) for rate in rates]
    # Each territory has the statuts that its own coverage gives.
    for at, item in enumerate(answer["territoires"]):
        place = f"/api/territoires/{item['niveau']}/{item['code']}"
        covered = (await site.get(f"{place}/couverture")).json()
        assert [row["statuts"][at] for row in answer["services"]] == [
            row["statut"] for row in covered["services"]
        ]
        assert [row["taux"][at] for row in answer["par_theme"]] == [
            row["taux"] for row in covered["par_theme"]
        ]
        assert item["taux"] == covered["taux"]
        access = (await site.get(f"{place}/accessibilite")).json()
        for row, own in zip(answer["distances"], access["services"], strict=True):
            assert row["code"] == own["service"]["code"]
            farthest = own["distances"]["plus_eloignee"]
            assert row["distance_km"][at] == (farthest and farthest["distance_km"])
    said = read.texts("//section[@aria-labelledby='t-differe']/p")
    assert said == [" ".join(phrase.split()) for phrase in answer["phrases"]]


async def test_of_larger_territories_the_median_is_told(site: httpx.AsyncClient):
    two = "departement/48,region/53"
    answer = (await site.get(f"/api/comparaison?territoires={two}")).json()
    for at, place in enumerate(two.split(",")):
        access = (await site.get(f"/api/territoires/{place}/accessibilite")).json()
        for row, own in zip(answer["distances"], access["services"], strict=True):
            assert row["distance_km"][at] == own["distances"]["quantiles_km"]["p50"]
            (far,) = [limit for limit in own["seuils"] if limit["km"] == answer["seuil_km"]]
            assert row["part_eloignee"][at] == far["part_population"]
    assert "pas du même niveau" in answer["avertissement"]


async def test_what_cannot_be_compared_is_said_at_the_form(site: httpx.AsyncClient):
    async def errors(territories: str) -> list[str]:
        page = Read((await site.get(f"/comparer?territoires={territories}")).text)
        return page.texts("//*[@class='erreur']")

    (twice,) = await errors("commune/48095,commune/48095")
    assert twice == "Mende est déjà dans la comparaison."
    (five,) = await errors(f"{FOUR},commune/75056")
    assert five.startswith("Paris n’a pas été ajouté")
    (unknown,) = await errors("commune/48095,commune/99999")
    assert "99999" in unknown
    assert "/api/" not in unknown
    (strange,) = await errors("n’importe quoi")
    assert "ne désigne pas un territoire" in strange
    # An old code and that of today are the same commune.
    (same,) = await errors("commune/35238,commune/35999")
    assert same == "Rennes est déjà dans la comparaison."

    for refused in ("commune/48095", f"{FOUR},commune/75056", "commune/1,commune/2", ""):
        answer = await site.get(f"/api/comparaison?territoires={refused}")
        assert answer.status_code == 400
        assert answer.json()["parametres"][0]["nom"] == "territoires"


async def test_territories_are_added_and_taken_away_by_links(site: httpx.AsyncClient):
    first = Read((await site.get("/comparer?ajouter=Mende")).text)
    assert first.links()["Mende"] == "/comparer?territoires=commune/48095"
    second = Read((await site.get("/comparer?territoires=commune/48095&ajouter=Rennes")).text)
    assert second.links()["Rennes"] == "/comparer?territoires=commune/48095,commune/35238"
    both = Read((await site.get("/comparer?territoires=commune/48095,commune/35238")).text)
    assert both.links()["Retirer Mende"] == "/comparer?territoires=commune/35238"
    assert "/api/comparaison?territoires=commune/48095,commune/35238&format=csv" in (
        both.links().values()
    )
    full = Read((await site.get(f"/comparer?territoires={FOUR}")).text)
    assert not full.root.xpath("//form[@data-ajouter]")


async def test_the_file_has_a_row_for_each_figure(site: httpx.AsyncClient):
    two = "commune/48095,commune/35238"
    answer = (await site.get(f"/api/comparaison?territoires={two}")).json()
    text = (await site.get(f"/api/comparaison?territoires={two}&format=csv")).text
    lines = text.splitlines()
    rows = [line for line in lines if line.startswith("commune/35238")]
    assert sum(",service," in row for row in rows) == len(answer["services"])
    assert any(
        f",service,{little_atlas.SITE},Site internet de la commune,present,1" in row for row in rows
    )


class Place:
    """A commune, as far as sentences go."""

    niveau = "commune"
    code = "0"

    def __init__(self, nom: str) -> None:
        self.nom = nom


def test_sentences_of_what_differs():
    places = [Place("Rennes"), Place("Alès"), Place("Le Mans")]
    rows = [
        {"libelle": "Un site", "statuts": ["present", "absent", "absent"]},
        {"libelle": "Un fablab", "statuts": ["present", "non_renseigne", "partage"]},
        {"libelle": "Rien", "statuts": ["absent", "absent", "absent"]},
    ]
    where = "du côté de Rennes et du Mans"
    assert [" ".join(said.split()) for said in sentences.differences(places, rows)] == [
        "Rennes a « Un site », qu’Alès et Le Mans n’ont pas.",
        f"On ne sait pas si Alès a « Un fablab », recensé {where} : c’est à vérifier.",
    ]
    assert sentences.rates(places, [0.5, None, None]) is None
    assert " ".join((sentences.rates(places, [0.5, 0.25, 0.5]) or "").split()) == (
        "Rennes et Le Mans ont le taux de couverture le plus élevé (50 %), Alès le plus bas (25 %)."
    )
    assert " ".join((sentences.rates(places, [0.5, 0.5, 0.5]) or "").split()) == (
        "Rennes, Alès et Le Mans ont le même taux de couverture : 50 %."
    )
    assert sentences.warning(places) is None
