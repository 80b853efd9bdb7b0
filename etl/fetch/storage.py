"""Keeping what is downloaded: checked against its checksum, never left half-written."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from etl.config import SourceConfig
from etl.errors import EtlError
from etl.fetch.hosts import shown
from etl.formats import folders

#: Tells people what is going on, one French sentence at a time.
Progress = Callable[[str], None]

#: Prefix of the folders of downloads under way, and age from which one is what a killed run left
#: behind, seconds.
_UNDER_WAY = ".en-cours-"
_LEFT_BEHIND = 24 * 3600


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; of the list of its files and theirs for a folder."""
    if path.is_dir():
        listed = "".join(f"{sha256_of(file)} {file.name}\n" for file in folders.files(path))
        return hashlib.sha256(listed.encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def under_way(source: SourceConfig, downloads: Path) -> Iterator[Path]:
    """Give an empty folder to download into, on the disk of the downloads folder.

    Raises
    ------
    EtlError
        If something cannot be written.
    """
    try:
        downloads.mkdir(parents=True, exist_ok=True)
        _sweep(downloads)
        with tempfile.TemporaryDirectory(dir=downloads, prefix=_UNDER_WAY) as folder:
            yield Path(folder)
    except OSError as error:
        raise EtlError(
            f"La source « {source.nom} » ne peut pas être enregistrée dans {downloads} : "
            f"{error.strerror or error}. Vérifiez la place libre et les droits du dossier."
        ) from None


def kept(source: SourceConfig, target: Path, progress: Progress) -> bool:
    """Whether the copy kept is the one expected; one that is not is removed."""
    if source.sha256 is None or not target.is_file():
        return False
    if sha256_of(target) == source.sha256:
        progress(f"{source.nom} : déjà téléchargé.")
        return True
    progress(f"{source.nom} : la copie gardée est abîmée, nouveau téléchargement.")
    target.unlink()
    return False


def download(
    source: SourceConfig, target: Path, get: Callable[[Path], Path], progress: Progress
) -> Path:
    """Return ``target``, downloaded if need be, and again once if it is not what is expected."""
    if kept(source, target, progress):
        return target
    actual = ""
    for again in ("", " (second essai, le premier fichier était abîmé)"):
        progress(f"{source.nom} : téléchargement{again}…")
        with under_way(source, target.parent) as folder:
            got = get(folder)
            actual = sha256_of(got)
            if source.sha256 in (None, actual):
                got.replace(target)
                return target
    raise EtlError(mismatch(source, None, actual))


def _sweep(downloads: Path) -> None:
    """Remove what killed runs left behind."""
    for folder in downloads.glob(f"{_UNDER_WAY}*"):
        if time.time() - folder.stat().st_mtime > _LEFT_BEHIND:
            shutil.rmtree(folder, ignore_errors=True)


def mismatch(source: SourceConfig, path: Path | None, actual: str) -> str:
    """Say that a file is not the one expected."""
    where = f" ({path})" if path is not None else ""
    what = str(source.paquet or shown(source.fichier or ""))
    return (
        f"Le fichier de la source « {source.nom} »{where} n'est pas celui attendu.\n"
        f"  origine    : {what}\n"
        f"  attendu    : sha256 {source.sha256}\n"
        f"  reçu       : sha256 {actual}\n"
        "Il a pu être coupé ou modifié. Relancez ; si le message persiste, vérifiez auprès du "
        "producteur que le fichier n'a pas changé, puis corrigez « sha256 » dans la configuration."
    )
