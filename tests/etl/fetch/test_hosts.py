"""Redirections, forbidden servers, credentials and proxies, with a real server."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import EtlError
from etl.fetch import address as module
from etl.fetch import fetch, hosts, http_client
from tests.etl.fetch.sites import Site, page, source


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKOFF", 0.01)


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
