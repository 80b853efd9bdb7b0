"""Every territory of a publication in memory: what it is called, where it lies, how it is found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from geo_service.search_index import SearchIndex

Key = tuple[str, str]

#: Niveaux by size: the parents of a territory are of a larger one. A groupe is nobody's parent, and
#: its own parents are the territories that hold all its communes.
_SIZES = {
    "arrondissement": 0,
    "commune": 1,
    "ept": 2,
    "epci": 3,
    "departement": 4,
    "region": 5,
    "pays": 6,
}
_GROUPE = "groupe"


class Territory(NamedTuple):
    """What nearly every answer says of a territory.

    ``taux``, ``documentes`` and ``presents`` are those of all services together.
    """

    niveau: str
    code: str
    nom: str
    nature: str | None
    population: int | None
    population_annee: int | None
    communes: int
    taux: float | None
    documentes: int
    presents: int

    def summary(self) -> dict[str, str | int | None]:
        """Members of the answers that are about this territory."""
        return {
            "niveau": self.niveau,
            "code": self.code,
            "nom": self.nom,
            "population": self.population,
            "population_annee": self.population_annee,
            "communes": self.communes,
        }


@dataclass(frozen=True)
class Territories:
    """The territories of a publication.

    Attributes
    ----------
    by_key
        By niveau and code.
    parents
        Larger territories that share communes with each, the smallest niveau first, then the one
        with most of its communes.
    groupes
        Codes of the groupes that have all the communes of each territory, sorted.
    anciens
        Current commune of each code that is no commune any more.
    postcodes
        INSEE codes of the communes of each postcode.
    names
        Finds territories by name or code.
    """

    by_key: Mapping[Key, Territory]
    parents: Mapping[Key, tuple[Key, ...]]
    groupes: Mapping[Key, tuple[str, ...]]
    anciens: Mapping[str, str]
    postcodes: Mapping[str, list[str]]
    names: SearchIndex

    @cached_property
    def children(self) -> Mapping[Key, tuple[Key, ...]]:
        """Smaller territories that share communes with each, in the order of :attr:`by_key`."""
        found: defaultdict[Key, list[Key]] = defaultdict(list)
        for key in self.by_key:
            for above in self.parents.get(key, ()):
                found[above].append(key)
        return {key: tuple(below) for key, below in found.items()}


def build_territories(
    rows: Iterable[tuple[object, ...]],
    members: Iterable[tuple[str, Sequence[str], Sequence[str]]],
    anciens: Mapping[str, str],
) -> Territories:
    """Put the tables of territories in memory.

    Parameters
    ----------
    rows
        The fields of :class:`Territory`, then ``recherche`` and ``codes_postaux``.
    members
        For each commune, the niveaux and the codes of the territories it belongs to.
    anciens
        Current commune of each old code.

    Returns
    -------
    Territories
        About 36 000 for the whole of France, some 30 MB.
    """
    by_key: dict[Key, Territory] = {}
    postcodes: dict[str, list[str]] = {}
    searched: list[tuple[Key, str, int, list[str]]] = []
    for *fields, recherche, codes in rows:
        territory = Territory(*fields)  # type: ignore[arg-type]
        key = (territory.niveau, territory.code)
        by_key[key] = territory
        assert isinstance(codes, list)  # noqa: S101 (a text array)
        for postcode in codes:
            postcodes.setdefault(postcode, []).append(territory.code)
        searched.append((key, str(recherche), territory.population or 0, codes))
    members = list(members)
    parents = _parents(members, anciens, by_key)
    return Territories(
        by_key,
        parents,
        _groupes(members, parents, by_key),
        anciens,
        postcodes,
        SearchIndex(searched, anciens),
    )


def _parents(
    members: Iterable[tuple[str, Sequence[str], Sequence[str]]],
    anciens: Mapping[str, str],
    by_key: Mapping[Key, Territory],
) -> dict[Key, tuple[Key, ...]]:
    parents: dict[Key, tuple[Key, ...]] = {}
    shared: dict[Key, Counter[Key]] = defaultdict(Counter)
    around_all: dict[Key, tuple[Key, ...]] = {}
    same: dict[tuple[Key, ...], tuple[Key, ...]] = {}
    for commune, niveaux, codes in members:
        around = sorted(
            (
                (niveau, code)
                for niveau, code in zip(niveaux, codes, strict=True)
                if niveau in _SIZES and niveau != "commune"
            ),
            key=lambda key: (_SIZES[key[0]], key[1]),
        )
        # Communes of one EPCI and département share one tuple.
        found = same.setdefault(tuple(around), tuple(around))
        parents["commune", commune] = found
        for index, key in enumerate(found):
            shared[key].update(found[index + 1 :])
        for key in zip(niveaux, codes, strict=True):
            if key[0] == _GROUPE:
                before = around_all.get(key, found)
                around_all[key] = tuple(other for other in before if other in found)
    for key, counts in shared.items():
        larger = (other for other in counts if _SIZES[other[0]] > _SIZES[key[0]])
        parents[key] = tuple(
            sorted(larger, key=lambda other: (_SIZES[other[0]], -counts[other], other[1]))
        )
    for old, commune in anciens.items():
        if ("arrondissement", old) in by_key:
            city = ("commune", commune)
            parents["arrondissement", old] = (city, *parents.get(city, ()))
    return parents | around_all


def _groupes(
    members: Iterable[tuple[str, Sequence[str], Sequence[str]]],
    parents: Mapping[Key, tuple[Key, ...]],
    by_key: Mapping[Key, Territory],
) -> dict[Key, tuple[str, ...]]:
    """Find the groupes that hold each territory whole; an arrondissement's are its city's."""
    shared: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for commune, niveaux, codes in members:
        mine = [code for niveau, code in zip(niveaux, codes, strict=True) if niveau == _GROUPE]
        if mine:
            for key in (("commune", commune), *parents.get(("commune", commune), ())):
                shared[key].update(mine)
    found = {
        key: tuple(sorted(code for code, count in counts.items() if count == by_key[key].communes))
        for key, counts in shared.items()
    }
    cities = {key: above[0] for key, above in parents.items() if key[0] == "arrondissement"}
    return found | {part: found[city] for part, city in cities.items() if city in found}
