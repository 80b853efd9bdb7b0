"""The E2SFCA index: by hand, against a plain restatement, and its properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.accessibility.catchment import DEFAULT, Catchment
from etl.accessibility.e2sfca import count_pairs, index

Point = tuple[float, float]
KM = 1000.0

places = st.tuples(st.floats(0, 60), st.floats(0, 60))
towns = st.lists(st.tuples(places, st.integers(0, 5000)), min_size=1, max_size=15)
lieux = st.lists(st.tuples(places, st.floats(0.5, 20)), max_size=12)


def metres(points: list[Point]) -> np.ndarray:
    return np.array(points, dtype=np.float64).reshape(-1, 2) * KM


def computed(
    people: list[tuple[Point, int]],
    given: list[tuple[Point, float]],
    catchment: Catchment = DEFAULT,
) -> list[float]:
    return index(
        metres([point for point, _ in people]),
        np.array([count for _, count in people], dtype=np.float64),
        metres([point for point, _ in given]),
        np.array([capacity for _, capacity in given], dtype=np.float64),
        catchment,
    ).tolist()


def restated(
    people: list[tuple[Point, int]],
    given: list[tuple[Point, float]],
    catchment: Catchment = DEFAULT,
) -> list[float]:
    """The two steps of Luo & Qi, word by word."""

    def weight(a: Point, b: Point) -> float:
        km = math.hypot(a[0] * KM - b[0] * KM, a[1] * KM - b[1] * KM) / KM
        for limit, value in zip(catchment.zones_km, catchment.poids, strict=True):
            if km <= limit:
                return value
        return 0.0

    ratios = []
    for lieu, capacity in given:
        demand = sum(count * weight(town, lieu) for town, count in people)
        ratios.append(capacity / demand if demand else 0.0)
    return [
        10_000
        * sum(ratio * weight(town, lieu) for ratio, (lieu, _) in zip(ratios, given, strict=True))
        for town, _ in people
    ]


def test_two_towns_and_one_lieu_by_hand() -> None:
    # The lieu is in a town of 1 000, 8 km from one of 500, and 30 km from one of 300.
    people = [((0.0, 0.0), 1000), ((8.0, 0.0), 500), ((0.0, 30.0), 300)]
    # Its people: 1 × 1 000 + 0,68 × 500 = 1 340; a ratio of 1 / 1 340.
    found = computed(people, [((0.0, 0.0), 1.0)])
    assert found == pytest.approx([10_000 / 1340, 0.68 * 10_000 / 1340, 0.0])


def test_a_second_lieu_adds_to_the_first() -> None:
    people = [((0.0, 0.0), 1000), ((8.0, 0.0), 500)]
    # The second, of capacity 3, is 12 km from the first town, 4 km from the second.
    found = computed(people, [((0.0, 0.0), 1.0), ((12.0, 0.0), 3.0)])
    first, second = 1 / (1000 + 0.68 * 500), 3 / (0.22 * 1000 + 500)
    assert found == pytest.approx(
        [10_000 * (first + 0.22 * second), 10_000 * (0.68 * first + second)]
    )


@given(towns, lieux)
def test_the_index_is_the_two_steps(
    people: list[tuple[Point, int]], given: list[tuple[Point, float]]
) -> None:
    catchment = Catchment((3.0, 17.5), (0.9, 0.4))
    assert computed(people, given) == pytest.approx(restated(people, given), rel=1e-9)
    assert computed(people, given, catchment) == pytest.approx(
        restated(people, given, catchment), rel=1e-9
    )


@given(towns, lieux)
def test_what_there_is_is_shared_out_whole(
    people: list[tuple[Point, int]], given: list[tuple[Point, float]]
) -> None:
    shared = sum(
        count * value / 10_000
        for (_, count), value in zip(people, computed(people, given), strict=True)
    )
    reached = sum(
        capacity
        for lieu, capacity in given
        if any(
            count and math.dist(metres([town])[0], metres([lieu])[0]) <= 20 * KM
            for town, count in people
        )
    )
    assert shared == pytest.approx(reached)


@given(towns, lieux, lieux)
def test_adding_a_lieu_never_lowers_an_index(
    people: list[tuple[Point, int]],
    given: list[tuple[Point, float]],
    more: list[tuple[Point, float]],
) -> None:
    before, after = computed(people, given), computed(people, [*given, *more])
    assert all(b <= a * (1 + 1e-12) + 1e-12 for b, a in zip(before, after, strict=True))


def test_a_limit_belongs_to_the_zone_it_ends() -> None:
    people = [((0.0, 0.0), 100), ((5.0, 0.0), 100), ((20.0, 0.0), 100), ((20.01, 0.0), 100)]
    found = computed(people, [((0.0, 0.0), 1.0)])
    assert found == pytest.approx([v * 10_000 / 222 for v in (1, 1, 0.22, 0)])


def test_many_lieux_are_treated_by_parts() -> None:
    generator = np.random.default_rng(3)
    people = [((float(x), float(y)), 100) for x, y in generator.uniform(0, 60, (20, 2))]
    given = [((float(x), float(y)), 1.0) for x, y in generator.uniform(0, 60, (4500, 2))]
    assert computed(people, given) == pytest.approx(restated(people, given))


def test_without_lieux_or_people_there_is_nothing() -> None:
    assert computed([((0.0, 0.0), 10)], []) == [0.0]
    assert computed([], [((0.0, 0.0), 1.0)]) == []
    assert computed([((0.0, 0.0), 0)], [((0.0, 0.0), 1.0)]) == [0.0]
    assert count_pairs(metres([]), metres([(0.0, 0.0)]), 5) == 0


def test_pairs_are_counted() -> None:
    towns = metres([(0.0, 0.0), (3.0, 0.0), (30.0, 0.0)])
    assert count_pairs(metres([(0.0, 0.0), (29.0, 0.0)]), towns, 5) == 3


@pytest.mark.parametrize(
    ("zones", "weights", "words"),
    [
        ((5.0, 10.0), (1.0,), "2 zones et 1 poids"),
        ((), (), "croissantes"),
        ((0.0, 10.0), (1.0, 0.5), "croissantes"),
        ((10.0, 5.0), (1.0, 0.5), "croissantes"),
        ((5.0, 10.0), (0.5, 0.6), "du plus grand au plus petit"),
        ((5.0, 10.0), (1.0, 0.0), "entre 0 (exclu) et 1"),
        ((5.0, 10.0), (1.5, 1.0), "entre 0 (exclu) et 1"),
    ],
)
def test_what_is_no_catchment_is_refused(
    zones: tuple[float, ...], weights: tuple[float, ...], words: str
) -> None:
    with pytest.raises(ValueError, match="zones") as refusal:
        Catchment(zones, weights)
    assert words in str(refusal.value)
