"""Files in a ``.gz`` or a ``.zip``: one data file, unpacked within bounds and never executed.

What an archive says of itself is not believed: bytes are counted as they come out.
"""

from __future__ import annotations

import gzip
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

from etl.formats.base import FormatError, Limits, where
from etl.french import figure

Archive = Literal["zip", "gzip"]

_CHUNK = 1 << 20
#: Members that accompany data and are none.
_DOCUMENTS = frozenset(
    {".txt", ".md", ".pdf", ".html", ".htm", ".doc", ".docx", ".odt", ".rtf", ".png", ".jpg"}
)
#: End of the central directory (APPNOTE.TXT 4.3.16): at most 65 535 bytes of comment follow.
_END = b"PK\x05\x06"
_END_FIELDS = struct.Struct("<4s4H2LH")
_END_SEARCH = 65_535 + _END_FIELDS.size
#: Largest central directory, bytes: some 100 000 members.
_DIRECTORY_BYTES = 10_000_000
_ENCRYPTED = 0x1
#: What the standard library raises on a damaged archive; of a name that is not of its encoding, of
#: a field cut short, of a member that wants a password too.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    gzip.BadGzipFile,
    UnicodeDecodeError,
    struct.error,
)


class SupportsRead(Protocol):
    """Anything bytes come out of."""

    def read(self, size: int, /) -> bytes:
        """Give some more bytes."""


def workbook(path: Path) -> Literal["xlsx", "ods"] | None:
    """Tell whether a zip is a workbook, and which; its directory is bounded first."""
    check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                return "xlsx"
            if "content.xml" in names and "mimetype" in names:
                with archive.open("mimetype") as stream:
                    kind = stream.read(100)
                if kind.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
                    return "ods"
    except BROKEN:
        raise damaged(path) from None
    return None


def check_directory(path: Path) -> None:
    """Check the size of the directory of a zip before a library loads it whole.

    Raises
    ------
    FormatError
        If there is no directory, or a huge one.
    """
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _END_SEARCH))
        tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_FIELDS.size:
        raise damaged(path)
    size = _END_FIELDS.unpack_from(tail, at)[5]
    if size > _DIRECTORY_BYTES:
        raise FormatError(
            "archive_trop_grande",
            f"{where(path)} contient trop de fichiers pour une archive de données : elle n'a pas "
            "été ouverte. Donnez le fichier seul.",
        )


def unpack(path: Path, kind: Archive, folder: Path, limits: Limits) -> Path:
    """Unpack the one data file of an archive into an empty folder, under its own name.

    Raises
    ------
    FormatError
        If the archive is damaged, unpacks to too much, leads out of its folder, is encrypted, or
        holds no data file or several.
    """
    try:
        if kind == "gzip":
            target = folder / (path.stem if path.suffix.lower() == ".gz" else path.name)
            with gzip.open(path, "rb") as source:
                copy_within(source, target, path, limits)
        else:
            with zipfile.ZipFile(path) as archive:
                member = _data_member(path, archive)
                target = folder / PurePosixPath(member.filename).name
                with archive.open(member) as source:
                    copy_within(source, target, path, limits)
    except BROKEN:
        raise damaged(path) from None
    return target


def copy_within(source: SupportsRead, target: Path, archive: Path, limits: Limits) -> None:
    """Copy what comes out of an archive, while it stays within the limits."""
    packed = archive.stat().st_size
    size = 0
    with target.open("wb") as copy:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            check_size(archive, size, packed, limits)
            copy.write(chunk)


def check_size(archive: Path, size: int, packed: int, limits: Limits) -> None:
    """Refuse an archive that unpacks to too much, for itself or for its size."""
    if size > limits.file_bytes:
        raise FormatError(
            "archive_trop_grande",
            f"{where(archive)} contient plus de {figure(limits.file_bytes // 10**6)} Mo une fois "
            "décompressé : rien n'a été chargé. Vérifiez que c'est le bon fichier.",
        )
    if size > max(limits.ratio_floor, packed * limits.ratio):
        raise FormatError(
            "archive_piegee",
            f"{where(archive)} se décompresse en plus de {limits.ratio} fois sa taille : c'est le "
            "signe d'une archive piégée. Rien n'a été chargé. Demandez à son producteur le "
            "fichier non compressé.",
        )


def _data_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members: list[zipfile.ZipInfo] = []
    for member in archive.infolist():
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if not name.parts or name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
            raise FormatError(
                "archive_piegee",
                f"{where(path)} contient un chemin qui sort de l'archive "
                f"(« {member.filename[:80]} ») : elle n'a pas été ouverte.",
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise FormatError(
                "archive_piegee",
                f"{where(path)} contient un lien (« {member.filename[:80]} ») au lieu d'un "
                "fichier : elle n'a pas été ouverte.",
            )
        if not member.is_dir() and "__MACOSX" not in name.parts and not name.name.startswith("."):
            members.append(member)
    data = [m for m in members if PurePosixPath(m.filename).suffix.lower() not in _DOCUMENTS]
    if not data and len(members) == 1:
        data = members
    if len(data) != 1:
        found = ", ".join(PurePosixPath(m.filename).name for m in data[:6]) or "aucun"
        raise FormatError(
            "archive_plusieurs_fichiers",
            f"{where(path)} doit contenir un seul fichier de données ; trouvé : {found}. "
            "Décompressez-la, et indiquez le fichier ou le dossier voulu.",
        )
    if data[0].flag_bits & _ENCRYPTED:
        raise FormatError(
            "archive_protegee",
            f"{where(path)} est protégé par un mot de passe. Donnez le fichier sans mot de passe.",
        )
    return data[0]


def damaged(path: Path) -> FormatError:
    """Error for an archive that cannot be read to its end."""
    return FormatError(
        "archive_abimee",
        f"{where(path)} est une archive abîmée ou incomplète. Téléchargez-la de nouveau.",
    )


def nested(path: Path) -> FormatError:
    """Error for an archive in an archive."""
    return FormatError(
        "archive_emboitee",
        f"{where(path)} contient une autre archive : elle n'a pas été ouverte. Décompressez-la "
        "d'abord.",
    )
