"""Present, shared, absent and unknown: four parts that add up, at every niveau and axis."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.geo_service.little_atlas import COMMUNES, CYBER, NEVER, SITE, UNMAPPED

pytestmark = pytest.mark.anyio

PEOPLE = {row[0]: row[2] for row in COMMUNES}
PLACES = (
    "commune/35238", "commune/48900", "epci/244200770", "departement/35", "departement/48",
    "region/84", "pays/france", "groupe/villes-choisies", "departement/988", "commune/98818",
)  # fmt: skip
PARTS = ("presente", "partagee", "absente", "non_renseignee")


async def get(api: httpx.AsyncClient, address: str) -> dict[str, Any]:
    answer = await api.get(f"/api/{address}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize("place", PLACES)
async def test_four_populations_add_up_to_the_territory(api, place):
    body = await get(api, f"territoires/{place}/couverture")
    for item in body["services"]:
        people = [item[f"population_{part}"] for part in PARTS]
        assert sum(people) == body["territoire"]["population"]
        assert item["population_couverte"] == people[0] + people[1]
    for rate in (body, *body["par_theme"], *body["par_enjeu"]):
        parts = [rate[f"part_{part}"] for part in PARTS]
        assert sum(parts) == pytest.approx(1, abs=2e-4)
        assert rate["taux"] == pytest.approx(parts[0] + parts[1], abs=2e-4)


async def test_the_parts_of_a_commune_are_those_of_its_services(api):
    """Saint-Chamond: no site (absent), a mairie, a budget shared by its EPCI, cyber unknown."""
    body = await get(api, "territoires/commune/42207/couverture")
    assert [body[f"part_{part}"] for part in PARTS] == [0.25, 0.25, 0.25, 0.25]
    assert body["taux"] == 0.5


async def test_people_nobody_has_counted_are_not_shared_out(api):
    body = await get(api, "territoires/commune/48902/couverture")
    for item in body["services"]:
        assert [item[f"population_{part}"] for part in PARTS] == [None] * 4
    # Its services are known all the same.
    assert sum(body[f"part_{part}"] for part in PARTS) == 1


async def test_what_nobody_documents_is_a_question_for_all(api):
    body = await get(api, f"territoires/departement/35/couverture?service={NEVER}")
    (item,) = body["services"]
    assert item["population_non_renseignee"] == body["territoire"]["population"]
    assert [body[f"part_{part}"] for part in PARTS] == [None] * 4


@pytest.mark.parametrize("niveau", ["commune", "epci", "departement", "region", "pays", "groupe"])
@pytest.mark.parametrize(
    "axis",
    ["", "theme=democratie", "enjeu=services-publics", f"service={SITE}", f"service={CYBER}"],
)
async def test_indicators_are_those_of_the_coverage(api, niveau, axis):
    names = ["part_absente", "part_non_renseignee"]
    names += ["part_population"] if axis.startswith("service") else ["taux"]
    for name in names:
        body = await get(api, f"indicateurs/{niveau}?indicateur={name}&{axis}")
        unmapped = {row[1] for row in UNMAPPED}
        assert not unmapped & set(body["codes"])
        assert body["explication"] is None
        for code, value in zip(body["codes"], body["valeurs"], strict=True):
            cover = await get(api, f"territoires/{niveau}/{code}/couverture?{axis}")
            if name == "part_population":
                expected = cover["services"][0]["part_population"]
            else:
                expected = cover[name]
            assert value == expected, (code, name)


async def test_an_enjeu_nobody_documents_is_unknown_everywhere(api):
    body = await get(api, f"indicateurs/commune?service={NEVER}")
    assert set(body["valeurs"]) == {"non_renseigne"}
    assert "inconnue partout" in body["explication"]
    shares = await get(api, f"indicateurs/departement?service={NEVER}&indicateur=part_absente")
    assert set(shares["valeurs"]) == {None}
    assert len(shares["codes"]) == 4
