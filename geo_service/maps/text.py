"""Text in a drawing: what XML can hold, and how wide it is."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final

from geo_service.faults import InstallationError
from geo_service.styles.palette import BUILT

#: Font of the drawings, then those most readers have that are close to it. The first is the one
#: :mod:`geo_service.styles.faces` makes of the font of the pages.
FONTS: Final = "Atlas Texte, Source Sans 3, Source Sans Pro, Segoe UI, Helvetica, Arial, sans-serif"
#: Weights that are drawn.
REGULAR, SEMIBOLD, BOLD = 400, 600, 700

#: Characters XML 1.0 has no room for (§2.2), and those that turn the direction of what follows.
_REFUSED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
#: No character before that of the Hebrew block is written from right to left (Unicode 15, ch. 9).
_FIRST_RIGHT_TO_LEFT: Final = "\u0590"
#: First strong isolate and its end (Unicode Standard Annex 9, §2.4.2).
_ISOLATE, _END = "\u2068", "\u2069"

#: What begins the name of an EPCI.
_SHORT: Final = (
    ("Communauté de communes", "CC"),
    ("Communauté d'agglomération", "CA"),
    ("Communauté d’agglomération", "CA"),
    ("Communauté urbaine", "CU"),
)

#: Width of a character the font lacks, thousandths of an em.
_UNKNOWN_WIDTH: Final = 650
#: Other fonts are wider than ours by up to this much.
_WIDER: Final = 1.06


def clean(text: str) -> str:
    """Keep what a drawing can show of a text that came from a file.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    str
        On one line, without control characters. A text with letters written from right to left is
        isolated, so that it leaves the order of its neighbours alone.
    """
    kept = " ".join(_TURNING.sub("", _REFUSED.sub("", text)).split())
    # Looking each character up takes longer than all the rest, and few names need it.
    if max(kept, default="") >= _FIRST_RIGHT_TO_LEFT and any(
        unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in kept
    ):
        return f"{_ISOLATE}{kept}{_END}"
    return kept


def escape(text: str) -> str:
    """Write a text as content or as an attribute between double quotes.

    What no drawing can hold is dropped; spaces are kept, those of French typography among them.
    """
    return (
        _REFUSED.sub("", text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
    )


class _Widths(dict[str, int]):
    """Widths of characters, thousandths of an em."""

    def __missing__(self, character: str) -> int:
        return _UNKNOWN_WIDTH


@cache
def _widths(weight: int) -> _Widths:
    path = BUILT / "faces" / "largeurs.json"
    try:
        found: Mapping[str, Mapping[str, int]] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InstallationError(
            "Les polices des cartes ne sont pas construites. Lancez « make setup »."
        ) from None
    return _Widths(found[str(weight)])


def width(text: str, size: float, weight: int = REGULAR) -> float:
    """Measure a text.

    Parameters
    ----------
    text
        One line.
    size
        Size of the font, pixels.
    weight
        One of the weights that are drawn.

    Returns
    -------
    float
        Pixels it may take, a little more than in our own font.

    Raises
    ------
    InstallationError
        If the fonts were not built.
    """
    em = sum(map(_widths(weight).__getitem__, text))
    return em * size / 1000 * _WIDER


def wrap(text: str, room: float, size: float, weight: int = REGULAR) -> list[str]:
    """Cut a text in lines that fit.

    Parameters
    ----------
    text
        What to cut, at its plain spaces only.
    room
        Pixels of a line; a longer word has its own line all the same.
    size, weight
        Of the font.
    """
    lines: list[str] = []
    for word in text.split(" "):
        if lines and width(f"{lines[-1]} {word}", size, weight) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def halves(name: str) -> list[list[str]]:
    """Give the ways a name may be written: whole, then cut in two where it is most even.

    A name is cut after a hyphen or at a space: « Saint-Jacques- » « de-la-Lande ».
    """
    cuts = [match.end() for match in re.finditer(r"[- ]", name)]
    if not cuts:
        return [[name]]
    at = min(cuts, key=lambda cut: abs(2 * cut - len(name)))
    return [[name], [name[:at].rstrip(" "), name[at:]]]


def short_name(nom: str) -> str:
    """Shorten the name of an EPCI as people do: « CC Cœur de Lozère »."""
    for long, short in _SHORT:
        if nom.startswith(long):
            return f"{short} {nom.removeprefix(long).strip()}"
    return nom
