"""Files in the atlas's own formats: columns found, cells cleaned, rows counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from boundaries.names import normalise
from etl.config import SourceConfig
from etl.errors import EtlError
from etl.formats import open_table
from etl.formats.remarks import record
from etl.readers.cleaning import clean
from etl.readers.tables import check_count
from etl.signalements import Signalements
from etl.templates import FICTITIOUS, LIST_SEPARATOR, Template

#: Rows of a part.
ROWS = 50_000

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_FRENCH = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass
class Part:
    """Rows of one part of a file, with what was said of them.

    Attributes
    ----------
    rows : pandas.DataFrame of str
        ``ligne`` and every column of the template; empty where the file does not have it.
    lues : int
        Rows read, those already refused included.
    signalements : Signalements
        Remarks on these rows.
    """

    rows: pd.DataFrame
    lues: int
    signalements: Signalements


def read_parts(path: Path, source: SourceConfig, template: Template) -> Iterator[Part]:
    """Read a file of one of the atlas's own formats, part by part.

    Parameters
    ----------
    path : pathlib.Path
        A file of any format of :mod:`etl.formats`.
    source : SourceConfig
        Gives the least number of rows, checked once all are read.
    template : Template
        The format.

    Raises
    ------
    EtlError
        If the file cannot be read, lacks a compulsory column, has one the format does not know, or
        has too few rows.
    """
    table = open_table(path)
    names = _columns(path, source, table.columns, template)
    count = 0
    for raw in table.parts(ROWS):
        signalements = Signalements()
        record(raw, signalements)
        rows = raw.rows[list(names)].rename(columns=names).apply(clean)
        rows = rows.reindex(columns=list(template.names), fill_value="").astype("str")
        rows.insert(0, "ligne", raw.lignes)
        lues = len(rows) + len(raw.refused)
        count += lues
        yield Part(_complete(rows, template, signalements), lues, signalements)
    check_count(source, count)


def _columns(
    path: Path, source: SourceConfig, found: tuple[str, ...], template: Template
) -> dict[str, str]:
    """Column of the template that each header of the file stands for, whatever its case."""
    wanted = {normalise(name.replace("_", " ")): name for name in template.names}
    names = {header: wanted.get(normalise(header.replace("_", " ")), "") for header in found}
    missing = [name for name in template.compulsory if name not in names.values()]
    unknown = [header for header, name in names.items() if not name]
    twice = sorted({name for name in names.values() if name and _count(names, name) > 1})
    problems = [
        sentence
        for sentence, headers in (
            ("il manque la ou les colonnes", missing),
            ("colonnes inconnues", unknown),
            ("colonnes données deux fois", twice),
        )
        for sentence in [f"{sentence} : {', '.join(headers)[:300]}"]
        if headers
    ]
    if problems:
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») n'a pas la forme attendue ; "
            f"{' ; '.join(problems)}. Partez du modèle : geo-service etl modele {template.code}."
        )
    return names


def _count(names: dict[str, str], name: str) -> int:
    return list(names.values()).count(name)


def _complete(rows: pd.DataFrame, template: Template, signalements: Signalements) -> pd.DataFrame:
    """Refuse the examples of the template, and the rows without a compulsory value."""
    cells = rows[list(template.names)]
    fictitious = cells.apply(lambda column: column.str.contains(FICTITIOUS, regex=False)).any(
        axis=1
    )
    signalements.add(
        "exemple_fictif",
        rows.loc[fictitious, "ligne"],
        None,
        "C'est une ligne d'exemple du modèle : retirez-la de votre fichier.",
    )
    rows = rows[~fictitious]
    empty = rows[list(template.compulsory)] == ""
    refused = empty.any(axis=1)
    where = empty[refused].apply(lambda row: ", ".join(row.index[row]), axis=1)
    signalements.add(
        "valeur_obligatoire_absente",
        rows.loc[refused, "ligne"],
        None,
        "Il manque une valeur obligatoire : {colonnes}.",
        colonnes=where if refused.any() else [],
    )
    return rows[~refused]


def split_cells(cells: pd.Series[str]) -> pd.Series[str]:
    """Split the cells that hold several values: one item a row, empty ones dropped.

    Returns
    -------
    pandas.Series of str
        The index repeats that of its cell.
    """
    items = cells[cells != ""].str.split(LIST_SEPARATOR, regex=False).explode().str.strip()
    return items[items != ""]


def read_dates(
    texts: pd.Series[str], lignes: pd.Series[int], champ: str, signalements: Signalements
) -> pd.Series:
    """Read dates written 2026-01-31 or 31/01/2026; missing where empty or impossible, flagged.

    Returns
    -------
    pandas.Series of datetime.date
        Missing values are ``NaT``.
    """
    iso = texts.str.replace(_FRENCH, r"\3-\2-\1", regex=True)
    iso = iso.str.replace(r"-(\d)(?=-|$)", r"-0\1", regex=True)
    iso = iso.where(iso.str.fullmatch(_ISO), "")
    dates = pd.to_datetime(iso.where(iso != ""), format="%Y-%m-%d", errors="coerce")
    wrong = (texts != "") & dates.isna()
    signalements.add(
        "date_invalide",
        lignes[wrong],
        champ,
        "La date « {valeur} » ne se lit pas : elle est laissée vide. Écrivez 2026-01-31 ou "
        "31/01/2026.",
        texts[wrong],
    )
    return dates
