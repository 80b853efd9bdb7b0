"""Quantiles, means and thresholds over people, against one row per inhabitant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.accessibility.distribution import beyond, weighted_mean, weighted_quantiles

PERCENTS = (1, 10, 25, 50, 75, 90, 95, 100)
communes = st.lists(st.tuples(st.floats(0, 200), st.integers(0, 40)), min_size=1, max_size=30)


def arrays(rows: list[tuple[float, int]]) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([row[0] for row in rows], dtype=np.float64),
        np.array([row[1] for row in rows], dtype=np.int64),
    )


@given(communes)
def test_a_quantile_is_that_of_one_row_by_inhabitant(rows: list[tuple[float, int]]) -> None:
    km, people = arrays(rows)
    found = weighted_quantiles(km, people, PERCENTS)
    inhabitants = np.sort(np.repeat(km, people))
    if not len(inhabitants):
        assert np.isnan(found).tolist() == [True] * len(PERCENTS)
        return
    for percent, value in zip(PERCENTS, found.tolist(), strict=True):
        # The smallest value at or under which at least that many people live, counted one by one.
        reached = [
            v for v in inhabitants if 100 * (inhabitants <= v).sum() >= percent * len(inhabitants)
        ]
        assert value == min(reached)


def test_many_communes_are_as_few() -> None:
    generator = np.random.default_rng(5)
    km, people = generator.gamma(2, 5, (3, 9000)), generator.integers(0, 50, (3, 9000))
    together = weighted_quantiles(km, people, PERCENTS)
    alone = [weighted_quantiles(km[row], people[row], PERCENTS) for row in range(3)]
    np.testing.assert_array_equal(together, alone)


@given(communes)
def test_the_mean_is_that_of_one_row_by_inhabitant(rows: list[tuple[float, int]]) -> None:
    km, people = arrays(rows)
    found = weighted_mean(km, people)
    inhabitants = np.repeat(km, people)
    if not len(inhabitants):
        assert np.isnan(found)
        return
    assert found == pytest.approx(inhabitants.mean())


@given(st.lists(communes.map(lambda rows: rows[:8] + [(0.0, 0)] * (8 - len(rows))), min_size=1))
def test_several_services_at_once_are_each_alone(services: list[list[tuple[float, int]]]) -> None:
    pairs = [arrays(rows) for rows in services]
    km, people = np.stack([pair[0] for pair in pairs]), np.stack([pair[1] for pair in pairs])
    limits = (1.0, 50.0)
    together = (weighted_quantiles(km, people, PERCENTS), weighted_mean(km, people))
    far = beyond(km, people, limits)
    for row, (one_km, one_people) in enumerate(pairs):
        np.testing.assert_array_equal(
            together[0][row], weighted_quantiles(one_km, one_people, PERCENTS)
        )
        np.testing.assert_array_equal(together[1][row], weighted_mean(one_km, one_people))
        alone = beyond(one_km, one_people, limits)
        np.testing.assert_array_equal(far.communes[row], alone.communes)
        np.testing.assert_array_equal(far.population[row], alone.population)


def test_no_commune_has_no_quantile() -> None:
    assert np.isnan(weighted_quantiles(np.empty((2, 0)), np.empty(0, dtype=int), [50])).all()


@given(communes, communes, st.floats(0, 200))
def test_merging_two_territories_keeps_totals(
    first: list[tuple[float, int]], second: list[tuple[float, int]], limit: float
) -> None:
    parts = [beyond(*arrays(rows), [limit]) for rows in (first, second)]
    whole = beyond(*arrays([*first, *second]), [limit])
    assert whole.communes == parts[0].communes + parts[1].communes
    assert whole.population == parts[0].population + parts[1].population


def test_beyond_is_strict() -> None:
    found = beyond(np.array([5.0, 5.1, np.nan]), np.array([10, 20, 40]), [5.0, 6.0])
    assert found.communes.tolist() == [1, 0]
    assert found.population.tolist() == [20, 0]


def test_a_share_that_no_float_holds_is_counted_exactly() -> None:
    # 10 % of 30 people are 3: 0.1 * 30 is a little more than 3 in floating point.
    km = np.array([1.0, 2.0])
    assert weighted_quantiles(km, np.array([3, 27]), [10]).tolist() == [1.0]
