"""Files and folders already on this machine, inside the data folder only."""

from __future__ import annotations

from pathlib import Path

from etl.config import SourceConfig
from etl.errors import EtlError
from etl.fetch.storage import Progress, mismatch, sha256_of


def find_local(
    source: SourceConfig, place: str, local: Path | None, progress: Progress
) -> Path | None:
    """Find a file or a folder; links are followed before it is said to be inside.

    The data folder is not left, neither by ``..``, a link, nor an absolute path: what people hand
    over is put there. Territories alone, which who installs the atlas chooses, may be elsewhere.

    Returns
    -------
    pathlib.Path or None
        None if the source is optional and its file is not there.

    Raises
    ------
    EtlError
        If the path leads out of the folder, the file is not there, or is not the one expected.
    """
    path = Path(place)
    if not path.is_absolute() and local is None:
        raise EtlError(
            f"La source « {source.nom} » désigne le fichier {place}, mais aucun "
            "« dossier_local » n'est réglé dans la configuration de l'atlas."
        )
    free = path.is_absolute() and (source.role == "territoires" or local is None)
    if local is not None and not free:
        path = (local / path).resolve()
        if not path.is_relative_to(local.resolve()):
            raise EtlError(
                f"La source « {source.nom} » désigne le fichier {place}, qui sort du dossier "
                f"{local}. Déposez-le dans ce dossier, et corrigez son chemin dans la "
                "configuration de l'atlas."
            )
    if not path.exists():
        if source.facultative:
            progress(f"{source.nom} : fichier absent ({path}), l'atlas se fera sans cette source.")
            return None
        raise EtlError(
            f"Le fichier de la source « {source.nom} » est introuvable : {path}. "
            "Déposez-le à cet endroit, ou retirez la source de la configuration de l'atlas."
        )
    if not path.is_file() and not path.is_dir():
        raise EtlError(
            f"La source « {source.nom} » désigne {path}, qui n'est ni un fichier ni un dossier. "
            "Corrigez son chemin dans la configuration de l'atlas."
        )
    if source.sha256 is not None and (actual := sha256_of(path)) != source.sha256:
        raise EtlError(mismatch(source, path, actual))
    progress(f"{source.nom} : lu dans {path}.")
    return path
