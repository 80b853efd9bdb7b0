"""Small countries made at random: what must hold of gaps and shares whatever they are."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service import indicators
from geo_service.gaps import find_gaps
from geo_service.matrices import ABSENT, PARTAGE, PRESENT, STATUTS, CommuneMatrices
from geo_service.shares import Shares, TerritoryShares
from geo_service.territories import Territory

SERVICES = ("s0", "s1", "s2")


@st.composite
def countries(draw: st.DrawFn) -> CommuneMatrices:
    """Up to eight communes, of unknown population now and then, and two groupes that part them."""
    count = draw(st.integers(1, 8))
    people = draw(st.lists(st.none() | st.integers(0, 500), min_size=count, max_size=count))
    cells = count * len(SERVICES)
    statuts = draw(st.lists(st.integers(0, 3), min_size=cells, max_size=cells))
    far = draw(st.lists(st.none() | st.integers(0, 40), min_size=cells, max_size=cells))
    cut = draw(st.integers(0, count))
    codes = [f"{row:05}" for row in range(count)]
    shape = (count, len(SERVICES))
    rows = np.arange(count, dtype=np.intp)
    return CommuneMatrices(
        codes=np.array(codes, dtype=object),
        position={code: row for row, code in enumerate(codes)},
        population=np.array([math.nan if p is None else p for p in people], dtype=np.float64),
        density=np.ones(count),
        mapped=np.ones(count, dtype=np.bool_),
        services=SERVICES,
        service_position={code: column for column, code in enumerate(SERVICES)},
        statuts=np.array(statuts, dtype=np.int8).reshape(shape),
        distances=np.array(
            [math.nan if km is None else km for km in far], dtype=np.float32
        ).reshape(shape),
        _members={
            ("groupe", "whole"): rows,
            ("groupe", "one"): rows[:cut],
            ("groupe", "other"): rows[cut:],
        },
    )


def territory(country: CommuneMatrices, code: str) -> Territory:
    rows = country.members("groupe", code)
    people = country.population[rows]
    population = None if np.isnan(people).any() else int(people.sum())
    return Territory("groupe", code, code, None, population, 2023, len(rows), None, 0, 0)


#: A filter of the gaps, and one that asks more of the same.
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "statut": st.integers(0, 3),
        "farther_than": st.integers(0, 40),
        "population_min": st.integers(0, 500),
        "population_max": st.integers(0, 500),
    },
)


@given(countries(), FILTERS, FILTERS)
def test_a_filter_never_adds_rows(country: CommuneMatrices, some: dict, more: dict) -> None:
    rows = country.members("groupe", "whole")
    kept = {name: value for name, value in more.items() if name not in some}
    wide = find_gaps(country, rows, SERVICES, **some)
    narrow = find_gaps(country, rows, SERVICES, **some, **kept)
    assert set(narrow.rows) <= set(wide.rows)
    assert (narrow.people() or 0) <= (wide.people() or 0)
    # Nor do fewer services, or fewer communes to look at.
    for other in (
        find_gaps(country, rows, SERVICES[:2], **some),
        find_gaps(country, country.members("groupe", "one"), SERVICES, **some),
    ):
        assert set(other.rows) <= set(wide.rows)


@given(countries(), FILTERS)
def test_two_parts_have_the_gaps_of_the_whole(country: CommuneMatrices, asked: dict) -> None:
    whole, one, other = (
        find_gaps(country, country.members("groupe", code), SERVICES, **asked)
        for code in ("whole", "one", "other")
    )
    assert sorted(whole.rows) == sorted([*one.rows, *other.rows])
    assert (whole.people() or 0) == (one.people() or 0) + (other.people() or 0)
    by_service: dict[str, list[int]] = {}
    for part in (one, other):
        for service, communes, people in part.by_service():
            known = by_service.setdefault(service, [0, 0])
            known[0] += communes
            known[1] += people
    assert by_service == {
        service: [communes, people] for service, communes, people in whole.by_service()
    }


@given(countries())
def test_the_four_statuts_share_out_everyone(country: CommuneMatrices) -> None:
    for code in ("whole", "one", "other"):
        place = territory(country, code)
        shares = TerritoryShares(country, place)
        for service in (*SERVICES, "never"):
            people = shares.people(service)
            assert (people is None) == (place.population is None)
            if people is not None:
                assert sum(people) == place.population
        parts = shares.parts(SERVICES)
        assert (parts is None) == (not place.population)
        if parts is not None:
            assert sum(parts) == pytest.approx(1)
            assert min(parts) >= 0


@given(countries())
def test_merging_two_territories_keeps_totals(country: CommuneMatrices) -> None:
    whole, one, other = (
        TerritoryShares(country, territory(country, code)) for code in ("whole", "one", "other")
    )
    for service in SERVICES:
        parts = [one.people(service), other.people(service)]
        if None not in parts:
            summed = Shares(*np.sum([part for part in parts if part is not None], axis=0))
            assert whole.people(service) == summed


@given(countries(), st.data())
def test_a_service_that_opens_never_lowers_a_rate(
    country: CommuneMatrices, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(country.codes) - 1))
    column = data.draw(st.integers(0, len(SERVICES) - 1))
    statuts, distances = country.statuts.copy(), country.distances.copy()
    statuts[row, column] = PRESENT
    # Where it opens the distance is 0; elsewhere it may be nearer, and is never farther.
    distances[row, column] = 0
    after = replace(country, statuts=statuts, distances=distances)
    for code in ("whole", "one", "other"):
        place = territory(country, code)
        before_rate = TerritoryShares(country, place).parts(SERVICES)
        after_rate = TerritoryShares(after, place).parts(SERVICES)
        if before_rate is not None and after_rate is not None:
            assert after_rate.covered >= before_rate.covered - 1e-12
            assert after_rate.absent <= before_rate.absent + 1e-12
        rows = country.members("groupe", code)
        for asked in ({"statut": ABSENT}, {"farther_than": 5.0}):
            gone = find_gaps(after, rows, SERVICES, **asked)
            assert set(gone.rows) <= set(find_gaps(country, rows, SERVICES, **asked).rows)


@given(countries())
def test_indicators_are_the_shares_of_each_commune(country: CommuneMatrices) -> None:
    for service in SERVICES:
        told = indicators.statuts_of_communes(country, service)
        column = country.service_position[service]
        assert told == [STATUTS[statut] for statut in country.statuts[:, column]]
    covered = (country.statuts >= PARTAGE).mean(axis=1)
    for row, code in enumerate(country.codes):
        place = Territory("commune", code, code, None, None, 2023, 1, None, 0, 0)
        parts = TerritoryShares(country, place).parts(SERVICES)
        assert parts is not None
        assert parts.covered == pytest.approx(covered[row])
