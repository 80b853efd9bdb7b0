"""The tiles of an archive in brotli, in a second archive beside it.

The archive itself stays in gzip, which every reader of PMTiles knows. The second one holds those
tiles alone that brotli makes smaller by a twentieth or more; the server sends them to who accepts
``br``, which browsers do over HTTPS and on their own machine.

Measured on the national atlas (5 000 tiles of outlines, 16 000 of places; seconds of one core):
brotli 10 takes 7 and 10 % off gzip 9 in 50 s; brotli 11 takes one point more in 91 s; brotli 5
takes 2 and 6 % off in 2 s; zstandard 19 takes 3 % off in 8 s, and makes fewer than one tile in ten
smaller by a twentieth: it is not worth another copy. What the publication of before had already
packed is taken from it.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import brotli
from pmtiles.tile import Compression

from tiles.archive import Archive, Content
from tiles.errors import TilesError
from tiles.writer import ArchiveInfo, write_archive

#: Of brotli, 0 to 11, and its window (2^24 bytes, larger than any tile).
QUALITY = 10
WINDOW = 24

#: A tile in brotli is kept when it has at most this share of its bytes in gzip.
SHARE = 0.95

#: Key of the metadata that says how tiles were packed: only those packed alike are taken again.
_MADE_BY = "brotli"
_HOW = f"{version('brotli')} {QUALITY} {WINDOW} {SHARE}"


def packed_path(archive: Path) -> Path:
    """Where the brotli tiles of an archive are: ``lieux.br.pmtiles`` beside ``lieux.pmtiles``."""
    return archive.with_suffix(".br.pmtiles")


def pack(path: Path, before: Path | None = None) -> ArchiveInfo | None:
    """Write the tiles of an archive that brotli makes smaller, beside it.

    Equal archives give equal bytes.

    Parameters
    ----------
    path
        The ``.pmtiles`` file, of tiles in gzip.
    before
        The same archive of an earlier publication: tiles it already had are not packed again.

    Returns
    -------
    ArchiveInfo or None
        What was written; None when brotli makes no tile smaller, and no file is there then.

    Raises
    ------
    TilesError
        The archive cannot be read, or one of its tiles is damaged.
    """
    target = packed_path(path)
    with closing(Archive(path)) as archive:
        known = dict(_known(before)) if before is not None else {}
        contents = list({id(found): found for found in _contents(archive)}.values())
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="brotli") as pool:
            packed = dict(
                zip(
                    map(id, contents),
                    pool.map(lambda one: _smaller(archive.read(one), known, path), contents),
                    strict=True,
                )
            )
        tiles = []
        for address in archive:
            data = packed[id(archive.find(*address))]
            if data:
                tiles.append((*address, data))
        if not tiles:
            target.unlink(missing_ok=True)
            return None
        return write_archive(
            target,
            tiles,
            bounds=archive.bounds,
            center=archive.center,
            metadata={**archive.metadata, _MADE_BY: _HOW},
            compression=Compression.BROTLI,
        )


def _contents(archive: Archive) -> Iterator[Content]:
    for address in archive:
        content = archive.find(*address)
        if content is not None:
            yield content


def _smaller(data: bytes, known: dict[bytes, bytes], path: Path) -> bytes:
    """Give a gzip tile in brotli; nothing when that is not smaller enough."""
    found = known.get(_digest(data))
    if found is not None:
        return found
    try:
        plain = zlib.decompress(data, wbits=31)
    except zlib.error as error:
        raise TilesError(
            f"Une tuile de {path} est abîmée : relancez la construction de l’atlas."
        ) from error
    smaller = bytes(brotli.compress(plain, quality=QUALITY, lgwin=WINDOW))
    return smaller if len(smaller) <= SHARE * len(data) else b""


def _known(before: Path) -> Iterator[tuple[bytes, bytes]]:
    """Tiles of an earlier archive by their digest, in brotli; nothing for those it left in gzip."""
    if not (before.is_file() and packed_path(before).is_file()):
        return
    with (
        closing(Archive(before)) as plain,
        closing(Archive(packed_path(before), Compression.BROTLI)) as packed,
    ):
        if packed.metadata.get(_MADE_BY) != _HOW:
            return
        for address in plain:
            content = plain.find(*address)
            if content is not None:
                yield _digest(plain.read(content)), packed.get(*address) or b""


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
