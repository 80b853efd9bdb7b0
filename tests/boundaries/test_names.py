from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.names import normalise


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("L'Haÿ-les-Roses", "l hay les roses"),
        ("L’Haÿ les Roses", "l hay les roses"),
        ("St-Étienne", "saint etienne"),
        ("St‑Étienne", "saint etienne"),
        ("SAINT ETIENNE", "saint etienne"),
        ("Ste Marie", "sainte marie"),
        ("Les Stes-Maries-de-la-Mer", "les saintes maries de la mer"),
        ("Vœuil-et-Giget", "voeuil et giget"),
        ("Sainte-Cæcilia", "sainte caecilia"),
        ("Bœrsch", "boersch"),
        ("Île-de-Sein", "ile de sein"),
        ("Paris 1er Arrondissement", "paris 1 arrondissement"),
        ("Lyon 3ème", "lyon 3"),
        ("lyon 3e", "lyon 3"),
        ("2A004", "2a004"),
        ("Estaing", "estaing"),
        ("  ", ""),
    ],
)
def test_spellings_meet(typed: str, expected: str) -> None:
    assert normalise(typed) == expected


@settings(deadline=None)
@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@settings(deadline=None)
@given(st.text())
def test_only_plain_words_are_left(text: str) -> None:
    assert all(word.isascii() and word.isalnum() for word in normalise(text).split(" ") if word)
    assert "  " not in normalise(text)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["saint", "étienne", "l", "haÿ", "œuf", "sainte"]), min_size=1))
def test_case_and_separators_do_not_matter(words: list[str]) -> None:
    assert normalise(" ".join(words)) == normalise("-".join(words).upper())
