"""Putting right what files commonly get wrong; each repair is recorded with its reason.

All functions take a column of texts (empty where missing) with the numbers of its rows, and work
once by distinct value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from stdnum.fr import siret as french_siret

from etl.readers.cleaning import clean_text, normalise_phones, normalise_urls
from etl.signalements import EMAIL, Signalements

#: What spreadsheets and programs write in place of nothing.
_NOTHING = re.compile(
    r"#(?:ref|n/?a|valeur|value|nom|name|div/0|null|nul|num|nombre)[!?]?|#invalid ref[!?]?|"
    r"n/?a|none|null|nan|nil|undefined|non renseign[ée]e?s?",
    re.IGNORECASE,
)
#: Lost for good: what a wrong encoding put in place of a letter it did not have.
_LOST = "\ufffd"
#: Spaces of all kinds inside a number, and the apostrophe of thousands.
_DIGIT_SPACES = re.compile(r"[\s\u00a0\u2000-\u200b\u202f\u205f\u3000'’]")
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,2})?", re.IGNORECASE)
_POSTCODE_LENGTH, _SIRET_LENGTH = 5, 14
_OTHER_PHONE = re.compile(r"\s*(?:/|;|,|\||\bou\b|\bet\b)\s*")
#: Country codes of France and of its overseas numbers (ARCEP, plan national de numérotation).
_INTERNATIONAL = re.compile(r"^(?:\+|00)?(?:(33)|(262|508|590|594|596))(?=\d{9}$)")
_FRENCH = re.compile(r"[1-9]\d{8}")
#: Between two addresses of a site in one cell.
_OTHER_URL = re.compile(r"\s*[|;]\s*|\s+(?=https?://)")
_DATE_FORMS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d/%m/%y",
    "%Y-%m",
    "%m/%Y",
)
_TIME = re.compile(r"[T ]\d{1,2}[:h]\d{2}.*$")
_OLDEST = dt.date(1990, 1, 1)


@dataclass(frozen=True)
class Column:
    """A column of texts: empty where missing, and told of by the header of the file."""

    texts: pd.Series[str]
    lignes: pd.Series[int]
    champ: str

    def where(self, values: Collection[str]) -> pd.Series[bool]:
        """Rows whose text is one of ``values``."""
        return self.texts.isin(list(values))


def tidy(
    rows: pd.DataFrame, lignes: pd.Series[int], empty: Iterable[str], signalements: Signalements
) -> pd.DataFrame:
    """Clean all the texts of a part: stray characters, words for nothing.

    Accents decoded wrongly were put right when the file was read (:mod:`etl.formats`).

    Parameters
    ----------
    rows : pandas.DataFrame of str
        Columns of the file.
    empty : iterable of str
        Other values that mean nothing in this file; taken out silently.
    """
    silent = {clean_text(value).casefold() for value in empty}
    done = {
        str(name): _tidy(Column(rows[name], lignes, str(name)), silent, signalements)
        for name in rows
    }
    return pd.DataFrame(done, index=rows.index)


def _tidy(column: Column, silent: set[str], signalements: Signalements) -> pd.Series[str]:
    fixed: dict[str, str] = {}
    nothing, lost = set(), set()
    for value in column.texts.unique():
        text = clean_text(value)
        if text.casefold() in silent:
            text = ""
        elif _NOTHING.fullmatch(text):
            nothing.add(value)
            text = ""
        elif _LOST in text:
            lost.add(value)
        fixed[value] = text
    texts = column.texts.map(fixed).astype("str")
    for motif, values, phrase in (
        ("valeur_vide", nothing, "« {valeur} » ne dit rien : la valeur est tenue pour absente."),
        ("caracteres_perdus", lost, "Des lettres de « {valeur} » ont été perdues avant l'atlas."),
    ):
        if values:
            here = column.where(values)
            signalements.add(
                motif,
                column.lignes[here],
                column.champ,
                phrase,
                column.texts[here],
            )
    return texts


def decimals(
    column: Column, signalements: Signalements, *, wrong: str = "nombre_invalide"
) -> pd.Series[float]:
    """Read numbers, with the spaces and the comma of French.

    Parameters
    ----------
    wrong : str
        Reason told of what is no number.
    """
    found: dict[str, float] = {}
    repaired, unread = set(), set()
    for value in column.texts.unique():
        bare = _DIGIT_SPACES.sub("", value)
        text = bare if "." in bare else bare.replace(",", ".")
        if _DECIMAL.fullmatch(text) and np.isfinite(float(text)):
            found[value] = float(text)
            if text != value:
                repaired.add(value)
        elif value:
            unread.add(value)
    here = column.where(repaired)
    signalements.add(
        "nombre_corrige",
        column.lignes[here],
        column.champ,
        "« {valeur} » a été lu comme un nombre décimal.",
        column.texts[here],
    )
    here = column.where(unread)
    signalements.add(
        wrong,
        column.lignes[here],
        column.champ,
        "« {valeur} » n'est pas un nombre.",
        column.texts[here],
    )
    return column.texts.map(found).astype("float64")


def codes(column: Column, signalements: Signalements, *, postcodes: bool) -> pd.Series[str]:
    """Put codes of five signs right: spaces, a decimal part, a lost zero.

    A lost zero of a commune's code is put back, and told, where codes are resolved.

    Parameters
    ----------
    postcodes : bool
        Postcodes are five digits; what is none is flagged and left out. Codes of communes are left
        to be told where they are resolved.
    """
    fixed: dict[str, str] = {}
    zeros, wrong = set(), set()
    for value in column.texts.unique():
        text = re.sub(r"\.0+$", "", _DIGIT_SPACES.sub("", value)).upper()
        if postcodes and re.fullmatch(r"[1-9]\d{3}", text):
            text = f"0{text}"
            zeros.add(value)
        elif postcodes and text and not re.fullmatch(r"\d{5}", text):
            text = ""
            wrong.add(value)
        fixed[value] = text
    texts = column.texts.map(fixed).astype("str")
    here = column.where(zeros)
    signalements.add(
        "zero_perdu",
        column.lignes[here],
        column.champ,
        "Le code postal « {valeur} » a perdu son zéro : lu « {corrige} ».",
        column.texts[here],
        corrige=texts[here],
    )
    here = column.where(wrong)
    signalements.add(
        "code_postal_invalide",
        column.lignes[here],
        column.champ,
        "« {valeur} » n'est pas un code postal : il n'est pas repris.",
        column.texts[here],
    )
    return texts


def sirets(column: Column, signalements: Signalements) -> pd.Series[str]:
    """Keep SIRET of fourteen digits whose key is right, by La Poste's own rule too."""
    fixed: dict[str, str | None] = {}
    spaced, wrong = set(), set()
    for value in column.texts.unique():
        digits = re.sub(r"\.0+$", "", _DIGIT_SPACES.sub("", value)).replace("-", "")
        digits = digits.replace(".", "")
        if digits.strip("0") and french_siret.is_valid(digits):
            fixed[value] = digits
            if digits != value:
                spaced.add(value)
        elif value:
            wrong.add(value)
    here = column.where(spaced)
    signalements.add(
        "siret_corrige",
        column.lignes[here],
        column.champ,
        "Le SIRET « {valeur} » a été débarrassé de ses espaces.",
        column.texts[here],
    )
    here = column.where(wrong)
    signalements.add(
        "siret_invalide",
        column.lignes[here],
        column.champ,
        "« {valeur} » n'est pas un SIRET (quatorze chiffres et une clé) : il n'est pas repris.",
        column.texts[here],
    )
    return _objects(column, fixed)


def dates(
    column: Column, forms: Collection[str], latest: dt.date, signalements: Signalements
) -> pd.Series[str]:
    """Read dates in any usual form, else missing.

    Parameters
    ----------
    forms : collection of str
        Forms to try, in place of the usual ones.
    latest : datetime.date
        A date after it is a mistake.
    """
    fixed: dict[str, dt.date | None] = {}
    unread, absurd = set(), set()
    for value in column.texts.unique():
        read = read_date(value, forms or _DATE_FORMS)
        if not value:
            continue
        if read is None:
            unread.add(value)
        elif not _OLDEST <= read <= latest:
            absurd.add(value)
        else:
            fixed[value] = read
    for values, phrase in (
        (unread, "« {valeur} » ne se lit pas comme une date : elle n'est pas reprise."),
        (absurd, "La date « {valeur} » n'est pas possible ici : elle n'est pas reprise."),
    ):
        here = column.where(values)
        signalements.add(
            "date_invalide", column.lignes[here], column.champ, phrase, column.texts[here]
        )
    return _objects(column, fixed)


def read_date(value: str, forms: Collection[str] = _DATE_FORMS) -> dt.date | None:
    """Read a date, with or without a time after it; None when it is none."""
    text = _TIME.sub("", value)
    for form in forms:
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    return None


def phones(column: Column, signalements: Signalements) -> pd.Series[str]:
    """Give the first telephone number of each text, in pairs of digits.

    Overseas country codes become the national prefix, and the zero that a spreadsheet took off a
    number comes back.
    """
    first: dict[str, str] = {}
    for value in column.texts.unique():
        number = _OTHER_PHONE.split(value)[0]
        digits = re.sub(r"\.0$", "", number)
        digits = re.sub(r"\(0\)|[\s.\-()]", "", digits)
        international = _INTERNATIONAL.match(digits)
        if international and (international[2] or international[1]):
            number = "0" + digits[international.end() :]
        elif _FRENCH.fullmatch(digits):
            number = f"0{digits}"
        first[value] = number
    texts = column.texts.map(first).astype("str")
    return normalise_phones(texts, column.lignes, column.champ, signalements)


def urls(column: Column, signalements: Signalements) -> pd.Series[str]:
    """Give the first address of a site of each text, in proper form.

    A page of appointments that holds somebody's e-mail address is left out.
    """
    first = {value: _OTHER_URL.split(value)[0] for value in column.texts.unique()}
    personal = {
        value for value, url in first.items() if EMAIL.search(url) and not EMAIL.fullmatch(url)
    }
    here = column.where(personal)
    signalements.add(
        "donnee_personnelle",
        column.lignes[here],
        column.champ,
        "Une adresse de site qui contient une adresse électronique a été retirée.",
    )
    texts = column.texts.map(first).astype("str").where(~here, "")
    return normalise_urls(texts, column.lignes, column.champ, signalements)


def _objects(column: Column, fixed: Mapping[str, object]) -> pd.Series[str]:
    found = column.texts.map(fixed).astype("object")
    return found.where(found.notna(), None)
