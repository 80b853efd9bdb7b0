"""One spelling of a name, so that people find a territory however they type it."""

from __future__ import annotations

import re
import unicodedata

#: Letters that Unicode does not decompose into a base letter and an accent.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})
_NOT_WORD = re.compile(r"[^0-9a-z]+")
#: Ordinals as people write them: 1er, 1re, 1ère, 2nd, 3e, 3ème.
_ORDINAL = re.compile(r"(\d+)(?:er|ere|re|e|eme|nde?)")
_WORDS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}


def normalise(text: str) -> str:
    """Reduce a name to lower-case words without accents, hyphens or apostrophes.

    ``st`` and ``ste`` (and their plurals) become ``saint`` and ``sainte`` where they stand as
    words, ``1er`` or ``3ème`` become ``1`` and ``3``, ligatures are opened, and any other sign
    counts as a space. Normalising twice changes nothing.

    Parameters
    ----------
    text
        A name, or what somebody typed; any Unicode text.

    Returns
    -------
    str
        Words of ``a-z0-9`` separated by single spaces; empty when the text has none.

    Examples
    --------
    >>> normalise("L'Haÿ-les-Roses"), normalise("St‑Étienne"), normalise("Vœuil-et-Giget")
    ('l hay les roses', 'saint etienne', 'voeuil et giget')
    """
    if text.isascii():
        # What follows changes nothing in it but its case, at ten times the cost.
        bare = text.lower()
    else:
        opened = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
        bare = "".join(
            sign
            for sign in unicodedata.normalize("NFKD", opened)
            if not unicodedata.combining(sign)
        )
    return " ".join(map(_spelt, _NOT_WORD.sub(" ", bare).split()))


def _spelt(word: str) -> str:
    """Give the usual spelling of one bare word."""
    ordinal = _ORDINAL.fullmatch(word)
    return ordinal[1] if ordinal else _WORDS.get(word, word)
