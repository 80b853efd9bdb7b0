"""How pages write figures, dates and names: the filters of the templates."""

from __future__ import annotations

import datetime as dt
from typing import Any

from etl.french import day, figure
from geo_service.diagnostics.sentences import percent
from geo_service.french_sentences import NBSP, compte, habitants, kilometres

#: What stands for a figure nobody knows: never 0.
UNKNOWN = "–"

KINDS = {
    "commune": "Commune",
    "arrondissement": "Arrondissement municipal",
    "ept": "Établissement public territorial",
    "epci": "Intercommunalité",
    "departement": "Département",
    "region": "Région",
    "pays": "Pays",
    "groupe": "Groupe de communes",
}
#: Natures of the territories that their niveau alone names badly (COG, INSEE).
NATURES = {
    "CC": "Communauté de communes",
    "CA": "Communauté d’agglomération",
    "CU": "Communauté urbaine",
    "ME": "Métropole",
    "METRO": "Métropole",
    "MET69": "Métropole",
    "COM": "Collectivité d’outre-mer",
    "programme": "Programme",
}

#: Statuts in words, as a heading and as a cell of a table.
STATUTS = {
    "present": "présent",
    "partage": "partagé",
    "absent": "absent",
    "non_renseigne": "non renseigné",
}


def number(value: float | None) -> str:
    """Write a whole number, or a dash for one nobody knows."""
    return UNKNOWN if value is None else figure(round(value))


def share(value: float | None) -> str:
    """Write a share of 0 to 1 as a percentage, or a dash."""
    return UNKNOWN if value is None else percent(value)


def people(value: int | None) -> str:
    """Write a number of inhabitants, or say that it is not known."""
    return "population inconnue" if value is None else habitants(value)


def distance(value: float | None) -> str:
    """Write a distance in kilometres, or a dash."""
    return UNKNOWN if value is None else kilometres(value)


def date(value: str | dt.date | None) -> str:
    """Write a day in full, from a date or its ISO 8601 text."""
    if value is None:
        return "date inconnue"
    return day(dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value)


def kind(territory: Any) -> str:
    """Say what a territory is: « Communauté de communes »."""
    return NATURES.get(territory.nature or "", KINDS[territory.niveau])


def isolate(text: str) -> str:
    """Keep the direction of a name that came from a file to itself (UAX #9, FSI … PDI)."""
    return f"\u2068{text}\u2069"


FILTERS = {
    "nombre": number,
    "part": share,
    "habitants": people,
    "km": distance,
    "jour": date,
    "nature": kind,
    "compte": compte,
    "statut": STATUTS.__getitem__,
}

__all__ = ["FILTERS", "KINDS", "NBSP", "STATUTS", "UNKNOWN"]
