"""Files at an HTTP address, from a real server: changes, faults, bounds, forbidden servers."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.config import SourceConfig
from etl.errors import EtlError
from etl.fetch import address as module
from etl.fetch import fetch, hosts, http_client
from tests.etl import small_atlas

Handler = http.server.BaseHTTPRequestHandler
Page = Callable[[Handler], None]


def page(body: bytes = b"", code: int = 200, length: int | None = None, **headers: str) -> Page:
    """An ordinary answer; ``length`` is what it announces."""

    def answer(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@dataclass
class Site:
    """A local web server: path → its answers, one after the other; the last one stays."""

    port: int = 0
    pages: dict[str, list[Page]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()

    class Served(Handler):
        def do_GET(self) -> None:
            served.asked.append((self.path, dict(self.headers.items())))
            answers = served.pages.get(self.path, [page(code=404)])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            # The client may have had enough.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Served) as server:
        served.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield served
        served.stopped.set()
        server.shutdown()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKOFF", 0.01)


def source(url: str, *, private: bool = True, **settings: object) -> SourceConfig:
    bounds: dict[str, object] = {
        name: settings.pop(name)
        for name in ("taille_max_mo", "duree_max_s", "essais")
        if name in settings
    }
    bounds["adresses_privees"] = private
    return small_atlas.source("france_services", fichier=url, telechargement=bounds, **settings)


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


# --- redirections and forbidden servers --------------------------------------------------------


def test_redirections_are_followed(tmp_path: Path, site: Site, told: list[str]) -> None:
    site.pages["/a"] = [page(code=302, Location="/b?jeton=1")]
    site.pages["/b?jeton=1"] = [page(code=308, Location=site.url("/c"))]
    site.pages["/c"] = [page(b"un")]
    got = fetch(source(site.url("/a")), tmp_path, None, told.append)
    assert got is not None
    assert got.read_bytes() == b"un"


@pytest.mark.parametrize(
    ("location", "said"),
    [("/a", "plus de 5 fois"), ("file:///etc/passwd", "pas admise"), ("", "pas admise")],
)
def test_redirections_have_bounds(
    tmp_path: Path, site: Site, told: list[str], location: str, said: str
) -> None:
    site.pages["/a"] = [page(code=302, Location=location)]
    with pytest.raises(EtlError, match=said):
        fetch(source(site.url("/a")), tmp_path, None, told.append)
    assert len(site.asked) <= 6


FORBIDDEN = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0.0.0.0",
    "localhost",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[fd00::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
)


@pytest.mark.parametrize("host", FORBIDDEN)
def test_this_machine_and_private_networks_are_not_asked(
    tmp_path: Path, site: Site, told: list[str], host: str
) -> None:
    wanted = source(f"http://moi:secret@{host}:{site.port}/a", private=False, facultative=True)
    with pytest.raises(EtlError, match="cette machine") as caught:
        fetch(wanted, tmp_path, None, told.append)
    assert site.asked == []
    assert "secret" not in f"{caught.value}{told}"


def test_a_public_name_that_leads_here_is_not_asked(
    tmp_path: Path, site: Site, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "resolve", lambda _host, _port: ["93.184.215.14", "127.0.0.1"])
    with pytest.raises(EtlError, match="cette machine"):
        fetch(
            source(f"http://public.example:{site.port}/a", private=False),
            tmp_path,
            None,
            told.append,
        )
    assert site.asked == []


def test_a_redirection_to_this_machine_is_not_followed(
    tmp_path: Path, site: Site, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first server is held to be public; the address it sends to is really looked at."""
    site.pages["/a"] = [page(code=302, Location=f"http://localhost:{site.port}/b")]
    site.pages["/b"] = [page(b"secret")]
    real = hosts.is_public
    monkeypatch.setattr(
        http_client,
        "resolve",
        lambda host, port: ["127.0.0.1"] if host == "public.example" else hosts.resolve(host, port),
    )
    seen: list[str] = []

    def first_is_public(text: str) -> bool:
        seen.append(text)
        return len(seen) == 1 or real(text)

    monkeypatch.setattr(hosts, "is_public", first_is_public)
    with pytest.raises(EtlError, match="cette machine"):
        fetch(
            source(f"http://public.example:{site.port}/a", private=False),
            tmp_path,
            None,
            told.append,
        )
    assert [path for path, _ in site.asked] == ["/a"]
    assert list(tmp_path.iterdir()) == []


def test_the_connection_goes_to_the_address_that_was_checked(
    tmp_path: Path, site: Site, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is resolved once: another answer to a second question would not be asked for."""
    site.pages["/a"] = [page(b"un")]
    asked: list[str] = []

    def once(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(http_client, "resolve", once)
    assert fetch(source(f"http://nom.invalid:{site.port}/a"), tmp_path, None, told.append)
    assert asked == ["nom.invalid"]
    assert site.asked[0][1]["Host"] == f"nom.invalid:{site.port}"


def test_another_address_of_the_host_is_tried(
    tmp_path: Path, site: Site, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/a"] = [page(b"un")]
    monkeypatch.setattr(http_client, "resolve", lambda _host, _port: ["127.0.0.2", "127.0.0.1"])
    assert fetch(source(f"http://nom.invalid:{site.port}/a"), tmp_path, None, told.append)


def test_credentials_are_sent_and_never_shown(tmp_path: Path, site: Site, told: list[str]) -> None:
    site.pages["/a?api_key=clef&n=1"] = [page(code=500)]
    url = site.url("/a?api_key=clef&n=1").replace("//", "//moi:secret@")
    with pytest.raises(EtlError) as caught:
        fetch(source(url, essais=1), tmp_path, None, told.append)
    assert site.asked[0][1]["Authorization"].startswith("Basic ")
    for hidden in ("secret", "clef", "moi"):
        assert hidden not in f"{caught.value}{told}"
    assert "n=1" in str(caught.value)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),
        ("198.18.0.1", False),
        ("192.0.2.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert hosts.is_public(address) is public


@given(st.ip_addresses(v=4, network="127.0.0.0/8") | st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_no_private_address_hides_in_another(address: object) -> None:
    assert not hosts.is_public(str(address))
    assert not hosts.is_public(f"::ffff:{address}")


def test_the_environment_proxy_is_used(
    tmp_path: Path, site: Site, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["http://nom.invalid/a"] = [page(b"un")]
    monkeypatch.setenv("http_proxy", site.url(""))
    got = fetch(source("http://nom.invalid/a", private=False), tmp_path, None, told.append)
    assert got is not None
    assert got.read_bytes() == b"un"
