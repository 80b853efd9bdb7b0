"""The titles of the columns: on which line they are, and names that are all different."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.formats.base import FormatError, Limits, where
from etl.formats.surrogates import mended
from etl.french import figure

#: Lines looked at to find the titles.
SAMPLE = 30
#: A title is no number of more than four digits (a year is one), decimal, date, address.
_VALUE = re.compile(
    r"[+-]?\d{5,}|[+-]?\d+[.,]\d+|\d{1,4}[/-]\d{1,2}[/-]\d{1,4}.*|https?://\S+|\S+@\S+\.\S+"
)
#: A line of titles has at least this share of the values of the fullest line.
_FULL = 0.6


@dataclass(frozen=True)
class Header:
    """Titles of columns.

    Attributes
    ----------
    line : int
        Where they are, from 1; 0 when there are none.
    columns : tuple of str
    remarques : tuple of str
        French sentences about what was guessed.
    """

    line: int
    columns: tuple[str, ...]
    remarques: tuple[str, ...] = ()


def find(path: Path, sample: Sequence[Sequence[str]], asked: int | None, limits: Limits) -> Header:
    """Find the titles among the first lines of a table.

    Parameters
    ----------
    path : pathlib.Path
        Named in errors.
    sample : sequence of sequences of str
        The first lines, blank ones included.
    asked : int or None
        The line that the data manager gives, 0 for none.

    Raises
    ------
    FormatError
        If there is nothing, or too many columns.
    """
    filled = [sum(1 for value in row if value.strip()) for row in sample]
    if not any(filled):
        raise FormatError(
            "fichier_vide", f"{where(path)} est vide : il n'a aucune ligne. Vérifiez son contenu."
        )
    width = max(len(row) for row in sample)
    if width > limits.columns:
        raise too_many_columns(path, width, limits)
    usual = Counter(len(row) for row in sample if row).most_common(1)[0][0]
    if asked is not None:
        return _asked(path, sample, asked, usual)
    enough = _FULL * max(filled)
    first = next(i for i, count in enumerate(filled) if count >= enough)
    if any(_VALUE.fullmatch(value.strip()) for value in sample[first]):
        remark = (
            f"Aucune ligne de titres n'a été trouvée : la ligne {first + 1} contient déjà des "
            "valeurs. Les colonnes sont appelées colonne_1, colonne_2… Si la ligne "
            f"{first + 1} est bien celle des titres, écrivez « ligne_entete = {first + 1} »."
        )
        return Header(0, names([""] * usual), (remark,))
    if not any(filled[:first]):
        return Header(first + 1, names(sample[first]))
    remark = (
        f"Les titres des colonnes ont été trouvés à la ligne {first + 1} ; ce qui précède "
        f"n'est pas lu. Pour le confirmer, écrivez « ligne_entete = {first + 1} »."
    )
    return Header(first + 1, names(sample[first]), (remark,))


def _asked(path: Path, sample: Sequence[Sequence[str]], asked: int, width: int) -> Header:
    if asked == 0:
        return Header(0, names([""] * width))
    if not 1 <= asked <= len(sample) or not any(value.strip() for value in sample[asked - 1]):
        raise FormatError(
            "entete_introuvable",
            f"{where(path)} n'a pas de titres de colonnes à la ligne {asked}. Corrigez "
            "« ligne_entete » (0 si le fichier n'a pas de titres).",
        )
    return Header(asked, names(sample[asked - 1]))


def names(titles: Sequence[str]) -> tuple[str, ...]:
    """Trim titles, name those that are empty ``colonne_3``, number those that come again."""
    taken: set[str] = set()
    done: list[str] = []
    for position, title in enumerate(titles, start=1):
        base = mended(title).strip("\ufeff \t\r\n\xa0") or f"colonne_{position}"
        name, again = base, 2
        while name in taken:
            name, again = f"{base} ({again})", again + 1
        taken.add(name)
        done.append(name)
    return tuple(done)


def too_many_columns(path: Path, count: int, limits: Limits) -> FormatError:
    """Error for a table that is too wide to be one."""
    return FormatError(
        "trop_de_colonnes",
        f"{where(path)} a {figure(count)} colonnes, plus que les {figure(limits.columns)} "
        "admises : rien n'a été lu. Vérifiez le séparateur, et que les lignes n'ont pas été "
        "mises en colonnes.",
    )
