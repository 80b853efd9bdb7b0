"""The whole topology, asked through its proxy: cache, validators, bounds, faults, versions."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator

import pytest

from tests.topology import Topology
from tests.topology.asking import Answer, Readers, ask, connect
from tests.topology.servers import Proxy

TILE = "/tiles/territoires/5/16/11.mvt"
#: An address of each family, and the seconds its answers are declared fresh.
FAMILIES = {
    "/": 60,
    "/commune/75056": 60,
    "/widget/commune/75056": 60,
    "/api/territoires/commune/75056": 60,
    "/api/territoires/commune/75056/diagnostic": 60,
    "/api/territoires/commune/75056/carte.svg": 60,
    "/api/territoires?q=paris&format=csv": 60,
    "/ogc/collections/lieux/items": 60,
    "/styles/territoires.json": 60,
    "/widget.js": 600,
    "/sprites/atlas.json": 3600,
    "/tiles/territoires.json": 300,
    TILE: 300,
    "/ogc/tiles/WebMercatorQuad/5/11/16": 300,
}
#: Those whose bytes are the code's alone: no publication changes them.
CODE = {"/widget.js", "/sprites/atlas.json"}
#: Files are sent, never kept.
SENT = {"/api/territoires?q=paris&format=csv"}
CODED = {"Accept-Encoding": "gzip, deflate, br, zstd"}


@pytest.fixture(scope="module")
def topology(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Topology]:
    with Topology(
        tmp_path_factory.mktemp("topologie"),
        durable=False,
        movable_clock=True,
        proxy_variables={"ATLAS_DELAI_ENTETES": "1s"},
        # A crowd of one address is what these tests are made of.
        settings={"GEO_LOG_CLIENTS": "true", "GEO_LIMIT_RATE": "0"},
    ) as found:
        yield found


@pytest.fixture
def proxy(topology: Topology) -> Proxy:
    assert topology.proxy is not None
    return topology.proxy


def max_age(answer: Answer) -> int:
    found = re.search(r"max-age=(\d+)", answer.headers["cache-control"])
    assert found is not None
    return int(found[1])


def new_address(number: int) -> str:
    """An address that nobody asked before: the API itself must answer."""
    return f"{('/recherche', '/api/territoires')[number % 2]}?q=paris+{number}"


@pytest.mark.parametrize("path", FAMILIES)
def test_an_answer_is_asked_of_the_api_once(proxy: Proxy, path: str) -> None:
    first = ask(proxy, path, CODED)
    assert first.status == 200, first.plain
    assert max_age(first) == FAMILIES[path]
    again = ask(proxy, path, CODED)
    assert (again.status, again.body) == (200, first.body)
    assert again.headers["etag"] == first.headers["etag"]
    # Strong: that is what ranges, pmtiles and If-Match need.
    assert re.fullmatch(r'"[\w-]+"', first.headers["etag"])
    # Who keeps it next knows its age, and each request has its own id.
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    known = ask(proxy, path, {**CODED, "If-None-Match": f'"autre", {first.headers["etag"]}'})
    assert (known.status, known.body) == (304, b"")
    assert known.headers["etag"] == first.headers["etag"]
    assert known.headers["cache-control"] == first.headers["cache-control"]
    if path in SENT:
        assert (first.cache, again.cache) == ("MISS", "MISS")
    else:
        assert again.headers["date"] == first.headers["date"]
        assert (first.cache, again.cache, known.cache) == ("MISS", "HIT", "HIT")


@pytest.mark.parametrize(
    ("path", "codings"), [(TILE, ["br", "gzip", None]), ("/", ["br", "gzip", None])]
)
def test_codings_are_kept_apart_in_one_spelling(
    proxy: Proxy, path: str, codings: list[str | None]
) -> None:
    spellings = [
        ("gzip, deflate, br, zstd", "br;q=1.0 , gzip;q=0.8, *;q=0.1"),
        ("gzip, deflate", "deflate, gzip;q=1, br;q=0"),
        ("", "identity, gzip;q=0"),
    ]
    answers = []
    for (one, other), coding in zip(spellings, codings, strict=True):
        first = ask(proxy, path, {"Accept-Encoding": one})
        same = ask(proxy, path, {"Accept-Encoding": other})
        assert same.cache == "HIT"
        assert (same.headers["etag"], same.body) == (first.headers["etag"], first.body)
        assert first.headers.get("content-encoding") == coding
        assert "Accept-Encoding" in first.headers["vary"]
        answers.append(first)
    assert len({answer.plain for answer in answers}) == 1
    etags = {answer.headers["etag"]: answer.headers.get("content-encoding") for answer in answers}
    assert len(etags) == len({*codings})


def test_under_ogc_the_format_asked_is_part_of_the_answer(proxy: Proxy) -> None:
    kinds = {}
    for accept in ("text/html", "application/json"):
        for _ in range(2):
            answer = ask(proxy, "/ogc/collections", {"Accept": accept})
            kinds[accept] = answer.headers["content-type"].partition(";")[0]
        assert answer.cache == "HIT"
    assert kinds == {accept: accept for accept in kinds}


def test_every_answer_varies_by_what_the_proxy_keeps_it_by(proxy: Proxy) -> None:
    """Its configuration takes the place of Vary: anything else would mix answers."""
    for path in (*FAMILIES, "/rien", "/api/rien", "/ogc/rien", "/ogc/tiles", "/oembed", "/ready"):
        told = ask(proxy, path, {**CODED, "Origin": "https://autre.fr"}).headers.get("vary", "")
        allowed = {"Accept-Encoding", "Accept"} if path.startswith("/ogc") else {"Accept-Encoding"}
        assert {*filter(None, re.split(r",\s*", told))} <= allowed, path


def test_archives_are_read_by_parts_of_one_publication(proxy: Proxy) -> None:
    whole = ask(proxy, "/tiles/lieux.pmtiles")
    part = ask(proxy, "/tiles/lieux.pmtiles", {"Range": "bytes=0-6"})
    assert (part.status, part.body) == (206, whole.body[:7] or b"PMTiles")
    assert part.body == b"PMTiles"
    assert part.headers["etag"] == whole.headers["etag"]
    assert whole.cache == part.cache == ""
    assert "no-transform" in whole.headers["cache-control"]


# --- what clients say of themselves ------------------------------------------------------------


def test_headers_that_a_client_forges_go_no_further(topology: Topology, proxy: Proxy) -> None:
    forged = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Host": "mal.exemple",
        "X-Forwarded-Proto": "http",
        "Forwarded": "for=203.0.113.7;host=mal.exemple;proto=http",
        "X-Request-Id": "choisi-par-le-client",
        "X-Original-URL": "/api/referentiel",
        "X-Real-IP": "203.0.113.7",
    }
    for path in ("/tiles/lieux.json", "/styles/lieux.json", "/ogc/", "/commune/15001"):
        forged_first = ask(proxy, path, forged)
        assert forged_first.status == 200
        assert b"mal.exemple" not in forged_first.plain
        assert proxy.url.encode() in forged_first.plain
        assert forged_first.headers["x-request-id"] != "choisi-par-le-client"
        # And whoever asks next is not told what the forger would have been.
        assert ask(proxy, path).body == forged_first.body
    logged = "".join(api.said(200_000) for api in topology.apis)
    clients = {json.loads(line)["client"] for line in logged.splitlines() if '"client"' in line}
    assert "127.0.0.0/24" in clients
    assert not [client for client in clients if client.startswith("203.")]


def test_another_name_is_answered_by_nobody(proxy: Proxy) -> None:
    for path in ("/", "/tiles/lieux.json"):
        told = ask(proxy, path, {"Host": "mal.exemple"})
        assert told.status == 421
        assert told.cache == ""
    with pytest.raises(ssl.SSLError):
        connect(proxy, "mal.exemple")


def test_http_leads_to_https(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.http), timeout=60) as plain:
        plain.sendall(b"GET /commune/75056?a=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        told = plain.recv(4096)
    assert told.startswith(b"HTTP/1.1 308 ")
    assert f"\r\nLocation: {proxy.url}/commune/75056?a=1\r\n".encode() in told


@pytest.mark.parametrize(
    ("method", "path", "headers", "statuses"),
    [
        ("GET", "/" + "a" * 20_000, {}, {414}),
        ("GET", "/", {"X-Long": "a" * 50_000}, {400, 431, 494}),
        ("GET", "/", {"Content-Length": "100000"}, {413}),
        ("POST", "/api/referentiel", {}, {405}),
        ("DELETE", "/", {}, {405}),
    ],
)
def test_what_is_too_large_or_writes_is_cut(
    proxy: Proxy, method: str, path: str, headers: dict[str, str], statuses: set[int]
) -> None:
    assert ask(proxy, path, headers, method=method).status in statuses


def test_clients_that_do_not_finish_are_cut_and_the_others_served(proxy: Proxy) -> None:
    """Slowloris: the whole head must have come in time, however it trickles."""
    slow = []
    for sent in (b"", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "):
        connection = connect(proxy)
        connection.sendall(sent)
        slow.append(connection)
    assert ask(proxy, new_address(10**6)).status == 200
    for connection in slow:
        with connection:
            # At the end of the delay: closed, or told 408; never answered.
            assert b" 200 " not in connection.recv(4096)


# --- faults, versions, publications ------------------------------------------------------------


def test_a_killed_api_and_a_replaced_one_lose_no_request(topology: Topology, proxy: Proxy) -> None:
    one, other = topology.apis
    with Readers(proxy, new_address) as readers:
        readers.wait_for(30)
        one.kill()
        readers.wait_for(30)
        one.start()
        # It is taken back a second after it last failed: until then, the other is alone.
        while not one.answered("/recherche"):
            readers.wait_for(1)
        # The next version takes the place of this one: SIGTERM, then a new process.
        other.stop()
        readers.wait_for(30)
        other.start()
        readers.wait_for(30)
    assert set(readers.seen) == {"200"}, readers.seen


def test_without_the_object_store_what_was_read_goes_on(topology: Topology, proxy: Proxy) -> None:
    assert topology.store is not None
    kept = ask(proxy, TILE, CODED)
    assert kept.status == 200
    with topology.without(topology.store):
        # A request to the store that is away is repeated, then given up: a tile never read.
        unseen = ask(proxy, "/tiles/lieux/4/8/5.mvt", CODED)
        assert unseen.status == 503
        assert int(unseen.headers["retry-after"]) > 0
        assert unseen.headers["cache-control"] == "no-store"
        assert ask(proxy, TILE, CODED).body == kept.body
        assert ask(proxy, new_address(10**6 + 1)).status == 200
        assert ask(proxy, "/ready").status == 200
    assert ask(proxy, "/tiles/lieux/4/8/5.mvt", CODED).status == 200


def publication_of(answer: Answer) -> str:
    return str(json.loads(answer.plain)["publication"])


def test_a_new_publication_is_new_validators_and_needs_no_purge(
    topology: Topology, proxy: Proxy
) -> None:
    before = {path: ask(proxy, path, CODED) for path in FAMILIES}
    old = topology.publication
    new = topology.publish(title="Autre atlas", rows=25)
    assert new != old
    for api in topology.apis:
        while (told := api.ready()) is None or told["publication"] != new:
            assert api.is_running
    # As long as declared, the answer of before may be given, and is.
    named = "/tiles/territoires.json"
    assert publication_of(ask(proxy, named, CODED)) == old
    proxy.advance(max(FAMILIES.values()) + 1)
    for path, was in before.items():
        known = {**CODED, "If-None-Match": was.headers["etag"]}
        after = ask(proxy, path, known)
        if path in CODE:
            assert after.status == 304, path
            continue
        assert after.status == 200, path
        assert after.cache in {"EXPIRED", "MISS"}
        assert after.headers["etag"] != was.headers["etag"], path
        again = ask(proxy, path, {**CODED, "If-None-Match": after.headers["etag"]})
        assert again.status == 304
    assert publication_of(ask(proxy, named, CODED)) == new
    assert topology.replica is not None
    ((same,),) = topology.replica.ask("SELECT publication FROM atlas.publication_active")
    assert same == new


def test_nothing_is_given_older_than_declared_while_the_api_answers(
    topology: Topology, proxy: Proxy
) -> None:
    """Second by second around the end of each life: the proxy asks again in time, never late."""
    for path, life in FAMILIES.items():
        if path in SENT:
            continue
        ask(proxy, path, CODED)
        proxy.advance(life)
        assert ask(proxy, path, CODED).cache in {"HIT", "EXPIRED"}
        proxy.advance(2)
        assert ask(proxy, path, CODED).cache in {"HIT", "EXPIRED"}
        proxy.advance(life + 1)
        assert ask(proxy, path, CODED).cache == "EXPIRED", path


def test_without_any_api_what_was_read_lasts_a_day(topology: Topology, proxy: Proxy) -> None:
    """The last one: no server of the API is left."""
    path = "/api/territoires/commune/75056"
    kept = ask(proxy, path, CODED)
    for api in topology.apis:
        api.kill()
    proxy.advance(3600)
    stale = ask(proxy, path, CODED)
    assert (stale.status, stale.cache, stale.body) == (200, "STALE", kept.body)
    refused = ask(proxy, new_address(10**6 + 2))
    assert refused.status == 503
    assert refused.headers["retry-after"] == "5"
    assert refused.headers["cache-control"] == "no-store"
    assert json.loads(refused.body)["status"] == 503
    # Longer than that, and the truth is better than the atlas of the day before.
    proxy.advance(90_000)
    assert ask(proxy, path, CODED).status == 503


def test_the_log_of_the_proxy_names_nobody(proxy: Proxy) -> None:
    text = (proxy.home / "acces.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {"HIT", "MISS"} <= {line["cache"] for line in lines}
    assert "127.0.0.1" not in text
    assert "q=paris" not in text
    assert "/commune" not in text
