"""Finding territories from what people type: names, codes, postcodes, misspellings."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping

from boundaries.names import normalise
from geo_service.api.parameters import NIVEAUX
from geo_service.atlas import PublishedAtlas
from geo_service.sql import load

Key = tuple[str, str]

#: An INSEE code, a SIREN or a postcode, whole or begun; spaces inside a SIREN are dropped before.
_CODE = re.compile(r"(\d[\dab]?\d*)\Z")
#: Shortest text whose misspellings are looked for.
_SHORTEST = 3
#: One misspelling is allowed for so many letters.
_LETTERS_PER_FAULT = 8
_MOST_FAULTS = 2
_LETTERS = string.ascii_lowercase + " "


async def search(atlas: PublishedAtlas, typed: str, niveau: str | None, limit: int) -> list[Key]:
    """Find the territories that somebody means.

    Codes and postcodes are looked for when digits are typed; names otherwise, then names one
    keystroke away while there is room left.

    Parameters
    ----------
    atlas
        The publication.
    typed
        What was typed; nothing gives the most populated territories.
    niveau
        Only this niveau; ``None`` for all.
    limit
        Most keys to give.

    Returns
    -------
    list of (niveau, code)
        Best first, no key twice.
    """
    common = {"niveau": niveau, "niveaux": list(NIVEAUX), "limite": limit}
    if not typed.strip():
        rows = await atlas.database.fetch(load("recherche_tout"), common)
        return [(row["niveau"], row["code"]) for row in rows]
    text = normalise(typed)
    if not text:
        return []
    digits = _CODE.match(text.replace(" ", ""))
    if digits:
        rows = await atlas.database.fetch(
            load("recherche_codes"), {**common, "code": digits.group(1).upper()}
        )
        return [(row["niveau"], row["code"]) for row in rows]
    found = await _by_name(atlas, text, common)
    if len(found) < limit and len(text) >= _SHORTEST:
        known = set(found)
        found += [key for key in await _by_likeness(atlas, text, niveau) if key not in known]
    return found[:limit]


async def _by_name(atlas: PublishedAtlas, text: str, common: Mapping[str, object]) -> list[Key]:
    words = text.split()
    # A single number may say which one of several places of the same name: « saint denis 974 ».
    numbers = [word for word in words if word.isdigit()]
    number = numbers[-1] if len(numbers) == 1 else None
    named = [word for word in words if word != number]
    rows = await atlas.database.fetch(
        load("recherche_noms"),
        {
            **common,
            "texte": text if number is None else " ".join(named),
            "contient": [f"%{word}%" for word in named],
            "mots": [f"% {word}%" for word in named],
            "nombre": number,
        },
    )
    return [(row["niveau"], row["code"]) for row in rows]


async def _by_likeness(atlas: PublishedAtlas, text: str, niveau: str | None) -> list[Key]:
    rows = await atlas.database.fetch(
        load("recherche_proches"),
        {"texte": text, "variantes": sorted(one_keystroke_away(text)), "niveau": niveau},
    )
    most = min(_MOST_FAULTS, 1 + len(text) // _LETTERS_PER_FAULT)
    scored = []
    for row in rows:
        faults = keystrokes(text, row["recherche"], most)
        if faults <= most:
            rank = NIVEAUX.index(row["niveau"])
            key = (row["niveau"], row["code"])
            scored.append((faults, -(row["population"] or 0), rank, key))
    return [key for *_, key in sorted(scored)]


def one_keystroke_away(text: str) -> set[str]:
    """Give every text one misspelling away: a letter added, dropped, changed, or two swapped.

    Parameters
    ----------
    text
        Normalised text of n letters.

    Returns
    -------
    set of str
        Some 55 n texts, ``text`` itself not among them.
    """
    cuts = [(text[:index], text[index:]) for index in range(len(text) + 1)]
    found = {left + right[1:] for left, right in cuts if right}
    found |= {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    for letter in _LETTERS:
        found |= {left + letter + right[1:] for left, right in cuts if right}
        found |= {left + letter + right for left, right in cuts}
    found.discard(text)
    return found


def keystrokes(one: str, other: str, most: int) -> int:
    """Count the misspellings between two texts (optimal string alignment distance).

    Parameters
    ----------
    one, other
        Normalised texts.
    most
        Count above which any larger number may be given.

    Returns
    -------
    int
        Letters added, dropped, changed, or swapped with the next one.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, sign in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != sign))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == sign:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
