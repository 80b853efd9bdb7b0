"""Our reader agrees with the pmtiles package's, and refuses damaged files in French."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import tileid_to_zxy

from tests.tiles.conftest import little_archive
from tiles.archive import Archive
from tiles.errors import CutArchiveError, TilesError
from tiles.writer import write_archive


@pytest.fixture(scope="module")
def little_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("archive") / "a.pmtiles"
    little_archive(path)
    return path.read_bytes()


def open_bytes(content: bytes) -> Archive:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.pmtiles"
        path.write_bytes(content)
        return Archive(path)


@pytest.mark.parametrize("name", ["territoires_path", "lieux_path", "little_path"])
def test_every_tile_is_that_of_the_reference_reader(
    request: pytest.FixtureRequest, name: str
) -> None:
    path: Path = request.getfixturevalue(name)
    archive = Archive(path)
    with path.open("rb") as file:
        source = MmapSource(file)
        expected = dict(all_tiles(source))
        reader = Reader(source)
        assert archive.header == reader.header()
        assert archive.metadata == reader.metadata()
    assert {address: archive.get(*address) for address in archive} == expected
    assert len(archive) == len(expected)
    assert archive.size == path.stat().st_size


def test_archive_with_leaf_directories_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "grande.pmtiles"
    addresses = [tileid_to_zxy(number) for number in range(21845, 21845 + 30_000)]
    tiles = [(z, x, y, b"%d/%d" % (x, y) * (x * y % 97 + 1)) for z, x, y in addresses]
    write_archive(path, tiles, bounds=(-180, -85, 180, 85), center=(0, 0, 8), metadata={})
    archive = Archive(path)
    assert archive.header["leaf_directory_length"] > 0
    assert {(z, x, y, archive.get(z, x, y)) for z, x, y in archive} == set(tiles)


def test_absent_tiles(little_path: Path) -> None:
    archive = Archive(little_path)
    assert archive.get(4, 7, 5) is None
    assert archive.find(9, 1, 1) is None


def test_cover_is_that_of_the_bounds(little_path: Path) -> None:
    # 5° W to 10° E, 41° N to 51° N: at zoom 4, columns 7 and 8 (22.5° each), row 5 and its southern
    # neighbour from 40.98° N, which 41° N does not reach.
    archive = Archive(little_path)
    covered = {(x, y) for x in range(16) for y in range(16) if archive.covers(4, x, y)}
    assert covered == {(7, 5), (8, 5)}
    assert not archive.covers(1, 1, 0)
    assert not archive.covers(5, 16, 11)


def test_etags_follow_contents(little_path: Path, tmp_path: Path) -> None:
    archive = Archive(little_path)
    etags: dict[str, set[bytes | None]] = {}
    for address in archive:
        content = archive.find(*address)
        assert content is not None
        etags.setdefault(content.etag(archive), set()).add(archive.get(*address))
    assert len(etags) == 4
    assert all(len(contents) == 1 for contents in etags.values())
    little_archive(tmp_path / "b.pmtiles", "z")
    assert Archive(tmp_path / "b.pmtiles").etag != archive.etag


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(TilesError, match="absente, vide ou illisible"):
        Archive(tmp_path / "rien.pmtiles")


def test_a_file_that_changes_under_an_open_archive(little_path: Path, tmp_path: Path) -> None:
    """Cut short, it is told; a mapped file would have killed the process. Replaced, it stays."""
    path = tmp_path / "a.pmtiles"
    shutil.copy(little_path, path)
    archive = Archive(path)
    tiles = {address: archive.get(*address) for address in archive}
    assert archive.is_as_opened()
    path.rename(tmp_path / "b.pmtiles")
    assert archive.is_as_opened()
    shutil.copy(little_path, path)
    assert not archive.is_as_opened()
    assert {address: archive.get(*address) for address in archive} == tiles
    os.truncate(tmp_path / "b.pmtiles", archive.size - 1)
    with pytest.raises(CutArchiveError, match="abîmées"):
        archive.slice(0, archive.size)
    os.truncate(tmp_path / "b.pmtiles", 0)
    with pytest.raises(CutArchiveError):
        archive.get(*next(iter(archive)))
    archive.close()


@given(data=st.data())
def test_cut_archive_is_refused(little_bytes: bytes, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(little_bytes) - 1))
    with pytest.raises(TilesError, match="L’archive de tuiles"):
        open_bytes(little_bytes[:length])


@given(data=st.data())
def test_damaged_archive_is_refused_or_readable(little_bytes: bytes, data: st.DataObject) -> None:
    damaged = bytearray(little_bytes)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    try:
        archive = open_bytes(bytes(damaged))
    except TilesError:
        return
    assert all(archive.get(*address) for address in archive)


@pytest.mark.parametrize(
    ("place", "byte", "words"),
    [
        (0, ord("X"), "pas un fichier PMTiles"),
        (7, 2, "version 3"),
        (98, 3, "compressées par gzip"),
        (99, 2, "tuiles vectorielles"),
        (99, 77, "en-tête"),
        (72, 9, "nombre de tuiles"),
        (78, 1, "plus de 4000000 tuiles"),
    ],
)
def test_reasons(little_bytes: bytes, place: int, byte: int, words: str) -> None:
    damaged = bytearray(little_bytes)
    damaged[place] = byte
    with pytest.raises(TilesError, match=words):
        open_bytes(bytes(damaged))
