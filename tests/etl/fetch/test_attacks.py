"""Addresses, paths and archives made to lead elsewhere; beside those of the other modules."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from etl.errors import EtlError
from etl.fetch import fetch, hosts
from etl.formats import FormatError, open_table
from tests.etl.fetch.sites import Site, source

#: Other spellings of this machine and of its neighbours.
HOSTS = (
    "0177.0.0.1", "0x7f.1", "017700000001", "0", "127.0.0.1.", "\uff11\uff12\uff17.0.0.1",
    "[::ffff:7f00:1]", "[::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:a00:1::]", "[::ffff:10.0.0.1]",
    "[fec0::1]", "[ff02::1]", "localhost.", "LOCALHOST",
)  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_no_spelling_of_a_private_address_is_asked(
    tmp_path: Path, site: Site, told: list[str], monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    # Names with a last dot may not be resolved here: a fault of the network, which is tried again.
    monkeypatch.setattr("etl.fetch.address.BACKOFF", 0)
    with pytest.raises(EtlError):
        fetch(source(f"http://{host}:{site.port}/a", private=False), tmp_path, None, told.append)
    assert site.asked == []


@pytest.mark.parametrize(
    "address",
    ["64:ff9b:1::a00:1", "2001:0:a00:1::", "::a00:1", "fe80::1%eth0", "100::1", "fec0::1"],
)
def test_addresses_that_hide_or_reserve_others_are_not_public(address: str) -> None:
    assert not hosts.is_public(address)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "/proc/self/environ"])
def test_devices_are_not_read_through_a_link(tmp_path: Path, told: list[str], path: str) -> None:
    local = tmp_path / "donnees"
    local.mkdir()
    (local / "a.csv").symlink_to(path)
    with pytest.raises(EtlError, match="sort du dossier"):
        fetch(source("a.csv"), tmp_path, local, told.append)


def test_a_pipe_is_no_file(tmp_path: Path, told: list[str]) -> None:
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(EtlError, match="ni un fichier ni un dossier"):
        fetch(source("a.csv"), tmp_path / "t", tmp_path, told.append)


def test_a_link_in_a_folder_of_files_does_not_lead_out(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("id;nom\n1;SECRET\n")
    folder = tmp_path / "dossier"
    folder.mkdir()
    (folder / "a.csv").write_text("id;nom\n2;ouvert\n")
    (folder / "b.csv").symlink_to(secret)
    seen = ""
    try:
        for part in open_table(folder).parts():
            seen += part.rows.to_csv()
    except FormatError as error:
        seen = error.message
    assert "SECRET" not in seen


def linked(name: str, target: str) -> bytes:
    """A zip whose one member is a symbolic link."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        member = zipfile.ZipInfo(name)
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, target)
    return stream.getvalue()


@pytest.mark.parametrize(
    "name", ["../a.csv", "/etc/a.csv", "a/../../a.csv", "C:\\a.csv", "..\\a.csv", "c:a.csv"]
)
def test_a_member_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, "id;nom\n1;a\n")
    (tmp_path / "a.zip").write_bytes(stream.getvalue())
    with pytest.raises(FormatError) as caught:
        open_table(tmp_path / "a.zip")
    assert caught.value.code == "archive_piegee"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip"]


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(linked("a.csv", "/etc/passwd"))
    with pytest.raises(FormatError) as caught:
        open_table(tmp_path / "a.zip")
    assert caught.value.code == "archive_piegee"
