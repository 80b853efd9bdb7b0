"""Gathering records of text into parts: sizes bounded, damaged accents put right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import ftfy
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.formats.base import REFUSED, REPAIRED, Limits, RawPart
from etl.formats.surrogates import SURROGATE, mended
from etl.french import figure

#: Longest value repeated in a remark, characters.
_SHOWN = 200
#: A character that starts a UTF-8 sequence read as Windows-1252, then one that goes on with it: the
#: sign of accents decoded wrongly once or twice. Only a filter: ftfy decides.
_SUSPECT = (
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
#: What a text put right may hold: Latin letters, punctuation, signs of money and of marks.
_PLAUSIBLE = re.compile("[\\s!-\u017f\u2010-\u2060\u20ac\u2122]*")


@dataclass(frozen=True)
class Fault:
    """A record that cannot be given, and why.

    Attributes
    ----------
    motif : str
        A key of ``etl.signalements.MOTIFS``.
    phrase : str
        French sentence.
    valeur : str
        What the file holds there.
    """

    motif: str
    phrase: str
    valeur: str = ""


def gather(
    records: Iterable[Sequence[str] | Fault], columns: Sequence[str], rows: int, limits: Limits
) -> Iterator[RawPart]:
    """Gather records into parts.

    Parameters
    ----------
    records : iterable
        Values in the order of ``columns``, or the reason why there are none.
    columns : sequence of str
    rows : int
        Most records of a part.
    limits : Limits
    """
    kept: list[Sequence[str]] = []
    numbers: list[int] = []
    refused: list[tuple[int, str, str, str]] = []
    size = 0
    for ligne, record in enumerate(records, start=1):
        if not isinstance(record, Fault):
            length = sum(map(len, record))
            if length > limits.value_chars and max(map(len, record)) > limits.value_chars:
                record = _too_long(record, columns, limits)  # noqa: PLW2901
            else:
                size += length
                kept.append(record)
                numbers.append(ligne)
        if isinstance(record, Fault):
            said = mended(record.phrase), mended(record.valeur[:_SHOWN])
            refused.append((ligne, record.motif, *said))
        if len(kept) + len(refused) >= rows or size >= limits.part_chars:
            yield part(zip(*kept, strict=True), columns, numbers, refused)
            kept, numbers, refused, size = [], [], [], 0
    if kept or refused:
        yield part(zip(*kept, strict=True), columns, numbers, refused)


def _too_long(record: Sequence[str], columns: Sequence[str], limits: Limits) -> Fault:
    at = max(range(len(record)), key=lambda i: len(record[i]))
    return Fault(
        "valeur_trop_longue",
        f"La valeur de la colonne « {columns[at]} » a {figure(len(record[at]))} caractères, plus "
        f"que les {figure(limits.value_chars)} admis : un guillemet manque peut-être.",
        record[at],
    )


def part(
    values: Iterable[Sequence[str]],
    columns: Sequence[str],
    numbers: Sequence[int],
    refused: Sequence[tuple[int, str, str, str]] = (),
) -> RawPart:
    """Make a part of columns of text, put right on the way.

    Parameters
    ----------
    values : iterable of sequences of str
        One for each of ``columns``; none at all where ``numbers`` is empty.
    columns : sequence of str
    numbers : sequence of int
        Numbers of the rows.
    refused : sequence of tuples
        The rows that are not given, as `REFUSED`.
    """
    lignes = np.asarray(numbers, dtype=np.int64)
    done: dict[str, pd.Series[str]] = {}
    repaired: list[pd.DataFrame] = []
    for name, texts in zip(columns, values, strict=False):
        done[name] = _column(texts, name, lignes, repaired)
    # A file may have rows and no column: objects without a key.
    nothing = pd.DataFrame(index=range(len(lignes)), columns=list(columns), dtype="str")
    frame = pd.DataFrame(done) if done else nothing
    remarks = (
        pd.concat(repaired, ignore_index=True)
        if repaired
        else pd.DataFrame(columns=list(REPAIRED), dtype="object")
    )
    return RawPart(
        frame,
        lignes,
        pd.DataFrame(list(refused), columns=list(REFUSED), dtype="object"),
        remarks,
    )


def _column(
    texts: Sequence[str], name: str, lignes: np.ndarray, repaired: list[pd.DataFrame]
) -> pd.Series[str]:
    try:
        column = pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        texts = list(texts)
        mixed = [i for i, text in enumerate(texts) if SURROGATE.search(text)]
        for i in mixed:
            texts[i] = mended(texts[i])
        column = pa.array(texts, pa.large_string())
        shown = column.to_pandas()
        repaired.append(
            _remarks(
                "encodage_mixte",
                "Un caractère de ce texte était d'un autre encodage ; il a été lu « {} ».",
                name,
                lignes[mixed],
                shown.iloc[mixed],
                shown.iloc[mixed],
            )
        )
    series: pd.Series[str] = column.to_pandas()
    if pc.all(pc.string_is_ascii(column)).as_py() is False:
        given = series[series.str.contains(_SUSPECT, regex=True)]
        fixed = given.map({text: _fixed(text) for text in given.unique()})
        changed = fixed[fixed != given]
        if changed.empty:
            return series
        series.loc[changed.index] = changed
        repaired.append(
            _remarks(
                "mojibake",
                "Les accents abîmés de ce texte ont été remis : « {} ».",
                name,
                lignes[changed.index],
                given.loc[changed.index],
                changed,
            )
        )
    return series


def _fixed(text: str) -> str:
    """Decode a text again as it should have been, if that gives something people write here."""
    better = ftfy.fix_encoding(text)
    return better if _PLAUSIBLE.fullmatch(better) else text


def _remarks(  # noqa: PLR0917 (the columns of a remark)
    motif: str,
    phrase: str,
    champ: str,
    lignes: np.ndarray,
    given: pd.Series[str],
    fixed: pd.Series[str],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ligne": lignes,
            "champ": champ,
            "motif": motif,
            "phrase": [phrase.format(_cut(text)) for text in fixed],
            "valeur": [_cut(text) for text in given],
        },
        columns=list(REPAIRED),
    )


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
