"""The sentences of a diagnosis are good French, whatever the figures are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service.diagnostics import diagnosis_sentences as sentences
from tests.geo_service.diagnostics.told import (
    EPCI,
    FRANCE,
    LANDES,
    LOZERE,
    MENDE,
    access,
    figures,
    gap,
    point,
)

PLACES = st.sampled_from([MENDE, LOZERE, LANDES, FRANCE, EPCI])
PEOPLE = st.none() | st.integers(0, 70_000_000)
RATES = st.floats(0, 1)


@st.composite
def diagnoses(draw: st.DrawFn) -> list[str]:
    """Everything said of a territory, whatever its figures."""
    where = draw(PLACES)
    known = draw(st.integers(0, 131))
    people = draw(PEOPLE)
    rate = draw(RATES) if known and (where is MENDE or people) else None
    gaps = draw(st.lists(st.builds(gap, st.just("Un service"), st.integers(1, 34_875), PEOPLE)))
    services = draw(
        st.lists(
            st.builds(
                access,
                st.just("Un service"),
                median=st.none() | st.floats(0, 500),
                far=st.integers(0, 70_000_000),
                share=RATES,
                farthest=st.none() | st.floats(0, 500),
            ),
            max_size=5,
        )
    )
    points = draw(
        st.lists(
            st.builds(
                point,
                st.none() | RATES,
                st.dates().map(lambda day: day.isoformat()),
                comparable=st.booleans(),
            ),
            max_size=4,
        )
    )
    told = figures(draw(st.integers(0, known)), known, rate)
    labels = ["Un service"] * draw(st.integers(0, known))
    said = [
        sentences.coverage(where, people, told),
        sentences.gaps(where, gaps),
        sentences.unknown(labels, known),
        *sentences.distances(where, services, straight=draw(st.booleans())),
        sentences.evolution(where, points),
    ]
    return [sentence for sentence in said if sentence is not None]


def faults(sentence: str) -> Iterator[str]:
    """What a reader would stumble on."""
    for name, pattern in (
        ("space", r"[ \u00a0\u202f]{2}|^\s|\s$|\( | \)"),
        ("number", r"nan|inf\b|None|\d\.\d|\d{5}"),
        ("typography", r"'|\"|[^\u202f][;!?]|[^\u00a0]:|«[^\u00a0]|[^\u00a0][%»]"),
        ("one", r"(?<![\d,\u202f])[01]\u00a0\w+s\b"),
        ("many", r"(?<![\d,])(?:[2-9]|\d[\d\u202f]+)\u00a0(?:habitant|commune|service|autre)\b"),
        ("elision", r"\b(?:de|le|la|des) (?:le|les)\b"),
        ("end", r"[^.]$|\.\."),
    ):
        if re.search(pattern, sentence):
            yield name


@given(diagnoses())
def test_any_figures_make_good_french(said: list[str]) -> None:
    for sentence in said:
        assert not list(faults(sentence)), sentence
        assert sentence[0].isupper()


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ("Le taux est nan.", "number"),
        ("Il y a 12000 habitants.", "number"),
        ("Deux  espaces.", "space"),
        ("Voici: un.", "typography"),
        ("1\u00a0habitants y vivent.", "one"),
        ("12\u00a0habitant y vivent.", "many"),
        ("70\u00a0% des le seul service.", "elision"),
        ("Sans fin", "end"),
    ],
)
def test_faults_are_seen(wrong: str, fault: str) -> None:
    assert fault in list(faults(wrong))
