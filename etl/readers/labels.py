"""Results of the label, in the atlas's own format (:data:`etl.templates.LABELS`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from etl.config import SourceConfig
from etl.errors import EtlError
from etl.readers.base import LABELS, Context, Reading
from etl.readers.carriers import Fields, carriers
from etl.readers.identifiers import Seen
from etl.readers.own_format import Part, read_parts, split_cells
from etl.signalements import Signalements
from etl.templates import LABELS as TEMPLATE

#: Year of the first label.
FIRST_YEAR = 1999
AROBASES = range(1, 6)

_TERRITORY = Fields("niveau", "code")
_YES = {"oui": True, "vrai": True, "true": True, "1": True, "x": True}
_NO = {"non": False, "faux": False, "false": False, "0": False, "": False}


def read(path: Path, source: SourceConfig, context: Context) -> Iterator[Reading]:
    """Read the results of the label, part by part.

    Parameters
    ----------
    path : pathlib.Path
        The file, of any format of :mod:`etl.formats`.
    source, context
        The source, and the atlas it is read for.

    Raises
    ------
    EtlError
        If the file is not of this format, is cut or too short; if the source claims to be
        exhaustive for a service, which a label is not.
    """
    if source.exhaustive:
        raise EtlError(
            f"La source « {source.nom} » donne des labels : elle ne peut pas être exhaustive pour "
            "un service. Retirez « exhaustive » de la configuration de l'atlas."
        )
    seen = Seen()
    latest = source.date_donnees.year + 1
    for part in read_parts(path, source, TEMPLATE):
        yield _reading(part, context, seen, latest)


def _reading(part: Part, context: Context, seen: Seen, latest: int) -> Reading:
    signalements = part.signalements
    rows = _numbers(part.rows, "annee", FIRST_YEAR, latest, signalements)
    rows = _numbers(rows, "arobases", AROBASES[0], AROBASES[-1], signalements)
    carried = carriers(rows, _TERRITORY, context, signalements)
    key = carried["niveau"] + "/" + carried["code"] + "/" + rows.loc[carried.index, "annee"]
    repeated = seen.add(key)
    twice = rows.loc[carried.index[repeated]]
    signalements.add(
        "identifiant_double",
        twice["ligne"],
        "code",
        "Ce territoire ({valeur}) a déjà un label pour cette année plus haut dans le fichier.",
        twice["code"],
    )
    carried = carried[~repeated]
    rows = rows.loc[carried.index]
    mentions = split_cells(rows["mentions"]).groupby(level=0).agg(list)
    labels = pd.DataFrame(
        {
            "niveau": carried["niveau"],
            "code": carried["code"],
            "annee": rows["annee"].astype("int64"),
            "arobases": rows["arobases"].astype("int64"),
            "arobase_verte": _yes(rows, signalements),
            "mentions": [mentions.get(index, []) for index in rows.index],
        },
        columns=list(LABELS),
    ).reset_index(drop=True)
    return Reading(
        lignes_lues=part.lues,
        lignes_chargees=len(labels),
        lignes_rejetees=signalements.rejetees,
        lignes_reparees=signalements.reparees,
        signalements=signalements.frame(),
        labels=labels,
    )


def _numbers(
    rows: pd.DataFrame, champ: str, lowest: int, highest: int, signalements: Signalements
) -> pd.DataFrame:
    """Refuse the rows whose cell is no whole number within bounds."""
    numbers = pd.to_numeric(
        rows[champ].where(rows[champ].str.fullmatch(r"\d{1,4}")), errors="coerce"
    )
    wrong = ~numbers.between(lowest, highest)
    return signalements.refuse(
        rows,
        wrong,
        "nombre_hors_bornes",
        champ,
        f"« {{valeur}} » n'est pas un nombre entier de {lowest} à {highest}.",
        column=champ,
    )


def _yes(rows: pd.DataFrame, signalements: Signalements) -> pd.Series[bool]:
    """Read « oui » or « non »; « non » where it is neither, flagged."""
    texts = rows["arobase_verte"].str.lower()
    wrong = ~texts.isin([*_YES, *_NO])
    signalements.add(
        "valeur_inconnue",
        rows.loc[wrong, "ligne"],
        "arobase_verte",
        "« {valeur} » n'est ni oui ni non : lu « non ».",
        rows.loc[wrong, "arobase_verte"],
    )
    return texts.map(lambda text: _YES.get(text, False)).astype("bool")
