"""Recommandations and questions, recomputed one service at a time in plain Python."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo_service.diagnostics import comparables as peers
from geo_service.diagnostics.recommendations import (
    EXAMPLES,
    Recommendation,
    Surroundings,
    questions,
    recommendations,
)
from geo_service.levels import Level
from geo_service.matrices import ABSENT, NON_RENSEIGNE, PARTAGE
from tests.geo_service.diagnostics.levels import communes, level_above, level_of_communes

SERVICES = 3


def commune_part(level: Level, row: int, column: int) -> Fraction:
    assert level.statuts is not None
    return Fraction(int(level.statuts[row, column] >= PARTAGE))


def comparable_rows(level: Level) -> st.SearchStrategy[int]:
    """Rows of the territories that may have comparables; most draws of a level have some."""
    rows = [
        row
        for row, code in enumerate(level.codes)
        if peers.refusal(level.niveau, level, code) is None
    ]
    assume(rows)
    return st.sampled_from(rows)


@settings(deadline=None, max_examples=50)
@given(communes(SERVICES), st.data())
def test_communes(level: Level, data: st.DataObject):
    row = data.draw(comparable_rows(level))
    found = peers.comparables(level, level.codes[row], 5)
    theirs = found.rows.tolist()
    assert level.statuts is not None
    mine = level.statuts[row].tolist()
    rate = Fraction(sum(statut >= PARTAGE for statut in mine), SERVICES)
    for statut, listed in (
        (ABSENT, recommendations(found, range(SERVICES))),
        (NON_RENSEIGNE, questions(found, range(SERVICES))),
    ):
        having = {
            column: sum(int(commune_part(level, other, column)) for other in theirs)
            for column in range(SERVICES)
            if mine[column] == statut
        }
        expected = sorted(
            (column for column, count in having.items() if count),
            key=lambda column: (-having[column], column),
        )
        assert [item.column for item in listed] == expected
        for item in listed:
            assert item.better == having[item.column]
            assert item.people == level.population[row]
            assert item.communes == 1
            assert item.rate == pytest.approx(float(rate))
            assert item.rate_after == pytest.approx(float(rate + Fraction(1, SERVICES)))
            assert item.part == 0
            assert item.part_comparables == pytest.approx(having[item.column] / len(theirs))
            check_examples(found, item, examples=statut == ABSENT)


def check_examples(found: peers.Comparables, item: Recommendation, *, examples: bool) -> None:
    """The three nearest comparables that do better, and whoever is nearer still."""
    if not examples:
        assert (len(item.examples), item.neighbour) == (0, None)
        return
    level, row, rows = found.level, found.row, found.rows.tolist()
    better = [
        other for other in range(len(level.codes)) if commune_part(level, other, item.column) == 1
    ]
    km = {other: float(peers.kilometres(level, row, np.array([other]))[0]) for other in better}
    mine = sorted((km[other], other) for other in better if other in rows)
    assert item.examples.tolist() == [other for _, other in mine[:EXAMPLES]]
    assert item.examples_km.tolist() == pytest.approx([far for far, _ in mine[:EXAMPLES]])
    if item.neighbour is not None:
        assert item.neighbour not in rows
        assert item.neighbour_km == pytest.approx(km[item.neighbour])
        assert item.neighbour_km < mine[0][0]


@settings(deadline=None, max_examples=40)
@given(communes(SERVICES), st.data())
def test_larger_territories(level: Level, data: st.DataObject):
    """Every figure is a sum over communes; the new rate is the mean of their new rates."""
    assert level.statuts is not None
    owners = data.draw(
        st.lists(st.integers(0, 3), min_size=len(level.codes), max_size=len(level.codes))
    )
    members = [
        [row for row, owner in enumerate(owners) if owner == place] for place in sorted(set(owners))
    ]
    above = level_above(level, members, "region")
    row = data.draw(comparable_rows(above))
    found = peers.comparables(above, above.codes[row])
    people = [0 if math.isnan(value) else int(value) for value in level.population]

    def part(place: int, column: int) -> Fraction | None:
        whole = above.population[place]
        if math.isnan(whole) or not whole:
            return None
        having = sum(
            people[member]
            for member in members[place]
            if level.statuts is not None and level.statuts[member, column] >= PARTAGE
        )
        return Fraction(having, int(whole))

    def mean_rate(changed: int | None, statut: int) -> Fraction:
        total = Fraction(0)
        for member in members[row]:
            statuts = level.statuts[member].tolist()  # type: ignore[index]
            have = sum(
                value >= PARTAGE or (column == changed and value == statut)
                for column, value in enumerate(statuts)
            )
            total += Fraction(have, SERVICES) * people[member]
        return total / int(above.population[row])

    for statut, listed in (
        (ABSENT, recommendations(found, range(SERVICES))),
        (NON_RENSEIGNE, questions(found, range(SERVICES))),
    ):
        expected = {}
        for column in range(SERVICES):
            concerned = [
                member for member in members[row] if level.statuts[member, column] == statut
            ]
            mine = part(row, column)
            assert mine is not None
            better = sum((part(other, column) or 0) > mine for other in found.rows.tolist())
            if sum(people[member] for member in concerned) and better:
                expected[column] = (better, sum(people[member] for member in concerned), concerned)
        assert [item.column for item in listed] == sorted(
            expected, key=lambda column: (-expected[column][0], -expected[column][1], column)
        )
        for item in listed:
            better, count, concerned = expected[item.column]
            assert (item.better, item.people, item.communes) == (better, count, len(concerned))
            assert item.part == pytest.approx(float(part(row, item.column) or 0))
            assert item.rate == pytest.approx(float(mean_rate(None, statut)))
            assert item.rate_after == pytest.approx(float(mean_rate(item.column, statut)))


def test_the_nearest_is_shown_even_when_it_is_no_comparable():
    """A village's neighbour town has the service, and is of another bracket."""
    places = np.array([[3.0, 44.0], [3.1, 44.0], [5.0, 45.0], [6.0, 45.0]])
    statuts = np.array([[ABSENT], [PARTAGE], [PARTAGE], [PARTAGE]])
    level = level_of_communes([100, 9000, 120, 90], [10.0] * 4, statuts, places)
    (item,) = recommendations(peers.comparables(level, "00000"), [0])
    assert item.examples.tolist() == [2, 3]
    assert item.neighbour == 1
    assert item.neighbour_km == pytest.approx(8.02, abs=0.01)
    # Once the town's neighbour is a comparable and the nearest, nothing is added.
    level = level_of_communes([100, 110, 120, 90], [10.0] * 4, statuts, places)
    (item,) = recommendations(peers.comparables(level, "00000"), [0])
    assert item.examples.tolist() == [1, 2, 3]
    assert item.neighbour is None


def test_only_the_services_asked_and_no_more_than_asked():
    statuts = np.array([[ABSENT] * 4, [PARTAGE] * 4])
    level = level_of_communes([100, 110], [10.0, 10.0], statuts)
    found = peers.comparables(level, "00000")
    assert [item.column for item in recommendations(found, [3, 1])] == [3, 1]
    assert [item.column for item in recommendations(found, range(4), 2)] == [0, 1]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            # Coarse, so that some are equally near, near and far enough to leave the first band.
            st.integers(-40, 40).map(lambda tenth: tenth / 10),
            st.sampled_from([None, 41.0, 43.9, 44.0, 44.1, 44.15, 44.150_001, 45.0, 50.0]),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_the_nearest_of_a_kind_is_that_of_all(others: list[tuple[float, float | None, bool]]):
    places = [(0.0, 44.0), *((lon, math.nan if lat is None else lat) for lon, lat, _ in others)]
    wanted = np.array([False, *(kind for *_, kind in others)])
    level = level_of_communes(
        [100] * len(places), [10.0] * len(places), wanted[:, None] * PARTAGE, np.array(places)
    )
    squares = [(lon * math.cos(math.radians(44.0))) ** 2 + (lat - 44.0) ** 2 for lon, lat in places]
    kept = [
        (square, row)
        for row, square in enumerate(squares)
        if wanted[row] and not math.isnan(square)
    ]
    found = Surroundings(level, 0).nearest(lambda rows: wanted[rows])
    if not kept:
        assert found is None
    else:
        assert found is not None
        assert squares[found] == pytest.approx(min(kept)[0])
        same = [row for square, row in kept if square == squares[found]]
        assert found == min(same)
