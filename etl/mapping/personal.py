"""Columns that may hold personal data: no mapping can have them read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from boundaries.names import normalise
from etl.errors import EtlError
from etl.readers.tables import is_personal

#: The telephone or the site of a place, though called « contact ».
_OF_THE_PLACE = re.compile(
    r"\bcontacts?\b(?=.*\b(tel|telephones?|phone|sites?|web|url|adresse web)\b)|"
    r"\b(tel|telephones?|phone|sites?|web|url)\b.*\bcontacts?\b"
)
#: What the readers of known files never meet.
_PERSONAL = re.compile(
    r"\b(portables?|mobiles?|nom prenom|nom du contact|interlocut\w+|mediateurs?|conseillers?|"
    r"animat\w+|personne\w* (?:ressource|referente|a contacter)\w*|birth\w*|first ?name|"
    r"last ?name|e ?mail\w*|president\w*|directeur|directrice)\b"
)
#: Counts of people, and their presence, are no data on a person.
_HARMLESS = re.compile(r"^(nombre|nb|presence|total|effectif)\b")


def is_personal_column(header: str) -> bool:
    """Tell whether a column, by its header, may hold data on a person.

    « contact_tel » is the telephone of the place and may be read; « contact_email » and « contact »
    may not.
    """
    words = normalise(re.sub(r"[_.]", " ", header))
    if _HARMLESS.search(words):
        return False
    if _PERSONAL.search(words):
        return True
    if _OF_THE_PLACE.search(words):
        return is_personal(re.sub(r"\bcontacts?\b", "", words))
    return is_personal(header)


def refuse_personal_columns(columns: Sequence[str], where: str) -> None:
    """Check the columns a mapping asks for.

    Raises
    ------
    EtlError
        Naming those that may hold personal data.
    """
    wrong = [name for name in columns if is_personal_column(name)]
    if wrong:
        listed = ", ".join(f"« {name} »" for name in wrong)
        raise EtlError(
            f"La correspondance {where} lit {listed} : une colonne qui peut porter le nom, "
            "l'adresse électronique ou le numéro d'une personne n'est jamais lue. Retirez-la de la "
            "correspondance."
        )
