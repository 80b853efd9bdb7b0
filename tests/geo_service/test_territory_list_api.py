"""The list of the territories of a parent: communes of an EPCI with their rates."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pandas as pd
import pytest

from tests.geo_service.little_atlas import COMMUNES, GROUPED, OTHERS

pytestmark = pytest.mark.anyio

PEOPLE = {row[0]: row[2] for row in COMMUNES}


async def get(api: httpx.AsyncClient, query: str) -> dict[str, Any]:
    answer = await api.get(f"/api/territoires?{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("parent=epci/243500139", ["35238", "35051", "35001"]),
        ("epci=243500139&niveau=commune", ["35238", "35051", "35001"]),
        ("parent=departement/42&groupe=villes-choisies", ["42218", "42207", "42222"]),
        ("parent=groupe/villes-choisies", ["35238", "42218", "42207", "42222"]),
        ("parent=groupe/villes-choisies&niveau=departement", ["35", "42"]),
        ("parent=region/53&niveau=epci", ["243500139"]),
        ("parent=commune/75056&niveau=arrondissement", ["75115"]),
        ("parent=departement/988", ["98818"]),
        ("parent=departement/75&niveau=epci", []),
        ("q=saint&niveau=commune&parent=departement/42", ["42218", "42207", "42222"]),
        ("q=saint&parent=departement/35", []),
        # Codes as people type them, and codes of old.
        ("parent=commune/35999", ["35238"]),
        ("parent=groupe/VILLES-choisies&departement=35", ["35238"]),
    ],
)
async def test_territories_of_a_parent(api, query, codes):
    body = await get(api, query)
    assert [item["code"] for item in body["territoires"]] == codes
    if "q=" not in query:
        assert (body["total"], body["suivant"]) == (len(codes), None)


async def test_each_has_the_rate_of_its_coverage(api):
    body = await get(api, "parent=pays/france&limit=100")
    assert body["total"] == len(COMMUNES)
    for item in body["territoires"]:
        cover = (await api.get(f"/api/territoires/commune/{item['code']}/couverture")).json()
        for name in ("taux", "presents", "documentes"):
            assert item[name] == cover[name]


@pytest.mark.parametrize("query", ["parent=pays/france", "niveau=region", "groupe=villes-choisies"])
async def test_pages_end_to_end_are_the_file(api, query):
    pages, cursor = [], ""
    while cursor is not None:
        body = await get(api, f"{query}&limit=3&cursor={cursor}")
        pages += [item["code"] for item in body["territoires"]]
        cursor = body["suivant"]
    assert len(pages) == len(set(pages)) == body["total"]
    answer = await api.get(f"/api/territoires?{query}&format=csv")
    file = pd.read_csv(io.BytesIO(answer.content), dtype={"code": str})
    assert list(file["code"]) == pages
    people = file["population"].fillna(-1).tolist()
    assert people == sorted(people, reverse=True)


async def test_without_a_parent_the_most_populated_come_page_after_page(api):
    regions = {row[1] for row in OTHERS if row[0] == "region"}
    body = await get(api, "niveau=region&limit=3")
    rest = await get(api, f"niveau=region&limit=3&cursor={body['suivant']}")
    assert {item["code"] for item in body["territoires"] + rest["territoires"]} == regions
    assert (body["total"], rest["suivant"]) == (len(regions), None)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("parent=243500139", "niveau/code"),
        ("parent=arrondissement/75115", "niveaux possibles"),
        ("parent=epci/", "niveau/code"),
        ("parent=epci/rennes", "« 243500139 », l’EPCI Rennes Métropole"),
        ("parent=region/35", "de niveau « departement »"),
        ("departement=rhone", "ne désigne pas un département connu"),
        ("q=rennes&cursor=abc", "ne va pas avec la recherche"),
        ("parent=epci/243500139&cursor=abc", "première page"),
        ("limit=1001", "au plus 1000"),
    ],
)
async def test_refusals(api, query, words):
    answer = await api.get(f"/api/territoires?{query}")
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["detail"]


async def test_a_groupe_lists_its_communes(api):
    body = await get(api, "programme=villes-choisies")
    assert {item["code"] for item in body["territoires"]} == set(GROUPED)
