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

#: Family of the text, then those that draw the characters it lacks, in order of preference.
TEXT = ("Atlas Texte", "Atlas Texte Etendu", "Atlas Texte Vietnamien", "Atlas Texte Grec",
        "Atlas Texte Cyrillique")  # fmt: skip
#: Families of the titles; the text draws what they lack.
TITLE = ("Atlas Titre", "Atlas Titre Etendu")


@cache
def drawn(folder: Path = BUILT) -> frozenset[int]:
    """Code points that the fonts of the text can draw.

    Parameters
    ----------
    folder
        Where the fonts were built.

    Raises
    ------
    FileNotFoundError
        If they were not.
    """
    ranges = json.loads((folder / CHARACTERS).read_text(encoding="utf-8"))
    return frozenset(code for first, last in ranges for code in range(first, last + 1))
