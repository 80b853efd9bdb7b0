"""Files of a backup put where the atlas reads them, never elsewhere: looked at, then written."""

from __future__ import annotations

import datetime as dt
import os
import posixpath
import shutil
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from etl.fetch import sha256_of
from geo_service.backup.archive import BackupError, BackupReader
from geo_service.backup.manifest import ATLAS, DOWNLOADS, ORIGINAL, REPORTS
from geo_service.backup.sources import collect

_CONFIG = "atlas.toml"
#: Names shown of the files that are in the way.
_NAMED = 5


@dataclass(frozen=True)
class Placement:
    """A file to write.

    Attributes
    ----------
    member
        Its name in the backup.
    target
        Where it goes.
    kept_aside
        Whether what is there now is somebody's work, to be renamed rather than replaced.
    """

    member: str
    target: Path
    kept_aside: bool


def plan(
    backup: BackupReader,
    *,
    config_path: Path,
    downloads_dir: Path,
    reports_dir: Path,
    replace: bool,
) -> list[Placement]:
    """Say which files are to be written, once it is sure that all of them may be.

    Files that are there already, the same, are left out.

    Parameters
    ----------
    backup
        The backup.
    config_path
        Where ``atlas.toml`` goes; the folder it is in takes what is beside it.
    downloads_dir, reports_dir
        Folders of the downloads and of the reports of former publications.
    replace
        Whether other files of the same names may be replaced.

    Raises
    ------
    BackupError
        If a file is in the way, a path leaves its folder by a link, a folder cannot be written
        in, or there is no room. Nothing was touched.
    """
    _check_referentiel(backup, config_path)
    found: list[Placement] = []
    in_the_way: list[Path] = []
    roots = {ATLAS: config_path.resolve().parent, DOWNLOADS: downloads_dir, REPORTS: reports_dir}
    for folder, root in roots.items():
        if folder == ATLAS and _in_place(backup, config_path, downloads_dir):
            continue
        for name, member in backup.manifest.under(folder).items():
            is_config = folder == ATLAS and name == _CONFIG
            target = config_path.resolve() if is_config else root / name
            _check_inside(target, root)
            if target.is_file():
                present = sha256_of(target)
                if present == member.sha256:
                    continue
                same_as_before = is_config and present == backup.manifest.fichiers[ORIGINAL].sha256
                if not same_as_before:
                    in_the_way.append(target)
            elif target.exists():
                in_the_way.append(target)
            found.append(Placement(f"{folder}/{name}", target, kept_aside=folder == ATLAS))
    if in_the_way and not replace:
        raise BackupError(
            "Des fichiers différents sont déjà là : "
            + ", ".join(str(path) for path in in_the_way[:_NAMED])
            + (f" et {len(in_the_way) - _NAMED} autres" if len(in_the_way) > _NAMED else "")
            + ". Rien n’a été touché. Déplacez-les, ou ajoutez --remplacer : ceux de la "
            "configuration seront alors renommés, pas effacés."
        )
    if folders := [path for path in in_the_way if path.is_dir()]:
        raise BackupError(
            f"Le dossier {folders[0]} porte le nom d’un fichier de la sauvegarde. Rien n’a été "
            "touché. Renommez-le, puis relancez."
        )
    check_room(found_sizes(backup, found))
    return found


def _in_place(backup: BackupReader, config_path: Path, downloads_dir: Path) -> bool:
    """Whether the configuration, as it was, and all the files it names are there already."""
    members = backup.manifest.fichiers
    if not config_path.is_file() or sha256_of(config_path) != members[ORIGINAL].sha256:
        return False
    here = collect(config_path, downloads_dir, {}).files
    return all(
        name in here and sha256_of(here[name]) == members[name].sha256
        for name in (f"{ATLAS}/{within}" for within in backup.manifest.under(ATLAS))
        if name != f"{ATLAS}/{_CONFIG}"
    )


def _check_referentiel(backup: BackupReader, config_path: Path) -> None:
    """Refuse a folder that lacks the référentiel which comes with the code, hence in no backup."""
    try:
        atlas = tomllib.loads(backup.read(f"{ATLAS}/{_CONFIG}").decode())["atlas"]
        name = posixpath.normpath(atlas["referentiel"])
    except (ValueError, KeyError, TypeError):
        raise BackupError(
            "La configuration que contient la sauvegarde ne se lit pas. Rien n’a été touché. "
            "Prenez une autre sauvegarde."
        ) from None
    kept = any(within.startswith(f"{name}/") for within in backup.manifest.under(ATLAS))
    if not kept and not (config_path.resolve().parent / name).is_dir():
        raise BackupError(
            f"La configuration de la sauvegarde lit le référentiel du programme dans {name}, qui "
            f"n’est pas à côté de {config_path}. Rien n’a été touché. Restaurez dans le dossier "
            "du programme, ou indiquez-le par GEO_CONFIG."
        )


def _check_inside(target: Path, root: Path) -> None:
    """Refuse a target that a link of this disk leads out of its folder."""
    if not target.parent.resolve().is_relative_to(root.resolve()) or target.is_symlink():
        raise BackupError(
            f"{target} est un lien, ou passe par un lien, qui sort du dossier {root}. Rien n’a été "
            "touché. Remplacez ce lien par un dossier, puis relancez."
        )


def found_sizes(backup: BackupReader, placements: Iterable[Placement]) -> dict[Path, int]:
    """Sum the bytes to write by the nearest folder that exists."""
    sizes: dict[Path, int] = {}
    for placement in placements:
        folder = existing(placement.target.parent)
        octets = backup.manifest.fichiers[placement.member].octets
        sizes[folder] = sizes.get(folder, 0) + octets
    return sizes


def existing(folder: Path) -> Path:
    """Give the nearest folder above that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def check_room(sizes: dict[Path, int]) -> None:
    """Refuse folders that cannot be written in, and disks without room.

    Parameters
    ----------
    sizes
        Bytes to write, by folder.

    Raises
    ------
    BackupError
        Naming the folder.
    """
    disks: dict[int, int] = {}
    for folder, octets in sizes.items():
        if not os.access(folder, os.W_OK | os.X_OK):
            raise BackupError(
                f"Le dossier {folder} ne peut pas être modifié par ce compte. Rien n’a été touché. "
                "Donnez-lui le droit d’y écrire, ou restaurez ailleurs (GEO_CONFIG, GEO_STATE_DIR)."
            )
        device = folder.stat().st_dev
        disks[device] = disks.get(device, 0) + octets
        free = shutil.disk_usage(folder).free
        if free < disks[device]:
            raise BackupError(
                f"Il faut {disks[device] / 1e6:.0f} Mo dans {folder}, où il en reste "
                f"{free / 1e6:.0f}. Rien n’a été touché. Libérez de la place, puis relancez."
            )


def place(backup: BackupReader, placements: Iterable[Placement]) -> list[Path]:
    """Write the files of a plan, each in one move; give those that were renamed to make room."""
    renamed: list[Path] = []
    stamp = f"{dt.datetime.now().astimezone():%Y%m%d-%H%M%S}"
    for placement in placements:
        target = placement.target
        draft = target.with_name(f".{target.name}.restauration")
        draft.unlink(missing_ok=True)
        try:
            backup.unpack(placement.member, draft)
            if placement.kept_aside and target.is_file():
                aside = target.with_name(f"{target.name}.{stamp}.ancien")
                target.rename(aside)
                renamed.append(aside)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    return renamed
