"""Which commune a postcode and a name mean, as people write them in an address.

Postcodes are those La Poste gives each commune (Code officiel géographique of Etalab). One of them
covers several communes, a commune may have several, and a CEDEX is of no commune at all: the name
decides, the postcode says among which communes to look.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process

from boundaries.names import normalise

#: How a postcode and a name were understood.
Maniere = Literal[
    "nom",
    "ancien_nom",
    "approche",
    "code_postal",
    "departement",
    "nom_seul",
    "texte",
    "ambigu",
    "inconnu",
]

#: Likeness (rapidfuzz's ``fuzz.ratio``, 0 to 100) from which two names are one, written with a
#: typing error: one wrong letter in a name of seven. Of the 196 966 pairs of communes that share a
#: postcode, 145 are as alike.
SEUIL_NOM = 85.0
#: The runner-up must be as far behind, else the name may be either's.
ECART_NOM = 5.0

_CEDEX = re.compile(r"\bcedex\b.*$")
#: « paris 15 », « marseille 11 arrondissement », « lyon 3 arr »: the city.
_ARRONDISSEMENT = re.compile(r"^(paris|lyon|marseille) \d{1,2}( arr(ondissement)?)?$")
_ARTICLE = re.compile(r"^(le|la|les|l) (?=.)")
_POSTCODE = re.compile(r"\d{5}")
_LOST_ZERO = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Reponse:
    """What a postcode and a name mean.

    Attributes
    ----------
    commune : str or None
        Code of the commune; None when nothing or several may be meant.
    maniere : str
        How it was found: ``nom`` and ``ancien_nom`` among the communes of the postcode,
        ``approche`` the same with a typing error, ``code_postal`` alone, ``departement`` by the
        name within the département of the postcode, ``nom_seul`` in all France, ``texte`` in a
        text; or ``ambigu``, ``inconnu``.
    candidats : tuple of str
        Codes of the communes that may be meant.
    """

    commune: str | None
    maniere: Maniere
    candidats: tuple[str, ...] = ()


def departement_of(code: str) -> str:
    """Département of the code of a commune: two signs, three overseas."""
    return code[:3] if code.startswith(("97", "98")) else code[:2]


def clean_postcode(text: str) -> str:
    """Write a postcode with five digits: ``1000`` lost its zero. Empty when it is none."""
    bare = re.sub(r"\s", "", text)
    if _LOST_ZERO.fullmatch(bare):
        bare = "0" + bare
    return bare if _POSTCODE.fullmatch(bare) else ""


def clean_name(text: str) -> str:
    """Reduce the name of a commune to what tells it: no CEDEX, arrondissement nor article."""
    bare = _CEDEX.sub("", normalise(text)).strip()
    city = _ARRONDISSEMENT.match(bare)
    return city[1] if city else _ARTICLE.sub("", bare)


class Gazetteer:
    """The communes by postcode and by name, of today and of before.

    Parameters
    ----------
    communes
        ``(code, name, postcodes)`` of each commune of the atlas.
    anciens
        ``(name, code)``: a name of a commune that is no more, and the commune it is in today.
    """

    def __init__(
        self,
        communes: Iterable[tuple[str, str, Iterable[str]]],
        anciens: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._names: dict[str, str] = {}
        self._by_name: defaultdict[str, set[str]] = defaultdict(set)
        self._by_old_name: defaultdict[str, set[str]] = defaultdict(set)
        self._by_postcode: defaultdict[str, set[str]] = defaultdict(set)
        for code, name, postcodes in communes:
            self._names[code] = clean_name(name)
            self._by_name[clean_name(name)].add(code)
            for postcode in postcodes:
                self._by_postcode[postcode].add(code)
        for name, code in anciens:
            if code in self._names and clean_name(name) != self._names[code]:
                self._by_old_name[clean_name(name)].add(code)

    def find(self, code_postal: str, nom: str, departement: str = "") -> Reponse:
        """Tell which commune a postcode and a name mean; either may be empty.

        Parameters
        ----------
        code_postal, nom
            As written.
        departement
            Code of a département that the source declares, to choose among homonyms.
        """
        postcode, name = clean_postcode(code_postal), clean_name(nom)
        here = self._by_postcode.get(postcode, set())
        if not name:
            return _chosen(here, "code_postal")
        if here:
            found = self._among(here, name)
            if found is not None:
                return found
        place = departement or (departement_of(postcode) if postcode else "")
        found = self._everywhere(name, place)
        if found is not None:
            return found
        # A hamlet or a district written instead of the commune: the postcode may be enough.
        return _chosen(here, "code_postal")

    def find_in_text(self, code_postal: str, texte: str) -> Reponse:
        """Look for the one commune of a postcode that a text names: « CCAS de Roanne », 42300.

        A name inside a longer one that is there too is not counted.
        """
        words = f" {_CEDEX.sub('', normalise(texte))} "
        here = self._by_postcode.get(clean_postcode(code_postal), set())
        found = {code for code in here if f" {self._names[code]} " in words}
        names = {self._names[code] for code in found}
        longest = {name for name in names if not any(name != n and name in n for n in names)}
        return _chosen({code for code in found if self._names[code] in longest}, "texte")

    def _among(self, here: set[str], name: str) -> Reponse | None:
        """Look for a name among the communes of a postcode."""
        exact = here & self._by_name.get(name, set())
        if exact:
            return _chosen(exact, "nom")
        old = here & self._by_old_name.get(name, set())
        if old:
            return _chosen(old, "ancien_nom")
        near = process.extract(
            name,
            {code: self._names[code] for code in sorted(here)},
            scorer=fuzz.ratio,
            score_cutoff=SEUIL_NOM,
            limit=None,
        )
        if not near:
            return None
        best = near[0][1]
        return _chosen({code for _, score, code in near if score > best - ECART_NOM}, "approche")

    def _everywhere(self, name: str, departement: str) -> Reponse | None:
        """Look for a name in a département, else in France; today's names before old ones."""
        for names in (self._by_name, self._by_old_name):
            found = names.get(name, set())
            if departement:
                found = {code for code in found if _within(code, departement)}
            if found:
                return _chosen(found, "departement" if departement else "nom_seul")
        return None


def _within(code: str, departement: str) -> bool:
    """Whether a commune is in a département; the postcodes of Corsica all begin with 20."""
    found = departement_of(code)
    return found == departement or (departement == "20" and found in ("2A", "2B"))


def _chosen(found: set[str], maniere: Maniere) -> Reponse:
    if len(found) == 1:
        return Reponse(next(iter(found)), maniere)
    return Reponse(None, "ambigu" if found else "inconnu", tuple(sorted(found)))
