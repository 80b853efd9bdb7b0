"""From the words of a file to the services of the référentiel."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from boundaries.names import normalise
from etl.mapping.model import TableDeServices
from etl.referentiel import Referentiel

#: A known phrase is looked for inside an unknown one only if it has so many words: « numérique »
#: alone would be found everywhere.
_PHRASE_WORDS = 3
#: At the end of a value of a vocabulary: whatever begins so.
_PREFIX = "*"

_YES = frozenset({"oui", "o", "yes", "y", "vrai", "true", "1", "x", "v"})
_NO = frozenset({"non", "n", "no", "faux", "false", "0", ""})


def yes_no(value: str) -> bool | None:
    """Read a yes or a no, however written; None when it is neither."""
    word = normalise(value.removesuffix(".0"))
    if word in _YES:
        return True
    return False if word in _NO else None


@dataclass(frozen=True)
class Meaning:
    """What a text means: services, and the parts of it that nothing explains."""

    services: tuple[str, ...]
    unknown: tuple[str, ...]


class Vocabulary:
    """Values and their services; case, accents, hyphens and apostrophes do not matter.

    Parameters
    ----------
    entries : mapping
        Services by value; an empty list is a value known to mean none. A value that ends with
        ``*`` stands for all those that begin so.
    separators : sequence of str
        Between the values of a list.
    boolean : bool
        Values are read as « oui » or « non » first.
    """

    def __init__(
        self,
        entries: Mapping[str, Sequence[str]],
        separators: Sequence[str] = (),
        *,
        boolean: bool = False,
    ) -> None:
        exact = {value: codes for value, codes in entries.items() if not value.endswith(_PREFIX)}
        self._values = {normalise(value): tuple(codes) for value, codes in exact.items()}
        self._prefixes = [
            (normalise(value.removesuffix(_PREFIX)), tuple(codes))
            for value, codes in entries.items()
            if value.endswith(_PREFIX)
        ]
        long = [value for value in self._values if value.count(" ") >= _PHRASE_WORDS - 1]
        self._phrases = sorted(long, key=len, reverse=True)
        self._split = (
            re.compile("|".join(re.escape(mark) for mark in separators)) if separators else None
        )
        self._boolean = boolean
        self._known: dict[str, Meaning] = {}

    @classmethod
    def of(cls, table: TableDeServices, referentiel: Referentiel) -> Vocabulary:
        """Make the vocabulary of a table of a mapping.

        Raises
        ------
        EtlError
            If the référentiel lacks the vocabulary it names.
        """
        entries: dict[str, Sequence[str]] = {}
        if table.vocabulaire is not None:
            entries.update(referentiel.vocabulary(table.vocabulaire))
        # A value of the mapping itself replaces the vocabulary's, however it is spelt.
        own = {normalise(value) for value in table.valeurs}
        entries = {value: codes for value, codes in entries.items() if normalise(value) not in own}
        return cls({**entries, **table.valeurs}, table.separateurs, boolean=table.oui_non)

    @property
    def services(self) -> list[str]:
        """All services that some value means, sorted."""
        codes = [*self._values.values(), *(codes for _, codes in self._prefixes)]
        return sorted({code for found in codes for code in found})

    def knows(self, value: str) -> bool:
        """Tell whether one value, no list, is in the vocabulary."""
        return self._look(normalise(value)) is not None

    def read(self, text: str) -> Meaning:
        """Give the services of a text, in the order it says them."""
        if text not in self._known:
            self._known[text] = self._read(text)
        return self._known[text]

    def _read(self, text: str) -> Meaning:
        services: dict[str, None] = {}
        unknown = []
        for value in self.values(text):
            key = normalise(value)
            if self._boolean:
                answer = yes_no(value)
                key = key if answer is None else "oui" if answer else "non"
            codes = self._look(key)
            if codes is None:
                codes, rest = self._phrases_in(key)
                unknown.extend([value if not codes else rest] if rest else [])
            services.update(dict.fromkeys(codes))
        return Meaning(tuple(services), tuple(unknown))

    def values(self, text: str) -> list[str]:
        """Split a list, JSON or separated, into its values."""
        if text.startswith("[") and text.endswith("]"):
            try:
                items = json.loads(text)
            except (ValueError, RecursionError):
                items = None
            if isinstance(items, list):
                return [str(item) for item in items if item not in (None, "")]
        parts = self._split.split(text) if self._split else [text]
        return [part.strip() for part in parts if normalise(part)]

    def _look(self, key: str) -> tuple[str, ...] | None:
        if key in self._values:
            return self._values[key]
        return next((codes for start, codes in self._prefixes if key.startswith(start)), None)

    def _phrases_in(self, key: str) -> tuple[tuple[str, ...], str]:
        """Known phrases inside an unknown text, longest first, and the words left over."""
        rest = f" {key} "
        services: dict[str, None] = {}
        for phrase in self._phrases:
            if f" {phrase} " in rest:
                rest = rest.replace(f" {phrase} ", " ")
                services.update(dict.fromkeys(self._values[phrase]))
        return tuple(services), " ".join(rest.split())
