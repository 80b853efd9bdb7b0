"""A mapping proposed for an unknown file, by its headers and by its values, with its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

import pandas as pd

from etl.formats import LATITUDE, LONGITUDE
from etl.french import percentage
from etl.mapping import headers, values
from etl.mapping.guess_services import TableGuess, guess_services
from etl.mapping.model import JOURS
from etl.mapping.personal import is_personal_column
from etl.mapping.values import Known, Values
from etl.readers.base import Context

#: Rows looked at.
SAMPLE = 2_000
#: Under this confidence, out of 100, nothing is proposed.
LEAST = 40
#: Fields that values alone can tell; for the others a header is needed.
_BY_VALUES = ("code_insee", "code_postal", "commune", "siret", "date_maj", "site_web", "telephone")
_ALL = (*_BY_VALUES, "adresse", "nom", "identifiant", "typologie", "capacite", "accessibilite")
#: Shares of values from which they speak, and under which they deny what the header says.
_SPEAKS, _DENIES = 0.6, 0.2
#: Most columns whose pairs are tried as coordinates.
_PAIRS = 12
_EMAILS = 0.2
_DISTINCT = 0.98
_DAYS_LEAST = 3

_KINDS = {
    "code_insee": "sont des codes de communes",
    "code_postal": "sont des codes postaux",
    "commune": "sont des noms de communes",
    "siret": "sont des SIRET à la bonne clé",
    "date_maj": "sont des dates",
    "site_web": "sont des adresses de sites",
    "telephone": "sont des numéros de téléphone",
    "adresse": "ont un nom de voie",
}


@dataclass(frozen=True)
class Choice:
    """A field, the columns proposed for it, how sure that is (0 to 100), and why, in French."""

    champ: str
    colonnes: tuple[str, ...]
    confiance: int
    raison: str


@dataclass
class Proposal:
    """What is proposed for a file.

    Attributes
    ----------
    choix : list of Choice
        Fields found.
    axes : str
        Order of a point's numbers.
    jours : dict
        Columns of the opening hours, by day.
    horaires : Choice or None
    services : list of TableGuess
    personnelles : dict of str to str
        Columns never read, and why.
    """

    choix: list[Choice] = field(default_factory=list)
    axes: str = "latitude-longitude"
    jours: dict[str, list[str]] = field(default_factory=dict)
    horaires: Choice | None = None
    services: list[TableGuess] = field(default_factory=list)
    personnelles: dict[str, str] = field(default_factory=dict)

    def used(self) -> set[str]:
        """Columns that are proposed for something."""
        chosen = [choice for choice in [*self.choix, self.horaires] if choice]
        return {name for choice in chosen for name in choice.colonnes} | {
            guess.colonne for guess in self.services
        }


def propose(columns: Sequence[str], rows: pd.DataFrame, context: Context) -> Proposal:
    """Propose a mapping.

    Parameters
    ----------
    columns : sequence of str
        Headers of the file.
    rows : pandas.DataFrame of str
        Its first rows.
    context : Context
        The communes and the référentiel values are compared with.
    """
    proposal = Proposal()
    sample = rows.head(SAMPLE)
    looked: dict[str, Values] = {}
    for name in columns:
        found = Values.of(name, sample[name])
        if is_personal_column(name):
            proposal.personnelles[name] = "l'en-tête annonce des données de personnes"
        elif values.email_share(found) >= _EMAILS:
            proposal.personnelles[name] = "les valeurs sont des adresses électroniques"
        else:
            looked[name] = found
    known = Known.of(context)
    _coordinates(proposal, looked)
    _hours(proposal, looked, known)
    taken = proposal.used()
    free = {name: found for name, found in looked.items() if name not in taken}
    shares = {name: values.kind_shares(found, known) for name, found in free.items()}
    proposal.services = guess_services(list(free.values()), context.referentiel)
    for choice in sorted(_candidates(free, shares), key=lambda choice: -choice.confiance):
        champs = {chosen.champ for chosen in proposal.choix}
        if choice.champ not in champs and not set(choice.colonnes) & proposal.used():
            proposal.choix.append(choice)
    _identify(proposal, looked)
    return proposal


def _candidates(looked: dict[str, Values], shares: dict[str, dict[str, float]]) -> Iterator[Choice]:
    for name, found in looked.items():
        if found.texts.empty:
            continue
        for champ in _ALL:
            header = headers.header_score(name, champ)
            share = shares[name].get(champ)
            sure, why = _sure(champ, header, share, found)
            if sure >= LEAST:
                yield Choice(champ, (name,), sure, why)


def _sure(champ: str, header: float, share: float | None, found: Values) -> tuple[int, str]:
    """Weigh what the header and the values say of one column for one field."""
    reasons = []
    if header == headers.EXACT:
        reasons.append("l'en-tête le dit")
    elif header:
        reasons.append("l'en-tête le laisse penser")
    sure = header
    if share is not None:
        if share >= _SPEAKS:
            # Values alone tell a column of codes; many texts look like a street or a commune.
            weight = 0.85 if champ in _BY_VALUES and champ != "commune" else 0.45
            sure = 1 - (1 - header) * (1 - weight * share)
            reasons.append(f"{percentage(share, 0)} des valeurs {_KINDS[champ]}")
        elif share < _DENIES and champ in _BY_VALUES:
            sure = header * 0.3
    if champ == "nom" and header:
        sure = header * (0.7 + 0.3 * found.distinct)
        reasons.append(f"{found.texts.nunique()} noms différents")
    if champ == "identifiant" and found.distinct < _DISTINCT:
        return 0, ""
    if champ in ("typologie", "capacite", "accessibilite"):
        sure = header * 0.8
    return round(100 * sure), ", ".join(reasons)


def _coordinates(proposal: Proposal, looked: dict[str, Values]) -> None:
    """Find the columns of the coordinates, whatever they are called, and which is which."""
    if LATITUDE in looked and LONGITUDE in looked:
        # Geographic formats have points of their own: nothing is to be mapped.
        return
    numeric = [found for found in looked.values() if found.decimal][:_PAIRS]
    best: tuple[float, Values, Values] | None = None
    for lat, lon in permutations(numeric, 2):
        share = values.pair_share(lat, lon)
        bonus = headers.header_score(lat.name, "latitude") + headers.header_score(
            lon.name, "longitude"
        )
        if share >= _SPEAKS and (best is None or share + bonus / 10 > best[0]):
            best = (share + bonus / 10, lat, lon)
    if best is not None:
        share = min(values.pair_share(best[1], best[2]), 1.0)
        swapped = headers.header_score(best[1].name, "longitude") > 0
        why = f"{percentage(share, 0)} des points tombent en France ainsi"
        if swapped:
            why += ", et non dans l'ordre que les en-têtes laissent penser"
        for champ, found in (("latitude", best[1]), ("longitude", best[2])):
            proposal.choix.append(Choice(champ, (found.name,), round(95 * share), why))
        return
    for found in looked.values():
        points = values.point_shares(found)
        axes = max(points, key=lambda name: points[name])
        if points[axes] >= _SPEAKS:
            share = points[axes]
            proposal.axes = axes
            why = f"{percentage(share, 0)} des valeurs sont des points de France"
            proposal.choix.append(Choice("point", (found.name,), round(95 * share), why))
            return


def _hours(proposal: Proposal, looked: dict[str, Values], known: Known) -> None:
    """Find opening hours: columns by day, or one in OpenStreetMap's syntax, or in words."""
    by_day: dict[str, list[tuple[bool, str]]] = {}
    readable = []
    for name, found in looked.items():
        day = headers.day_of(name)
        if day is not None:
            by_day.setdefault(JOURS[day[0]], []).append((day[1], name))
            readable.append(found.share(values.is_day_slot))
    if len(by_day) >= _DAYS_LEAST:
        proposal.jours = {
            day: [name for _, name in sorted(by_day[day])] for day in JOURS if day in by_day
        }
        names = tuple(name for found in proposal.jours.values() for name in found)
        sure = round(100 * (0.5 + 0.45 * max(readable)))
        proposal.horaires = Choice("horaires", names, sure, "une colonne par jour ou demi-journée")
        return
    for name, found in looked.items():
        if found.texts.empty:
            continue
        header = headers.header_score(name, "horaires")
        osm = values.kind_shares(found, known)["horaires"] if header or "h" in name else 0.0
        if osm >= _SPEAKS:
            why = f"{percentage(osm, 0)} des valeurs sont à la syntaxe d'OpenStreetMap"
            proposal.horaires = Choice("osm", (name,), round(95 * osm), why)
            return
        if header >= headers.AMONG:
            proposal.horaires = Choice("texte", (name,), 60, "l'en-tête le dit")


def _identify(proposal: Proposal, looked: dict[str, Values]) -> None:
    """Without an identifier, say that one will be made."""
    found = next((choice for choice in proposal.choix if choice.champ == "identifiant"), None)
    if found is not None and looked[found.colonnes[0]].distinct == 1:
        index = proposal.choix.index(found)
        why = f"{found.raison}, toutes les valeurs sont différentes".lstrip(", ")
        proposal.choix[index] = Choice("identifiant", found.colonnes, found.confiance, why)
