"""Putting texts in order: spaces, control characters, addresses of sites, telephones, names."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit, urlunsplit

import pandas as pd

from etl.signalements import EMAIL, Signalements

#: Invisible characters that are no space: controls, formats such as U+200B, the byte order mark,
#: the direction marks that can make a text read otherwise than it is written. Tab and newline are
#: spaces and become one.
_CONTROLS = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_SPACES = re.compile(r"\s+")

#: A person announced by a title, or "at the home of", and all that follows. ``Madame`` and
#: ``Monsieur`` in full are left: they are in the names of streets.
_PERSON = re.compile(
    r"(?:\b(?:au\s+)?domicile\s+d[eu]\b|\bc/o\b|(?:\bchez\s+)?\b(?:mme|mlle|mr)\b\.?\s|"
    r"(?:\bchez\s+)?\bm\.\s).*$",
    re.IGNORECASE | re.DOTALL,
)

_HOST_LABEL = re.compile(r"[^\W_]([\w-]{0,61}[^\W_])?")
_TOP_LEVEL = re.compile(r"[^\W\d_]{2,}|xn--[a-z0-9-]+")


def clean_text(value: str) -> str:
    """Return a text in composed form (NFC), without control characters nor useless spaces."""
    composed = unicodedata.normalize("NFC", value)
    return _SPACES.sub(" ", _CONTROLS.sub("", composed)).strip()


def clean(texts: pd.Series[str]) -> pd.Series[str]:
    """Apply :func:`clean_text` to a column, once by distinct value."""
    done = {value: clean_text(value) for value in texts.unique()}
    return texts.map(done).astype("str")


def without_persons(value: str) -> str:
    """Remove e-mail addresses, and names of people that a title announces."""
    return clean_text(_PERSON.sub("", EMAIL.sub("", value))).strip(" ,;:-–")


def drop_persons(
    texts: pd.Series[str], lignes: pd.Series[int], champ: str, signalements: Signalements
) -> pd.Series[str]:
    """Apply :func:`without_persons` to a clean column, and record the rows where it did something.

    What was removed is not repeated in the record.
    """
    done = texts.map({value: without_persons(value) for value in texts.unique()}).astype("str")
    touched = done != texts.str.strip(" ,;:-–")
    signalements.add(
        "donnee_personnelle",
        lignes[touched],
        champ,
        "Un nom de personne ou une adresse électronique a été retiré de ce texte.",
    )
    return done


def join_address(*parts: pd.Series[str]) -> pd.Series[str]:
    """Join clean columns into addresses on one line, skipping empty parts."""
    rows = zip(*parts, strict=True)
    joined = [", ".join(part for part in row if part) for row in rows]
    return pd.Series(joined, index=parts[0].index, dtype="str")


def normalise_url(value: str) -> str | None:
    """Return the proper form of the address of a site, or None if it is none.

    ``www.ville.fr`` gets its ``http://``; the host is lower-cased; an e-mail address, another
    scheme (``javascript:``), a host without dot or with an impossible character is no address.
    """
    text = clean_text(value)
    if not text or " " in text or EMAIL.fullmatch(text):
        return None
    text = re.sub(r"^(https?):/*", r"\1://", text, flags=re.IGNORECASE)
    if "://" not in text:
        if re.match(r"[a-z][a-z0-9+.-]*:(?!\d)", text, re.IGNORECASE):
            return None
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    labels = host.split(".")
    if (
        parts.scheme.lower() not in {"http", "https"}
        or parts.username is not None
        or len(labels) < 2  # noqa: PLR2004 (a name and a top-level domain)
        or not all(_HOST_LABEL.fullmatch(label) for label in labels)
        or not _TOP_LEVEL.fullmatch(labels[-1])
    ):
        return None
    netloc = host if port is None else f"{host}:{port}"
    return urlunsplit((parts.scheme.lower(), netloc, parts.path, parts.query, parts.fragment))


def normalise_urls(
    texts: pd.Series[str], lignes: pd.Series[int], champ: str, signalements: Signalements
) -> pd.Series[str]:
    """Apply :func:`normalise_url` to a column; missing where empty or wrong, which is recorded."""
    given = texts[texts.str.strip() != ""]
    urls = given.map(normalise_url).reindex(texts.index).astype("object")
    wrong = given.index[urls.loc[given.index].isna()]
    signalements.add(
        "adresse_web_invalide",
        lignes[wrong],
        champ,
        "« {valeur} » n'est pas l'adresse d'un site internet.",
        texts[wrong],
    )
    changed = given.index[
        urls.loc[given.index].notna() & (urls.loc[given.index].str.lower() != given.str.lower())
    ]
    signalements.add(
        "adresse_web_corrigee",
        lignes[changed],
        champ,
        "L'adresse « {valeur} » a été remise en forme : {adresse}",
        texts[changed],
        adresse=urls[changed],
    )
    return urls.where(urls.notna(), None)


def normalise_phones(
    texts: pd.Series[str], lignes: pd.Series[int], champ: str, signalements: Signalements
) -> pd.Series[str]:
    """Write telephone numbers in pairs of digits; missing where empty or wrong, recorded."""
    given = texts[texts.str.strip() != ""]
    digits = given.str.replace(r"[\s.\-]", "", regex=True)
    digits = digits.str.replace(r"^(?:\+|00)33(?:\(0\))?", "0", regex=True)
    right = digits.str.fullmatch(r"0\d{9}|\d{4}")
    pairs = digits.str.replace(r"(\d\d)(?=\d)", r"\1 ", regex=True)
    signalements.add(
        "telephone_invalide",
        lignes[given.index[~right]],
        champ,
        "« {valeur} » n'est pas un numéro de téléphone complet : il n'est pas repris.",
        given[~right],
    )
    phones = pairs.where(right).reindex(texts.index).astype("object")
    return phones.where(phones.notna(), None)
