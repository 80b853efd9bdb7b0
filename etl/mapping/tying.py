"""Services tied to structures: which lieu each row gives its services to.

In data·inclusion a service names its structure. The row gives its services to the lieu of that
structure when a source loaded it; else, if it says where it is given, it makes a lieu of its own,
shared by all the services of the structure; else it has no place, and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from etl.config import SourceConfig
from etl.errors import EtlError
from etl.readers.base import refuse_too_long
from etl.readers.identifiers import Places
from etl.signalements import Signalements

_LOCATING = ("adresse", "code_postal", "code", "commune_nom")
_BETWEEN = ":"


@dataclass(frozen=True)
class Tie:
    """Rows that make lieux, and rows that give services to one.

    Attributes
    ----------
    rows : pandas.DataFrame
        Rows that make a lieu of their own, with ``lieu``, its identifier.
    attached : pandas.Series of str
        Identifier of the lieu of each other row, by index.
    waiting : pandas.DataFrame
        Rows that share the lieu that one of ``rows`` may make.
    """

    rows: pd.DataFrame
    attached: pd.Series[str]
    waiting: pd.DataFrame

    def settle(self, located: pd.Index[int], signalements: Signalements) -> Tie:
        """Attach the rows that wait to the lieux that were made; refuse those left over.

        Parameters
        ----------
        located
            Index of the rows that made a lieu.
        """
        if self.waiting.empty:
            return replace(self, rows=self.rows.loc[located])
        made = self.waiting["lieu"].isin(self.rows.loc[located, "lieu"])
        _refuse(self.waiting[~made], signalements)
        return replace(
            self,
            rows=self.rows.loc[located],
            attached=pd.concat([self.attached, self.waiting.loc[made, "lieu"]]),
        )


def tie(
    rows: pd.DataFrame,
    columns: list[str],
    source: SourceConfig,
    places: dict[str, Places],
    signalements: Signalements,
) -> Tie:
    """Tell apart the rows that make lieux from those that give services to one.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``ligne``, ``id``, what locates, and the columns of the structure.
    columns : list of str
        Columns that make the identifier of the structure; none: every row makes a lieu.
    places : dict
        What was loaded, by source; ``source`` is among them.

    Raises
    ------
    EtlError
        If the source is tied to one that was not read before it.
    """
    nothing = pd.Series(dtype="object")
    if not columns:
        own = rows.assign(lieu=f"{source.id}:" + rows["id"])
        return Tie(own, nothing, rows.iloc[:0])
    key = rows[columns[0]]
    for name in columns[1:]:
        key = key + _BETWEEN + rows[name]
    rows = refuse_too_long(
        rows.assign(structure=key), "structure", ", ".join(columns), signalements
    )
    key = rows["structure"]
    rows = rows.assign(lieu=f"{source.id}:" + key)
    attached = nothing
    if source.rattachement is not None:
        if source.rattachement not in places:
            raise EtlError(
                f"La source « {source.nom} » est rattachée à « {source.rattachement} », qui n'est "
                "pas lue avant elle par une correspondance. Placez-la plus bas, ou corrigez "
                "« rattachement » dans la configuration de l'atlas."
            )
        parents = f"{source.rattachement}:" + key
        known = places[source.rattachement].ids.holds(parents)
        attached = parents[known].astype("object")
        rows = rows[~known]
    before = places[source.id].ids.holds(rows["lieu"])
    attached = pd.concat([attached, rows.loc[before, "lieu"].astype("object")])
    rows = rows[~before]
    placed = (rows[list(_LOCATING)] != "").any(axis=1) | rows["pointe"]
    _refuse(rows[~placed], signalements)
    rows = rows[placed]
    again = rows["lieu"].duplicated()
    return Tie(rows[~again], attached, rows[again])


def _refuse(rows: pd.DataFrame, signalements: Signalements) -> None:
    signalements.add(
        "structure_absente",
        rows["ligne"],
        None,
        "La structure « {valeur} » de ce service n'est dans aucune source chargée, et la ligne ne "
        "dit pas où elle est.",
        rows.get("structure", []),
    )
