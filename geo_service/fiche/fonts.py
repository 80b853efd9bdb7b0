"""Names of the fonts of the fiche, and where they are built.

Building them needs fontTools (dependency group ``assets``); using them needs this module alone.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

#: Where ``python -m geo_service.fiche.build`` writes them, with the characters they have.
BUILT = Path(__file__).parent / "built"
CHARACTERS = "caracteres.json"

#: Family of the text and of the drawings, then those that draw the characters it lacks.
TEXT = ("Atlas Texte", "Atlas Texte Vietnamien", "Atlas Texte Grec", "Atlas Texte Cyrillique")
#: Family of the titles; those of the text draw what it lacks.
TITLE = ("Atlas Titre",)


@cache
def drawn(family: str | None = None) -> frozenset[int]:
    """Code points that the fonts of the text can draw.

    Parameters
    ----------
    family
        One of :data:`TEXT`; all of them together by default.

    Raises
    ------
    FileNotFoundError
        If the fonts were not built.
    """
    ranges = json.loads((BUILT / CHARACTERS).read_text(encoding="utf-8"))
    return frozenset(
        code
        for name in (TEXT if family is None else (family,))
        for first, last in ranges[name]
        for code in range(first, last + 1)
    )
