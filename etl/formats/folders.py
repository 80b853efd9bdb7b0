"""A folder of files of the same columns, read as one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from etl.formats.base import FormatError, RawPart, RawTable

#: Most files of a folder.
_FILES = 10_000


def files(folder: Path) -> list[Path]:
    """List the files of a folder, sorted by name; hidden ones and sub-folders are left.

    Raises
    ------
    FormatError
        If there is none, too many, or one that is a link out of the folder.
    """
    found = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    if not 0 < len(found) <= _FILES:
        raise FormatError(
            "dossier_vide" if not found else "dossier_trop_grand",
            f"Le dossier {folder.name} doit contenir de 1 à {_FILES} fichiers ; il en a "
            f"{len(found)}. Vérifiez que c'est le bon dossier.",
        )
    base = folder.resolve()
    for path in found:
        if not path.resolve().is_relative_to(base):
            raise FormatError(
                "chemin_hors_dossier",
                f"{path.name}, dans le dossier {folder.name}, est un lien vers un fichier hors de "
                "ce dossier : il n'a pas été lu. Copiez-y le fichier.",
            )
    return found


def open_folder(folder: Path, open_file: Callable[[Path], RawTable]) -> RawTable:
    """Open all files of a folder; rows are numbered from the first file to the last.

    Raises
    ------
    FormatError
        If a file cannot be opened, or has not the columns of the first one.
    """
    paths = files(folder)
    first = open_file(paths[0])
    remarks = list(first.remarques)
    for path in paths[1:]:
        table = open_file(path)
        remarks += table.remarques
        if set(table.columns) != set(first.columns):
            odd = sorted(set(table.columns) ^ set(first.columns))
            raise FormatError(
                "colonnes_differentes",
                f"Le fichier {path.name} n'a pas les mêmes colonnes que {paths[0].name} : "
                f"{', '.join(odd)[:300]}. Les fichiers d'un dossier doivent se suivre comme un "
                "seul tableau.",
            )
        del table

    def read(rows: int) -> Iterator[RawPart]:
        before = 0
        for path in paths:
            last = before
            for part in open_file(path).parts(rows):
                moved = _moved(part, before, list(first.columns))
                last = max([last, *moved.lignes[-1:].tolist(), *moved.refused["ligne"].tolist()])
                yield moved
            before = last

    details = {**first.details, "fichiers": str(len(paths))}
    return RawTable(
        folder, first.format, first.columns, details, tuple(dict.fromkeys(remarks)), read=read
    )


def _moved(part: RawPart, by: int, columns: list[str]) -> RawPart:
    """Give a part, its rows numbered after those of the files before."""
    return replace(
        part,
        rows=part.rows[columns],
        lignes=part.lignes + by,
        refused=part.refused.assign(ligne=part.refused["ligne"] + by),
        repaired=part.repaired.assign(ligne=part.repaired["ligne"] + by),
    )
