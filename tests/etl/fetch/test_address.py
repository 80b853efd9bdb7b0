"""Files at an HTTP address, from a real server: changes, faults, bounds, forbidden servers."""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
import time
from pathlib import Path

import pytest

from etl.errors import EtlError
from etl.fetch import address as module
from etl.fetch import fetch, http_client
from tests.etl.fetch.sites import Handler, Page, Site, page, source


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKOFF", 0.01)


def test_an_unchanged_file_is_not_sent_again(tmp_path: Path, site: Site, told: list[str]) -> None:
    first = page(b"un", ETag='"a"', Last_Modified="Wed, 01 Jan 2025 00:00:00 GMT")
    site.pages["/a"] = [first, page(code=304), page(b"deux", ETag='"b"'), page(code=304)]
    wanted = source(site.url("/a"))
    got = fetch(wanted, tmp_path, None, told.append)
    assert got is not None
    assert got.read_bytes() == b"un"
    assert fetch(wanted, tmp_path, None, told.append) == got
    assert got.read_bytes() == b"un"
    assert "inchangé" in told[-1]
    sent = site.asked[1][1]
    assert sent["If-None-Match"] == '"a"'
    assert sent["If-Modified-Since"] == "Wed, 01 Jan 2025 00:00:00 GMT"
    fetch(wanted, tmp_path, None, told.append)
    assert got.read_bytes() == b"deux"
    fetch(wanted, tmp_path, None, told.append)
    assert site.asked[3][1]["If-None-Match"] == '"b"'
    assert "If-Modified-Since" not in site.asked[3][1]
    assert not list(tmp_path.glob(".en-cours-*"))


def test_a_copy_that_was_changed_is_not_asked_about(
    tmp_path: Path, site: Site, told: list[str]
) -> None:
    site.pages["/a"] = [page(b"un", ETag='"a"')]
    wanted = source(site.url("/a"))
    got = fetch(wanted, tmp_path, None, told.append)
    assert got is not None
    got.write_bytes(b"autre")
    assert fetch(wanted, tmp_path, None, told.append) == got
    assert got.read_bytes() == b"un"
    assert "If-None-Match" not in site.asked[1][1]


def test_not_modified_without_a_copy_is_a_fault(
    tmp_path: Path, site: Site, told: list[str]
) -> None:
    site.pages["/a"] = [page(code=304)]
    with pytest.raises(EtlError, match="pas encore téléchargé"):
        fetch(source(site.url("/a")), tmp_path, None, told.append)


def test_a_pinned_address_is_downloaded_once(tmp_path: Path, site: Site, told: list[str]) -> None:
    site.pages["/a"] = [page(b"un")]
    wanted = source(site.url("/a"), sha256=hashlib.sha256(b"un").hexdigest())
    assert fetch(wanted, tmp_path, None, told.append) == fetch(wanted, tmp_path, None, told.append)
    assert len(site.asked) == 1
    wrong = source(site.url("/a"), sha256=hashlib.sha256(b"deux").hexdigest())
    with pytest.raises(EtlError, match="n'est pas celui attendu"):
        fetch(wrong, tmp_path / "d", None, told.append)
    assert list((tmp_path / "d").iterdir()) == []


@pytest.mark.parametrize("code", [500, 503, 429])
def test_a_server_in_trouble_is_asked_again(
    tmp_path: Path, site: Site, told: list[str], code: int
) -> None:
    site.pages["/a"] = [page(code=code), page(b"moitie", length=12), page(b"un")]
    got = fetch(source(site.url("/a")), tmp_path, None, told.append)
    assert got is not None
    assert got.read_bytes() == b"un"
    assert [sentence for sentence in told if "essai 3 sur 4" in sentence]


def cut(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (page(code=500), "erreur 500"),
        (page(code=404), "erreur 404"),
        (page(b"moitie", length=12), "la réponse a été coupée"),
        (page(b"zz", Content_Encoding="gzip"), "la réponse est illisible"),
        (cut, "la réponse a été coupée"),
    ],
)
def test_a_failing_address_leaves_the_last_copy(
    tmp_path: Path, site: Site, told: list[str], answer: Page, said: str
) -> None:
    site.pages["/a"] = [page(b"un"), answer]
    got = fetch(source(site.url("/a")), tmp_path, None, told.append)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(EtlError, match=rf"{said}.*n'est pas touché"):
        fetch(source(site.url("/a")), tmp_path, None, told.append)
    assert got is not None
    assert got.read_bytes() == b"un"
    assert sorted(tmp_path.iterdir()) == before


def test_a_wait_asked_for_is_honoured(tmp_path: Path, site: Site, told: list[str]) -> None:
    site.pages["/a"] = [page(code=503, Retry_After="1"), page(b"un")]
    started = time.monotonic()
    assert fetch(source(site.url("/a")), tmp_path, None, told.append) is not None
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("wait", ["3600", "Wed, 01 Jan 2070 00:00:00 GMT"])
def test_a_wait_that_is_too_long_is_not(
    tmp_path: Path, site: Site, told: list[str], wait: str
) -> None:
    site.pages["/a"] = [page(code=503, Retry_After=wait)]
    with pytest.raises(EtlError, match="erreur 503"):
        fetch(source(site.url("/a")), tmp_path, None, told.append)
    assert len(site.asked) == 1


def test_a_server_that_hangs_is_given_up(
    tmp_path: Path, site: Site, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "READ_TIMEOUT", 0.2)

    def hang(_: Handler) -> None:
        site.stopped.wait(10)

    site.pages["/a"] = [hang]
    with pytest.raises(EtlError, match="ne répond pas à temps"):
        fetch(source(site.url("/a"), essais=2), tmp_path, None, told.append)
    assert len(site.asked) == 2


def drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    for _ in range(600):
        handler.wfile.write(b"x")
        time.sleep(0.02)


def test_a_file_that_comes_drop_by_drop_is_given_up(
    tmp_path: Path, site: Site, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "_CHUNK", 1)
    site.pages["/a"] = [drip]
    started = time.monotonic()
    with pytest.raises(EtlError, match="trop lent"):
        fetch(source(site.url("/a"), duree_max_s=1), tmp_path, None, told.append)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("packed", [False, True])
def test_a_boundless_file_is_stopped(
    tmp_path: Path, site: Site, told: list[str], packed: bool
) -> None:
    body = b"\0" * 3_000_000
    site.pages["/a"] = [
        page(gzip.compress(body), Content_Encoding="gzip") if packed else page(body)
    ]
    with pytest.raises(EtlError, match="dépasse 1 Mo : téléchargement arrêté"):
        fetch(source(site.url("/a"), taille_max_mo=1), tmp_path, None, told.append)
    assert list(tmp_path.iterdir()) == []


def test_an_optional_source_falls_back_on_its_copy_and_says_so(
    tmp_path: Path, site: Site, told: list[str]
) -> None:
    site.pages["/a"] = [page(b"un"), page(code=500)]
    wanted = source(site.url("/a"), facultative=True)
    got = fetch(wanted, tmp_path, None, told.append)
    validators = tmp_path / f"{got.name}.json" if got else tmp_path
    known = json.loads(validators.read_text())
    validators.write_text(json.dumps({**known, "verifie_le": "2025-01-31T00:00:00+00:00"}))
    assert fetch(wanted, tmp_path, None, told.append) == got
    assert "ATTENTION" in told[-1]
    assert "erreur 500" in told[-1]
    assert "(31/01/2025)" in told[-1]


def test_an_optional_source_never_got_is_left_out(
    tmp_path: Path, site: Site, told: list[str]
) -> None:
    site.pages["/a"] = [page(code=500)]
    wanted = source(site.url("/a"), facultative=True)
    assert fetch(wanted, tmp_path, None, told.append) is None
    assert "sans cette source facultative" in told[-1]


def test_a_closed_port_is_told(tmp_path: Path, told: list[str]) -> None:
    with pytest.raises(EtlError, match=r"connexion refusée.*reliée à Internet"):
        fetch(source("http://127.0.0.1:9/a"), tmp_path, None, told.append)


def test_an_unknown_name_is_told(tmp_path: Path, told: list[str]) -> None:
    wanted = source("http://nulle-part.invalid/a", private=False, essais=1)
    with pytest.raises(EtlError, match="le nom du serveur est inconnu"):
        fetch(wanted, tmp_path, None, told.append)


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, site: Site, told: list[str]
) -> None:
    site.pages["/a"] = [page(b"un")]
    (tmp_path / "fichier").write_text("")
    with pytest.raises(EtlError, match="ne peut pas être enregistrée"):
        fetch(source(site.url("/a")), tmp_path / "fichier", None, told.append)
