"""Declared codes of communes, of any year."""

from __future__ import annotations

import pandas as pd

from boundaries.cog import Resolver
from etl.signalements import Signalements


def resolve_codes(
    resolver: Resolver,
    codes: pd.Series[str],
    lignes: pd.Series[int],
    champ: str,
    signalements: Signalements,
) -> pd.Series[str]:
    """Turn declared codes of communes, of any year, into today's.

    A code of four digits whose leading zero was lost by a spreadsheet gets it back; that and an old
    code are recorded as repairs.

    Returns
    -------
    pandas.Series of str
        Same index; missing where the code is empty or nobody knows it.
    """
    codes = codes.str.strip().str.upper()
    lost = codes.str.fullmatch(r"\d{4}")
    full = codes.where(~lost, "0" + codes)
    current = resolver.resolve_many(full)
    repaired = lost & current.notna()
    signalements.add(
        "zero_perdu",
        lignes[repaired],
        champ,
        "Le code « {valeur} » a perdu son zéro : lu « {corrige} ».",
        codes[repaired],
        corrige=full[repaired],
    )
    old = current.notna() & (current != full)
    signalements.add(
        "code_ancien",
        lignes[old],
        champ,
        "Le code « {valeur} » n'est plus celui d'une commune : remplacé par « {actuel} ».",
        full[old],
        actuel=current[old],
    )
    return current
