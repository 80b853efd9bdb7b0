"""Contiguity and local Moran, against PySAL."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from etl.accessibility.clusters import (
    FAR_AMONG_FAR,
    NEAR_AMONG_NEAR,
    NOT_SIGNIFICANT,
    find_clusters,
    local_moran,
)
from etl.accessibility.contiguity import Pairs, between, components, touching

SIDE = 12


def grid(side: int = SIDE) -> np.ndarray:
    """Squares in rows, one after the other."""
    return np.array(
        [shapely.box(x, y, x + 1, y + 1) for y in range(side) for x in range(side)], dtype=object
    )


def neighbours(pairs: Pairs, unit: int) -> list[int]:
    return pairs.neighbour[pairs.focal == unit].tolist()


@pytest.fixture(scope="module")
def pysal():
    """What PySAL makes of the same squares; its own imports warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import esda.moran  # noqa: PLC0415
        import geopandas  # noqa: PLC0415
        import libpysal.weights  # noqa: PLC0415

        frame = geopandas.GeoDataFrame(geometry=grid())
        weights = libpysal.weights.Queen.from_dataframe(frame, use_index=False)
        yield esda.moran.Moran_Local, weights


def far_corner(seed: int = 5) -> np.ndarray:
    """Distances drawn at random, far in one corner of the grid."""
    values = np.random.default_rng(seed).gamma(2.0, 2.0, SIDE * SIDE).reshape(SIDE, SIDE)
    values[:4, :4] += 15
    return values.ravel()


def test_squares_touch_by_sides_and_corners() -> None:
    pairs = touching(grid(3))
    assert neighbours(pairs, 4) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert neighbours(pairs, 0) == [1, 3, 4]


def test_contiguity_is_that_of_pysal(pysal) -> None:
    _, weights = pysal
    pairs = touching(grid())
    for unit in range(SIDE * SIDE):
        assert neighbours(pairs, unit) == sorted(weights.neighbors[unit])


def test_an_island_touches_nobody_and_is_its_own_land() -> None:
    polygons = np.array([*grid(2), shapely.box(9, 9, 10, 10)], dtype=object)
    pairs = touching(polygons)
    assert neighbours(pairs, 4) == []
    assert components(5, pairs).tolist() == [0, 0, 0, 0, 1]
    without = between(pairs, np.array([True, False, True, True, True]))
    assert components(4, without).tolist() == [0, 0, 0, 1]


def test_no_polygon_is_no_pair() -> None:
    assert len(touching(np.array([], dtype=object)).focal) == 0


def test_local_moran_is_that_of_pysal(pysal) -> None:
    moran_local, weights = pysal
    values = far_corner()
    mine = local_moran(values, touching(grid()), permutations=9999)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = moran_local(values, weights, transformation="r", permutations=9999, seed=2)
    # esda divides by n - 1 where Anselin's I divides by n.
    n = len(values)
    assert mine.statistic == pytest.approx(theirs.Is * n / (n - 1), rel=1e-9)
    names = np.array(["", "loin_loin", "pres_loin", "pres_pres", "loin_pres"], dtype=object)
    assert (mine.quadrant == names[theirs.q]).all()
    # Its p-values are one-sided, and both are drawn: three standard errors of 9 999 draws.
    expected = np.minimum(1.0, 2 * theirs.p_sim)
    error = 2 * 2 * np.sqrt(theirs.p_sim * (1 - theirs.p_sim) / 9999)
    assert (np.abs(mine.p_value - expected) <= 3 * error + 4e-4).mean() > 0.99


@given(
    st.lists(st.floats(0, 100), min_size=9, max_size=9),
    st.integers(0, 2**31),
)
def test_draws_leave_the_unit_itself_out(values: list[float], seed: int) -> None:
    # In a ring of nine every draw can be listed: the p-value must approach the exact one.
    n, permutations = 9, 20_000
    focal = np.repeat(np.arange(n), 2)
    neighbour = np.stack([(np.arange(n) - 1) % n, (np.arange(n) + 1) % n], 1).ravel()
    y = np.array(values)
    found = local_moran(y, Pairs(focal, neighbour), permutations=permutations, seed=seed)
    if y.std() == 0:
        assert (found.p_value == 1).all()
        return
    for unit in range(n):
        others = np.delete(y, unit)
        sums = np.array([a + b for i, a in enumerate(others) for b in others[i + 1 :]])
        observed = y[unit - 1] + y[(unit + 1) % n]
        margin = 1e-9 * 2 * max(1.0, np.abs(y).max())
        exact = min(
            1.0, 2 * min((sums >= observed - margin).mean(), (sums <= observed + margin).mean())
        )
        assert found.p_value[unit] == pytest.approx(exact, abs=0.04)


def test_the_far_corner_is_one_zone() -> None:
    found = find_clusters(far_corner(), np.full(SIDE * SIDE, 10.0), touching(grid()))
    far = (found.kind == FAR_AMONG_FAR).reshape(SIDE, SIDE)
    assert far[:3, :3].all()
    assert far[5:, 5:].sum() <= 1
    zones = found.zone.reshape(SIDE, SIDE)
    assert (zones[:3, :3] == 1).all()
    assert ((zones > 0) == far).all()


def test_zones_are_numbered_by_population() -> None:
    values = np.random.default_rng(1).gamma(2.0, 0.5, SIDE * SIDE).reshape(SIDE, SIDE)
    values[:3, :3] += 20
    values[9:, 9:] += 20
    people = np.full((SIDE, SIDE), 10.0)
    people[9:, 9:] = 1000
    found = find_clusters(values.ravel(), people.ravel(), touching(grid()))
    zones = found.zone.reshape(SIDE, SIDE)
    assert (zones[10:, 10:] == 1).all()
    assert (zones[:2, :2] == 2).all()
    assert (found.kind.reshape(SIDE, SIDE)[10:, 10:] == FAR_AMONG_FAR).all()


def test_chance_makes_few_clusters() -> None:
    pairs = touching(grid())
    for seed in range(5):
        values = np.random.default_rng(seed).normal(10, 2, SIDE * SIDE)
        found = find_clusters(values, np.ones(SIDE * SIDE), pairs)
        assert (found.kind == NOT_SIGNIFICANT).mean() > 0.97


def test_the_same_inputs_give_the_same_clusters() -> None:
    pairs, people = touching(grid()), np.ones(SIDE * SIDE)
    first, second = (find_clusters(far_corner(), people, pairs) for _ in range(2))
    assert (first.kind == second.kind).all()
    assert (first.p_value == second.p_value).all()


def test_a_unit_without_value_is_not_tested_and_is_no_neighbour() -> None:
    values = far_corner()
    values[1] = np.nan
    found = find_clusters(values, np.ones(SIDE * SIDE), touching(grid()))
    assert found.kind[1] is None
    assert np.isnan(found.p_value[1])
    # Its neighbour has seven others, far too.
    assert found.kind[13] == FAR_AMONG_FAR


def test_equal_values_are_no_cluster() -> None:
    found = find_clusters(np.full(9, 3.3), np.ones(9), touching(grid(3)))
    assert (found.kind == NOT_SIGNIFICANT).all()
    mostly = np.where(np.arange(9) == 4, 7.7, 0.1)
    assert NEAR_AMONG_NEAR not in find_clusters(mostly, np.ones(9), touching(grid(3))).kind


def test_without_any_value_nothing_is_tested() -> None:
    found = find_clusters(np.full(4, np.nan), np.ones(4), touching(grid(2)))
    assert found.kind.tolist() == [None] * 4
    assert found.zone.tolist() == [0] * 4
