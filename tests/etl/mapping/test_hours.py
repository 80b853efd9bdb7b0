"""Opening hours of files, in French."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.mapping import hours

CLOSED = frozenset({"-", "x", "ferme"})


def plain(text: str | None) -> str | None:
    return None if text is None else text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("osm", "french"),
    [
        ("Mo-Fr 09:00-12:00,14:00-17:30", "Lundi au vendredi : 9 h – 12 h, 14 h – 17 h 30"),
        ("Mo,We 9:00-12:00; Sa off", "Lundi : 9 h – 12 h ; mercredi : 9 h – 12 h"),
        # A later rule replaces what was said of its days.
        ("Mo-We 09:00-12:00; Tu 10:00-11:00",
         "Lundi : 9 h – 12 h ; mardi : 10 h – 11 h ; mercredi : 9 h – 12 h"),
        # After a comma, it adds to it.
        ("Mo 09:00-12:00, Tu 14:00-18:00", "Lundi : 9 h – 12 h ; mardi : 14 h – 18 h"),
        ("Sa-Mo 10:00-12:00; PH off", "Lundi : 10 h – 12 h ; samedi et dimanche : 10 h – 12 h"),
        ("Mo-Su,PH 24/7", "Lundi au dimanche : 0 h – 24 h"),
        ("off", None),
    ],
)  # fmt: skip
def test_openstreetmap(osm: str, french: str | None) -> None:
    assert plain(hours.osm_text(osm)) == french


@pytest.mark.parametrize(
    "osm", ["Jan-Mar Mo 09:00-12:00", "Mo 09:00", "week 1-53/2 Mo 09:00-12:00", "lundi matin",
            "Mo 12:00-09:00", "Mo 09:00-12:00-14:00"],
)  # fmt: skip
def test_what_is_beyond_is_refused_whole(osm: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        hours.osm_text(osm)


def test_a_week_by_half_days() -> None:
    days = [["8h30-12h", "13h30-17h"], ["9h12h", "-"], ["x", "X"], ["9h-12h", "12h-17h"]]
    assert plain(hours.week_text([*days, [""], [], []], CLOSED)) == (
        "Lundi : 8 h 30 – 12 h, 13 h 30 – 17 h ; mardi : 9 h – 12 h ; jeudi : 9 h – 17 h"
    )


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (hours.osm_text, lambda value: hours.day_slots(value, CLOSED)):
        try:
            read(text)
        except ValueError:
            continue
