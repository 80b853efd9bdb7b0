"""Comparables, ranks and the best quarter, against the definitions in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo_service.diagnostics import comparables as peers
from geo_service.diagnostics.strates import SCALES, bracket_of
from geo_service.levels import Level
from tests.geo_service.diagnostics.levels import (
    COMMUNE_BOUNDS,
    communes,
    level_of_communes,
    oracle_bracket,
    oracle_comparables,
)


@pytest.mark.parametrize(
    ("niveau", "people", "low", "high", "libelle"),
    [
        ("commune", 1, 0, 499, "moins de 500 habitants"),
        ("commune", 499, 0, 499, "moins de 500 habitants"),
        ("commune", 500, 500, 999, "de 500 à 999 habitants"),
        ("commune", 12_134, 10_000, 14_999, "de 10\u202f000 à 14\u202f999 habitants"),
        ("commune", 2_103_778, 200_000, None, "200\u202f000 habitants et plus"),
        ("epci", 3_888, 3_500, 9_999, "de 3\u202f500 à 9\u202f999 habitants"),
        ("departement", 76_486, 0, 249_999, "moins de 250\u202f000 habitants"),
        ("departement", 1_250_000, 1_250_000, None, "1\u202f250\u202f000 habitants et plus"),
        ("region", 350_000, 0, None, "toutes populations"),
        ("ept", 350_000, 0, None, "toutes populations"),
    ],
)
def test_brackets(niveau: str, people: int, low: int, high: int | None, libelle: str):
    found = bracket_of(niveau, people)
    assert (found.low, found.high, found.libelle) == (low, high, libelle)
    assert found.source


def test_the_brackets_of_communes_are_those_of_the_law():
    assert SCALES["commune"].bounds == COMMUNE_BOUNDS
    for people in (1, 499, 500, 9_999, 10_000, 199_999, 200_000, 3_000_000):
        found = bracket_of("commune", people)
        high = math.inf if found.high is None else found.high
        assert (found.low, high) == oracle_bracket(people)


@settings(deadline=None, max_examples=60)
@given(communes(), st.integers(1, 25), st.data())
def test_comparables_are_those_of_the_definition(level: Level, k: int, data: st.DataObject):
    row = data.draw(st.integers(0, len(level.codes) - 1))
    refused = peers.refusal("commune", level, level.codes[row])
    people, density = level.population[row], level.density[row]
    assert (refused is None) == (people > 0 and density > 0)
    assume(refused is None)
    found = peers.comparables(level, level.codes[row], k)
    expected = oracle_comparables(level, row, k)
    assert found.likeness.tolist() == pytest.approx([far for _, far in expected], abs=1e-9)
    for mine, theirs, far in zip(found.rows.tolist(), expected, found.likeness, strict=True):
        if mine != theirs[0]:
            # Only rounding may tell two equals apart.
            assert far == pytest.approx(oracle_far(level, row, mine), abs=1e-9)
    assert row not in found.rows
    assert len(set(found.rows.tolist())) == len(found.rows)


@settings(deadline=None, max_examples=60)
@given(communes(), st.integers(1, 25), st.integers(1, 4), st.data())
def test_looking_near_first_changes_nothing(level: Level, k: int, around: int, data: st.DataObject):
    row = data.draw(st.integers(0, len(level.codes) - 1))
    assume(peers.refusal("commune", level, level.codes[row]) is None)
    n = len(level.codes)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    for eligible in (None, mask):
        everywhere = peers.comparables(level, level.codes[row], k, eligible)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(peers, "_AROUND", around)
            found = peers.comparables(level, level.codes[row], k, eligible)
        assert found.rows.tolist() == everywhere.rows.tolist()
        assert found.likeness.tolist() == everywhere.likeness.tolist()


def oracle_far(level: Level, row: int, other: int) -> float:
    return dict(oracle_comparables(level, row, len(level.codes)))[other]


@settings(deadline=None, max_examples=40)
@given(communes(), st.data())
def test_a_perimeter_only_takes_away(level: Level, data: st.DataObject):
    row = data.draw(st.integers(0, len(level.codes) - 1))
    assume(peers.refusal("commune", level, level.codes[row]) is None)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(level.codes),
                                       max_size=len(level.codes))))  # fmt: skip
    whole = peers.comparables(level, level.codes[row], len(level.codes))
    part = peers.comparables(level, level.codes[row], len(level.codes), mask)
    assert part.rows.tolist() == [other for other in whole.rows.tolist() if mask[other]]


@settings(deadline=None, max_examples=40)
@given(communes(), st.data())
def test_rank_ties_and_percentile(level: Level, data: st.DataObject):
    row = data.draw(st.integers(0, len(level.codes) - 1))
    assume(peers.refusal("commune", level, level.codes[row]) is None)
    found = peers.comparables(level, level.codes[row])
    place = peers.standing(found)
    assert level.statuts is not None
    have = [int((level.statuts[other] >= 2).sum()) for other in range(len(level.codes))]
    mine = have[row]
    theirs = [have[other] for other in found.rows.tolist()]
    assert place.rank == 1 + sum(value > mine for value in theirs)
    assert place.ties == theirs.count(mine)
    assert place.among == len(theirs) + 1
    if theirs:
        lower = sum(value < mine for value in theirs)
        assert place.percentile == pytest.approx(
            100 * (lower + theirs.count(mine) / 2) / len(theirs)
        )
    else:
        assert place.percentile is None
    everyone = [*theirs, mine]
    assert peers.ranks(found).tolist() == [
        1 + sum(other > value for other in everyone) for value in theirs
    ]
    best = peers.best_quarter(found).tolist()
    assert len(best) == (max(1, round(len(theirs) / 4)) if theirs else 0)
    left = [have[other] for other in found.rows.tolist() if other not in best]
    assert not left or min(have[other] for other in best) >= max(left)


def test_a_ratio_is_what_makes_two_alike():
    """Twice as many people is as far as half as many; the nearest come first, ties by code."""
    level = level_of_communes(
        [200, 100, 400, 200, 210], [10.0, 5.0, 20.0, 10.0, 10.5], np.zeros((5, 1))
    )
    found = peers.comparables(level, "00000")
    assert found.rows.tolist() == [3, 4, 1, 2]
    assert found.likeness[2] == pytest.approx(found.likeness[3])
    assert found.likeness[0] == 0


@pytest.mark.parametrize(
    ("people", "area", "reason"),
    [
        (None, 3.0, peers.UNKNOWN_POPULATION),
        (0, 3.0, peers.NO_INHABITANT),
        (10, None, peers.NO_AREA),
        (10, 3.0, None),
    ],
)
def test_who_has_none_is_told_why(people: int | None, area: float | None, reason: str | None):
    level = level_of_communes([people], [area], np.zeros((1, 1)))
    assert peers.refusal("commune", level, "00000") == reason
    assert peers.refusal("pays", None, "france") == peers.WITHOUT["pays"]


def test_kilometres_are_those_of_the_ellipsoid():
    """Mende to Marvejols as the crow flies; what is not on the map is at no distance."""
    places = np.array([[3.4997, 44.5181], [3.2911, 44.5536], [math.nan, math.nan]])
    level = level_of_communes([1, 1, 1], [1.0, 1.0, None], np.zeros((3, 1)), places)
    km = peers.kilometres(level, 0, np.array([0, 1, 2]))
    assert km[0] == 0
    assert km[1] == pytest.approx(17.0, abs=0.3)
    assert math.isnan(km[2])
