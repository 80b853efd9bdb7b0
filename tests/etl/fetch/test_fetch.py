"""Getting files: real pip and npm on local registries, a real HTTP server, no network."""

from __future__ import annotations

import base64
import hashlib
import http.server
import io
import json
import os
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from etl.config import SourceConfig
from etl.errors import EtlError
from etl.fetch import fetch, sha256_of
from tests.etl import small_atlas


@dataclass
class Told:
    """What fetching said."""

    sentences: list[str] = field(default_factory=list)

    def __call__(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def __contains__(self, text: str) -> bool:
        return any(text in sentence for sentence in self.sentences)


@dataclass
class Site:
    """A local web server: path → (code, body, announced length)."""

    url: str
    pages: dict[str, tuple[int, bytes, int | None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            code, body, length = served.pages.get(self.path, (404, b"", None))
            self.send_response(code)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield served
        server.shutdown()


def local_source(**settings: object) -> SourceConfig:
    return small_atlas.source("france_services", **settings)


def tiny_wheel(folder: Path) -> Path:
    """A wheel that pip accepts."""
    path = folder / "petit_paquet-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("petit_paquet/donnees.csv", "a\n1\n")
        about = "petit_paquet-1.0.dist-info"
        archive.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: petit-paquet\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    return path


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip may look."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def pypi_source(sha256: str) -> SourceConfig:
    return local_source(
        fichier=None,
        paquet={"registre": "pypi", "nom": "petit-paquet", "version": "1.0"},
        sha256=sha256,
    )


# --- local files -------------------------------------------------------------------------------


def test_a_local_file_is_used_where_it_is(tmp_path: Path, told: Told) -> None:
    file = tmp_path / "donnees.csv"
    file.write_text("a\n")
    assert fetch(local_source(), tmp_path / "d", tmp_path, told) == file
    assert not (tmp_path / "d").exists()


def test_an_absent_optional_file_is_told_and_is_none(tmp_path: Path, told: Told) -> None:
    assert fetch(local_source(facultative=True), tmp_path, tmp_path / "rien", told) is None
    assert "fichier absent" in told


def test_an_absent_compulsory_file_stops(tmp_path: Path, told: Told) -> None:
    with pytest.raises(EtlError, match=r"introuvable.*donnees\.csv.*retirez la source"):
        fetch(local_source(), tmp_path, tmp_path, told)


def test_a_relative_file_needs_a_folder(tmp_path: Path, told: Told) -> None:
    with pytest.raises(EtlError, match="dossier_local"):
        fetch(local_source(), tmp_path, None, told)


def test_a_path_cannot_climb_out_of_the_folder(tmp_path: Path, told: Told) -> None:
    (tmp_path / "secret.csv").write_text("a\n")
    inside = tmp_path / "dedans"
    inside.mkdir()
    with pytest.raises(EtlError, match="sort du dossier"):
        fetch(local_source(fichier="../secret.csv"), tmp_path, inside, told)


def test_a_changed_local_file_is_refused_when_it_is_pinned(tmp_path: Path, told: Told) -> None:
    file = tmp_path / "donnees.csv"
    file.write_text("a\n")
    good = local_source(sha256=sha256_of(file))
    assert fetch(good, tmp_path, tmp_path, told) == file
    file.write_text("b\n")
    with pytest.raises(EtlError) as caught:
        fetch(good, tmp_path, tmp_path, told)
    assert str(file) in str(caught.value)
    assert good.sha256 is not None
    assert good.sha256 in str(caught.value)
    assert sha256_of(file) in str(caught.value)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path, told: Told) -> None:
    (tmp_path / "secret.csv").write_text("a\n")
    inside = tmp_path / "dedans"
    inside.mkdir()
    (inside / "donnees.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(EtlError, match="sort du dossier"):
        fetch(local_source(), tmp_path, inside, told)


def test_an_absolute_path_out_of_the_folder_is_for_territories(tmp_path: Path, told: Told) -> None:
    file = tmp_path / "contours.csv"
    file.write_text("a\n")
    inside = tmp_path / "dedans"
    inside.mkdir()
    with pytest.raises(EtlError, match="sort du dossier"):
        fetch(local_source(fichier=str(file)), tmp_path, inside, told)
    territories = local_source(fichier=str(file), role="territoires")
    assert fetch(territories, tmp_path, inside, told) == file
    (inside / "donnees.csv").write_text("a\n")
    within = local_source(fichier=str(inside / "donnees.csv"))
    assert fetch(within, tmp_path, inside, told) == inside / "donnees.csv"


def test_a_folder_is_a_source_and_has_a_fingerprint(tmp_path: Path, told: Told) -> None:
    folder = tmp_path / "mois"
    folder.mkdir()
    (folder / "1.csv").write_text("a\n")
    assert fetch(local_source(fichier="mois"), tmp_path, tmp_path, told) == folder
    before = sha256_of(folder)
    (folder / "2.csv").write_text("a\n")
    assert sha256_of(folder) != before


def test_what_is_no_file_is_refused(tmp_path: Path, told: Told) -> None:
    os.mkfifo(tmp_path / "donnees.csv")
    with pytest.raises(EtlError, match="ni un fichier ni un dossier"):
        fetch(local_source(), tmp_path, tmp_path, told)


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://u:secret@h/a.csv", "FILE:a.csv"])
def test_other_schemes_are_refused(tmp_path: Path, told: Told, place: str) -> None:
    with pytest.raises(EtlError, match=r"seules les adresses http:// et https://") as caught:
        fetch(local_source(fichier=place), tmp_path, tmp_path, told)
    assert "secret" not in str(caught.value)


# --- packages ----------------------------------------------------------------------------------


def test_a_package_is_downloaded_once(tmp_path: Path, wheels: Path, told: Told) -> None:
    expected = sha256_of(tiny_wheel(wheels))
    downloads = tmp_path / "d"
    got = fetch(pypi_source(expected), downloads, None, told)
    assert got is not None
    assert sha256_of(got) == expected
    shutil.rmtree(wheels)
    assert fetch(pypi_source(expected), downloads, None, told) == got
    assert "déjà téléchargé" in told
    assert list(downloads.iterdir()) == [got]


def test_a_damaged_copy_is_downloaded_again(tmp_path: Path, wheels: Path, told: Told) -> None:
    expected = sha256_of(tiny_wheel(wheels))
    downloads = tmp_path / "d"
    got = fetch(pypi_source(expected), downloads, None, told)
    assert got is not None
    got.write_bytes(got.read_bytes()[: got.stat().st_size // 2])
    assert fetch(pypi_source(expected), downloads, None, told) == got
    assert sha256_of(got) == expected
    assert "abîmée" in told


def test_an_unexpected_package_is_tried_twice_then_refused(
    tmp_path: Path, wheels: Path, told: Told
) -> None:
    actual = sha256_of(tiny_wheel(wheels))
    downloads = tmp_path / "d"
    with pytest.raises(EtlError) as caught:
        fetch(pypi_source("f" * 64), downloads, None, told)
    message = str(caught.value)
    assert "f" * 64 in message
    assert actual in message
    assert "petit-paquet 1.0" in message
    assert "second essai" in told
    assert list(downloads.iterdir()) == []


def test_what_a_killed_run_left_is_swept(tmp_path: Path, wheels: Path, told: Told) -> None:
    expected = sha256_of(tiny_wheel(wheels))
    old, recent = tmp_path / ".en-cours-vieux", tmp_path / ".en-cours-recent"
    for folder in (old, recent):
        folder.mkdir()
        (folder / "moitie.whl").write_bytes(b"x")
    os.utime(old, (0, 0))
    got = fetch(pypi_source(expected), tmp_path, None, told)
    assert got is not None
    assert not old.exists()
    assert recent.exists()


def test_a_package_out_of_reach_is_told(tmp_path: Path, wheels: Path, told: Told) -> None:
    with pytest.raises(EtlError) as caught:
        fetch(pypi_source("f" * 64), tmp_path / "d", None, told)
    message = str(caught.value)
    assert "petit-paquet 1.0" in message
    assert "réponse de pip" in message
    assert "reliée à Internet" in message
    assert "Traceback" not in message


def npm_package(site: Site) -> bytes:
    """A package on the local registry, as npm asks for it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        content = b'{"name": "@essai/donnees", "version": "2.0.0"}'
        member = tarfile.TarInfo("package/package.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    body = stream.getvalue()
    digest = base64.b64encode(hashlib.sha512(body).digest()).decode()
    about = {
        "name": "@essai/donnees",
        "dist-tags": {"latest": "2.0.0"},
        "versions": {
            "2.0.0": {
                "name": "@essai/donnees",
                "version": "2.0.0",
                "dist": {"tarball": f"{site.url}/d.tgz", "integrity": f"sha512-{digest}"},
            }
        },
    }
    site.pages["/@essai%2fdonnees"] = (200, json.dumps(about).encode(), None)
    site.pages["/d.tgz"] = (200, body, None)
    return body


def npm_source(body: bytes) -> SourceConfig:
    return local_source(
        fichier=None,
        paquet={"registre": "npm", "nom": "@essai/donnees", "version": "2.0.0"},
        sha256=hashlib.sha256(body).hexdigest(),
    )


@pytest.fixture
def npm_home(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "registry": site.url,
        "cache": str(tmp_path / "npm"),
        "userconfig": "/dev/null",
        "fetch_retries": "0",
        "noproxy": "127.0.0.1",
        "update_notifier": "false",
    }.items():
        monkeypatch.setenv(f"npm_config_{name}", value)


@pytest.mark.usefixtures("npm_home")
def test_an_npm_package_is_downloaded(tmp_path: Path, site: Site, told: Told) -> None:
    body = npm_package(site)
    got = fetch(npm_source(body), tmp_path / "d", None, told)
    assert got is not None
    assert got.name == "essai-donnees-2.0.0.tgz"
    assert got.read_bytes() == body


@pytest.mark.usefixtures("npm_home")
def test_an_unknown_npm_package_is_told(tmp_path: Path, told: Told) -> None:
    with pytest.raises(EtlError, match=r"(?s)@essai/donnees 2\.0\.0.*réponse de npm"):
        fetch(npm_source(b""), tmp_path / "d", None, told)


def test_npm_missing_is_told(tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EtlError, match=r"npm, qui n'est pas installé.*Node\.js"):
        fetch(npm_source(b""), tmp_path / "d", None, told)
