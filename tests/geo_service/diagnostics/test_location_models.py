"""The models of location-allocation against spopt, and their parts against all combinations."""

from __future__ import annotations

import itertools
import time
import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from geo_service.diagnostics.choices import best_places, fewest_for
from geo_service.diagnostics.gains import Gains, merge_twins
from geo_service.diagnostics.location_models import fewest_places, most_gained
from geo_service.diagnostics.place_bounds import best_value, fewest
from geo_service.diagnostics.search_places import exchange, greedy, in_order

# spopt speaks to PuLP in a way that PuLP 4 will refuse.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Reference(NamedTuple):
    """spopt, and the solver it is asked with."""

    locate: Any
    solver: Any

    def objective(self, kind: str, *values: Any, **more: Any) -> float:
        """Value of the optimum of a model of spopt."""
        model = getattr(self.locate, kind).from_cost_matrix(*values, **more)
        return float(model.solve(self.solver).problem.objective.value())


@pytest.fixture(scope="module")
def spopt() -> Reference:
    """The library whose results ours must equal; its imports warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pulp  # noqa: PLC0415
        import spopt.locate  # noqa: PLC0415
    return Reference(spopt.locate, pulp.HiGHS(msg=False))


def lattice(seed: int, facilities: int) -> tuple[np.ndarray, np.ndarray]:
    """Costs and weights as in the notebooks of spopt's documentation.

    100 clients and some facilities on a lattice of 10 × 10 streets, distances along the streets,
    weights from 1 to 12.
    """
    random = np.random.default_rng(seed)
    clients, places = random.integers(0, 11, (100, 2)), random.integers(0, 11, (facilities, 2))
    costs = np.abs(clients[:, None] - places[None]).sum(axis=2).astype(float)
    return costs, random.integers(1, 13, 100).astype(float)


def covering(costs: np.ndarray, weights: np.ndarray, radius: float) -> Gains:
    return Gains.of_cover(sparse.csr_matrix((costs <= radius).T.astype(float)), weights)


INSTANCES = pytest.mark.parametrize(("seed", "facilities"), [(5, 5), (6, 30), (7, 80)])


@INSTANCES
@pytest.mark.parametrize("asked", [(5.0, 4), (3.0, 4), (2.0, 10)])
def test_mclp_equals_spopt(spopt, seed, facilities, asked):
    costs, weights = lattice(seed, facilities)
    radius, places = asked[0], min(asked[1], facilities)
    expected = spopt.objective("MCLP", costs, weights, radius, p_facilities=places)
    gains = covering(costs, weights, radius)
    chosen, bound = best_places(gains, places, time.monotonic() + 30)
    assert gains.value(chosen) == bound == pytest.approx(expected)
    alone = most_gained(gains, places, greedy(gains, 1), 30.0)
    assert gains.value(alone.chosen or []) == pytest.approx(expected)
    assert alone.bound == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(("seed", "facilities"), [(5, 5), (6, 30)])
@pytest.mark.parametrize("places", [1, 4])
def test_p_median_equals_spopt(spopt, seed, facilities, places):
    costs, weights = lattice(seed, facilities)
    expected = spopt.objective("PMedian", costs, weights, p_facilities=places)
    far = costs.max() + 1
    gains = Gains(sparse.csr_matrix(((far - costs) * weights[:, None]).T), covering=False)
    chosen, bound = best_places(gains, places, time.monotonic() + 30)
    assert far * weights.sum() - gains.value(chosen) == pytest.approx(expected)
    assert bound == pytest.approx(gains.value(chosen), rel=1e-6)
    alone = most_gained(gains, places, greedy(gains, 1), 30.0)
    assert far * weights.sum() - gains.value(alone.chosen or []) == pytest.approx(expected)
    assert far * weights.sum() - alone.bound == pytest.approx(expected)


@pytest.mark.parametrize(
    ("seed", "facilities", "radius"), [(6, 30, 6.0), (7, 80, 3.0), (8, 99, 4.0)]
)
def test_lscp_equals_spopt(spopt, seed, facilities, radius):
    costs, weights = lattice(seed, facilities)
    # Only clients that some facility reaches: spopt has no answer otherwise.
    near = (costs <= radius).any(axis=1)
    costs, weights = costs[near], weights[near]
    expected = spopt.objective("LSCP", costs, radius)
    gains = covering(costs, weights, radius)
    chosen, bound = fewest_for(gains, float(weights.sum()), time.monotonic() + 30)
    assert len(chosen) == bound == expected
    assert gains.value(chosen) == weights.sum()
    alone = fewest_places(gains, float(weights.sum()), list(range(facilities)), 30.0)
    assert len(alone.chosen or []) == expected


# --- parts -------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), facilities=st.integers(4, 12), places=st.integers(1, 3),
       radius=st.sampled_from([1.0, 3.0, 6.0]), cover=st.booleans())  # fmt: skip
def test_bounds_hold_and_rule_out_no_better_choice(seed, facilities, places, radius, cover):
    costs, weights = lattice(seed, facilities)
    gains = covering(costs, weights, radius)
    if not cover:
        gains = Gains(sparse.csr_matrix(((40 - costs) * weights[:, None]).T), covering=False)
    every = list(itertools.combinations(range(facilities), places))
    values = {chosen: gains.value(chosen) for chosen in every}
    known = greedy(gains, places)
    proof, better = best_value(gains, places, known, time.monotonic() + 9, 1.0 if cover else 0.0)
    assert proof.value >= max(values.values()) - 1e-6
    for chosen, value in values.items():
        if value > gains.value(better) + 1e-6:
            assert not proof.out[list(chosen)].any()
            assert set(np.flatnonzero(proof.inside)) <= set(chosen)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), part=st.sampled_from([0.4, 0.8, 1.0]))
def test_the_bound_of_a_number_of_places_holds(seed, part):
    costs, weights = lattice(seed, 8)
    gains, _ = merge_twins(covering(costs, weights, 4.0))
    target = float(np.ceil(part * gains.most.sum()))
    enough = [
        chosen
        for number in range(1, gains.candidates + 1)
        for chosen in itertools.combinations(range(gains.candidates), number)
        if gains.value(chosen) >= target
    ]
    proof = fewest(gains, target, gains.candidates, time.monotonic() + 9)
    assert proof.value <= len(enough[0]) + 1e-6
    for chosen in enough:
        if len(chosen) < gains.candidates:
            assert not proof.out[list(chosen)].any()
            assert set(np.flatnonzero(proof.inside)) <= set(chosen)


def test_twins_are_merged_without_changing_what_choices_are_worth():
    costs, weights = lattice(3, 60)
    gains = covering(costs, weights, 2.0)
    small, kept = merge_twins(gains)
    assert small.candidates < gains.candidates
    assert small.demands < gains.demands
    for chosen in ([0], [1, 2], list(range(small.candidates))):
        assert small.value(chosen) == gains.value([int(kept[j]) for j in chosen])


@pytest.mark.parametrize("cover", [True, False])
def test_greedy_takes_what_adds_most_and_exchanges_never_lose(cover):
    costs, weights = lattice(11, 40)
    gains = covering(costs, weights, 3.0)
    if not cover:
        gains = Gains(sparse.csr_matrix(((30 - costs) * weights[:, None]).T), covering=False)
    chosen = greedy(gains, 5)
    for count in range(5):
        before = gains.value(chosen[:count])
        added = [gains.value([*chosen[:count], j]) - before for j in range(40)]
        assert added[chosen[count]] == pytest.approx(max(added))
    better = exchange(gains, chosen, time.monotonic() + 9)
    assert gains.value(better) >= gains.value(chosen)
    assert len(set(better)) == 5
    assert sorted(in_order(gains, better)) == sorted(better)
