"""Opening hours in French."""

from __future__ import annotations

import pytest

from etl.readers.opening_hours import format_days, format_periods


def plain(text: str | None) -> str | None:
    return None if text is None else text.replace("\u00a0", " ")


def test_periods() -> None:
    text = format_periods(
        [
            (5, 5, (("09:00:00", "12:00:00"),)),
            (0, 3, (("13:30:00", "17:30:00"), ("8:00", "12:00"))),
            (4, 4, ()),
        ]
    )
    assert plain(text) == "Lundi au jeudi : 8 h – 12 h, 13 h 30 – 17 h 30 ; samedi : 9 h – 12 h"


def test_two_days_in_a_row() -> None:
    assert plain(format_periods([(2, 3, (("16:00", "19:00"),))])) == (
        "Mercredi et jeudi : 16 h – 19 h"
    )


def test_equal_days_are_joined() -> None:
    day, morning = (("09:00", "12:00"), ("14:00", "17:05")), (("09:00", "12:00"),)
    assert plain(format_days([day, day, morning, day, day, ()])) == (
        "Lundi et mardi : 9 h – 12 h, 14 h – 17 h 05 ; mercredi : 9 h – 12 h ; "
        "jeudi et vendredi : 9 h – 12 h, 14 h – 17 h 05"
    )


def test_never_open() -> None:
    assert format_periods([]) is None
    assert format_days([(), (), ()]) is None


@pytest.mark.parametrize(
    "period",
    [
        (0, 0, (("12:00", "09:00"),)),
        (0, 0, (("9h", "12h"),)),
        (0, 0, (("25:00", "26:00"),)),
        (3, 1, (("09:00", "12:00"),)),
        (0, 7, (("09:00", "12:00"),)),
    ],
)
def test_nonsense_is_refused(period: tuple[int, int, tuple[tuple[str, str], ...]]) -> None:
    with pytest.raises(ValueError, match=r"no |before"):
        format_periods([period])
