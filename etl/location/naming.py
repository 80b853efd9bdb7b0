"""The communes that the postcodes and names of rows mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.commune_names import Gazetteer, Reponse
from etl.communes import Communes
from etl.location.points import BoolArray


@dataclass(frozen=True)
class Named:
    """What the postcode and the name of each row mean.

    Attributes
    ----------
    position : numpy.ndarray of int, shape (n,)
        Position of the commune, -1 for none.
    sure : numpy.ndarray of bool, shape (n,)
        Whether a name, of today or of before, was found as it is written under its own postcode.
    reponses : numpy.ndarray of Reponse or None, shape (n,)
        How it was understood; None where neither postcode nor name is given.
    """

    position: npt.NDArray[np.int64]
    sure: BoolArray
    reponses: npt.NDArray[np.object_]

    def take(self, rows: BoolArray) -> Named:
        """Those of some rows."""
        return Named(self.position[rows], self.sure[rows], self.reponses[rows])


def texts_of(rows: pd.DataFrame, name: str) -> pd.Series[str]:
    """Return an optional column of texts; empty where it is missing."""
    if name not in rows:
        return pd.Series("", index=rows.index, dtype="str")
    return rows[name].fillna("").astype("str").str.strip()


def _after_postcode(addresses: pd.Series[str]) -> pd.Series[str]:
    """Towns at the end of addresses, after the postcode: « 1 rue de la Paix 26110 Nyons »."""
    return addresses.str.extract(r"\b\d{5}\b[\s,;-]*([^\d\s][^\n]*)$")[0].fillna("")


def _understood(gazetteer: Gazetteer, key: tuple[str, ...]) -> Reponse | None:
    """Understand one row; without a name of commune, the address or the lieu's name may tell."""
    postcode, name, departement, town, lieu = key
    if not (postcode or name or town):
        return None
    found = gazetteer.find(postcode, name or town, departement)
    if found.commune is None and postcode and not name:
        for text in (town, lieu):
            told = gazetteer.find_in_text(postcode, text)
            if told.commune is not None:
                return told
        return gazetteer.find(postcode, "", departement)
    return found


def named_communes(rows: pd.DataFrame, communes: Communes) -> Named:
    """Understand ``code_postal``, ``commune_nom`` and ``departement``, each optional.

    Where there is no ``commune_nom``, the end of ``adresse`` and the ``nom`` of the lieu are read.
    """
    keys = list(
        zip(
            *(texts_of(rows, name) for name in ("code_postal", "commune_nom", "departement")),
            _after_postcode(texts_of(rows, "adresse")),
            texts_of(rows, "nom"),
            strict=True,
        )
    )
    known: dict[tuple[str, ...], Reponse | None] = {}
    for key in keys:
        if key not in known:
            known[key] = _understood(communes.gazetteer, key)
    reponses = np.array([known[key] for key in keys] + [None], dtype=object)[:-1]
    codes = pd.Index([found.commune if found else None for found in reponses], dtype=object)
    position = communes.codes.get_indexer(codes).astype("int64")
    sure = np.array(
        [found is not None and found.maniere in ("nom", "ancien_nom") for found in reponses],
        dtype=bool,
    )
    return Named(position, sure & (position >= 0), reponses)
