"""Texts as the fiche can print them: characters its fonts draw, in one direction, bounded."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from typing import Any

from geo_service.fiche.fonts import TEXT, drawn
from geo_service.site.typography import spaced

#: Longest texts, in characters: a name, that of a service, a sentence, an example, the title of a
#: map, the sources of a producer.
NAME, LABEL, SENTENCE, EXAMPLE, TITLE, SOURCE = 110, 70, 420, 300, 180, 700

#: What stands for a character that no font of ours draws.
_LACKING = "·"
#: Characters that look like one of ours.
_SAME = str.maketrans({"'": "’", "\u2011": "-", "\u2010": "-", "\t": " ", "\n": " ", "\r": " "})
#: Categories of what has no shape of its own: controls, marks of direction, private characters.
_SHAPELESS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean(text: str, known: Collection[int] | None = None) -> str:
    """Write a text with the characters that the fonts draw.

    Parameters
    ----------
    text
        From a file, or ours.
    known
        Code points the fonts draw; those of the fonts built by default.

    Returns
    -------
    str
        Composed (NFC), without controls nor marks of direction, which could reorder what follows;
        spaces in a row are one, no-break ones excepted. Each other character the fonts lack is a
        middle dot: the reader sees that something is missing.
    """
    codes = drawn() if known is None else known
    composed = unicodedata.normalize("NFC", text).translate(_SAME)
    kept = "".join(_drawn(letter, codes) for letter in composed)
    return " ".join(part for part in kept.split(" ") if part)


def _drawn(letter: str, codes: Collection[int]) -> str:
    """Write a letter as the fonts can."""
    if unicodedata.category(letter) in _SHAPELESS:
        return ""
    if ord(letter) in codes:
        return letter
    return " " if letter.isspace() else _LACKING


def clean_drawing(svg: str) -> str:
    """Keep, of the texts of a drawing, the characters that its one font draws.

    Its markup is ASCII.
    """
    codes = drawn(TEXT[0])
    return "".join(letter if letter.isascii() else _drawn(letter, codes) for letter in svg)


def short(text: str, longest: int) -> str:
    """Shorten a text at a word, with an ellipsis that says so.

    Parameters
    ----------
    longest
        Characters of the result, at most.
    """
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    word = cut.rpartition(" ")[0]
    # A word that fills half of the place is cut in its middle.
    return f"{(word if len(word) > longest // 2 else cut).rstrip(' ,;:')}…"


def cleaned(value: Any) -> Any:
    """Clean every text of a JSON value, with French spaces; keys are ours and stay."""
    if isinstance(value, str):
        return spaced(clean(value))
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    if isinstance(value, dict):
        return {key: cleaned(item) for key, item in value.items()}
    return value
