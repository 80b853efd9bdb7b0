"""Archives of outlines that lead out of their folder or unpack to too much."""

from __future__ import annotations

import gzip
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaries.errors import BoundariesError
from boundaries.readers import layers
from boundaries.readers.unpacking import Bounds, unpack_gzip, unpack_zip

SMALL = Bounds(members=3, total_bytes=5000, ratio=10, ratio_floor=1000)


def archive(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "dossier"
    found.mkdir()
    return found


def test_a_sound_archive_is_unpacked(tmp_path: Path, folder: Path) -> None:
    path = archive(
        tmp_path / "a.zip", ("a.shp", b"un"), ("b/", b""), ("b/c.shp", b"deux"), (r"d\e.dbf", b"3")
    )
    unpack_zip(path, folder)
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert found == {"a.shp": b"un", "b/c.shp": b"deux", "d/e.dbf": b"3"}


@pytest.mark.parametrize(
    "name", ["../dehors", "/etc/dehors", "a/../../dehors", r"..\dehors", "C:/a"]
)
def test_a_member_that_leads_out_is_refused(tmp_path: Path, folder: Path, name: str) -> None:
    path = archive(tmp_path / "a.zip", ("bon.shp", b"x"), (name, b"x"))
    with pytest.raises(BoundariesError, match=r"a\.zip contient un chemin qui sort de l’archive"):
        unpack_zip(path, folder)
    assert list(folder.iterdir()) == []
    assert {entry.name for entry in tmp_path.iterdir()} == {"a.zip", "dossier"}


def test_a_link_is_refused(tmp_path: Path, folder: Path) -> None:
    link = zipfile.ZipInfo("lien.shp")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = archive(tmp_path / "a.zip", (link, b"/etc/passwd"))
    with pytest.raises(BoundariesError, match=r"contient un lien \(« lien\.shp »\)"):
        unpack_zip(path, folder)
    assert list(folder.iterdir()) == []


def test_a_password_is_refused(tmp_path: Path, folder: Path) -> None:
    path = archive(tmp_path / "a.zip", ("a.shp", b"x"))
    content = bytearray(path.read_bytes())
    # The bit of encryption, in the directory (APPNOTE.TXT 4.4.4).
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(BoundariesError, match="protégée par un mot de passe"):
        unpack_zip(path, folder)


def test_a_compression_of_another_age_is_refused(tmp_path: Path, folder: Path) -> None:
    path = archive(tmp_path / "a.zip", ("a.shp", b"x" * 100))
    content = bytearray(path.read_bytes())
    for signature, field in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        struct.pack_into("<H", content, content.index(signature) + field, 97)
    path.write_bytes(content)
    with pytest.raises(BoundariesError, match="compressée d’une façon qui n’est pas lue"):
        unpack_zip(path, folder)


def test_too_many_members_are_refused(tmp_path: Path, folder: Path) -> None:
    path = archive(tmp_path / "a.zip", *((f"{n}.shp", b"") for n in range(4)))
    with pytest.raises(BoundariesError, match="contient plus de 3 fichiers"):
        unpack_zip(path, folder, SMALL)
    assert list(folder.iterdir()) == []


def test_a_huge_directory_is_refused_before_it_is_loaded(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive(tmp_path / "a.zip", *((f"{n}{'x' * 5000}", b"") for n in range(3)))
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(BoundariesError, match="contient plus de 3 fichiers"):
        unpack_zip(path, folder, SMALL)


def test_bytes_of_all_members_are_counted_together(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name in "ab":
            made.writestr(f"{name}.shp", b"x" * 3000)
    unpack_zip(archive(tmp_path / "b.zip", ("a.shp", b"x" * 900)), folder, SMALL)
    with pytest.raises(BoundariesError, match="contient plus de 0 Mo une fois décompressée"):
        unpack_zip(path, folder, SMALL)


def test_a_bomb_is_refused(tmp_path: Path, folder: Path) -> None:
    zeros = bytes(4000)
    path = archive(tmp_path / "a.zip", ("a.shp", zeros))
    with pytest.raises(BoundariesError, match=r"plus de 10 fois sa taille .* archive piégée"):
        unpack_zip(path, folder, SMALL)
    packed = tmp_path / "a.geojson.gz"
    packed.write_bytes(gzip.compress(zeros))
    with pytest.raises(BoundariesError, match=r"plus de 10 fois sa taille .* archive piégée"):
        unpack_gzip(packed, folder / "a", SMALL)


def test_what_an_archive_says_of_its_size_is_not_believed(tmp_path: Path, folder: Path) -> None:
    path = archive(tmp_path / "a.zip", ("a.shp", bytes(4000)))
    content = bytearray(path.read_bytes())
    for signature, field in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", content, content.index(signature) + field, 10)
    path.write_bytes(content)
    # The library stops at the size that is written, then finds the checksum wrong.
    with pytest.raises((BoundariesError, zipfile.BadZipFile)):
        unpack_zip(path, folder, SMALL)
    assert sum(found.stat().st_size for found in folder.iterdir()) <= SMALL.ratio_floor


@pytest.mark.parametrize("name", ["a.zip", "a.geojson.gz"])
def test_the_reader_of_layers_unpacks_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    if name.endswith(".zip"):
        archive(path, ("a.shp", bytes(4000)))
    else:
        path.write_bytes(gzip.compress(bytes(4000)))
    for unpack in (unpack_gzip, unpack_zip):
        monkeypatch.setattr(unpack, "__defaults__", (SMALL,))
    with pytest.raises(BoundariesError, match="archive piégée"), layers.opened(path):
        pass


@given(cut=st.integers(1, 200), at=st.integers(0, 300), byte=st.integers(0, 255))
def test_a_damaged_archive_is_told_in_french(
    tmp_path_factory: pytest.TempPathFactory, cut: int, at: int, byte: int
) -> None:
    path = archive(tmp_path_factory.mktemp("abimee") / "a.zip", ("a.geojson", b"{}" * 40))
    content = bytearray(path.read_bytes())
    content[at % len(content)] = byte
    path.write_bytes(b"PK" + bytes(content[2 : len(content) - cut]))
    with pytest.raises(BoundariesError, match=r"a\.zip"), layers.opened(path):
        pass
