"""Organisations over HTTP: who works on this near here."""

from __future__ import annotations

import httpx
import pytest

from tests.geo_service import little_atlas
from tests.geo_service.test_contract import RENNES

COOP = "732829320"

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("query", ["coop", "COOPÉRATIVE", "732 829 320", "du web"])
async def test_an_organisation_is_found(api: httpx.AsyncClient, query: str) -> None:
    answer = (await api.get("/api/acteurs", params={"q": query})).json()
    (found,) = answer["acteurs"]
    assert (found["id"], found["actions"]) == (COOP, 2)
    assert found["services"] == [little_atlas.BUDGET]
    assert answer["total"] == 1


async def test_those_with_most_actions_come_first(api: httpx.AsyncClient) -> None:
    answer = (await api.get("/api/acteurs?limit=1")).json()
    assert [acteur["id"] for acteur in answer["acteurs"]] == [COOP]
    assert answer["total"] == 2


async def test_an_organisation_lists_its_actions(api: httpx.AsyncClient) -> None:
    answer = (await api.get(f"/api/acteurs/{COOP}")).json()
    assert {action["id"] for action in answer["liste"]} == {"a:1", "a:2"}
    assert answer["liste"][0]["porteur"]["nom"]
    missing = await api.get("/api/acteurs/rien")
    assert missing.status_code == 404
    assert "/api/acteurs?q=" in missing.json()["detail"]


async def near(api: httpx.AsyncClient, territory: str, query: str = "") -> dict[str, float]:
    answer = (await api.get(f"/api/territoires/{territory}/acteurs{query}")).json()
    assert answer["total"] == len(answer["acteurs"])
    return {acteur["id"]: acteur["plus_proche"]["distance_km"] for acteur in answer["acteurs"]}


async def test_actions_carried_here_or_for_here_are_at_no_distance(api: httpx.AsyncClient) -> None:
    assert await near(api, "commune/35238") == {COOP: 0}
    assert await near(api, "commune/42207") == {COOP: 0}
    assert await near(api, "commune/48095") == {"les-amis-du-net": 0}


async def test_an_action_is_where_it_takes_place(api: httpx.AsyncClient) -> None:
    # Carried by Rennes, it takes place in Cesson-Sévigné, 4.6 km from Acigné.
    assert await near(api, "commune/35051", "?rayon_km=0") == {COOP: 0}
    assert await near(api, "commune/35001", "?rayon_km=1") == {}
    found = await near(api, "commune/35001", "?rayon_km=10")
    assert found == {COOP: pytest.approx(4.6, abs=0.2)}


async def test_a_service_chooses_the_organisations(api: httpx.AsyncClient) -> None:
    assert await near(api, "commune/35238", f"?service={little_atlas.BUDGET}") == {COOP: 0}
    assert await near(api, "commune/35238", f"?service={little_atlas.SITE}") == {}
    assert await near(api, "commune/35238", "?enjeu=democratie-locale") == {COOP: 0}


async def test_a_territory_without_place_on_the_map_knows_its_own_only(
    api: httpx.AsyncClient,
) -> None:
    assert await near(api, "commune/98818", "?rayon_km=200") == {}


async def test_the_whole_country_answers(api: httpx.AsyncClient) -> None:
    assert await near(api, "pays/france") == {COOP: 0, "les-amis-du-net": 0}
    file = await api.get(f"{RENNES}/acteurs?format=csv")
    assert "Coopérative du Web" in file.text
