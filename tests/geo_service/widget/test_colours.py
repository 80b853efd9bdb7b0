"""The colour of a town is read strictly, and can be read by everybody."""

from __future__ import annotations

import colorsys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service.widget.colours import (
    DEFAULTS,
    GROUNDS,
    LEAST,
    accent_of,
    contrast,
    read_colour,
    readable,
)

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("0a5f73", "#0a5f73"),
        ("#0A5F73", "#0a5f73"),
        ("fc0", "#ffcc00"),
        ("", None),
        ("red", None),
        ("#12345", None),
        ("#fff;}body{display:none", None),
        ("url(x)", None),
        ("０a5f73", None),
    ],
)
def test_only_hexadecimal_digits_are_a_colour(text, read):
    assert read_colour(text) == read


def test_contrasts_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    # WCAG's own example of a grey that just fails and of one that just passes on white.
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@given(COLOURS, st.sampled_from(sorted(GROUNDS.values())))
def test_any_colour_is_made_readable(colour, ground):
    drawn = readable(colour, ground)
    assert contrast(drawn, ground) >= LEAST
    if contrast(colour, ground) >= LEAST:
        assert drawn == colour


@pytest.mark.parametrize("colour", ["#ffcc00", "#ff6f61", "#7ec8e3"])
def test_a_colour_that_moves_keeps_its_hue(colour):
    def hue(text: str) -> float:
        return colorsys.rgb_to_hls(*(int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)))[0]

    accent = accent_of(colour)
    assert accent.changed("clair") == accent.light != colour
    assert accent.changed("sombre") is None
    assert hue(accent.light) == pytest.approx(hue(colour), abs=0.01)


def test_our_own_accents_can_be_read():
    for ground, colour in DEFAULTS.items():
        assert contrast(colour, GROUNDS[ground]) >= LEAST
