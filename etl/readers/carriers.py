"""The territory that a row names by its niveau and its code."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from boundaries.names import normalise
from etl.location import resolve_codes
from etl.readers.base import Context
from etl.signalements import Signalements

#: How each niveau may be written, once normalised.
_SPELLINGS = {
    "commune": "commune",
    "ville": "commune",
    "epci": "epci",
    "intercommunalite": "epci",
    "ept": "ept",
    "departement": "departement",
    "region": "region",
    "groupe": "groupe",
    "pays": "pays",
}

#: Length of the code of each niveau; spreadsheets drop the leading zero.
_WIDTHS = {"epci": 9, "ept": 9, "departement": 2, "region": 2}


@dataclass(frozen=True)
class Fields:
    """Columns of the source that name a territory.

    Attributes
    ----------
    niveau, code
        Headers, for the remarks.
    nom
        Header of the territory's name; None where the source does not give it.
    """

    niveau: str
    code: str
    nom: str | None = None


def carriers(
    rows: pd.DataFrame, fields: Fields, context: Context, signalements: Signalements
) -> pd.DataFrame:
    """Find the territory each row names, or refuse the row.

    Parameters
    ----------
    rows : pandas.DataFrame of str
        ``ligne`` and the columns of ``fields``.
    fields
        Which columns these are.
    context
        The territories.
    signalements
        Receives the refusals and the repairs of codes.

    Returns
    -------
    pandas.DataFrame of str
        ``niveau, code`` of today, with the index of the rows kept.
    """
    written = rows[fields.niveau]
    niveaux = written.map({text: _SPELLINGS.get(normalise(text)) for text in written.unique()})
    unknown = niveaux.isna()
    signalements.add(
        "niveau_inconnu",
        rows.loc[unknown, "ligne"],
        fields.niveau,
        f"L'échelon « {{valeur}} » n'est pas l'un de : {', '.join(sorted(context.codes))}.",
        written[unknown],
    )
    rows, niveaux = rows[~unknown], niveaux[~unknown]
    codes = pd.Series(None, index=rows.index, dtype="object")
    for niveau, index in rows.groupby(niveaux).groups.items():
        codes.loc[index] = _codes(str(niveau), rows.loc[index], fields, context, signalements)
    kept = codes.notna()
    return pd.DataFrame({"niveau": niveaux[kept], "code": codes[kept]}, dtype="object")


def _codes(
    niveau: str, rows: pd.DataFrame, fields: Fields, context: Context, signalements: Signalements
) -> pd.Series[str]:
    """Today's codes of rows of one niveau; missing where the row is refused."""
    codes, lignes = rows[fields.code], rows["ligne"]
    if niveau == "commune":
        found = resolve_codes(context.resolver, codes, lignes, fields.code, signalements).astype(
            "object"
        )
    else:
        spelt = codes.str.lower() if niveau in {"groupe", "pays"} else codes.str.upper()
        full = spelt.str.zfill(_WIDTHS.get(niveau, 0)).where(spelt != "", "")
        found = full.where(full.isin(context.codes.get(niveau, frozenset()))).astype("object")
        padded = found.notna() & (full != spelt)
        signalements.add(
            "zero_perdu",
            lignes[padded],
            fields.code,
            "Le code « {valeur} » a perdu son zéro : lu « {corrige} ».",
            codes[padded],
            corrige=full[padded],
        )
    lost = found.isna()
    names = rows[fields.nom] if fields.nom else pd.Series("Le code", index=rows.index)
    signalements.add(
        "porteur_inconnu",
        lignes[lost],
        fields.code,
        "{nom} ({valeur}) n'est pas un territoire de l'atlas au niveau « " + niveau + " » : code "
        "faux, syndicat mixte, pôle territorial, ou intercommunalité disparue.",
        codes[lost],
        nom=names[lost],
    )
    return found
