"""How pages write figures, dates and names: the filters of the templates."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from etl.french import day, figure
from geo_service.diagnostics.sentences import percent
from geo_service.french_sentences import (
    NBSP,
    compte,
    de,
    habitants,
    kilometres,
    liste,
    nombre,
    sujet,
)

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


def decimal(value: float | None, decimals: int = 1) -> str:
    """Write a figure with decimals, or a dash."""
    return UNKNOWN if value is None else nombre(value, decimals)


def date(value: str | dt.date | None) -> str:
    """Write a day in full, from a date or its ISO 8601 text."""
    if value is None:
        return "date inconnue"
    return day(dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value)


def kind(territory: Any) -> str:
    """Say what a territory is: « Communauté de communes »."""
    return NATURES.get(territory.nature or "", KINDS[territory.niveau])


def kind_unless_said(territory: Any) -> str:
    """Say what a territory is, in lower case; nothing when its name begins by saying it."""
    told = kind(territory).lower()
    return "" if territory.nom.lower().startswith(told) else told


#: Characters that turn the text after them around (UAX #9, explicit formatting), but for the marks
#: that only give a direction to a sign: a name that came from a file must not reverse a sentence.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def settled(value: Any) -> Any:
    """Take the characters that turn text around out of whatever a template writes."""
    if type(value) is str and not value.isascii():
        return _TURNING.sub("", value)
    return value


def apostrophes(text: str) -> str:
    """Write the apostrophes of a text that came from a file as the pages do."""
    return text.replace("'", "’")


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
    "nature_utile": kind_unless_said,
    "compte": compte,
    "statut": STATUTS.__getitem__,
    "apostrophes": apostrophes,
    "decimal": decimal,
    "liste": liste,
    "de": de,
    "sujet": sujet,
}

__all__ = ["FILTERS", "KINDS", "NBSP", "STATUTS", "UNKNOWN"]
