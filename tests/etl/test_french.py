"""Figures as French people read them."""

from __future__ import annotations

import datetime as dt

import pytest

from etl.french import day, figure, percentage, plural


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0"),
        (0.25, "25"),
        (0.0589, "5,9"),
        (0.1, "10"),
        (1, "100"),
        (0.0002, "< 0,1"),
        (0.9999, "100"),
    ],
)
def test_percentages(share: float, text: str) -> None:
    assert percentage(share) == f"{text}\u202f%"


def test_percentages_without_decimals() -> None:
    assert percentage(0.2, 0) == "20\u202f%"


def test_figures() -> None:
    assert (figure(1_234_567), figure(999)) == ("1\u202f234\u202f567", "999")
    assert [plural(n, "ligne", "lignes") for n in (0, 1, 2)] == ["0 ligne", "1 ligne", "2 lignes"]
    assert day(dt.date(2026, 8, 1)) == "1er août 2026"
    assert day(dt.date(2026, 2, 11)) == "11 février 2026"
