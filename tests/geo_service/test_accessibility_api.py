"""Access to services in the API, against the definitions restated in plain Python."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
from pyproj import Transformer

from geo_service import catchments
from geo_service.api import shapes
from tests.geo_service.little_atlas import (
    BUDGET,
    COMMUNES,
    CYBER,
    FORMULA,
    GROUPED,
    MAIRIE,
    NEVER,
    SITE,
    WITH_SITE,
)

pytestmark = pytest.mark.anyio

_LAMBERT = Transformer.from_crs(4326, 2154, always_xy=True).transform
POINTS = {row[0]: _LAMBERT(row[-2], row[-1]) for row in COMMUNES}
PEOPLE = {row[0]: row[2] for row in COMMUNES}
NAMES = {row[0]: row[1] for row in COMMUNES}
#: Communes of the lieux of each service: they are at the mairies.
HOMES = {
    SITE: list(WITH_SITE),
    CYBER: ["48095", "35238"],
    MAIRIE: [code for code in PEOPLE if code not in {"48902", "48903"}],
}
TERRITORIES = {
    "pays/france": list(PEOPLE),
    "departement/48": [code for code in PEOPLE if code.startswith("48")],
    "epci/244200770": ["42218", "42207", "42222"],
    "groupe/villes-choisies": list(GROUPED),
    "commune/48901": ["48901"],
}


def km(code: str, other: str) -> float:
    return math.dist(POINTS[code], POINTS[other]) / 1000


def nearest(code: str, service: str) -> float:
    return min(km(code, home) for home in HOMES[service])


def index_of(
    service: str,
    zones: tuple[float, ...] = (5, 10, 20),
    weights: tuple[float, ...] = (1, 0.68, 0.22),
) -> dict[str, float]:
    """The index of each commune, step by step."""

    def weight(a: str, b: str) -> float:
        return next((w for z, w in zip(zones, weights, strict=True) if km(a, b) <= z), 0.0)

    ratios = {}
    for home in HOMES[service]:
        demand = sum((people or 0) * weight(code, home) for code, people in PEOPLE.items())
        ratios[home] = 1 / demand if demand else 0.0
    return {
        code: 10_000 * sum(ratio * weight(code, home) for home, ratio in ratios.items())
        for code in PEOPLE
    }


def expanded(values: dict[str, float], codes: list[str]) -> np.ndarray:
    """One row by inhabitant, in tens so that Paris fits."""
    rows = [np.full((PEOPLE[code] or 0) // 10, values[code]) for code in codes]
    return np.sort(np.concatenate(rows))


async def ask(api: httpx.AsyncClient, territory: str, query: str = "") -> dict[str, Any]:
    answer = await api.get(f"/api/territoires/{territory}/accessibilite{query}")
    assert answer.status_code == 200, answer.text
    shapes.Access.model_validate(answer.json())
    return answer.json()


async def one(api: httpx.AsyncClient, territory: str, query: str) -> dict[str, Any]:
    (found,) = (await ask(api, territory, query))["services"]
    return found


@pytest.mark.parametrize("service", HOMES)
@pytest.mark.parametrize("territory", TERRITORIES)
async def test_distances_are_those_of_the_people(api, territory: str, service: str):
    codes = TERRITORIES[territory]
    found = await one(api, territory, f"?service={service}&seuils_km=30,0.5,100")
    distances = {code: nearest(code, service) for code in codes}
    inhabitants = expanded(distances, codes)
    told = found["distances"]
    assert told["population"] == sum(PEOPLE[code] or 0 for code in codes)
    assert told["moyenne_km"] == pytest.approx(inhabitants.mean(), abs=0.02)
    for name, value in told["quantiles_km"].items():
        expected = np.quantile(inhabitants, int(name[1:]) / 100, method="inverted_cdf")
        assert value == pytest.approx(expected, abs=0.006)
    farthest = max(codes, key=distances.__getitem__)
    assert told["plus_eloignee"]["distance_km"] == pytest.approx(distances[farthest], abs=0.006)
    assert told["plus_eloignee"]["nom"] == NAMES[told["plus_eloignee"]["code"]]
    assert [row["km"] for row in found["seuils"]] == [0.5, 30, 100]
    for row in found["seuils"]:
        far = [code for code in codes if distances[code] > row["km"]]
        people = sum(PEOPLE[code] or 0 for code in far)
        assert (row["communes"], row["population"]) == (len(far), people)
        assert row["part_population"] == pytest.approx(people / told["population"], abs=1e-4)


@pytest.mark.parametrize("service", HOMES)
@pytest.mark.parametrize("territory", TERRITORIES)
async def test_the_index_is_that_of_its_definition(api, territory: str, service: str):
    codes = TERRITORIES[territory]
    index = index_of(service)
    whole = await ask(api, territory, f"?service={service}")
    found = whole["services"][0]["e2sfca"]
    inhabitants = expanded(index, codes)
    assert found["moyenne"] == pytest.approx(inhabitants.mean(), abs=0.006)
    assert found["mediane"] == pytest.approx(
        np.quantile(inhabitants, 0.5, method="inverted_cdf"), abs=0.001
    )
    inhabited = [code for code in codes if PEOPLE[code]]
    assert found["plus_faible"]["valeur"] == pytest.approx(
        min(index[code] for code in inhabited), abs=0.001
    )
    assert found["plus_forte"]["valeur"] == pytest.approx(
        max(index[code] for code in inhabited), abs=0.001
    )
    assert found["population_sans_acces"] == sum(
        PEOPLE[code] for code in inhabited if index[code] == 0
    )
    held = sum(index[code] * PEOPLE[code] for code in inhabited)
    people = sum(PEOPLE[code] for code in inhabited)
    if held == 0:
        assert found["gini"] is whole["lorenz"] is None
        return
    differences = sum(
        PEOPLE[a] * PEOPLE[b] * abs(index[a] - index[b]) for a in inhabited for b in inhabited
    )
    assert found["gini"] == pytest.approx(differences / (2 * people * held), abs=1e-4)
    curve = whole["lorenz"]
    assert len(curve["population"]) == len(curve["indice"]) == len(inhabited) + 1
    assert (curve["population"][0], curve["indice"][-1]) == (0, 1)


@pytest.mark.parametrize("territory", TERRITORIES)
@pytest.mark.parametrize(
    ("query", "zones", "weights"),
    [
        ("rayon_km=40", (10, 20, 40), (1, 0.68, 0.22)),
        ("zones_km=3,12", None, None),
        ("zones_km=3,12&poids=0.9,0.1", (3, 12), (0.9, 0.1)),
        ("rayon_km=60&zones_km=60&poids=1", (60,), (1,)),
        ("poids=1,1,1", (5, 10, 20), (1, 1, 1)),
    ],
)
async def test_the_catchment_can_be_changed(api, territory: str, query: str, zones, weights):
    if zones is None:
        answer = await api.get(f"/api/territoires/{territory}/accessibilite?service={SITE}&{query}")
        assert answer.status_code == 400
        assert "2 zones et 3 poids" in answer.json()["detail"]
        return
    whole = await ask(api, territory, f"?service={SITE}&{query}")
    assert whole["indice"]["zones_km"] == list(zones)
    assert whole["indice"]["poids"] == list(weights)
    index = index_of(SITE, zones, weights)
    inhabited = [code for code in TERRITORIES[territory] if PEOPLE[code]]
    found = whole["services"][0]["e2sfca"]
    for name, choose in (("plus_faible", min), ("plus_forte", max)):
        expected = choose(index[code] for code in inhabited)
        assert found[name]["valeur"] == pytest.approx(expected, abs=0.001)


async def test_asking_for_the_published_catchment_changes_nothing(api):
    plain = await ask(api, "pays/france", f"?service={SITE}")
    spelt = await ask(api, "pays/france", f"?service={SITE}&rayon_km=20&poids=1,0.68,0.22")
    assert spelt == plain


async def test_all_services_with_lieux_are_told_without_one(api):
    whole = await ask(api, "departement/48")
    assert [row["service"]["code"] for row in whole["services"]] == [SITE, MAIRIE, CYBER]
    assert whole["lorenz"] is None
    assert whole["zones"] == []
    assert whole["mesure"] == {"mode": "vol-d-oiseau", "moteur": None, "profil": None}
    assert whole["indice"]["mode"] == "vol-d-oiseau"
    alone = await ask(api, "departement/48", f"?service={CYBER}")
    assert whole["services"][2] == alone["services"][0]


async def test_what_is_not_measured_is_told_apart(api):
    found = await one(api, "departement/48", f"?service={SITE}")
    counts = found["communes"]
    assert (counts["total"], counts["mesurees"], counts["sans_distance"]) == (5, 5, 0)
    # One whose population is unknown, one where nobody lives.
    assert (counts["sans_population"], counts["population_inconnue"]) == (2, 1)
    # Their mairies are in no directory: they are measured from their middle.
    assert counts["mesurees_du_centre"] == 2
    assert counts["lieu_proche_imprecis"] == 0
    # Each square of the little atlas is a land of its own.
    assert counts["lieu_proche_autre_terre"] == 4
    assert found["grappes"]["communes"]["non_testees"] == 5
    assert found["lieux"] == {"total": 1, "imprecis": 0}


@pytest.mark.parametrize("place", ["commune/98818", "departement/988", "commune/97701"])
async def test_a_territory_off_the_map_has_no_distance(api, place: str):
    for found in (await ask(api, place))["services"]:
        assert found["communes"]["sans_distance"] == found["communes"]["total"] == 1
        assert found["communes"]["population_sans_distance"] > 0
        assert set(found["distances"]["quantiles_km"].values()) == {None}
        assert found["distances"]["plus_eloignee"] is None
        assert found["e2sfca"]["moyenne"] is found["e2sfca"]["gini"] is None
        assert [row["part_population"] for row in found["seuils"]] == [None] * 3
    custom = await one(api, place, f"?service={SITE}&rayon_km=50")
    assert custom["e2sfca"]["plus_faible"] is None


@pytest.mark.parametrize("code", ["48902", "48903"])
async def test_a_territory_without_people_has_distances_all_the_same(api, code: str):
    found = await one(api, f"commune/{code}", f"?service={SITE}")
    assert found["distances"]["plus_eloignee"]["distance_km"] == pytest.approx(
        nearest(code, SITE), abs=0.006
    )
    assert found["distances"]["quantiles_km"]["p50"] is None
    assert found["e2sfca"]["gini"] is None
    assert found["seuils"][0]["communes"] == 1


ADDRESS = "/api/territoires/pays/france/accessibilite"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("service=sit-internet-commune", SITE),
        (f"service={BUDGET}", "n’a aucun lieu sur la carte"),
        (f"service={NEVER}", "n’a aucun lieu sur la carte"),
        (f"service={SITE}&rayon_km=0", "au moins 0.5"),
        (f"service={SITE}&rayon_km=10000", "au plus 100"),
        (f"service={SITE}&rayon_km=nan", "fini"),
        ("rayon_km=10", "demande un paramètre « service »"),
        ("seuils_km=5;10", "séparés par des virgules"),
        ("seuils_km=5,nan", "0 à 20000"),
        ("seuils_km=-1", "0 à 20000"),
        ("seuils_km=1,2,3,4,5,6,7,8,9,10,11", "10 nombres au plus"),
        (f"service={SITE}&zones_km=10,5,20", "croissantes"),
        (f"service={SITE}&zones_km=0,5,20", "croissantes"),
        (f"service={SITE}&zones_km=5,10,20&rayon_km=30", "se contredisent"),
        (f"service={SITE}&poids=1,2,0.5", "0 à 1"),
        (f"service={SITE}&poids=0.2,0.5,1", "du plus grand au plus petit"),
        (f"service={SITE}&poids=1,0.5,0", "0 (exclu)"),
        (f"service={SITE}&rayon=5", "rayon_km"),
    ],
)
async def test_bad_parameters_are_told_in_french(api, query: str, words: str):
    answer = await api.get(f"{ADDRESS}?{query}")
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["detail"]


async def test_distances_of_nothing_and_of_the_world_have_sensible_answers(api):
    found = await one(api, "pays/france", f"?service={SITE}&seuils_km=0,10000")
    at_home, nobody = found["seuils"]
    assert at_home["communes"] == len(PEOPLE) - len(WITH_SITE)
    assert (nobody["communes"], nobody["population"], nobody["part_population"]) == (0, 0, 0)


async def test_too_much_to_compute_is_refused(api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(catchments, "MAX_PAIRS", 3)
    answer = await api.get(f"{ADDRESS}?service={SITE}&rayon_km=77")
    assert answer.status_code == 400
    assert "Diminuez « rayon_km »" in answer.json()["detail"]


async def test_an_address_has_one_etag_however_its_numbers_are_spelt(api):
    spellings = [
        f"{ADDRESS}?seuils_km=2,10",
        f"{ADDRESS}?seuils_km=10.0,%202",
        f"{ADDRESS}?seuils_km=2,10,2&poids=",
    ]
    assert len({(await api.get(address)).headers["etag"] for address in spellings}) == 1
    plain = await api.get(ADDRESS)
    assert (await api.get(f"{ADDRESS}?seuils_km=20,10,5")).headers["etag"] == plain.headers["etag"]


async def test_a_file_has_one_row_by_commune_and_service(api):
    address = f"/api/territoires/departement/48/accessibilite?service={SITE}"
    answer = await api.get(f"{address}&format=csv")
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    assert set(rows) == set(TERRITORIES["departement/48"])
    index = index_of(SITE)
    for code, row in rows.items():
        assert float(row["distance_km"]) == pytest.approx(nearest(code, SITE), abs=0.006)
        assert float(row["e2sfca"]) == pytest.approx(index[code], abs=0.001)
        assert row["mode"] == "vol-d-oiseau"
        assert row["lieu_proche_id"] == "mairies:48095"
        assert row["lieu_proche_commune"] == "Mende"
        assert (row["grappe"], row["zone"], row["duree_min"]) == ("", "", "")
    assert rows["48901"]["nom"] == f"'{FORMULA}"
    assert rows["48902"]["population"] == ""
    custom = await api.get(f"{address}&format=csv&rayon_km=60")
    other = index_of(SITE, (15, 30, 60))
    for row in csv.DictReader(io.StringIO(custom.text)):
        assert float(row["e2sfca"]) == pytest.approx(other[row["code"]], abs=0.001)
    every = await api.get("/api/territoires/departement/48/accessibilite?format=csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geo_service.api.accessibilite.LONGEST_FILE", 3)
        refused = await api.get("/api/territoires/departement/48/accessibilite?format=xlsx")
        assert refused.status_code == 400
        assert "un seul « service »." in refused.json()["detail"]
    assert len(list(csv.DictReader(io.StringIO(every.text)))) == 3 * 5


async def test_files_have_their_geometry(api):
    address = f"/api/territoires/groupe/villes-choisies/accessibilite?service={SITE}"
    collection = (await api.get(f"{address}&format=geojson")).json()
    assert len(collection["features"]) == len(GROUPED)
    assert all(item["geometry"]["type"] == "MultiPolygon" for item in collection["features"])
    table = pq.read_table(io.BytesIO((await api.get(f"{address}&format=parquet")).content))
    assert sorted(table.column("code").to_pylist()) == sorted(GROUPED)
    assert (await api.get(f"{address}&format=xlsx")).status_code == 200
    off = await api.get("/api/territoires/commune/98818/accessibilite?format=geojson")
    assert [item["geometry"] for item in off.json()["features"]] == [None] * 3
    assert off.json()["features"][0]["properties"]["e2sfca"] is None


async def test_indicators_of_every_commune(api):
    address = f"/api/indicateurs/commune?service={SITE}&indicateur="
    found = (await api.get(f"{address}accessibilite")).json()
    shapes.Indicators.model_validate(found)
    index = index_of(SITE)
    assert found["codes"] == sorted(PEOPLE)
    assert found["valeurs"] == [pytest.approx(index[code], abs=0.001) for code in found["codes"]]
    assert found["unite"] == "lieux pour 10 000 habitants"
    clusters = (await api.get(f"{address}grappe")).json()
    assert clusters["valeurs"] == [None] * len(PEOPLE)
    # Nothing to measure: unknown everywhere, not 0.
    nothing = (
        await api.get(f"/api/indicateurs/commune?service={BUDGET}&indicateur=accessibilite")
    ).json()
    assert nothing["valeurs"] == [None] * len(PEOPLE)
    above = await api.get(f"/api/indicateurs/epci?service={SITE}&indicateur=grappe")
    assert above.status_code == 400
    assert "niveau « commune »" in above.json()["detail"]


async def test_every_word_is_defined(api):
    answer = (await api.get(ADDRESS)).json()
    known = {row["code"] for row in (await api.get("/api/definitions")).json()["definitions"]}
    assert {"vol-d-oiseau", "e2sfca", "gini", "lorenz", "grappe"} <= set(answer["definitions"])
    assert set(answer["definitions"]) <= known
