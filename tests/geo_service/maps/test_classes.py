"""Classes of static maps: optimal, those of the interactive map, told apart by everybody."""

from __future__ import annotations

import itertools
import re

import mapclassify
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service.maps import palette
from geo_service.maps.classes import EXACT, UNKNOWN, WANTED, classify, fisher, percentages
from tests.support import ROOT

WEB = ROOT / "geo_service" / "web" / "src"
SHARES = st.lists(st.floats(0, 1) | st.just(np.nan), min_size=1, max_size=300)


def spread(values: np.ndarray, ends: np.ndarray, distinct: np.ndarray) -> float:
    """Sum of squared deviations from the means of the classes."""
    at = np.searchsorted(distinct[ends], values)
    return float(sum(values[at == k].var() * (at == k).sum() for k in set(at.tolist())))


@pytest.mark.filterwarnings("ignore:Numba not installed")
@pytest.mark.parametrize("seed", range(3))
def test_breaks_are_those_of_mapclassify(seed: int) -> None:
    values = np.random.default_rng(seed).beta(2, 5, 150)
    values = np.rint(values * 100)
    distinct, weights = np.unique(values.astype(np.int64), return_counts=True)
    oracle = mapclassify.FisherJenks(values, k=WANTED)
    ends = fisher(distinct, weights, WANTED)
    # Partitions as good may differ; how good they are may not.
    theirs = np.searchsorted(distinct, oracle.bins)
    assert spread(values, ends, distinct) == pytest.approx(spread(values, theirs, distinct))


@given(
    st.dictionaries(st.integers(0, 100), st.integers(1, 50), min_size=4, max_size=9),
    st.integers(2, 4),
)
def test_no_other_breaks_are_better(weights: dict[int, int], wanted: int) -> None:
    distinct = np.array(sorted(weights))
    counts = np.array([weights[value] for value in distinct.tolist()])
    values = np.repeat(distinct, counts).astype(float)
    last = len(distinct) - 1
    best = min(
        spread(values, np.array([*cuts, last]), distinct)
        for cuts in itertools.combinations(range(last), wanted - 1)
    )
    ends = fisher(distinct, counts, wanted)
    assert len(ends) == wanted
    assert spread(values, ends, distinct) == pytest.approx(best, abs=1e-6)


@given(SHARES)
def test_every_value_is_in_the_class_that_says_so(values: list[float]) -> None:
    shares = np.array(values)
    classes = classify(shares)
    index = classes.of(shares)
    assert (np.isnan(shares) == (index == UNKNOWN)).all()
    assert classes.known + classes.unknown == len(shares)
    known = ~np.isnan(shares)
    for percent, at in zip(percentages(shares[known]).tolist(), index[known].tolist(), strict=True):
        assert classes.lows[at] <= percent <= classes.highs[at]
    assert list(classes.highs) == sorted(set(classes.highs))
    assert classes.exact == (len(set(percentages(shares[known]).tolist())) <= EXACT)
    assert len(classes.labels()) <= (EXACT if classes.exact else WANTED)


def test_labels_are_what_people_read() -> None:
    classes = classify(np.array([0.0, 0.333, 1.0, np.nan]))
    assert classes.labels() == ["0\u00a0%", "33\u00a0%", "100\u00a0%"]
    assert classes.method("communes") == "Une couleur par valeur, sur 4 communes."
    many = classify(np.arange(101) / 100)
    assert many.labels()[0] == "0 à 15\u00a0%"
    assert "Fisher-Jenks" in many.method("communes")
    assert classify(np.array([np.nan])).labels() == []


def test_halves_are_rounded_as_on_the_interactive_map() -> None:
    # Math.round(12.5) is 13 in JavaScript, and round(12.5) 12 in Python.
    assert percentages(np.array([0.125, 0.375])).tolist() == [13, 38]


def test_colours_are_those_of_the_interactive_map() -> None:
    source = (WEB / "map" / "palette.ts").read_text(encoding="utf-8")
    found = re.search(r"RAMP: readonly string\[\] = \[([^\]]*)\]", source)
    assert found is not None
    assert tuple(re.findall(r"#\w{6}", found[1])) == palette.RAMP
    themes = re.findall(r"statuts: \{([^}]*)\}", source)
    for theme, line in zip((palette.LIGHT, palette.DARK), themes, strict=True):
        statuts = dict(re.findall(r"(present|partage|absent): \"(#\w{6})\"", line))
        assert len(statuts) == 3
        assert statuts == {name: getattr(theme, name) for name in statuts}
    sheet = (WEB / "styles" / "base.css").read_text(encoding="utf-8")
    dark = sheet.partition("prefers-color-scheme: dark")[2]
    for variable, colour in (
        ("present", palette.DARK.present),
        ("partage", palette.DARK.partage),
        ("absent", palette.DARK.absent),
        ("silence", palette.DARK.silence),
        ("papier", palette.DARK.paper),
    ):
        assert f"--{variable}: {colour};" in dark


def test_ramp_darkens_at_every_step_and_ends_on_the_deepest() -> None:
    assert palette.ramp(0) == []
    for count in range(1, EXACT + 1):
        colours = palette.ramp(count)
        assert len(colours) == count
        assert colours[-1] == palette.DEEPEST
        contrasts = [palette.contrast(colour, "#ffffff") for colour in colours]
        assert contrasts == sorted(contrasts)
        # WCAG 2.2, 1.4.3: the names written over each colour.
        assert all(palette.contrast(palette.ink_on(c), c) >= 4.5 for c in colours)


def test_style_sheet_of_the_pages_is_the_one_of_the_drawings() -> None:
    written = (WEB / "styles" / "static-map.css").read_text(encoding="utf-8")
    assert written.partition("\n")[2] == palette.style_sheet()
