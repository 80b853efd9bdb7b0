from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.cog import Cog, Resolver
from boundaries.history import History
from boundaries.readers import etalab

CODES = st.sampled_from([f"010{number:02}" for number in range(12)])
LINKS = st.lists(st.tuples(CODES, CODES, st.sampled_from(["fusion", "deleguee"])), max_size=30)


def resolver_of(cog: Cog) -> Resolver:
    """The resolver that the build makes without INSEE's file."""
    return History.from_cog(cog, None).resolver(cog.cartographiees()["code"].tolist())


def follow(code: str, current: set[str], links: dict[str, str]) -> str | None:
    """The slow obvious way: step by step, giving up after as many steps as there are codes."""
    for _ in range(len(links) + 1):
        if code in current:
            return code
        if code not in links:
            return None
        code = links[code]
    return None


@settings(deadline=None)
@given(st.sets(CODES), LINKS)
def test_answers_are_those_of_a_walk_and_cycles_end(
    current: set[str], links: list[tuple[str, str, str]]
) -> None:
    first: dict[str, str] = {}
    for old, new, _ in links:
        first.setdefault(old, new)
    resolver = Resolver(current, links)
    for code in {*current, *first, "99999"}:
        assert resolver.resolve(code) == follow(code, current, first)


@settings(deadline=None)
@given(st.sets(CODES), LINKS)
def test_resolving_twice_changes_nothing_and_current_codes_stay(
    current: set[str], links: list[tuple[str, str, str]]
) -> None:
    resolver = Resolver(current, links)
    assert all(resolver.resolve(code) == code for code in current)
    assert all(resolver.resolve(new) == new for new in resolver.answers.values())
    old = resolver.anciens()
    assert not set(old["code"]) & current
    assert set(old["commune"]) <= current
    assert set(old["code"]) | current == set(resolver.answers)


def test_chain_of_mergers() -> None:
    resolver = Resolver(["01003"], [("01001", "01002", "fusion"), ("01002", "01003", "deleguee")])
    assert resolver.resolve("01001") == "01003"
    assert resolver.anciens().values.tolist() == [
        ["01001", "01003", "fusion"],
        ["01002", "01003", "deleguee"],
    ]


def test_many_keeps_the_index_and_what_is_missing() -> None:
    resolver = Resolver(["2A004", "01001"], [("20004", "2A004", "fusion")])
    codes = pd.Series([" 2a004", "20004", None, "99999", "01001"], index=[3, 1, 4, 0, 2])
    answers = resolver.resolve_many(codes)
    assert answers.index.tolist() == [3, 1, 4, 0, 2]
    assert answers.fillna("?").tolist() == ["2A004", "2A004", "?", "?", "01001"]


def test_a_number_is_not_taken_for_a_code() -> None:
    assert Resolver(["01001"]).resolve("1001") is None
    assert Resolver(["01001"]).resolve_many(pd.Series([1001])).isna().all()


def test_the_tiny_country(packages: dict[str, Path]) -> None:
    resolver = resolver_of(etalab.read(packages["etalab"]))
    expected = {
        "15002": "15001",
        "15005": "15006",
        "15098": "15003",
        "15099": "15001",
        "75101": "75056",
        "15004": "15004",
        "98701": None,
    }
    assert {code: resolver.resolve(code) for code in expected} == expected
    assert dict(resolver.anciens()[["code", "motif"]].itertuples(index=False, name=None)) == {
        "15002": "deleguee",
        "15005": "fusion",
        "15098": "associee",
        "15099": "fusion",
        "75101": "arrondissement",
        "75102": "arrondissement",
    }


@pytest.mark.national
def test_codes_that_ever_vanished_resolve(
    default_packages: dict[str, Path], shared_data: Path
) -> None:
    """Against INSEE's own list of movements: only two vanished codes are unknown to the COG."""
    cog = etalab.read(default_packages["etalab"])
    resolver = resolver_of(cog)
    with (shared_data / "cog" / "mvtcommune_2026.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["TYPECOM_AV"] == "COM"]
    vanished = {row["COM_AV"] for row in rows} - set(cog.communes["code"])
    assert len(vanished) == 4242
    lost = {code for code in vanished if resolver.resolve(code) is None}
    # Saint-Barthélemy and Saint-Martin left Guadeloupe in 2007: no polygon is theirs here.
    assert lost == {"97123", "97127"}
