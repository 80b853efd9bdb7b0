"""Which files of an atlas are kept, and the configuration that finds them again.

A backup holds a folder as ``atlas.toml`` wants it: a path that led out of the folder of
``atlas.toml`` (another disk, ``../data``) is replaced by one inside it, and nothing else of the
file is changed. Where a file lies is no part of a publication's id.
"""

from __future__ import annotations

import posixpath
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Table

import etl
from boundaries.readers import layers
from etl.config import AtlasConfig, SourceConfig
from etl.fetch import sha256_of
from etl.formats import folders
from etl.location.geocoder import CACHE
from geo_service.backup.manifest import ATLAS, DOWNLOADS, ORIGINAL
from geo_service.inputs import fingerprint_of

#: Where local files go that were outside of the folder of ``atlas.toml``.
LOCAL = "donnees"
_ELSEWHERE = "hors-dossier"
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


@dataclass
class Kept:
    """What is kept.

    Attributes
    ----------
    files
        Files on disk, by the name of their member.
    texts
        Members made here.
    remarks
        French sentences about what is missing, or is no longer what was read.
    """

    files: dict[str, Path] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def collect(
    config_path: Path,
    downloads: Path,
    read_before: Mapping[str, str | None],
    *,
    packages: bool = True,
) -> Kept:
    """List the files that make an atlas, without asking the network anything.

    Parameters
    ----------
    config_path
        ``atlas.toml``.
    downloads
        Folder of the downloads.
    read_before
        By source of the publication on line, the fingerprint of what it was read from.
    packages
        Whether packages of registries are kept: they can be had again, as long as the registry
        is there.

    Raises
    ------
    EtlError
        If the configuration cannot be read.
    """
    config = AtlasConfig.load(config_path)
    text = config_path.read_text(encoding="utf-8")
    document = tomlkit.parse(text)
    base = config_path.resolve().parent
    kept = Kept()
    tables: list[Table] = list(document["sources"])
    places = _Places(base, config, document["atlas"], kept)
    for source, table in zip(config.sources, tables, strict=True):
        places.mapping(source, table)
        if source.paquet is not None or _ADDRESS.match(source.fichier or ""):
            found = _downloaded(source, downloads, kept, packages=packages)
        else:
            found = places.local_file(source, table)
        _compare(source, found, read_before, kept)
    places.referentiel()
    kept.texts[ORIGINAL] = text.encode()
    kept.texts[f"{ATLAS}/atlas.toml"] = tomlkit.dumps(document).encode()
    return kept


class _Places:
    """Where files of the folder of ``atlas.toml`` go, and what of it must say so."""

    def __init__(self, base: Path, config: AtlasConfig, atlas: Any, kept: Kept) -> None:
        self._base = base
        self._config = config
        self._atlas = atlas
        self._kept = kept
        self._local = config.dossier_local

    def local_file(self, source: SourceConfig, table: Table) -> list[Path]:
        """Keep a file or a folder of the disk; give its path alone in a list, if it is there."""
        written = source.fichier or ""
        path = (self._local / written if self._local else Path(written)).resolve()
        if not path.exists():
            self._kept.remarks.append(
                f"{source.nom} : fichier absent ({path}), il n’est pas dans la sauvegarde."
            )
            return []
        folder = self._local_folder()
        inside = _inside(path, self._local) if self._local else None
        place = inside or f"{_ELSEWHERE}/{source.id}/{path.name}"
        if posixpath.normpath(written) != place:
            table["fichier"] = place
        target = posixpath.normpath(f"{ATLAS}/{folder}/{place}")
        for file in _files(source, path):
            # The sisters of a file lie beside it.
            within = file.relative_to(path if path.is_dir() else path.parent).as_posix()
            parent = target if path.is_dir() else posixpath.dirname(target)
            self._kept.files[f"{parent}/{within}"] = file
        return [path]

    def _local_folder(self) -> str:
        """Name of the folder of local files, inside that of ``atlas.toml``."""
        found = _inside(self._local, self._base) if self._local else None
        name = found or LOCAL
        if posixpath.normpath(str(self._atlas.get("dossier_local", ""))) != name:
            self._atlas["dossier_local"] = name
        return name

    def mapping(self, source: SourceConfig, table: Table) -> None:
        """Keep the mapping of a source, when it is a file."""
        name = source.correspondance
        if name is None or not name.endswith(".toml"):
            return
        path = Path(name)
        place = _inside(path, self._base) or f"correspondances/{source.id}-{path.name}"
        if posixpath.normpath(str(table["correspondance"])) != place:
            table["correspondance"] = place
        self._kept.files[f"{ATLAS}/{place}"] = path

    def referentiel(self) -> None:
        """Keep the référentiel, unless it is the one that comes with the code."""
        folder = self._config.referentiel
        if _inside(folder, Path(etl.__file__).resolve().parent):
            return
        place = _inside(folder, self._base) or "referentiel"
        if posixpath.normpath(str(self._atlas["referentiel"])) != place:
            self._atlas["referentiel"] = place
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                within = file.relative_to(folder).as_posix()
                self._kept.files[posixpath.normpath(f"{ATLAS}/{place}/{within}")] = file


def _inside(path: Path, folder: Path) -> str | None:
    """Path relative to a folder, ``.`` for itself; None when it is outside."""
    path, folder = path.resolve(), folder.resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else None


def _files(source: SourceConfig, path: Path) -> list[Path]:
    """Files that reading a source reads."""
    if source.role == "territoires":
        return layers.files(path)
    return folders.files(path) if path.is_dir() else [path]


def _downloaded(source: SourceConfig, downloads: Path, kept: Kept, *, packages: bool) -> list[Path]:
    """Keep the download of a source and what its server said; give the files that may be it."""
    if source.paquet is not None:
        suffix = f"{source.paquet.version}.*"
        found = [p for p in sorted(downloads.glob(f"*-{suffix}")) if sha256_of(p) == source.sha256]
        if not found:
            kept.remarks.append(
                f"{source.nom} : paquet pas encore téléchargé, il n’est pas dans la sauvegarde."
            )
        elif packages:
            kept.files[f"{DOWNLOADS}/{found[0].name}"] = found[0]
        return found[:1]
    # Copies are named by the source and by the hash of their address.
    name = re.compile(rf"{re.escape(source.id)}-[0-9a-f]{{16}}(\.json)?")
    found = [path for path in sorted(downloads.glob(f"{source.id}-*")) if name.fullmatch(path.name)]
    kept.files.update({f"{DOWNLOADS}/{path.name}": path for path in found})
    if not found:
        kept.remarks.append(
            f"{source.nom} : jamais téléchargé, ce fichier n’est pas dans la sauvegarde."
        )
    return [path for path in found if path.suffix != ".json"]


def _compare(
    source: SourceConfig,
    found: list[Path],
    read_before: Mapping[str, str | None],
    kept: Kept,
) -> None:
    """Say of a source that it is no longer what the publication on line was made of."""
    before = read_before.get(source.id)
    if before is None or not found:
        return
    if all(fingerprint_of(source, path) != before for path in found):
        kept.remarks.append(
            f"{source.nom} : le fichier a changé depuis la publication en ligne. La sauvegarde "
            "contient celui d’aujourd’hui."
        )


def copy_geocoding(downloads: Path, target: Path) -> bool:
    """Copy the answers of the geocoder as they are now, a run under way or not; False without any.

    They are inputs: asked again, the service may answer otherwise.
    """
    path = downloads / CACHE
    if not path.is_file():
        return False
    with (
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)
    return True
