"""Reading the files themselves, strictly: nothing cut, nothing personal, nothing guessed."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from boundaries.names import normalise
from etl.config import SourceConfig
from etl.errors import EtlError
from etl.readers.cleaning import clean
from etl.signalements import Signalements

#: Columns that may hold a person's name, e-mail or other personal data are never read, whatever
#: the reader. Matched on words of the normalised header.
_PERSONAL = re.compile(
    r"\b(e ?mails?|mel|courriels?|courrier electronique|contacts?|prenoms?|civilite|naissance|"
    r"responsables?|referents?|elus?|maire|agents?|auteurs?|commentaires?|"
    r"nom (?:du |de la |de l |des )?(?:personne|gestionnaire|directeur|directrice))\b"
)


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
            f"La source « {source.nom} » semble incomplète : {_figure(count)} lignes lues, au "
            f"moins {_figure(source.lignes_minimum)} attendues. Rien n'a été publié. Téléchargez "
            "de nouveau le fichier ; s'il est vraiment plus court, abaissez « lignes_minimum »."
        )


def _figure(count: int) -> str:
    """Write a number with the narrow no-break spaces of French."""
    return f"{count:,}".replace(",", "\u202f")


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
    rows: list[list[str]] = []
    numbers: list[int] = []
    bad: list[tuple[int, int]] = []
    count = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True, delimiter=delimiter)
            header = [name.strip() for name in next(reader, [])]
            keep = _positions(path, source, header, columns)
            width = len(header)
            for values in reader:
                if not values:
                    continue
                count += 1
                if len(values) == width:
                    rows.append([values[i] for i in keep])
                    numbers.append(count)
                else:
                    bad.append((count, len(values)))
    except OSError as error:
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») ne peut pas être lu : {error.strerror}."
        ) from None
    except UnicodeDecodeError:
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») n'est pas enregistré en UTF-8, ou il "
            "est abîmé. Enregistrez-le de nouveau dans cet encodage."
        ) from None
    except csv.Error as error:
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») est coupé ou mal formé après la ligne "
            f"{count} : {error}. Téléchargez-le de nouveau."
        ) from None
    if bad and bad[-1][0] == count and bad[-1][1] < width:
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») est coupé : sa dernière ligne ({count}) "
            f"n'a que {bad[-1][1]} valeurs sur {width}. Téléchargez-le de nouveau."
        )
    check_count(source, count)
    signalements.add(
        "valeurs_en_trop_ou_manquantes",
        [number for number, _ in bad],
        None,
        "La ligne a {nombre} valeurs au lieu de " + str(width) + " : une virgule est peut-être "
        "en trop, ou un guillemet manque.",
        nombre=[found for _, found in bad],
    )
    frame = pd.DataFrame(rows, columns=list(columns), dtype="str")
    frame = frame.apply(clean)
    frame.insert(0, "ligne", np.array(numbers, dtype="int64"))
    return frame, count


def _positions(
    path: Path, source: SourceConfig, header: list[str], columns: Sequence[str]
) -> list[int]:
    missing = [name for name in columns if name not in header]
    if missing:
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») n'a pas la ou les colonnes "
            f"{', '.join(missing)}. Colonnes trouvées : {', '.join(header)[:300] or 'aucune'}. "
            "Vérifiez que c'est le bon fichier, séparé par des virgules."
        )
    return [header.index(name) for name in columns]


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
