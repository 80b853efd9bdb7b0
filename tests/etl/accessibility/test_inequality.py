"""Gini and Lorenz, against the mean difference between two people drawn at random."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.accessibility.inequality import gini, lorenz

shares = st.lists(
    st.tuples(st.floats(0, 50).map(lambda x: round(x, 3)), st.integers(0, 500)),
    min_size=1,
    max_size=25,
)


def arrays(rows: list[tuple[float, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=np.int64)


def mean_difference(values: np.ndarray, people: np.ndarray) -> float:
    """Half the mean absolute difference between two people, divided by the mean."""
    total, held = people.sum(), (values * people).sum()
    differences = np.abs(values[:, None] - values[None, :]) * people[:, None] * people[None, :]
    return float(differences.sum() / (2 * total * held))


@given(shares)
def test_gini_is_the_mean_difference(rows: list[tuple[float, int]]) -> None:
    values, people = arrays(rows)
    found = gini(values, people)
    if (values * people).sum() == 0:
        assert np.isnan(found)
        return
    assert found == pytest.approx(mean_difference(values, people), abs=1e-9)
    assert 0 <= found < 1
    assert gini(values * 7.5, people) == pytest.approx(found, abs=1e-9)
    assert gini(values, people * 3) == pytest.approx(found, abs=1e-9)


@given(st.lists(shares.map(lambda rows: rows[:6] + [(0.0, 0)] * (6 - len(rows))), min_size=1))
def test_several_services_at_once_are_each_alone(services: list[list[tuple[float, int]]]) -> None:
    pairs = [arrays(rows) for rows in services]
    found = gini(np.stack([pair[0] for pair in pairs]), np.stack([pair[1] for pair in pairs]))
    np.testing.assert_allclose(found, [gini(*pair) for pair in pairs], rtol=0, atol=1e-12)


def test_two_towns_by_hand() -> None:
    # 3 people have nothing, 1 has all: the curve is (0,0) (¾,0) (1,1), and G = ¾.
    values, people = np.array([0.0, 8.0]), np.array([3, 1])
    assert gini(values, people) == pytest.approx(0.75)
    curve = lorenz(values, people)
    assert curve is not None
    assert curve[0].tolist() == [0.0, 0.75, 1.0]
    assert curve[1].tolist() == [0.0, 0.0, 1.0]


def test_all_alike_is_no_inequality() -> None:
    assert gini(np.full(5, 3.0), np.arange(5)) == pytest.approx(0.0)


@pytest.mark.parametrize("values", [[0.0, 0.0], [4.0, 4.0]])
def test_nothing_or_nobody_has_no_gini(values: list[float]) -> None:
    people = np.array([0, 0]) if values[0] else np.array([5, 5])
    assert np.isnan(gini(np.array(values), people))
    assert lorenz(np.array(values), people) is None


def test_a_long_curve_is_cut_to_its_hundredths() -> None:
    generator = np.random.default_rng(1)
    values, people = generator.gamma(2, 1, 3000), generator.integers(1, 1000, 3000)
    curve = lorenz(values, people)
    assert curve is not None
    assert len(curve[0]) == len(curve[1]) == 101
    assert (curve[0][0], curve[1][0], curve[0][-1], curve[1][-1]) == (0, 0, 1, pytest.approx(1))
    assert (np.diff(curve[1]) >= 0).all()
    # Convex, under the line of equality, and of about the same area.
    assert (np.diff(curve[1], 2) >= -1e-9).all()
    area = np.sum(np.diff(curve[0]) * (curve[1][1:] + curve[1][:-1]))
    assert 1 - area == pytest.approx(gini(values, people), abs=1e-3)
