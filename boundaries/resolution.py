"""What a code of commune means today, and the French sentences that say why."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from boundaries.errors import BoundariesError
from boundaries.succession import State, Step

Statut = Literal["actuel", "resolu", "partage", "inconnu"]

#: How the history of the codes was known.
MOUVEMENTS = "mouvements"
LIENS = "liens"
HISTORIQUES = {
    MOUVEMENTS: "fichier des événements sur les communes depuis 1943 (INSEE)",
    LIENS: "anciens codes du Code officiel géographique, sans dates (INSEE, mis en forme par "
    "Etalab) : les partages de communes n’y sont pas",
}

#: How to choose between the communes a code was divided into.
CHOIX = (
    "Le code seul ne suffit pas : choisissez d’après l’adresse, les coordonnées ou le nom du lieu."
)

_PARTS = {
    "deleguee": "une commune déléguée",
    "associee": "une commune associée",
    "arrondissement": "un arrondissement municipal",
}
_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
#: What happened to a commune that became another, by kind of change.
_VERBS = {
    "20": "donne une partie de son territoire à la commune créée {after}",
    "21": "est divisée : {after} est rétablie",
    "30": "est supprimée, son territoire va à {after}",
    "31": "fusionne dans {after}",
    "32": "entre dans la commune nouvelle {after}",
    "33": "s’associe à {after}",
    "41": "change de département et prend le code {code}",
    "50": "change de chef-lieu et prend le code {code}",
}
_DATES = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})"), (3, 2, 1)),
)


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of the current COG."""

    code: str
    nom: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a code means today.

    Attributes
    ----------
    code
        The code as it was understood: without spaces, in upper case, its first zero given back.
    statut
        ``actuel``: a commune of the current COG, under this very code; ``resolu``: one commune,
        under another code; ``partage``: several, among which the code alone cannot tell;
        ``inconnu``: no commune.
    candidats
        The communes it may mean, the likeliest first; one, except for ``partage`` and ``inconnu``.
    chemin
        French sentences: what happened, the oldest first; for ``inconnu``, why it is.
    avertissements
        French sentences: what the reader should check.
    """

    code: str
    statut: Statut
    candidats: tuple[Commune, ...] = ()
    chemin: tuple[str, ...] = ()
    avertissements: tuple[str, ...] = ()

    @property
    def commune(self) -> Commune | None:
        """The commune the code means, when there is one and only one."""
        return self.candidats[0] if len(self.candidats) == 1 else None

    @property
    def choix(self) -> str | None:
        """How to choose between the candidates, when there are several."""
        return CHOIX if self.statut == "partage" else None


def parse_date(text: str) -> str:
    """Read a date as people write it.

    Parameters
    ----------
    text
        ``2015-12-31``, ``31/12/2015``, or a year, which means its 1 January (the COG's day).

    Returns
    -------
    str
        ISO date.

    Raises
    ------
    BoundariesError
        When it is no date.
    """
    text = text.strip()
    if re.fullmatch(r"[12]\d{3}", text):
        return f"{text}-01-01"
    for form, (year, month, day) in _DATES:
        found = form.fullmatch(text)
        if found:
            try:
                return dt.date(int(found[year]), int(found[month]), int(found[day])).isoformat()
            except ValueError:
                break
    raise BoundariesError(
        f"« {text[:30]} » n’est pas une date : écrivez par exemple 2015-12-31, 31/12/2015 ou 2015."
    )


def in_words(date: str) -> str:
    """Write an ISO date in French."""
    year, month, day = (int(part) for part in date.split("-"))
    return f"{'1er' if day == 1 else day} {_MONTHS[month - 1]} {year}"


def part_sentence(code: str, kind: str, commune: Commune) -> str:
    """Say what the link of an old code to its commune is."""
    if kind in _PARTS:
        return f"{code} est aujourd’hui {_PARTS[kind]} de {commune.nom} ({commune.code})."
    return f"{code} est un ancien code de {commune.nom} ({commune.code})."


def named(state: State) -> str:
    """Give the name and the code of a commune."""
    return f"{state.nom} ({state.code})"


def step_sentence(step: Step) -> str:
    """Say what happened between two states of a piece of ground."""
    before, after, mod = step
    when = f"Le {in_words(after.debut)}" if after.debut else "Autrefois"
    if before.code == after.code:
        name = f" et prend le nom de {after.nom}" if before.nom != after.nom else ""
        did = "est divisée" if len(before.successors) > 1 else "s’agrandit"
        return f"{when}, {named(before)} {did}{name or ' et garde son code'}."
    verb = _VERBS.get(mod, "devient {after}").format(after=named(after), code=after.code)
    return f"{when}, {named(before)} {verb}."
