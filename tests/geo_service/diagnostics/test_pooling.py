"""Neighbours that lack the same services, counted again commune by commune."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_service.borders import sparse
from geo_service.diagnostics.pooling import partners
from geo_service.levels import Level
from geo_service.matrices import ABSENT
from tests.geo_service.diagnostics.levels import (
    communes,
    level_above,
    level_of_communes,
    matrices_of,
)

SERVICES = 3


def with_borders(level: Level, pairs: set[tuple[int, int]]) -> Level:
    sides = [
        (str(level.codes[a]), str(level.codes[b]), 1.5)
        for one, other in pairs
        for a, b in ((one, other), (other, one))
    ]
    return dataclasses.replace(level, borders=sparse(level.codes.tolist(), sides))


def pairs_of(count: int) -> st.SearchStrategy[set[tuple[int, int]]]:
    row = st.integers(0, count - 1)
    return st.sets(st.tuples(row, row).filter(lambda pair: pair[0] < pair[1]), max_size=20)


@settings(deadline=None, max_examples=50)
@given(communes(SERVICES), st.data())
def test_communes(level: Level, data: st.DataObject):
    pairs = data.draw(pairs_of(len(level.codes))) if len(level.codes) > 1 else set()
    level = with_borders(level, pairs)
    assert level.statuts is not None
    row = data.draw(st.integers(0, len(level.codes) - 1))
    around = sorted({a + b - row for a, b in pairs if row in (a, b)})
    rows, km = level.neighbours(row)
    assert (rows.tolist(), km.tolist()) == (around, [1.5] * len(around))
    expected = {}
    for other in around:
        shared = tuple(
            column
            for column in range(SERVICES)
            if level.statuts[row, column] == level.statuts[other, column] == ABSENT
        )
        if shared:
            both = level.population[row] + level.population[other]
            expected[other] = (shared, None if math.isnan(both) else int(both))
    found = partners(level, matrices_of(level), level.codes[row], range(SERVICES))
    assert {item.row: (item.columns, item.people) for item in found} == expected
    keys = [
        (-len(item.columns), item.people is None, -(item.people or 0), item.row) for item in found
    ]
    assert keys == sorted(keys)


@settings(deadline=None, max_examples=40)
@given(communes(SERVICES), st.data())
def test_larger_territories(level: Level, data: st.DataObject):
    """A service is lacking where more than half of the people live without it."""
    assert level.statuts is not None
    owners = data.draw(
        st.lists(st.integers(0, 2), min_size=len(level.codes), max_size=len(level.codes))
    )
    members = [
        [row for row, owner in enumerate(owners) if owner == place] for place in sorted(set(owners))
    ]
    above = level_above(level, members)
    every = {(a, b) for a in range(len(members)) for b in range(a + 1, len(members))}
    above = with_borders(above, every)
    people = level.population

    def lacking(place: int) -> set[int]:
        whole = sum(people[row] for row in members[place])
        return {
            column
            for column in range(SERVICES)
            if sum(people[row] for row in members[place] if level.statuts[row, column] == ABSENT)  # type: ignore[index]
            > whole / 2
        }

    matrices = matrices_of(
        level, {("epci", above.codes[row]): np.array(mine) for row, mine in enumerate(members)}
    )
    found = partners(above, matrices, above.codes[0], range(SERVICES))
    expected = {
        other: tuple(sorted(lacking(0) & lacking(other)))
        for other in range(1, len(members))
        if lacking(0) & lacking(other)
    }
    assert {item.row: item.columns for item in found} == expected
    for item in found:
        concerned = [
            row
            for place in (0, item.row)
            for row in members[place]
            if any(level.statuts[row, column] == ABSENT for column in item.columns)
        ]
        assert item.people == pytest.approx(sum(people[row] for row in concerned))


def test_without_borders_nobody_is_near():
    level = level_of_communes([10, 20], [1.0, 1.0], np.full((2, 1), ABSENT))
    assert partners(level, matrices_of(level), "00000", [0]) == []
    near = with_borders(level, {(0, 1)})
    (item,) = partners(near, matrices_of(near), "00000", [0])
    assert (item.row, item.people, item.border_km) == (1, 30, 1.5)
