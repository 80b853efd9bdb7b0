"""Actions over HTTP: which are recent, what they are, where they take place."""

from __future__ import annotations

import httpx
import pytest

from tests.geo_service import little_atlas

pytestmark = pytest.mark.anyio

FRANCE = "/api/territoires/pays/france/actions"


async def ids(api: httpx.AsyncClient, address: str) -> list[str]:
    answer = await api.get(address)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["total"] == len(body["actions"])
    return [action["id"] for action in body["actions"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["a:1", "a:2", "a:3"]),
        ("?depuis=2020-12-31", ["a:1", "a:2"]),
        ("?depuis=2021-01-01", ["a:1"]),
        ("?depuis=2026-01-01", []),
        ("?statut=terminee", ["a:2"]),
        ("?statut=prevue", []),
        ("?enjeu=democratie-locale", ["a:1", "a:2", "a:3"]),
        ("?enjeu=education", []),
        (f"?service={little_atlas.BUDGET}&depuis=2021-01-01", ["a:1"]),
        (f"?service={little_atlas.BUDGET}&enjeu=education", []),
    ],
)
async def test_filters_combine(api: httpx.AsyncClient, query: str, expected: list[str]) -> None:
    assert await ids(api, FRANCE + query) == expected


async def test_filtered_pages_follow_one_another(api: httpx.AsyncClient) -> None:
    address = f"{FRANCE}?enjeu=democratie-locale&limit=1"
    seen, cursor = [], ""
    while cursor is not None:
        page = (await api.get(f"{address}&cursor={cursor}")).json()
        assert page["total"] == 3
        seen += [action["id"] for action in page["actions"]]
        cursor = page["suivant"]
    assert seen == ["a:1", "a:2", "a:3"]


async def test_an_action_says_who_takes_part_where_and_when(api: httpx.AsyncClient) -> None:
    (action,) = (await api.get("/api/territoires/commune/35238/actions")).json()["actions"]
    assert action["statut"] == "en_cours"
    assert (action["date_debut"], action["date_fin"]) == ("2025-03-01", None)
    assert action["acteurs"] == [{"id": "732829320", "nom": "Coopérative du Web"}]
    assert action["points"] == [pytest.approx([-1.60, 48.12])]
    layer = (
        await api.get("/api/territoires/commune/35238/actions?depuis=2025-01-01&format=geojson")
    ).json()
    # Where it takes place, not where its carrier is.
    assert layer["features"][0]["geometry"]["coordinates"] == pytest.approx([-1.60, 48.12])
    assert layer["features"][0]["properties"]["acteurs"] == ["Coopérative du Web"]


async def test_a_date_that_is_none_is_told(api: httpx.AsyncClient) -> None:
    answer = await api.get(f"{FRANCE}?depuis=hier")
    assert answer.status_code == 400
    assert "2026-01-31" in answer.json()["detail"]
