"""The chart of a rate over the publications."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service.site.sections.evolution import HEIGHT, WIDTH, chart


def point(day: str, taux: float | None, *, comparable: bool = True) -> dict[str, Any]:
    return {"date": day, "taux": taux, "comparable": comparable}


def test_one_day_draws_nothing():
    assert chart([]) is None
    assert chart([point("2026-01-01", 0.2), point("2026-01-01", 0.3)]) is None
    assert chart([point("2026-01-01", 0.2), point("2026-02-01", None)]) is None


def test_time_goes_right_and_a_higher_rate_up():
    drawn = chart(
        [
            point("2026-01-01", 0.2, comparable=False),
            point("2026-01-11", 0.3),
            point("2026-01-31", 0.5),
        ]
    )
    assert drawn is not None
    first, second, last = drawn.dots
    # Ten days, then twenty; places are rounded to a tenth.
    assert (second.x - first.x) * 2 == pytest.approx(last.x - second.x, abs=0.2)
    assert first.y > second.y > last.y
    # What is not comparable is a dot, outside the line.
    assert drawn.line == f"{second.x},{second.y} {last.x},{last.y}"
    assert [dot.label for dot in drawn.dots] == ["01/01/2026", "11/01/2026", "31/01/2026"]
    assert [text for _, text in drawn.ticks] == ["20\u00a0%", "35\u00a0%", "50\u00a0%"]


def test_the_last_publication_of_a_day_stands_for_it():
    drawn = chart([point("2026-01-01", 0.1), point("2026-01-01", 0.4), point("2026-01-02", 0.4)])
    assert drawn is not None
    assert len({dot.y for dot in drawn.dots}) == 1


@given(
    st.lists(
        st.tuples(st.dates(dt.date(2016, 1, 1), dt.date(2040, 1, 1)), st.floats(0, 1)), min_size=2
    )
)
def test_everything_is_inside_and_labels_do_not_touch(found):
    days = sorted(dict(found).items())
    drawn = chart([point(day.isoformat(), rate) for day, rate in days])
    if len(days) < 2:
        assert drawn is None
        return
    assert drawn is not None
    for dot in drawn.dots:
        assert 0 <= dot.x <= WIDTH
        assert 0 <= dot.y <= HEIGHT
    for height, _ in drawn.ticks:
        assert 0 <= height <= HEIGHT
    written = [dot.x for dot in drawn.dots if dot.label]
    assert written[-1] == drawn.dots[-1].x
    assert all(b - a >= 90 for a, b in itertools.pairwise(written))
