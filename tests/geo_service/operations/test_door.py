"""What the door refuses, what it counts, what it writes, and whose address links follow."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from geo_service import logs
from tests.geo_service.operations.conftest import Open, raw

pytestmark = pytest.mark.anyio

COVERAGE = "/api/territoires/commune/35238/couverture"


async def test_a_client_has_its_share_and_no_other_pays_for_it(open_door: Open):
    settings = {"trusted_proxies": "10.0.0.0/8", "limit_rate": 0.001, "limit_burst": 3}
    async with open_door("10.0.0.1", **settings) as (client, door):
        mine = {"X-Forwarded-For": "82.64.1.2"}
        for _ in range(3):
            assert (await client.get(COVERAGE, headers=mine)).status_code == 200
        refused = await client.get(COVERAGE, headers=mine)
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert int(refused.headers["retry-after"]) > 0
        assert refused.headers["ratelimit-policy"] == '"client";q=3;w=3000'
        assert refused.headers["ratelimit"].startswith('"client";r=0;t=')
        assert refused.headers["cache-control"] == "no-store"
        assert refused.headers["access-control-allow-origin"] == "*"
        assert refused.headers["x-request-id"]
        problem = refused.json()
        assert (problem["status"], problem["motif"]) == (429, "debit")
        assert problem["title"] == "Trop de demandes"
        assert "Réessayez" in problem["detail"]
        # A forged address stands to the left of the true one.
        forged = {"X-Forwarded-For": "9.9.9.9, 82.64.1.2"}
        assert (await client.get(COVERAGE, headers=forged)).status_code == 429
        # Neighbours, files and probes go on.
        other = {"X-Forwarded-For": "82.64.1.3"}
        assert (await client.get(COVERAGE, headers=other)).status_code == 200
        assert (await client.get("/health", headers=mine)).status_code == 200
        assert (await client.get("/ready", headers=mine)).status_code == 200
        assert (await client.get("/assets/rien.js", headers=mine)).status_code == 404
        # A person is told in a page.
        page = await client.get("/recherche", headers={**mine, "Accept": "text/html"})
        assert page.status_code == 429
        assert page.headers["content-type"].startswith("text/html")
        assert "Trop de demandes" in page.text
        assert door.counts.refused["debit"] == 3
    # Straight from the public, the same header says nothing.
    async with open_door("82.64.1.2", **settings) as (client, _):
        answers = [
            await client.get(COVERAGE, headers={"X-Forwarded-For": f"9.9.9.{n}"}) for n in range(4)
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


async def test_nobody_is_limited_where_clients_cannot_be_told_apart(open_door: Open):
    async with open_door("10.0.0.1", limit_rate=0.001, limit_burst=1) as (client, _):
        answers = [await client.get(COVERAGE) for _ in range(5)]
        assert {answer.status_code for answer in answers} == {200}


async def test_files_and_searches_cost_more(open_door: Open):
    settings = {"trusted_proxies": "aucun", "limit_rate": 0.001, "limit_burst": 7}
    async with open_door("82.64.1.2", **settings) as (client, _):
        assert (await client.get(f"{COVERAGE}?format=csv")).status_code == 200
        assert (await client.get(COVERAGE)).status_code == 200
        assert (await client.get(COVERAGE)).status_code == 200
        assert (await client.get(COVERAGE)).status_code == 429


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        ({"path": "/api/" + "a" * 9000}, 414, "adresse"),
        ({"query_string": b"q=" + b"a" * 9000}, 414, "adresse"),
        ({"query_string": b"&".join([b"a=1"] * 65)}, 400, "parametres"),
        ({"headers": [(b"x", b"a" * 20_000)]}, 431, "entetes"),
        ({"headers": [(b"content-length", b"5")]}, 413, "corps"),
        ({"headers": [(b"transfer-encoding", b"chunked")]}, 413, "corps"),
        ({"method": "HEAD", "headers": [(b"content-length", b"5")]}, 413, "corps"),
    ],
)
async def test_requests_are_bounded(open_door: Open, request_: dict, status: int, reason: str):
    async with open_door() as (_, door):
        start, body = await raw(door, **request_)
        assert start["status"] == status
        headers = dict(start["headers"])
        assert headers[b"content-type"] == b"application/problem+json"
        assert door.counts.refused == {reason: 1}
        if request_.get("method") == "HEAD":
            assert body["body"] == b""
        else:
            assert orjson.loads(body["body"])["motif"] == reason
            assert len(headers.get(b"content-length", b"")) <= 3  # nothing asked is sent back


async def test_an_empty_body_is_none(open_door: Open):
    async with open_door() as (_, door):
        start, *_ = await raw(door, headers=[(b"host", b"a"), (b"content-length", b"0")])
        assert start["status"] == 200


async def test_writing_is_refused_by_its_method(open_door: Open):
    async with open_door() as (client, _):
        assert (await client.post(COVERAGE, json={"a": 1})).status_code == 405


async def test_a_crowd_is_refused_calmly(open_door: Open):
    async with open_door(limit_queue_ms=10) as (client, door):
        door._pressure._last_turn = 1.0  # the turn before was long

        async def ask() -> int:
            answer = await client.get("/api/referentiel")
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) > 0
                assert answer.json()["motif"] == "saturation"
            return answer.status_code

        statuses = await asyncio.gather(*(ask() for _ in range(300)))
        assert set(statuses) == {200, 503}
        assert statuses.count(503) == door.counts.refused["saturation"]
        assert await ask() == 200
        assert door.counts.busy == 0


async def test_links_follow_the_public_address_alone(open_door: Open):
    forged = {"Host": "mechant.example", "X-Forwarded-Host": "mechant.example"}
    async with open_door(public_url="https://atlas.exemple.fr") as (client, _):
        for path in ("/ogc/", "/ogc/collections", "/"):
            answer = await client.get(path, headers=forged)
            assert answer.status_code == 200
            assert "mechant" not in answer.text
            assert "https://atlas.exemple.fr" in answer.text
            if path == "/":
                assert "strict-transport-security" in answer.headers


async def test_headers_of_proxies_are_believed_from_proxies_alone(open_door: Open):
    forwarded = {"X-Forwarded-Proto": "https"}
    for peer, secure in (("10.0.0.1", True), ("82.64.1.2", False)):
        async with open_door(peer, trusted_proxies="10.0.0.0/8") as (client, _):
            answer = await client.get("/api/referentiel", headers=forwarded)
            assert ("strict-transport-security" in answer.headers) is secure
            told = {**forwarded, "X-Forwarded-Host": "atlas.exemple.fr"}
            links = (await client.get("/ogc/", headers=told)).text
            assert ("https://atlas.exemple.fr" in links) is secure
            assert ("http://atlas.test" in links) is not secure


async def test_a_process_that_stops_says_so(open_door: Open):
    async with open_door() as (client, door):
        assert "connection" not in (await client.get(COVERAGE)).headers
        door.drain()
        for path in (COVERAGE, "/ogc/", "/tiles/territoires/6/32/22.mvt", "/health"):
            answer = await client.get(path)
            assert answer.headers["connection"] == "close", path
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/ready")).status_code == 503


async def test_counts(open_door: Open):
    async with open_door() as (client, door):
        first = await client.get(COVERAGE)
        await client.get(COVERAGE, headers={"If-None-Match": first.headers["etag"]})
        await client.head(COVERAGE)
        await client.get("/tiles/territoires/6/32/22.mvt")
        await client.get("/tiles/territoires/6/32/22.mvt?inconnu=1")
        await client.request("INVENTE", "/tiles/territoires/6/32/22.mvt")
        coverage = door.counts.routes["/api/territoires/{niveau}/{code}/couverture"]
        assert coverage.statuses == {"GET": {200: 1, 304: 1}, "HEAD": {200: 1}}
        assert coverage.octets == int(first.headers["content-length"])
        assert sum(coverage.classes) == 3
        assert coverage.seconds > 0
        tiles = door.counts.routes["/tiles/{tileset}/{z}/{x}/{y}.mvt"]
        assert tiles.statuses["GET"] == {404: 1, 400: 1}  # the little atlas has no tiles
        assert tiles.statuses["autre"] == {405: 1}


async def test_a_line_of_log_tells_no_one_and_nothing_sought(
    open_door: Open, capfd: pytest.CaptureFixture[str]
):
    logs.configure("info")
    try:
        async with open_door("10.0.0.1", trusted_proxies="10.0.0.0/8") as (client, _):
            given = {"X-Request-Id": "demande-7", "X-Forwarded-For": "82.64.1.2"}
            answer = await client.get("/api/territoires?q=Jeanne+Dupont", headers=given)
            await client.get("/recherche/Jeanne", headers={"X-Request-Id": "a\nb"})
        async with open_door("2a01:e0a:1:2::3", log_clients=True, log_tiles=2) as (client, _):
            for _ in range(4):
                await client.get("/tiles/territoires/6/32/22.mvt")
    finally:
        logs.configure("error")
    lines = [orjson.loads(line) for line in capfd.readouterr().err.splitlines()]
    lines = [line for line in lines if line["event"] == "requete"]
    first, second, *tiles = lines
    assert first["requete"] == "demande-7" == answer.headers["x-request-id"]
    assert (first["route"], first["methode"], first["statut"]) == ("/api/territoires", "GET", 200)
    assert first["octets"] == int(answer.headers["content-length"])
    assert first["ms"] > 0
    assert second["requete"] != "a\nb"
    for line in (first, second):
        assert "client" not in line
        assert "chemin" not in line
        for word in ("Jeanne", "Dupont", "82.64", "10.0.0"):
            assert word not in str(line)
    assert [line["client"] for line in tiles] == ["2a01:e0a:1::/48"] * 2
