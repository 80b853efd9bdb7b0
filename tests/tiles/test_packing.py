"""The brotli archive holds the same tiles, those alone it makes smaller, by the same bytes."""

from __future__ import annotations

import zlib
from pathlib import Path

import brotli
import pytest
from pmtiles.tile import Compression

from tests.tiles.conftest import little_archive, mixed_archive
from tiles import packing
from tiles.archive import Archive
from tiles.errors import TilesError
from tiles.packing import SHARE, pack, packed_path


def test_real_tiles_are_the_same_and_smaller(territoires_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "territoires.pmtiles"
    path.write_bytes(territoires_path.read_bytes())
    info = pack(path)
    assert info is not None
    assert info.path == packed_path(path) == tmp_path / "territoires.br.pmtiles"
    plain, packed = Archive(path), Archive(info.path, Compression.BROTLI)
    assert packed.coding == "br"
    smaller = set(packed)
    assert smaller
    for address in plain:
        stored = plain.get(*address)
        assert stored is not None
        again = brotli.compress(zlib.decompress(stored, 31), quality=10, lgwin=24)
        assert (address in smaller) == (len(again) <= SHARE * len(stored))
        if address in smaller:
            assert packed.get(*address) == again


def test_only_what_changed_is_packed_again(
    territoires_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, path = tmp_path / "avant.pmtiles", tmp_path / "apres.pmtiles"
    before.write_bytes(territoires_path.read_bytes())
    path.write_bytes(territoires_path.read_bytes())
    pack(before)
    alone = pack(path)

    def refuse(*_: object, **__: object) -> bytes:
        raise AssertionError("this tile was packed already")

    monkeypatch.setattr(packing.brotli, "compress", refuse)
    again = pack(path, before)
    assert alone is not None
    assert again is not None
    assert again.sha256 == alone.sha256
    monkeypatch.setattr(packing, "_HOW", "autrement")
    with pytest.raises(AssertionError, match="packed already"):
        pack(path, before)


def test_nothing_smaller_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "petite.pmtiles"
    mixed_archive(path)
    assert pack(path) is not None
    little_archive(path)  # tiles of some forty letters: brotli takes a twentieth off none of them
    monotonous = pack(path)
    assert (monotonous is None) == (not packed_path(path).exists())
    for address in Archive(path):
        stored = Archive(path).get(*address) or b""
        again = brotli.compress(zlib.decompress(stored, 31), quality=10, lgwin=24)
        in_brotli = monotonous is not None and address in set(
            Archive(packed_path(path), Compression.BROTLI)
        )
        assert in_brotli == (len(again) <= SHARE * len(stored))


def test_archive_of_another_coding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mixte.pmtiles"
    mixed_archive(path)
    pack(path)
    with pytest.raises(TilesError, match="compressées par gzip"):
        Archive(packed_path(path))
    with pytest.raises(TilesError, match="compressées par br"):
        Archive(path, Compression.BROTLI)
