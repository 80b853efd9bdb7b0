"""Archives of outlines, unpacked within bounds into a folder they cannot leave.

What an archive says of itself is not believed: bytes are counted as they come out.
"""

from __future__ import annotations

import gzip
import stat
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from boundaries.errors import BoundariesError

_CHUNK = 1 << 20
#: End of the central directory (APPNOTE.TXT 4.3.16): at most 65 535 bytes of comment follow.
_END = b"PK\x05\x06"
_END_FIELDS = struct.Struct("<4s4H2LH")
_END_SEARCH = 65_535 + _END_FIELDS.size
#: Most bytes of the central directory for each member: 46 of header, a name, some extra fields.
_ENTRY_BYTES = 1024
_ENCRYPTED = 0x1


@dataclass(frozen=True)
class Bounds:
    """What an archive may unpack to.

    The defaults are chosen far above what outlines of the whole of France weigh, in any format, and
    far below what would fill a disk or a night.

    Attributes
    ----------
    members
        Most files and folders.
    total_bytes
        Most bytes of all the files together.
    ratio
        Most times the size of the archive, once above `ratio_floor` bytes; deflate reaches 1032.
    ratio_floor
        Bytes below which the ratio does not matter: there is no harm in a small file.
    """

    members: int = 10_000
    total_bytes: int = 12_000_000_000
    ratio: int = 100
    ratio_floor: int = 200_000_000


BOUNDS = Bounds()


class _Counter:
    """Bytes that came out of one archive so far."""

    def __init__(self, path: Path, bounds: Bounds) -> None:
        self._path, self._bounds = path, bounds
        self._ratio_bytes = max(bounds.ratio_floor, path.stat().st_size * bounds.ratio)
        self._size = 0

    def copy(self, source: gzip.GzipFile | IO[bytes], target: Path) -> None:
        with target.open("wb") as copy:
            while chunk := source.read(_CHUNK):
                self._size += len(chunk)
                self._check()
                copy.write(chunk)

    def _check(self) -> None:
        if self._size > self._bounds.total_bytes:
            raise BoundariesError(
                f"{_where(self._path)} contient plus de {self._bounds.total_bytes // 10**6} Mo une "
                "fois décompressée : rien n’a été lu. Vérifiez que c’est la bonne, ou "
                "décompressez-la vous-même et indiquez le dossier."
            )
        if self._size > self._ratio_bytes:
            raise BoundariesError(
                f"{_where(self._path)} se décompresse en plus de {self._bounds.ratio} fois sa "
                "taille : c’est le signe d’une archive piégée. Rien n’a été lu. Téléchargez-la de "
                "nouveau auprès de son producteur."
            )


def unpack_gzip(path: Path, target: Path, bounds: Bounds = BOUNDS) -> None:
    """Unpack a ``.gz`` into one file.

    Raises
    ------
    BoundariesError
        If it unpacks to more than the bounds.
    OSError, EOFError, zlib.error
        If it is damaged.
    """
    with gzip.open(path, "rb") as source:
        _Counter(path, bounds).copy(source, target)


def unpack_zip(path: Path, folder: Path, bounds: Bounds = BOUNDS) -> None:
    """Unpack a ``.zip`` into an empty folder.

    Raises
    ------
    BoundariesError
        If it unpacks to more than the bounds, leads out of the folder, holds links, is encrypted
        or compressed in a way that is not read here.
    zipfile.BadZipFile, OSError, EOFError, zlib.error
        If it is damaged.
    """
    _check_directory(path, bounds)
    counter = _Counter(path, bounds)
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > bounds.members:
            raise _too_many(path, bounds)
        # Nothing is written unless every member is sound.
        for member, target in [(member, _target(path, member, folder)) for member in members]:
            if member.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with archive.open(member) as source:
                    counter.copy(source, target)
            except NotImplementedError:
                raise BoundariesError(
                    f"{_where(path)} est compressée d’une façon qui n’est pas lue ici : "
                    "décompressez-la, puis indiquez le dossier."
                ) from None


def _check_directory(path: Path, bounds: Bounds) -> None:
    """Check the size of the directory of a zip before a library loads it whole."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _END_SEARCH))
        tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_FIELDS.size:
        raise zipfile.BadZipFile("no end of central directory")
    if _END_FIELDS.unpack_from(tail, at)[5] > bounds.members * _ENTRY_BYTES:
        raise _too_many(path, bounds)


def _target(path: Path, member: zipfile.ZipInfo, folder: Path) -> Path:
    """Where a member goes; archives made on Windows may part folders by backslashes."""
    name = PurePosixPath(member.filename.replace("\\", "/"))
    shown = f"(« {member.filename[:80]} »)"
    if name.is_absolute() or ".." in name.parts or not name.parts or ":" in name.parts[0]:
        raise BoundariesError(
            f"{_where(path)} contient un chemin qui sort de l’archive {shown} : elle n’a pas été "
            "ouverte. Téléchargez-la de nouveau auprès de son producteur."
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        raise BoundariesError(
            f"{_where(path)} contient un lien {shown} au lieu d’un fichier : elle n’a pas été "
            "ouverte. Décompressez-la vous-même, puis indiquez le dossier."
        )
    if member.flag_bits & _ENCRYPTED:
        raise BoundariesError(
            f"{_where(path)} est protégée par un mot de passe. Décompressez-la, puis indiquez le "
            "dossier."
        )
    return folder.joinpath(*name.parts)


def _too_many(path: Path, bounds: Bounds) -> BoundariesError:
    return BoundariesError(
        f"{_where(path)} contient plus de {bounds.members} fichiers : elle n’a pas été ouverte. "
        "Vérifiez que c’est la bonne, ou décompressez-la et indiquez le dossier."
    )


def _where(path: Path) -> str:
    return f"L’archive de contours {path.name}"
