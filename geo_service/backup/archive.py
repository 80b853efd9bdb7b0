"""The file of a backup: a ZIP that any tool opens, with a checksum of the whole at its end.

The ZIP's comment, its very last bytes, is the SHA-256 of all that comes before: a file cut short or
changed anywhere, even by one bit, is known as such by reading it once, before it is used. The
members have theirs too, in the manifest. Neither protects from someone who makes a false backup on
purpose: names and sizes are checked for that.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Self

from pydantic import ValidationError

from geo_service.backup.manifest import FORMAT_VERSION, NATURE, Manifest, Member, safe_name
from geo_service.faults import InstallationError

#: Name of the manifest in the archive.
MANIFEST = "manifeste.json"

_DIGEST = 64  # hexadecimal digits of a SHA-256
_CHUNK = 1 << 20
#: Largest manifest: a few hundred bytes a file, some kilobytes a publication of the catalogue.
_LARGEST_MANIFEST = 64 << 20
#: What is compressed already: twice would cost time for nothing.
_PACKED = (".whl", ".tgz", ".gz", ".zip", ".xlsx", ".ods", ".parquet", ".pmtiles", ".entites")
#: 1 to 9: beyond 3 these rows lose 3 % of size for twice the time.
_LEVEL = 3


class BackupError(InstallationError):
    """A backup that cannot be used, or must not be; nothing was touched."""


class BackupWriter:
    """Writer of a backup, which exists under its name only once it is whole.

    Parameters
    ----------
    target
        File to make.

    Attributes
    ----------
    members
        What was written so far, by name.
    """

    def __init__(self, target: Path) -> None:
        self.members: dict[str, Member] = {}
        self._target = target
        self._draft = target.with_name(f".{target.name}.{os.getpid()}.partiel")

    def __enter__(self) -> Self:
        # It may hold the passwords of addresses of sources: for its owner alone.
        descriptor = os.open(self._draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._stream: IO[bytes] = os.fdopen(descriptor, "w+b")
        self._zip = zipfile.ZipFile(self._stream, "w", allowZip64=True, compresslevel=_LEVEL)
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        if kind is not None:
            # A full disk: the end of the archive cannot be written either.
            with suppress(OSError, ValueError):
                self._zip.close()
        self._stream.close()
        self._draft.unlink(missing_ok=True)

    def add(self, name: str, content: Iterable[bytes]) -> int:
        """Write a member from pieces of its content; give its bytes."""
        digest = hashlib.sha256()
        octets = 0
        packed = name.endswith(_PACKED)
        self._zip.compression = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        with self._zip.open(safe_name(name), "w", force_zip64=True) as member:
            for piece in content:
                digest.update(piece)
                octets += len(piece)
                member.write(piece)
        self.members[name] = Member(sha256=digest.hexdigest(), octets=octets)
        return octets

    def add_file(self, name: str, path: Path) -> int:
        """Write a member from a file."""
        return self.add(name, _pieces(path))

    def finish(self, make: Callable[[dict[str, Member]], Manifest]) -> None:
        """Write the manifest and the checksum, read all of it again, and give it its name.

        Raises
        ------
        BackupError
            If what the disk gives back is not what was written.
        """
        text = make(self.members).model_dump_json(indent=1).encode()
        self._zip.writestr(MANIFEST, text, zipfile.ZIP_DEFLATED)
        self._zip.comment = b"0" * _DIGEST
        self._zip.close()
        self._stream.flush()
        self._stream.seek(0, os.SEEK_END)
        size = self._stream.tell()
        digest = _digest(self._stream, size - _DIGEST)
        self._stream.seek(size - _DIGEST)
        self._stream.write(digest)
        self._stream.flush()
        os.fsync(self._stream.fileno())
        with BackupReader(self._draft):
            pass
        self._draft.replace(self._target)
        folder = os.open(self._target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class BackupReader:
    """Reader of a backup, which was found whole and unchanged when this is entered.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    manifest
        What it says of itself.

    Raises
    ------
    BackupError
        If the file is no backup, is cut or changed, or is of a version that is not known.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        try:
            self._stream = self._path.open("rb")
        except FileNotFoundError:
            raise BackupError(
                f"La sauvegarde {self._path} n’existe pas. Vérifiez son chemin."
            ) from None
        try:
            self._check()
            self._zip = zipfile.ZipFile(self._stream)
            self.manifest = self._read_manifest()
        except zipfile.BadZipFile:
            self._stream.close()
            raise self._damaged() from None
        except BaseException:
            self._stream.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._zip.close()
        self._stream.close()

    def pieces(self, name: str) -> Iterator[bytes]:
        """Give the content of a member, piece by piece; it is checked when the last was given.

        Raises
        ------
        BackupError
            If it is not what the manifest announces.
        """
        member = self.manifest.fichiers[name]
        digest = hashlib.sha256()
        left = member.octets
        with self._zip.open(name) as stream:
            while piece := stream.read(_CHUNK):
                left -= len(piece)
                if left < 0:
                    raise self._damaged()
                digest.update(piece)
                yield piece
        if left or digest.hexdigest() != member.sha256:
            raise self._damaged()

    def read(self, name: str) -> bytes:
        """Give the whole content of a member."""
        return b"".join(self.pieces(name))

    def unpack(self, name: str, target: Path) -> None:
        """Write a member to a new file, whose folder is made if need be."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as stream:
            stream.writelines(self.pieces(name))

    def _check(self) -> None:
        size = self._stream.seek(0, os.SEEK_END)
        self._stream.seek(0)
        if self._stream.read(4) != b"PK\x03\x04":
            raise BackupError(
                f"Le fichier {self._path} n’est pas une sauvegarde de l’atlas. Donnez un fichier "
                "fait par « geo-service backup »."
            )
        if size < _DIGEST:
            raise self._damaged()
        digest = _digest(self._stream, size - _DIGEST)
        self._stream.seek(size - _DIGEST)
        if self._stream.read() != digest:
            raise self._damaged()

    def _read_manifest(self) -> Manifest:
        try:
            info = self._zip.getinfo(MANIFEST)
        except KeyError:
            raise self._damaged() from None
        if info.file_size > _LARGEST_MANIFEST:
            raise self._damaged()
        try:
            raw = json.loads(self._zip.read(info))
        except ValueError:
            raise self._damaged() from None
        version = raw.get("version") if isinstance(raw, dict) else None
        if raw.get("nature") == NATURE and version != FORMAT_VERSION:
            raise BackupError(
                f"La sauvegarde {self._path} est de la forme {version} ; cette version de l’atlas "
                f"ne sait lire que la forme {FORMAT_VERSION}. Installez la version "
                f"{raw.get('logiciel')} de l’atlas, puis relancez."
            )
        try:
            manifest = Manifest.model_validate(raw)
        except ValidationError:
            raise self._damaged() from None
        found = {item.filename: item.file_size for item in self._zip.infolist()}
        wanted = {name: member.octets for name, member in manifest.fichiers.items()}
        if found != {**wanted, MANIFEST: info.file_size}:
            raise self._damaged()
        return manifest

    def _damaged(self) -> BackupError:
        return BackupError(
            f"La sauvegarde {self._path} est coupée ou a été modifiée : elle n’a pas été utilisée, "
            "et rien n’a été touché. Prenez-en une autre copie, ou une autre sauvegarde."
        )


@contextmanager
def writing(target: Path) -> Iterator[BackupWriter]:
    """Write a backup; what the system refuses is told of the folder it is written in.

    Raises
    ------
    BackupError
        If its folder is not there or cannot be written in.
    """
    if not target.parent.is_dir():
        raise BackupError(
            f"Le dossier {target.parent} n’existe pas : la sauvegarde ne peut pas y être écrite. "
            "Créez-le, ou choisissez un autre chemin."
        )
    try:
        with BackupWriter(target) as writer:
            yield writer
    except PermissionError as error:
        raise BackupError(
            f"La sauvegarde n’a pas pu être faite : accès refusé à {error.filename or target}. "
            "Vérifiez les droits de ce compte."
        ) from None


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            yield piece


def _digest(stream: IO[bytes], octets: int) -> bytes:
    """SHA-256, in hexadecimal, of the first bytes of a file."""
    digest = hashlib.sha256()
    stream.seek(0)
    while octets and (piece := stream.read(min(_CHUNK, octets))):
        digest.update(piece)
        octets -= len(piece)
    return digest.hexdigest().encode()
