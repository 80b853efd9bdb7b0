"""Finding territories from what people type: names, codes, postcodes, misspellings.

All names are kept in memory, by words: a search reads a few short lists instead of a whole table.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from boundaries.names import normalise

Key = tuple[str, str]

#: Order of niveaux among territories of the same population.
_RANKS = {
    niveau: rank
    for rank, niveau in enumerate(
        ("commune", "arrondissement", "ept", "epci", "departement", "region", "pays", "groupe")
    )
}

#: An INSEE code, a SIREN or a postcode, whole or begun.
_CODE = re.compile(r"\d[\dab]?\d*\Z")
#: Shortest word whose misspellings are looked for.
_SHORTEST = 3
#: How people shorten the kinds of intercommunalité, as the first word of their names.
_SHORT_KINDS = {
    "cc": "communaute de communes",
    "comcom": "communaute de communes",
    "ca": "communaute d agglomeration",
    "cu": "communaute urbaine",
}
_LETTERS = string.ascii_lowercase + " "
#: Sorts after any letter or digit of a normalised text.
_END = "\uffff"


class SearchIndex:
    """Names and codes of territories.

    Parameters
    ----------
    rows
        Key, normalised name, population (0 when unknown) and postcodes of each territory.
    anciens
        Current commune of each code that is no commune any more.
    """

    def __init__(
        self, rows: Iterable[tuple[Key, str, int, Sequence[str]]], anciens: Mapping[str, str]
    ) -> None:
        # A territory is its place in this order: the most populated first.
        ordered = sorted(rows, key=lambda row: (-row[2], _RANKS[row[0][0]], row[0][1]))
        self._keys = [row[0] for row in ordered]
        self._names = [row[1] for row in ordered]
        self._postcodes = [row[3] for row in ordered]
        places = {key: place for place, key in enumerate(self._keys)}
        whole: defaultdict[str, list[int]] = defaultdict(list)
        words: defaultdict[str, list[int]] = defaultdict(list)
        codes: defaultdict[str, list[int]] = defaultdict(list)
        postcodes: defaultdict[str, list[int]] = defaultdict(list)
        for place, (key, name, _, posts) in enumerate(ordered):
            whole[name].append(place)
            for word in set(name.split()):
                words[word].append(place)
            codes[key[1]].append(place)
            for postcode in posts:
                postcodes[postcode].append(place)
        self._old = {
            old: (places["commune", commune],)
            for old, commune in anciens.items()
            if ("commune", commune) in places
        }
        self._whole = {name: tuple(places) for name, places in whole.items()}
        self._words = _Prefixes(words)
        self._codes = _Prefixes(codes)
        self._posts = _Prefixes(postcodes)

    def find(self, typed: str, niveau: str | None, limit: int) -> list[Key]:
        """Find the territories that somebody means.

        Parameters
        ----------
        typed
            What was typed. Digits are a code or a postcode, whole or begun. Words are those of a
            name, each whole or begun; a number among them may be a postcode or a code. Nothing
            gives the most populated territories.
        niveau
            Only this niveau; ``None`` for all.
        limit
            Most keys to give.

        Returns
        -------
        list of (niveau, code)
            Best first: the exact name or code, then what begins so, then the rest, then names one
            misspelling away; the most populated first in each.
        """
        text = normalise(typed)
        if not text:
            tiers: Iterable[Iterable[int]] = [] if typed.strip() else [range(len(self._keys))]
        elif _CODE.match(text.replace(" ", "")):
            tiers = self._by_code(text.replace(" ", "").upper())
        else:
            tiers = self._by_name(text)
        found: dict[Key, None] = {}
        for tier in tiers:
            for place in sorted(tier):
                key = self._keys[place]
                if niveau is None or key[0] == niveau:
                    found[key] = None
                if len(found) == limit:
                    return list(found)
        return list(found)

    def _by_code(self, code: str) -> Iterator[Iterable[int]]:
        yield self._codes.exactly(code)
        yield self._old.get(code, ())
        yield self._posts.exactly(code)
        yield self._posts.beginning(code)
        yield self._codes.beginning(code)

    def _by_name(self, text: str) -> Iterator[Iterable[int]]:
        yield self._whole.get(text, ())
        yield from self._by_short_kind(text)
        every = self._with_words(text, self._words.beginning)
        begun = {place for place in every if self._names[place].startswith(text)}
        yield begun
        yield every - begun
        variants = one_keystroke_away(text)
        yield [place for name in variants & self._whole.keys() for place in self._whole[name]]
        yield self._with_words(text, self._begun_or_misspelt)

    def _by_short_kind(self, text: str) -> Iterator[Iterable[int]]:
        """Intercommunalités named by their kind in short: "cc couserans"."""
        short, _, name = text.partition(" ")
        if short not in _SHORT_KINDS or not name:
            return
        yield self._with_words(f"{_SHORT_KINDS[short]} {name}", self._words.beginning)
        for places_of in (self._words.beginning, self._begun_or_misspelt):
            found = self._with_words(name, places_of)
            yield {place for place in found if self._keys[place][0] == "epci"}

    def _begun_or_misspelt(self, word: str) -> set[int]:
        found = self._words.beginning(word)
        if len(word) >= _SHORTEST and not word.isdigit():
            for variant in self._words.known(one_keystroke_away(word)):
                found.update(self._words.exactly(variant))
        return found

    def _with_words(self, text: str, places_of: Callable[[str], set[int]]) -> set[int]:
        found: set[int] | None = None
        for word in sorted(text.split(), key=len, reverse=True):
            if word.isdigit() and found is not None:
                found = {place for place in found if self._has_number(place, word)}
            else:
                places = places_of(word)
                found = places if found is None else found & places
            if not found:
                return set()
        return found or set()

    def _has_number(self, place: int, number: str) -> bool:
        return (
            self._keys[place][1].startswith(number)
            or f" {number}" in self._names[place]
            or any(postcode.startswith(number) for postcode in self._postcodes[place])
        )


class _Prefixes:
    """Lists of places by text, found by the whole text or by its beginning."""

    def __init__(self, places: Mapping[str, list[int]]) -> None:
        self._texts = sorted(places)
        # Most have one place: a tuple of one is half of a list of one.
        self._places = {text: tuple(found) for text, found in places.items()}

    def exactly(self, text: str) -> Sequence[int]:
        return self._places.get(text, ())

    def known(self, texts: set[str]) -> set[str]:
        return texts & self._places.keys()

    def beginning(self, text: str) -> set[int]:
        start = bisect_left(self._texts, text)
        end = bisect_left(self._texts, text + _END, start)
        found: set[int] = set()
        for known in self._texts[start:end]:
            found.update(self._places[known])
        return found


def one_keystroke_away(text: str) -> set[str]:
    """Give every text one misspelling away: a letter added, dropped, changed, or two swapped.

    Parameters
    ----------
    text
        Normalised text of n letters.

    Returns
    -------
    set of str
        Some 54 n texts, ``text`` itself not among them (P. Norvig, "How to write a spelling
        corrector", 2007).
    """
    cuts = [(text[:index], text[index:]) for index in range(len(text) + 1)]
    found = {left + right[1:] for left, right in cuts if right}
    found |= {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    for letter in _LETTERS:
        found |= {left + letter + right[1:] for left, right in cuts if right}
        found |= {left + letter + right for left, right in cuts}
    found.discard(text)
    return found
