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
        assert found == [None] * len(PERCENTS)
        return
    for percent, value in zip(PERCENTS, found, strict=True):
        # The smallest value at or under which at least that many people live, counted one by one.
        reached = [
            v for v in inhabitants if 100 * (inhabitants <= v).sum() >= percent * len(inhabitants)
        ]
        assert value == min(reached)


@given(communes)
def test_the_mean_is_that_of_one_row_by_inhabitant(rows: list[tuple[float, int]]) -> None:
    km, people = arrays(rows)
    found = weighted_mean(km, people)
    inhabitants = np.repeat(km, people)
    assert found is None if not len(inhabitants) else found == pytest.approx(inhabitants.mean())


@given(communes, communes, st.floats(0, 200))
def test_merging_two_territories_keeps_totals(
    first: list[tuple[float, int]], second: list[tuple[float, int]], limit: float
) -> None:
    parts = [beyond(*arrays(rows), limit) for rows in (first, second)]
    whole = beyond(*arrays([*first, *second]), limit)
    assert whole.communes == parts[0].communes + parts[1].communes
    assert whole.population == parts[0].population + parts[1].population


def test_beyond_is_strict() -> None:
    assert beyond(np.array([5.0, 5.1]), np.array([10, 20]), 5.0) == (1, 20)


def test_a_share_that_no_float_holds_is_counted_exactly() -> None:
    # 10 % of 30 people are 3: 0.1 * 30 is a little more than 3 in floating point.
    km = np.array([1.0, 2.0])
    assert weighted_quantiles(km, np.array([3, 27]), [10]) == [1.0]
