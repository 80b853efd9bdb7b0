"""Where to open places, through the API, on the little atlas."""

from __future__ import annotations

import dataclasses
import io
import threading

import httpx
import pandas as pd
import pyarrow.parquet as pq
import pytest

from geo_service.database import Database
from tests.geo_service.little_atlas import BUDGET, CYBER, NEVER, SITE

pytestmark = pytest.mark.anyio

THIN, FIXED = "\u202f", "\u00a0"
EPCI = "/api/territoires/epci/244200770/implantations"


async def get(api: httpx.AsyncClient, address: str) -> dict:
    answer = await api.get(address)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_places_are_told_in_the_order_of_what_they_add(api):
    # The three communes of the EPCI are 9 to 37 km apart; none has a cyber within 20 km.
    body = await get(api, f"{EPCI}?service={CYBER}&nombre=2&rayon_km=5")
    assert [
        (item["rang"], item["code"], item["population_gagnee"]) for item in body["communes"]
    ] == [
        (1, "42218", 173_000),
        (2, "42207", 35_000),
    ]
    assert [item["population_gagnee_cumulee"] for item in body["communes"]] == [173_000, 208_000]
    assert body["communes"][0]["phrase"] == (
        f"Ouvrir à Saint-Étienne{FIXED}: 173{THIN}000{FIXED}habitants de plus à moins de "
        f"5{FIXED}km."
    )
    assert (body["population_etudiee"], body["population_deja_desservie"]) == (208_900, 0)
    assert (body["population_gagnee"], body["population_restante"]) == (208_000, 900)
    assert body["part_desservie"] == body["communes"][-1]["part_desservie"] == 0.9957
    search = body["recherche"]
    assert (search["valeur"], search["borne"], search["ecart_optimum"]) == (208_000, 208_000, 0)
    assert (search["optimal"], search["candidats"]) == (True, 3)
    assert search["temps_s"] >= 0
    assert "99,6" in body["phrase"]
    assert "prouvé optimal" in body["phrase"]


async def test_one_place_may_serve_several_communes(api):
    body = await get(api, f"{EPCI}?service={CYBER}&rayon_km=15")
    assert [(item["code"], item["population_gagnee"]) for item in body["communes"]] == [
        ("42218", 208_000),
        ("42222", 900),
    ]
    fewest = await get(api, f"{EPCI}?service={CYBER}&rayon_km=15&methode=cible&part=0.99")
    assert [item["code"] for item in fewest["communes"]] == ["42218"]
    assert (fewest["nombre"], fewest["part"], fewest["part_atteinte"]) == (None, 0.99, True)
    assert fewest["recherche"]["objectif"] == "nombre_de_lieux"
    everyone = await get(api, f"{EPCI}?service={CYBER}&rayon_km=15&methode=cible")
    assert (everyone["recherche"]["valeur"], everyone["part_desservie"]) == (2, 1)


async def test_the_p_median_says_how_the_mean_distance_falls(api):
    body = await get(api, f"{EPCI}?service={CYBER}&nombre=1&methode=p-mediane")
    (place,) = body["communes"]
    assert place["code"] == "42218"
    assert body["distance_moyenne_apres_km"] == place["distance_moyenne_km"]
    assert body["distance_moyenne_avant_km"] > 80  # the nearest cyber is in Mende
    assert place["phrase"].startswith(
        f"Ouvrir à Saint-Étienne{FIXED}: la distance moyenne passe de "
    )


async def test_those_served_by_a_neighbour_are_not_served_again(api):
    # Rennes has a cyber: Cesson is 6 km off it, Acigné 11 km.
    body = await get(api, f"/api/territoires/epci/243500139/implantations?service={CYBER}")
    assert body["population_deja_desservie"] == 227_830 + 19_000
    assert [(item["code"], item["population_gagnee"]) for item in body["communes"]] == [
        ("35051", 7_000)
    ]
    alone = "/api/territoires/commune/35001/implantations"
    near = await get(api, f"{alone}?service={CYBER}&rayon_km=20")
    assert near["communes"] == []
    assert near["phrase"].startswith("Tous les habitants sont déjà à moins de 20")
    assert near["recherche"]["optimal"]
    far = await get(api, f"{alone}?service={CYBER}&rayon_km=5")
    assert [item["code"] for item in far["communes"]] == ["35001"]
    reached = await get(api, f"/api/territoires/epci/243500139/implantations?service={CYBER}"
                        "&methode=cible&part=0.9")  # fmt: skip
    assert reached["communes"] == []
    assert "déjà" in reached["phrase"]


async def test_what_is_not_known_is_said(api):
    unknown = await get(api, f"{EPCI}?service={NEVER}")
    assert "Aucune source" in unknown["avertissements"][0]
    assert unknown["distance_moyenne_avant_km"] is None
    actions = await get(api, f"{EPCI}?service={BUDGET}")
    assert "aucun lieu connu" in actions["avertissements"][0]
    island = await get(api, f"/api/territoires/commune/98818/implantations?service={SITE}")
    assert (island["communes"], island["population_etudiee"]) == ([], 0)
    assert island["population_sans_mesure"] == 94_285
    assert "ne sont pas comptés" in island["avertissements"][0]
    assert "pas connue" in island["phrase"]
    nobody = await get(api, f"/api/territoires/commune/48903/implantations?service={CYBER}")
    assert nobody["communes"] == []
    assert nobody["part_desservie"] is None


async def test_every_format_has_the_same_places(api):
    address = f"{EPCI}?service={CYBER}&nombre=2&rayon_km=5"
    body = await get(api, address)
    expected = [(item["code"], item["population_gagnee"]) for item in body["communes"]]
    table = pd.read_csv(
        io.BytesIO((await api.get(f"{address}&format=csv")).content), dtype={"code": str}
    )
    assert list(zip(table["code"], table["population_gagnee"], strict=True)) == expected
    assert set(table["ecart_optimum"]) == {0}
    features = (await get(api, f"{address}&format=geojson"))["features"]
    assert [feature["properties"]["code"] for feature in features] == [code for code, _ in expected]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [4.39, 45.43]}
    parquet = io.BytesIO((await api.get(f"{address}&format=parquet")).content)
    assert pq.read_table(parquet)["code"].to_pylist() == [code for code, _ in expected]
    assert b"geo" in pq.read_metadata(parquet).metadata
    assert (await api.get(f"{address}&format=xlsx")).status_code == 200


async def test_an_answer_is_searched_once_and_validated_without_searching(api, monkeypatch):
    address = f"{EPCI}?service={CYBER}&nombre=1&rayon_km=7"
    first = await api.get(address)

    async def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Database, "fetch", refuse)
    again = await api.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert (await api.get(address)).content == first.content
    # The time limit by default is the same question.
    same = await api.get(f"{address}&duree_max_s=1.5&methode=couverture")
    assert same.json()["recherche"] == first.json()["recherche"]


async def test_the_search_runs_beside_the_event_loop(api, monkeypatch):
    from geo_service.diagnostics import implantations  # noqa: PLC0415

    threads = []
    solve = implantations.solve

    def watched(*values):
        threads.append(threading.current_thread())
        return solve(*values)

    monkeypatch.setattr(implantations, "solve", watched)
    await get(api, f"{EPCI}?service={CYBER}&nombre=3&rayon_km=8")
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


@pytest.mark.parametrize(
    ("fault", "words"),
    [("TooManyPairsError", "plus petit"), ("NoStartingDistanceError", "couverture")],
)
async def test_questions_without_answer_are_refused_in_french(api, monkeypatch, fault, words):
    from geo_service.diagnostics import demand, implantations  # noqa: PLC0415

    def refuse(*_: object) -> None:
        raise getattr(demand, fault)

    monkeypatch.setattr(implantations, "solve", refuse)
    answer = await api.get(f"{EPCI}?service={CYBER}&nombre=9")
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


async def test_an_optimum_that_is_not_proved_is_told_with_its_gap(api, monkeypatch):
    from geo_service.diagnostics import implantations  # noqa: PLC0415

    solve = implantations.solve

    def cut(communes, question):
        found = solve(communes, question)
        return dataclasses.replace(found, optimal=False, gap=0.0213, bound=213_000.4)

    monkeypatch.setattr(implantations, "solve", cut)
    body = await get(api, f"{EPCI}?service={CYBER}&nombre=2&rayon_km=6")
    assert (body["recherche"]["optimal"], body["recherche"]["ecart_optimum"]) == (False, 0.0213)
    assert f"s’est arrêtée à 2,1{FIXED}% de l’optimum au plus" in body["phrase"]
