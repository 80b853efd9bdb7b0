"""Texts from files, as the fiche prints them."""

from __future__ import annotations

import pytest

from geo_service.fiche import fonts, texts


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Mende", "Mende"),
        ("L'Haÿ-les-Roses", "L’Haÿ-les-Roses"),
        # Composed whatever the file: one letter, one glyph.
        ("Cha\u0302teau", "Château"),
        # Marks of direction would reorder what follows; controls have no shape.
        ("a\u202eb\u2066c\u200fd\x07\u00ad", "abcd"),
        ("deux\n lignes\t et   plus", "deux lignes et plus"),
        ("12\u202f464\u00a0habitants", "12\u202f464\u00a0habitants"),
        ('#panic("x") *gras* $x$ \\', '#panic("x") *gras* $x$ \\'),
        ("Łódź Ελλάς Якутск", "Łódź Ελλάς Якутск"),
        # What no font of ours draws is seen to be missing.
        ("אב 🙂", "·· ·"),
        ("\ufeffBOM", "BOM"),
    ],
)
def test_what_is_printed_of_a_text(text: str, printed: str) -> None:
    assert texts.clean(text) == printed


def test_every_text_of_the_data_is_cleaned_and_spaced() -> None:
    told = texts.cleaned({"a": ["Quoi ?", {"b": "l'eau : 3 %"}], "n": 3, "rien": None})
    assert told == {
        "a": ["Quoi\u202f?", {"b": "l’eau\u00a0: 3\u00a0%"}],
        "n": 3,
        "rien": None,
    }


def test_a_drawing_keeps_its_markup_and_loses_what_the_fonts_lack() -> None:
    svg = '<svg><text x="1">Łódź, Château 🙂\u202e</text>\n</svg>'
    assert texts.clean_drawing(svg) == '<svg><text x="1">Łódź, Château ·</text>\n</svg>'


@pytest.mark.parametrize(
    ("text", "longest", "shown"),
    [
        ("court", 10, "court"),
        ("Communauté de communes", 15, "Communauté de…"),
        ("Communauté, de", 13, "Communauté…"),
        ("Anticonstitutionnellement", 10, "Anticonst…"),
    ],
)
def test_a_long_text_is_cut_at_a_word(text: str, longest: int, shown: str) -> None:
    assert texts.short(text, longest) == shown
    assert len(texts.short(text, longest)) <= longest


def test_the_fonts_draw_french() -> None:
    french = "abcdefghijklmnopqrstuvwxyzàâäæçéèêëîïôœöùûüÿ0123456789«»’“”–—…€²³°·× \u202f\u00a0"
    assert not {ord(letter) for letter in french + french.upper()} - fonts.drawn()
