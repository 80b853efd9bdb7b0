"""What a code of commune of any year means today, split communes and dates included.

:class:`boundaries.cog.Resolver` gives one commune or nothing, fast, for whole columns. The history
answers people: all the candidates of a divided commune, what happened and when, and what the code
meant at a given date.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from boundaries.cog import Cog, Resolver
from boundaries.resolution import (
    LIENS,
    MOUVEMENTS,
    Commune,
    Resolution,
    Statut,
    in_words,
    named,
    part_sentence,
    step_sentence,
)
from boundaries.succession import Movement, State, Succession

if TYPE_CHECKING:
    import pandas as pd

#: Communes that left the COG of the communes for a collectivité of their own, which INSEE's file
#: does not follow (loi organique n° 2007-223 du 21 février 2007).
COLLECTIVITES = {"97123": "97701", "97127": "97801"}
_UNUSED_DATE = (
    "La date n’a pas servi : l’atlas a été fait sans le fichier des événements de l’INSEE."
)
_TOO_EARLY = "L’historique de l’INSEE commence en 1943 : le code est lu à cette date."
_LOI = "{name} quitte la Guadeloupe et devient une collectivité d’outre-mer, sous le code {code}."

#: Reason of the codes that INSEE's file alone knows, among those of the COG's own links.
_REASON = "fusion"
#: First day of INSEE's file.
_BEGINNING = "1943-01-01"
_CODE = re.compile(r"\d[0-9AB]\d{3}")
_FORM = "cinq caractères, comme 01001, 35238 ou 2A004"
_NUMBER = re.compile(r"(\d{4,5})(?:\.0+)?")
#: Links that say what a code is today, and not only what it was.
_TODAY = ("deleguee", "associee", "arrondissement")


class History:
    """Codes of every year since 1943, and what they mean in the current COG.

    Parameters
    ----------
    current
        Name of each commune of the current COG, those without polygons included.
    links
        ``(code, code that replaced it, reason)``, as for :class:`boundaries.cog.Resolver`.
    movements
        Rows of INSEE's file; None when the atlas has been made without it.
    millesime
        Year of the current COG: later movements are left aside.
    """

    def __init__(
        self,
        current: Mapping[str, str],
        links: Iterable[tuple[str, str, str]] = (),
        movements: Iterable[Movement] | None = None,
        millesime: int | None = None,
    ) -> None:
        self._current = current
        self._links: dict[str, tuple[str, str]] = {}
        for old, new, reason in links:
            if old not in current:
                self._links.setdefault(old, (new, reason))
        self.historique = LIENS if movements is None else MOUVEMENTS
        last_day = f"{millesime}-01-01" if millesime else "9999-12-31"
        self._succession = Succession(row for row in movements or () if row.date_effet <= last_day)
        self._states = self._succession.states

    @classmethod
    def from_cog(cls, cog: Cog, movements: pd.DataFrame | None) -> History:
        """Make the history of a COG.

        Parameters
        ----------
        cog
            The current one.
        movements
            What :func:`boundaries.readers.mouvements.read` gives.
        """
        return cls(
            dict(cog.communes[["code", "nom"]].itertuples(index=False, name=None)),
            cog.liens[["ancien", "nouveau", "motif"]].itertuples(index=False, name=None),
            None if movements is None else as_movements(movements),
            cog.millesime,
        )

    @property
    def codes(self) -> frozenset[str]:
        """Every code that means or ever meant something, current ones included."""
        return frozenset(self._current) | frozenset(self._links) | frozenset(self._states)

    def resolver(self, wanted: Collection[str]) -> Resolver:
        """Make the resolver of whole columns.

        Parameters
        ----------
        wanted
            Codes of the current communes it may answer: those on the map.

        Returns
        -------
        Resolver
            Codes of a divided commune have no answer: their rows need a point or an address.
        """
        links, divided = [], {}
        for old in sorted(self.codes - frozenset(self._current)):
            found = self.resolve(old)
            commune = found.commune
            if found.statut == "partage":
                divided[old] = [one.code for one in found.candidats]
            if commune is not None:
                reason = self._links[old][1] if old in self._links else _REASON
                links.append((old, commune.code, reason))
        return Resolver(wanted, links, divided)

    def resolve(self, code: str, date: str | None = None) -> Resolution:
        """Say what a code means today.

        Parameters
        ----------
        code
            Code of any year. Spaces, lower case and a lost first zero (``1001``) are forgiven, the
            latter with a warning.
        date
            ISO date of the data it is in. Without it, the code is taken in its last meaning: a
            current code means itself.
        """
        read, warnings = _understood(code)
        if not _CODE.fullmatch(read):
            shown = f"« {code.strip()[:20]} »" if code.strip() else "Une valeur vide"
            return Resolution(
                read[:20],
                "inconnu",
                chemin=(f"{shown} n’a pas la forme d’un code de commune : {_FORM}.",),
                avertissements=warnings,
            )
        if date is not None and not self._states:
            warnings += (_UNUSED_DATE,)
        state = None
        if date is not None or read not in self._current:
            state, more = _state_at(self._states.get(read, []), date)
            warnings += more
        if state is not None:
            return self._of_state(read, state, warnings)
        if read in self._current:
            warnings += self._earlier(read)
            return Resolution(read, "actuel", (self._commune(read),), (), warnings)
        return self._of_link(read, warnings)

    def _of_state(self, read: str, state: State, warnings: tuple[str, ...]) -> Resolution:
        """Answer for a code in one of its states."""
        ends = self._succession.today(state)
        link = self._links.get(read)
        last = state is self._states[read][-1]
        if last and len(state.successors) == 1 and link is not None and link[1] in _TODAY:
            # What INSEE says the code is today is surer than what the movements let guess.
            parent = self._end_of_link(read)
            if parent is not None and [end.code for end in ends] != [parent]:
                return self._of_link(read, warnings)
        path = tuple(step_sentence(step) for step in self._succession.steps(state))
        found: dict[str, Commune] = {}
        for end in ends:
            code = end.code
            if code not in self._current and code in COLLECTIVITES:
                path += (_LOI.format(name=named(end), code=COLLECTIVITES[code]),)
                code = COLLECTIVITES[code]
            if code in self._current:
                found[code] = self._commune(code)
        if not found:
            why = "Aucune commune du Code officiel géographique ne lui succède."
            return Resolution(read, "inconnu", (), (*path, why), warnings)
        return Resolution(read, _statut(read, list(found)), tuple(found.values()), path, warnings)

    def _of_link(self, read: str, warnings: tuple[str, ...]) -> Resolution:
        code = self._end_of_link(read)
        if code is None:
            why = (
                f"Aucune commune n’a porté le code {read} depuis 1943."
                if self._states
                else f"Le code {read} n’est ni actuel, ni un ancien code connu."
            )
            return Resolution(read, "inconnu", (), (why,), warnings)
        commune = self._commune(code)
        sentence = part_sentence(read, self._links[read][1], commune)
        return Resolution(read, "resolu", (commune,), (sentence,), warnings)

    def _end_of_link(self, code: str) -> str | None:
        """Follow the links to a current commune; None when they lead nowhere or in circles."""
        seen: set[str] = set()
        while code not in self._current:
            if code in seen or code not in self._links:
                return None
            seen.add(code)
            code = self._links[code][0]
        return code

    def _earlier(self, code: str) -> tuple[str, ...]:
        """Warn that a current code once meant other ground than today's."""
        for state in reversed(self._states.get(code, [])[:-1]):
            others = sorted({end.code for end in self._succession.today(state)} - {code})
            if others and state.fin is not None:
                names = ", ".join(f"{self._current.get(one, 'commune')} ({one})" for one in others)
                sentence = (
                    f"Avant le {in_words(state.fin)}, le code {code} ({state.nom}) désignait aussi "
                    f"ou seulement le territoire de {names} : donnez la date de vos données si "
                    "elles sont plus anciennes."
                )
                return (sentence,)
        return ()

    def _commune(self, code: str) -> Commune:
        return Commune(code, self._current[code])


def as_movements(frame: pd.DataFrame) -> list[Movement]:
    """Turn the rows of INSEE's file into movements."""
    return [Movement(*row) for row in frame[list(Movement._fields)].itertuples(index=False)]


def _statut(read: str, found: list[str]) -> Statut:
    if len(found) > 1:
        return "partage"
    return "actuel" if found == [read] else "resolu"


def _understood(code: str) -> tuple[str, tuple[str, ...]]:
    """Spell a code as the COG does; warn when that took a guess."""
    read = code.strip().upper()
    number = _NUMBER.fullmatch(read)
    if number is None or _CODE.fullmatch(read):
        return read, ()
    whole = number[1].zfill(5)
    return whole, (
        f"« {code.strip()} » a été lu {whole} : un tableur a pris ce code pour un nombre.",
    )


def _state_at(states: list[State], date: str | None) -> tuple[State | None, tuple[str, ...]]:
    """Give the state of a code at a date, else the nearest one with a warning."""
    if not states:
        return None, ()
    if date is None:
        return states[-1], ()
    warnings: tuple[str, ...] = ()
    if date < _BEGINNING:
        warnings = (_TOO_EARLY,)
    before = [state for state in states if state.debut is None or state.debut <= date]
    if not before:
        first = states[0]
        assert first.debut is not None  # noqa: S101 (else it would be before)
        return first, (
            *warnings,
            f"Le code {first.code} n’existait pas encore : il est lu au {in_words(first.debut)}.",
        )
    state = before[-1]
    if state.fin is not None and state.fin <= date:
        sentence = (
            f"À cette date, {state.code} n’était plus une commune (déléguée, associée ou "
            f"supprimée) : le code est lu comme avant le {in_words(state.fin)}."
        )
        warnings += (sentence,)
    return state, warnings
