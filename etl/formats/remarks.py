"""Handing what opening a file refused or put right to the report of a source."""

from __future__ import annotations

from etl.formats.base import RawPart
from etl.signalements import Signalements


def record(part: RawPart, signalements: Signalements) -> None:
    """Record the rows of a part that are refused, and the values that were put right."""
    for motif in part.refused["motif"].unique():
        rows = part.refused[part.refused["motif"] == motif]
        signalements.add(
            motif, rows["ligne"], None, "{texte}", rows["valeur"], texte=rows["phrase"]
        )
    kinds = part.repaired[["motif", "champ"]].drop_duplicates()
    for motif, champ in kinds.itertuples(index=False, name=None):
        mine = (part.repaired["motif"] == motif) & (part.repaired["champ"] == champ)
        rows = part.repaired[mine]
        signalements.add(
            motif, rows["ligne"], champ, "{texte}", rows["valeur"], texte=rows["phrase"]
        )
