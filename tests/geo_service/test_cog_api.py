"""What the API says of codes of communes of other years."""

from __future__ import annotations

from typing import Any

import httpx
import psycopg
import pytest

from geo_service.atlas import read_metadata
from tests.geo_service import little_atlas

pytestmark = pytest.mark.anyio


async def resolve(api: httpx.AsyncClient, **asked: str) -> dict[str, Any]:
    answer = await api.get("/api/cog/resoudre", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(found: dict[str, Any]) -> list[str]:
    return [one["code"] for one in found["candidats"]]


@pytest.mark.parametrize(
    ("code", "statut", "commune"),
    [
        ("35238", "actuel", "35238"),
        ("35999", "resolu", "35238"),
        ("35998", "resolu", "35051"),
        ("75115", "resolu", "75056"),
        ("97123", "resolu", "97701"),
        ("97701", "actuel", "97701"),
        ("48999", "partage", None),
        ("99999", "inconnu", None),
    ],
)
async def test_what_a_code_means(
    api: httpx.AsyncClient, code: str, statut: str, commune: str | None
) -> None:
    found = await resolve(api, code=code)
    assert found["statut"] == statut
    assert (found["commune"] or {}).get("code") == commune
    assert found["historique"]["code"] == "mouvements"
    assert "INSEE" in found["historique"]["libelle"]
    assert bool(found["comment_choisir"]) == (statut == "partage")


async def test_a_divided_code_names_its_candidates_and_why(api: httpx.AsyncClient) -> None:
    found = await resolve(api, code="48999")
    assert codes(found) == ["48095", "48900"]
    assert found["chemin"][0].startswith("Le 2 mars 1968, V-48999 (48999) est supprimée")


@pytest.mark.parametrize("date", ["1979-12-31", "31/12/1979", "1979"])
async def test_the_date_tells_what_was_meant(api: httpx.AsyncClient, date: str) -> None:
    found = await resolve(api, code="35001", date=date)
    assert (found["statut"], codes(found)) == ("partage", ["35001", "35051"])
    assert found["date"].startswith("1979-")
    today = await resolve(api, code="35001")
    assert (today["statut"], codes(today)) == ("actuel", ["35001"])
    assert "Cesson-Sévigné (35051)" in today["avertissements"][0]


async def test_a_code_read_as_a_number_is_said(api: httpx.AsyncClient) -> None:
    found = await resolve(api, code="35238.0")
    assert (found["code"], found["code_lu"], found["statut"]) == ("35238.0", "35238", "actuel")
    assert "pour un nombre" in found["avertissements"][0]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Le paramètre « code »"),
        ("code=", "Le paramètre « code »"),
        ("code=35238&date=hier", "« hier » n’est pas une date"),
        ("code=35238&date=2015-02-30", "n’est pas une date"),
        ("code=" + "1" * 30, "20 caractères au plus"),
        ("code=35238&jour=2015", "« jour » n’existe pas ici"),
    ],
)
async def test_bad_questions(api: httpx.AsyncClient, query: str, said: str) -> None:
    answer = await api.get(f"/api/cog/resoudre?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


async def test_the_address_of_an_old_commune(api: httpx.AsyncClient) -> None:
    moved = await api.get("/api/territoires/commune/35998/couverture?theme=partage")
    assert moved.status_code == 301
    assert moved.headers["location"].endswith("/commune/35051/couverture?theme=partage")


async def test_the_address_of_a_divided_commune_lists_its_candidates(
    api: httpx.AsyncClient,
) -> None:
    answer = await api.get("/api/territoires/commune/48999")
    assert answer.status_code == 404
    problem = answer.json()
    assert [one["code"] for one in problem["candidats"]] == ["48095", "48900"]
    assert "Mende (48095)" in problem["detail"]


async def test_the_address_of_a_commune_that_left_its_departement(api: httpx.AsyncClient) -> None:
    moved = await api.get("/api/territoires/commune/97123")
    assert moved.status_code == 301
    assert moved.headers["location"].endswith("/commune/97701")


def test_without_insee_s_file(little_owner_url: str) -> None:
    name = "00000000000c"
    with psycopg.connect(little_owner_url) as conn:
        little_atlas.publish(conn, name, activate=False)
    with psycopg.connect(little_owner_url) as conn:
        conn.execute(f"TRUNCATE pub_{name}.mouvements")
    without = read_metadata(little_owner_url, name).history
    assert (without.historique, without.resolve("48999").statut) == ("liens", "inconnu")
    with psycopg.connect(little_owner_url) as conn:
        conn.execute("DELETE FROM atlas.publications WHERE id = %s", [name])
        conn.execute(f"DROP SCHEMA pub_{name} CASCADE")
