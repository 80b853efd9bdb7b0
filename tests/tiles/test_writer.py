"""Archives appear whole or not at all, and hold equal tiles once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.tiles.conftest import little_archive
from tiles.archive import Archive
from tiles.errors import TilesError
from tiles.writer import LARGEST_TILE, ArchiveInfo, Tile, write_archive


def write(target: Path, tiles: list[Tile]) -> ArchiveInfo:
    return write_archive(
        target, tiles, bounds=(-5, 41, 10, 51), center=(2, 46, 5), metadata={"name": "é"}
    )


def test_equal_tiles_are_stored_once_and_the_archive_is_clustered(little_path: Path) -> None:
    header = Archive(little_path).header
    assert header["clustered"]
    assert header["addressed_tiles_count"] == 5
    assert header["tile_contents_count"] == 4
    assert (header["min_zoom"], header["max_zoom"]) == (2, 4)


def test_order_of_tiles_does_not_matter(tmp_path: Path) -> None:
    tiles = [(3, x, y, bytes([x + 1, y]) * 9) for x in range(8) for y in range(8)]
    one = write(tmp_path / "a.pmtiles", tiles)
    other = write(tmp_path / "b.pmtiles", tiles[::-1])
    assert one.sha256 == other.sha256
    content = (tmp_path / "a.pmtiles").read_bytes()
    assert one.sha256 == hashlib.sha256(content).hexdigest()
    assert (one.octets, one.tuiles, one.plus_grosse_tuile) == (len(content), 64, 18)


def test_new_archive_replaces_the_old_one_that_readers_keep(tmp_path: Path) -> None:
    path = tmp_path / "a.pmtiles"
    little_archive(path, "a")
    old = Archive(path)
    before = old.get(2, 2, 1)
    little_archive(path, "z")
    assert old.get(2, 2, 1) == before
    assert Archive(path).get(2, 2, 1) != before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.pmtiles"]


@pytest.mark.parametrize(
    ("tiles", "words"),
    [
        ([], "serait vide"),
        ([(3, 1, 2, b"x"), (3, 1, 1, b"y" * (LARGEST_TILE + 1))], "3/1/1 .* pèse 500001 octets"),
    ],
)
def test_refused_archive_leaves_the_old_one(tmp_path: Path, tiles: list[Tile], words: str) -> None:
    path = tmp_path / "a.pmtiles"
    path.write_bytes(b"hier")
    with pytest.raises(TilesError, match=words):
        write(path, tiles)
    assert path.read_bytes() == b"hier"


def test_interrupted_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tiles.writer.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        little_archive(tmp_path / "a.pmtiles")
    assert list(tmp_path.iterdir()) == []
