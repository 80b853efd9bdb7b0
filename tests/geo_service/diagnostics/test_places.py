"""Where to open places: against all combinations, and what must always be true."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_service.diagnostics import demand
from geo_service.diagnostics.demand import (
    Communes,
    NoStartingDistanceError,
    Question,
    TooManyPairsError,
)
from geo_service.diagnostics.implantations import solve


def country(seed: int, size: int, *, existing: float | None = 25.0, side: float = 60.0) -> Communes:
    """Random communes in a square; places that exist are up to ``existing`` km off."""
    random = np.random.default_rng(seed)
    near = np.full(size, np.nan) if existing is None else random.uniform(0, existing, size)
    return Communes.of(
        [f"{index:05}" for index in range(size)],
        np.full(size, 2154),
        random.uniform(0, side * 1000, (size, 2)),
        random.integers(0, 3000, size).astype(float),
        near,
    )


def question(methode="couverture", nombre=3, rayon_km=10.0, part=1.0, seconds=20.0) -> Question:
    return Question(methode, nombre, rayon_km, part, seconds)


def kilometres(communes: Communes) -> np.ndarray:
    return np.linalg.norm(communes.xy[:, None] - communes.xy[None], axis=2) / 1000


def nearest_with(communes: Communes, chosen: tuple[int, ...]) -> np.ndarray:
    return np.minimum(communes.nearest, kilometres(communes)[list(chosen)].min(axis=0))


def brute_force(communes: Communes, asked: Question) -> float:
    """What the best of all combinations is worth."""
    size, people = len(communes.codes), communes.population
    before = people[communes.nearest <= asked.rayon_km].sum()
    best = -np.inf
    numbers = range(1, size + 1) if asked.methode == "cible" else [min(asked.nombre, size)]
    for number in numbers:
        for chosen in itertools.combinations(range(size), number):
            near = nearest_with(communes, chosen)
            served = people[near <= asked.rayon_km].sum()
            if asked.methode == "cible":
                if served >= asked.part * people.sum() - 1e-6:
                    return number
            elif asked.methode == "couverture":
                best = max(best, served - before)
            else:
                best = max(best, (people * (communes.nearest - near)).sum())
    return best


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 9), nombre=st.integers(1, 4),
       rayon=st.sampled_from([5.0, 12.0, 25.0]))  # fmt: skip
def test_coverage_is_the_best_of_all_combinations(seed, size, nombre, rayon):
    communes = country(seed, size)
    asked = question(nombre=nombre, rayon_km=rayon)
    found = solve(communes, asked)
    assert found.optimal
    assert found.value == brute_force(communes, asked) == sum(p.gain for p in found.places)
    assert (found.gap, found.bound) == (0, found.value)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 8), nombre=st.integers(1, 3))
def test_the_p_median_is_the_best_of_all_combinations(seed, size, nombre):
    communes = country(seed, size)
    asked = question("p-mediane", nombre)
    found = solve(communes, asked)
    assert found.optimal
    assert found.value == pytest.approx(brute_force(communes, asked), rel=1e-5, abs=1e-6)
    if communes.total:
        spared = (found.mean_km - (found.places or [found])[-1].mean_km) * communes.total
        assert spared == pytest.approx(found.value, rel=1e-6, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 8),
       part=st.sampled_from([0.3, 0.6, 0.9, 1.0]), rayon=st.sampled_from([8.0, 20.0]))  # fmt: skip
def test_no_fewer_places_reach_a_share(seed, size, part, rayon):
    communes = country(seed, size)
    asked = question("cible", part=part, rayon_km=rayon)
    found = solve(communes, asked)
    served = communes.served(rayon) + sum(place.gain for place in found.places)
    assert found.optimal
    assert found.reached
    assert served >= part * communes.total - 1e-6
    if communes.served(rayon) >= part * communes.total - 1e-6:
        assert found.places == []
    else:
        assert len(found.places) == found.value == brute_force(communes, asked)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(10, 60))
def test_a_place_more_never_serves_fewer_and_one_that_exists_leaves_less_to_gain(seed, size):
    communes = country(seed, size)
    values = [solve(communes, question(nombre=nombre)).value for nombre in (1, 2, 3, 5, 8)]
    assert values == sorted(values)
    opened = nearest_with(communes, (0,))
    after = Communes(communes.codes, communes.zone, communes.xy, communes.population, opened)
    assert solve(after, question(nombre=2)).value <= values[1]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(30, 120), nombre=st.integers(1, 12),
       methode=st.sampled_from(["couverture", "p-mediane", "cible"]))  # fmt: skip
def test_a_search_cut_short_tells_a_true_gap(seed, size, nombre, methode):
    communes = country(seed, size, existing=None)
    cut = solve(communes, question(methode, nombre, seconds=0.0))
    whole = solve(communes, question(methode, nombre, seconds=30.0))
    assert cut.gap >= 0
    assert (cut.gap == 0) == cut.optimal
    if methode == "cible":
        assert cut.bound <= whole.value <= cut.value
    else:
        slack = 1e-6 * whole.value
        assert cut.value - slack <= whole.value <= cut.bound + slack
    gains = [place.gain for place in whole.places]
    if methode != "p-mediane":
        assert gains == sorted(gains, reverse=True)


def test_the_same_question_has_the_same_answer():
    communes = country(5, 300, existing=None)
    told = [solve(communes, question(nombre=6)).places for _ in range(2)]
    assert told[0] == told[1]


def test_among_equal_choices_the_most_populated_commune_comes_first():
    # Three communes within reach of one another: any of them serves all.
    communes = Communes.of(
        ["c", "b", "a"],
        np.full(3, 2154),
        np.array([[0.0, 0], [1000, 0], [2000, 0]]),
        np.array([10.0, 50, 50]),
        np.full(3, np.nan),
    )
    (place,) = solve(communes, question(nombre=2)).places
    assert (place.code, place.gain) == ("a", 110)


def test_zones_are_never_compared():
    communes = Communes.of(
        ["97401", "97301", "97302"],
        np.array([2975, 2972, 2972]),
        np.array([[0.0, 0], [0, 0], [3000, 0]]),
        np.array([100.0, 100, 100]),
        np.array([np.nan, 50.0, 2.0]),
    )
    found = solve(communes, question(nombre=3, rayon_km=5.0))
    assert [(place.code, place.gain) for place in found.places] == [("97301", 100), ("97401", 100)]
    assert found.mean_km is None
    assert found.places[-1].mean_km == pytest.approx(2 / 3)
    with pytest.raises(NoStartingDistanceError):
        solve(communes, question("p-mediane"))


def test_a_question_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(demand, "MAX_PAIRS", 50)
    with pytest.raises(TooManyPairsError):
        solve(country(1, 40, existing=None), question(rayon_km=30.0))


def test_a_commune_at_the_very_distance_is_served():
    communes = Communes.of(
        ["a", "b"],
        np.full(2, 2154),
        np.array([[0.0, 0], [10_000, 0]]),
        np.array([10.0, 5.0]),
        np.full(2, np.nan),
    )
    assert solve(communes, question(nombre=1)).value == 15
