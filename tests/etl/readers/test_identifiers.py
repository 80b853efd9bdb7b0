"""The set of identifiers already read, against Python's own sets."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from etl.readers.identifiers import Seen


@given(st.lists(st.lists(st.text(max_size=3), max_size=12), max_size=12))
def test_it_knows_what_a_set_knows(parts: list[list[str]]) -> None:
    seen, oracle = Seen(), set[str]()
    for part in parts:
        texts = pd.Series(part, dtype="str")
        assert seen.holds(texts).tolist() == [text in oracle for text in part]
        expected = []
        for text in part:
            expected.append(text in oracle)
            oracle.add(text)
        assert seen.add(texts).tolist() == expected
        assert len(seen) == len(oracle)


def test_it_holds_eight_bytes_of_each_text() -> None:
    seen = Seen()
    for start in range(0, 50_000, 5_000):
        seen.add(pd.Series([f"lieu-{number}" for number in range(start, start + 5_000)]))
    assert len(seen) == 50_000
    assert sum(run.nbytes for run in seen._runs) == 8 * 50_000
    # Each run is at least twice as long as the next: looking one up stays quick.
    sizes = [len(run) for run in seen._runs]
    assert all(one >= 2 * other for one, other in pairwise(sizes))
