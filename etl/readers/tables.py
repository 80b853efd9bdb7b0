"""Reading the files themselves, strictly: nothing cut, nothing personal, nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from boundaries.names import normalise
from etl.config import SourceConfig
from etl.errors import EtlError
from etl.formats import LIMITS, FormatError, FormatOptions, RawPart
from etl.formats.delimited import open_csv
from etl.formats.remarks import record
from etl.french import figure
from etl.readers.cleaning import clean
from etl.signalements import Signalements

#: Columns that may hold a person's name, e-mail or other personal data are never read, whatever
#: the reader. Matched on words of the normalised header.
_PERSONAL = re.compile(
    r"\b(e ?mails?|mel|courriels?|courrier electronique|contacts?|prenoms?|civilite|naissance|"
    r"responsables?|referents?|elus?|maire|agents?|auteurs?|commentaires?|"
    r"nom (?:du |de la |de l |des )?(?:personne|gestionnaire|directeur|directrice))\b"
)


#: What the last row of a cut file is refused for.
_CUT = ("valeurs_en_trop_ou_manquantes", "valeur_trop_longue")


def is_personal(header: str) -> bool:
    """Tell whether a column, by its header, may hold personal data."""
    return _PERSONAL.search(normalise(re.sub(r"[_.]", " ", header))) is not None


def refuse_personal(columns: Sequence[str]) -> None:
    """Check the columns a reader asks for.

    Raises
    ------
    ValueError
        If one may hold personal data: a fault of the reader.
    """
    wrong = [name for name in columns if is_personal(name)]
    if wrong:
        raise ValueError(f"columns that may hold personal data: {', '.join(wrong)}")


def check_count(source: SourceConfig, count: int) -> None:
    """Check that a source has about as many rows as it should.

    Raises
    ------
    EtlError
        If it has fewer than ``lignes_minimum``.
    """
    if count < source.lignes_minimum:
        raise EtlError(
            f"La source « {source.nom} » semble incomplète : {figure(count)} lignes lues, au "
            f"moins {figure(source.lignes_minimum)} attendues. Rien n'a été publié. Téléchargez "
            "de nouveau le fichier ; s'il est vraiment plus court, abaissez « lignes_minimum »."
        )


def read_csv(
    path: Path,
    source: SourceConfig,
    columns: Sequence[str],
    signalements: Signalements,
    *,
    delimiter: str = ",",
) -> tuple[pd.DataFrame, int]:
    """Read chosen columns of a CSV file (UTF-8, first line of headers).

    Parameters
    ----------
    path : pathlib.Path
        The file.
    source : SourceConfig
        Whose file it is; gives the least number of rows.
    columns : sequence of str
        Headers to read. All must be there; all others are ignored.
    signalements : Signalements
        Receives the rows refused because their number of values is wrong.
    delimiter : str
        Between two values.

    Returns
    -------
    frame : pandas.DataFrame of str
        The columns, cleaned, and ``ligne``, the number of the row (1 is the first of data).
    count : int
        Rows read, refused ones included.

    Raises
    ------
    EtlError
        If the file cannot be read, is not in UTF-8, lacks a column, is cut in the middle of a row
        or has too few rows.
    """
    refuse_personal(columns)
    options = FormatOptions(separateur=delimiter, ligne_entete=1)
    try:
        table = open_csv(path, options, LIMITS)
        if table.details["encodage"] != "utf-8":
            raise EtlError(
                f"Le fichier {path} (source « {source.nom} ») n'est pas enregistré en UTF-8, ou il "
                "est abîmé. Enregistrez-le de nouveau dans cet encodage."
            )
        _check_columns(path, source, table.columns, columns)
        parts = list(table.parts())
    except OSError as error:
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») ne peut pas être lu : {error.strerror}."
        ) from None
    except FormatError as error:
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») est refusé. {error.message}"
        ) from None
    count = sum(len(part.rows) + len(part.refused) for part in parts)
    for part in parts:
        _check_whole(path, source, part, count)
        record(part, signalements)
    check_count(source, count)
    empty = pd.DataFrame(columns=list(columns), dtype="str")
    frame = pd.concat([empty, *(part.rows[list(columns)] for part in parts)], ignore_index=True)
    frame = frame.apply(clean)
    numbers = np.concatenate([np.empty(0, dtype="int64"), *(part.lignes for part in parts)])
    frame.insert(0, "ligne", numbers)
    return frame, count


def _check_whole(path: Path, source: SourceConfig, part: RawPart, count: int) -> None:
    """Refuse a file that a quote or its last row says to be cut."""
    quotes = part.refused[part.refused["motif"] == "guillemets_fautifs"]
    if len(quotes):
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») est coupé ou mal formé à la ligne "
            f"{quotes['ligne'].iloc[0]} : un guillemet y est mal placé ou n'est pas fermé. "
            "Téléchargez-le de nouveau."
        )
    width = part.refused[part.refused["motif"].isin(_CUT)]
    if count in set(width["ligne"]):
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») est coupé : sa dernière ligne ({count}) "
            "n'a pas toutes ses valeurs. Téléchargez-le de nouveau."
        )


def _check_columns(
    path: Path, source: SourceConfig, header: Sequence[str], columns: Sequence[str]
) -> None:
    missing = [name for name in columns if name not in header]
    if missing:
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») n'a pas la ou les colonnes "
            f"{', '.join(missing)}. Colonnes trouvées : {', '.join(header)[:300] or 'aucune'}. "
            "Vérifiez que c'est le bon fichier, séparé par des virgules."
        )


def to_numbers(texts: pd.Series[str]) -> pd.Series[float]:
    """Turn texts into numbers; missing where empty or unreadable."""
    return pd.to_numeric(texts, errors="coerce").astype("float64")


def flag_unreadable(
    texts: pd.Series[str],
    readable: pd.Series[bool],
    lignes: pd.Series[int],
    champ: str,
    signalements: Signalements,
) -> None:
    """Flag the coordinates that are given and cannot be read."""
    wrong = (texts != "") & ~readable
    signalements.add(
        "point_invalide",
        lignes[wrong],
        champ,
        "« {valeur} » ne se lit pas comme des coordonnées en degrés.",
        texts[wrong],
    )
