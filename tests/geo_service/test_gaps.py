"""Gaps: what filters keep, against a plain reading of the definitions; pages, files, refusals."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service.gaps import find_gaps
from geo_service.matrices import STATUTS, CommuneMatrices
from tests.geo_service.little_atlas import BUDGET, COMMUNES, CYBER, GROUPED, MAIRIE, NEVER, SITE

FRANCE = "/api/territoires/pays/france/lacunes"


@st.composite
def countries(draw: st.DrawFn) -> CommuneMatrices:
    """Up to eight communes and three services, with whatever may be unknown."""
    n, s = draw(st.integers(1, 8)), draw(st.integers(1, 3))
    people = draw(st.lists(st.sampled_from([math.nan, 0, 5, 5, 900]), min_size=n, max_size=n))
    cells = st.lists(st.integers(0, 3), min_size=s, max_size=s)
    far = st.lists(st.sampled_from([math.nan, 0.0, 4.0, 12.5]), min_size=s, max_size=s)
    codes = [f"{row:05}" for row in range(n)]
    services = tuple(f"s{column}" for column in range(s))
    return CommuneMatrices(
        np.array(codes, dtype=object),
        {code: row for row, code in enumerate(codes)},
        np.array(people, dtype=np.float64),
        np.full(n, math.nan),
        np.ones(n, dtype=np.bool_),
        services,
        {service: column for column, service in enumerate(services)},
        np.array([draw(cells) for _ in range(n)], dtype=np.int8),
        np.array([draw(far) for _ in range(n)], dtype=np.float32),
        {},
    )


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "statut": st.integers(0, 3),
        "farther_than": st.sampled_from([0, 4, 20]),
        "population_min": st.sampled_from([0, 1, 900]),
        "population_max": st.sampled_from([0, 5, 1000]),
        "order": st.sampled_from(["population", "distance"]),
    },
)


def expected(country: CommuneMatrices, rows: list[int], services: tuple[str, ...], asked: dict):
    """The communes kept and their services, commune by commune and service by service."""
    kept: dict[int, list[str]] = {}
    for row in rows:
        people = country.population[row]
        low, high = asked.get("population_min"), asked.get("population_max")
        if low is not None and not people >= low:
            continue
        if high is not None and not people <= high:
            continue
        for service in services:
            column = country.service_position.get(service)
            statut = 0 if column is None else country.statuts[row, column]
            km = math.nan if column is None else country.distances[row, column]
            if asked.get("statut") is not None and statut != asked["statut"]:
                continue
            if asked.get("farther_than") is not None and not km > asked["farther_than"]:
                continue
            kept.setdefault(row, []).append(service)
    return kept


@given(country=countries(), asked=FILTERS, data=st.data())
def test_filters_keep_what_the_definitions_say(country, asked, data):
    rows = data.draw(st.lists(st.integers(0, len(country.codes) - 1), unique=True))
    services = data.draw(st.sampled_from([country.services, country.services[:1], ("never",)]))
    found = find_gaps(country, np.array(rows, dtype=np.intp), services, **asked)
    kept = expected(country, rows, services, asked)
    assert {
        row: [service for service, here in zip(found.services, cells, strict=True) if here]
        for row, cells in zip(found.rows.tolist(), found.concerned, strict=True)
    } == kept
    known = [country.population[row] for row in kept if not math.isnan(country.population[row])]
    assert found.people() == (None if kept and not known else sum(known))
    assert sorted(found.by_service()) == sorted(
        (
            service,
            sum(service in mine for mine in kept.values()),
            sum(
                int(np.nan_to_num(country.population[row]))
                for row, mine in kept.items()
                if service in mine
            ),
        )
        for service in services
        if any(service in mine for mine in kept.values())
    )
    if asked.get("order", "population") == "population":
        people = np.nan_to_num(country.population[found.rows], nan=-1)
        keys = list(zip((-people).tolist(), found.rows.tolist(), strict=True))
        assert keys == sorted(keys)
    else:
        far = np.where(found.concerned, found.distances, np.nan)
        farthest = [
            max((km for km in row if not math.isnan(km)), default=-1.0) for row in far.tolist()
        ]
        assert farthest == sorted(farthest, reverse=True)


@given(country=countries(), asked=FILTERS, more=FILTERS)
def test_a_filter_never_adds_rows(country, asked, more):
    rows = np.arange(len(country.codes))
    with_less = find_gaps(country, rows, country.services, **asked)
    with_more = find_gaps(country, rows, country.services, **{**more, **asked})
    assert set(with_more.rows.tolist()) <= set(with_less.rows.tolist())
    fewer = find_gaps(country, rows, country.services[:1], **asked)
    assert set(fewer.rows.tolist()) <= set(with_less.rows.tolist())


@given(country=countries(), asked=FILTERS)
def test_the_worst_is_told_first(country, asked):
    found = find_gaps(country, np.arange(len(country.codes)), country.services, **asked)
    order = ("absent", "non_renseigne", "partage", "present")
    everything = slice(None)
    for index, (statut, service) in enumerate(
        zip(found.worst_statuts(everything), found.farthest(everything), strict=True)
    ):
        columns = np.flatnonzero(found.concerned[index])
        statuts = [STATUTS[found.statuts[index, column]] for column in columns]
        assert statut == min(statuts, key=order.index)
        kms = [found.distances[index, column] for column in columns]
        known = [km for km in kms if not math.isnan(km)]
        if service is None:
            assert not known
        else:
            assert found.distances[index, found.services.index(service)] == max(known)


@given(country=countries(), data=st.data())
def test_a_new_lieu_never_makes_a_gap(country, data):
    """A service that comes, and is nearer than before, takes communes away and adds none."""
    row = data.draw(st.integers(0, len(country.codes) - 1))
    statuts, distances = country.statuts.copy(), country.distances.copy()
    statuts[row, 0] = STATUTS.index("present")
    distances[:, 0] = np.fmin(distances[:, 0], 4)
    after = replace(country, statuts=statuts, distances=distances)
    rows = np.arange(len(country.codes))
    for asked in ({"statut": 1}, {"farther_than": 4.0}):
        old = find_gaps(country, rows, country.services, **asked)
        new = find_gaps(after, rows, country.services, **asked)
        assert set(new.rows.tolist()) <= set(old.rows.tolist())


# --- through the API ---------------------------------------------------------------------------

anyio = pytest.mark.anyio
PEOPLE = {row[0]: row[2] for row in COMMUNES}


async def get(api: httpx.AsyncClient, query: str, address: str = FRANCE) -> dict[str, Any]:
    answer = await api.get(f"{address}?{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@anyio
@pytest.mark.parametrize(
    ("query", "communes"),
    [
        (f"service={SITE}&departement=42", {"42207", "42222"}),
        (f"service={SITE}&region=76&population_max=35", {"48901"}),
        (f"service={SITE}&epci=243500139", {"35001"}),
        (f"service={SITE}&groupe=villes-choisies", {"42207", "42222"}),
        (f"service={SITE}&programme=villes-choisies&population_min=1000", {"42207"}),
        (f"service={SITE}&groupe=villes-choisies&departement=35", set()),
        ("theme=democratie&departement=42", {"42207", "42222"}),
        ("theme=partage&statut=non_renseigne&groupe=villes-choisies", {"42207", "42218", "42222"}),
        (f"service={SITE}&population_min=30&population_max=40", {"48900", "48901"}),
        (f"service={MAIRIE}&distance_km=3&departement=48", {"48902", "48903"}),
        # Codes as people type them.
        (f"service={SITE}&groupe=Villes-Choisies", {"42207", "42222"}),
    ],
)
async def test_filters_by_place_combine(api, query, communes):
    body = await get(api, query)
    assert {item["code"] for item in body["communes"]} == communes
    assert (body["total"], body["explication"] is None) == (len(communes), bool(communes))
    assert body["population"] == sum(PEOPLE[code] or 0 for code in communes)


@anyio
async def test_people_are_counted_once_whatever_they_lack(api):
    body = await get(api, "statut=non_renseigne&departement=35")
    assert body["total"] == 2
    assert body["population"] == PEOPLE["35051"] + PEOPLE["35001"]
    both = {"communes": 2, "population": PEOPLE["35051"] + PEOPLE["35001"]}
    assert [
        {name: item[name] for name in ("code", "communes", "population")}
        for item in body["par_service"]
    ] == [{"code": BUDGET, **both}, {"code": CYBER, **both}]
    for item in body["communes"]:
        assert item["services"] == [BUDGET, CYBER]
    one = await get(api, f"statut=non_renseigne&departement=35&service={CYBER}")
    assert [item["code"] for item in one["par_service"]] == [CYBER]


@anyio
async def test_the_farthest_first(api):
    body = await get(api, f"service={CYBER}&distance_km=0&tri=distance&limit=3")
    first = body["communes"]
    whole = await get(api, f"service={CYBER}&distance_km=0&tri=distance&limit=1000")
    distances = [item["distance_km"] for item in whole["communes"]]
    assert distances == sorted(distances, reverse=True)
    assert first == whole["communes"][:3]
    rest = await get(
        api, f"service={CYBER}&distance_km=0&tri=distance&limit=1000&cursor={body['suivant']}"
    )
    assert first + rest["communes"] == whole["communes"]


@anyio
@pytest.mark.parametrize(
    "query",
    [
        "statut=non_renseigne",
        "distance_km=8",
        "statut=present&population_min=100",
        f"service={SITE}",
        f"service={CYBER}&distance_km=1&tri=distance",
        "groupe=villes-choisies&statut=non_renseigne",
    ],
)
async def test_pages_end_to_end_are_the_file(api, query):
    pages: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        body = await get(api, f"{query}&limit=2&cursor={cursor}")
        pages += body["communes"]
        cursor = body["suivant"]
    assert body["total"] == len(pages)
    assert body["population"] == sum(item["population"] or 0 for item in pages)
    answer = await api.get(f"{FRANCE}?{query}&format=csv")
    file = pd.read_csv(io.BytesIO(answer.content), dtype={"code": str})
    assert list(file["code"]) == [item["code"] for item in pages]
    assert file["population"].sum() == body["population"]
    assert list(file["services"]) == ["|".join(item["services"]) for item in pages]
    parquet = await api.get(f"{FRANCE}?{query}&format=parquet")
    table = pd.read_parquet(io.BytesIO(parquet.content))
    assert list(table["code"]) == list(file["code"])


@anyio
@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"service={NEVER}", "Aucune source"),
        ("enjeu=education&population_min=5000000", "tous ces critères"),
        (f"service={SITE}&enjeu=education", "à la fois"),
        (f"service={BUDGET}&distance_km=0", "Aucun lieu connu"),
        (f"service={CYBER}&distance_km=10000", "tous ces critères"),
        (f"service={SITE}&departement=35&region=84", "à la fois dans le pays France et dans"),
    ],
)
async def test_an_empty_list_says_why(api, query, words):
    body = await get(api, query)
    assert (body["total"], body["population"], body["communes"]) == (0, 0, [])
    assert words in body["explication"]


@anyio
async def test_a_territory_off_the_map(api):
    body = await get(api, "statut=non_renseigne", "/api/territoires/departement/988/lacunes")
    (only,) = body["communes"]
    assert (only["distance_km"], only["lieu_proche"]) == (None, None)
    none = await get(api, "distance_km=0", "/api/territoires/departement/988/lacunes")
    assert "la distance est inconnue" in none["explication"]


@anyio
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("departement=lozere", "« 48 », le département Lozère"),
        ("departement=35238", "de niveau « commune »"),
        ("region=bretagn", "« 53 », la région Bretagne"),
        ("epci=243500138", "« 243500139 »"),
        ("groupe=villes-choisie", "« villes-choisies »"),
        ("programme=xyz", "un groupe connu."),
        ("departement=%20", "département connu."),
        ("population_min=10&population_max=9", "dépasse « population_max »"),
        ("tri=nom", "population, distance"),
        ("theme=inconnu", "référentiel"),
        ("distance_km=20001", "au plus 20000"),
    ],
)
async def test_refusals_say_what_is_meant(api, query, words):
    answer = await api.get(f"{FRANCE}?{query}")
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["detail"]


def test_the_groupe_of_the_little_atlas_is_what_these_tests_say():
    assert set(GROUPED) == {"42218", "42207", "42222", "35238"}
