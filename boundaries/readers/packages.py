"""Members of downloaded packages (wheels, npm archives), read without installing them."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from boundaries.errors import BoundariesError

#: What the standard library raises on a truncated or altered archive or member.
_DAMAGE = (
    EOFError,
    OSError,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
    UnicodeDecodeError,
    struct.error,
)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn the damage of an archive met inside the block into a French error naming the file."""
    if not path.is_file():
        raise BoundariesError(
            f"Le fichier {path} est introuvable : relancez le téléchargement des données."
        )
    try:
        yield
    except _DAMAGE as error:
        raise damaged(path) from error


def damaged(path: Path) -> BoundariesError:
    """Error for a file that is cut short or altered."""
    return BoundariesError(
        f"Le fichier {path.name} est incomplet ou abîmé : supprimez {path}, "
        "puis relancez pour qu’il soit téléchargé de nouveau."
    )


def missing(path: Path, member: str) -> BoundariesError:
    """Error for an archive that is sound but has not the expected content."""
    return BoundariesError(
        f"Le fichier {path.name} ne contient pas « {member} » : ce n’est pas le paquet attendu, "
        "ou sa version a changé de forme."
    )


def read_wheel(path: Path, member: str) -> bytes:
    """Content of an LZMA-compressed member of a wheel, decompressed.

    Raises
    ------
    BoundariesError
        When the wheel is absent, damaged, or has no such member.
    """
    with reading(path), zipfile.ZipFile(path) as wheel:
        if member not in wheel.namelist():
            raise missing(path, member)
        return lzma.decompress(wheel.read(member))


def read_tarball(path: Path, members: tuple[str, ...]) -> dict[str, bytes]:
    """Contents of members of a gzipped tar archive, in one pass.

    Raises
    ------
    BoundariesError
        When the archive is absent, damaged, or lacks one of the members.
    """
    contents: dict[str, bytes] = {}
    with reading(path):
        # Whole first: gzip's checksum stands at the end of the file, where tar does not look.
        content = io.BytesIO(gzip.decompress(path.read_bytes()))
        with tarfile.open(fileobj=content, mode="r:") as archive:
            for entry in archive:
                stream = archive.extractfile(entry) if entry.name in members else None
                if stream is not None:
                    contents[entry.name] = stream.read()
    for member in members:
        if member not in contents:
            raise missing(path, member)
    return contents
