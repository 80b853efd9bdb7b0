"""The tile application, called in process as an ASGI server calls it."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tiles.asking import Answer, ask_now
from tests.tiles.conftest import little_archive, mixed_archive
from tiles import server
from tiles.archive import CHUNK, Archive, Content
from tiles.packing import pack
from tiles.server import TilesApp
from tiles.store import FolderStore


@dataclass
class Atlas:
    id: str
    archives: dict[str, Archive]
    archives_away: tuple[str, ...] = ()


def ask(
    app: TilesApp,
    path: str,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    query: bytes = b"",
) -> Answer:
    return asyncio.run(ask_now(app, path, headers, method, query))


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    path = tmp_path_factory.mktemp("serveur") / "petite.pmtiles"
    little_archive(path)
    return Atlas("abc", {"petite": Archive(path)})


@pytest.fixture(scope="module")
def app(atlas: Atlas) -> TilesApp:
    return TilesApp(lambda: atlas)


GZIP = {"accept-encoding": "gzip, br"}
TILE = "/tiles/petite/3/4/2.mvt"


def test_tile_as_stored_or_as_is(app: TilesApp, atlas: Atlas) -> None:
    stored = atlas.archives["petite"].get(3, 4, 2)
    assert stored is not None
    packed = ask(app, TILE, GZIP)
    plain = ask(app, TILE)
    assert (packed.status, packed.body) == (200, stored)
    assert packed.headers["content-encoding"] == "gzip"
    assert (plain.status, plain.body) == (200, gzip.decompress(stored))
    assert "content-encoding" not in plain.headers
    assert packed.headers["etag"] != plain.headers["etag"]
    for answer in (packed, plain):
        assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["etag"].startswith('"')
        assert "max-age" in answer.headers["cache-control"]
        assert answer.headers["access-control-allow-origin"] == "*"
        exposed = answer.headers["access-control-expose-headers"]
        assert {"ETag", "Content-Range"} <= set(exposed.split(", "))


@pytest.mark.parametrize("path", [TILE, "/tiles/petite.json", "/tiles/petite.pmtiles"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_head_and_304_have_the_headers_of_get(app: TilesApp, path: str, encoding: str) -> None:
    accept = {"accept-encoding": encoding}
    whole = ask(app, path, accept)
    assert whole.status == 200
    head = ask(app, path, accept, "HEAD")
    assert (head.status, head.headers) == (200, whole.headers)
    etag = whole.headers["etag"]
    fresh = ask(app, path, {**accept, "if-none-match": f'"other", {etag}'})
    assert fresh.status == 304
    content_headers = {"content-type", "content-length", "content-encoding"}
    kept = {k: v for k, v in whole.headers.items() if k not in content_headers}
    assert fresh.headers == kept
    assert ask(app, path, {**accept, "if-none-match": '"other"'}).body == whole.body


def test_validator_of_one_coding_is_not_that_of_the_other(app: TilesApp) -> None:
    packed = ask(app, TILE, GZIP).headers["etag"]
    assert ask(app, TILE, {"if-none-match": packed}).status == 200
    assert ask(app, TILE, {**GZIP, "if-none-match": packed}).status == 304


def test_empty_inside_absent_outside(app: TilesApp) -> None:
    empty = ask(app, "/tiles/petite/4/7/5.mvt")
    assert empty.status == 204
    assert empty.headers["access-control-allow-origin"] == "*"
    assert "content-length" not in empty.headers
    for outside in ("4/0/0", "1/1/0", "9/258/180", "30/0/0"):
        answer = ask(app, f"/tiles/petite/{outside}.mvt")
        assert answer.status == 404
        assert "zooms 2 à 4" in answer.problem["detail"]


@pytest.mark.parametrize(
    "address",
    ["40/1/1", "31/0/0", "-1/0/0", "3/8/0", "3/0/8", "3/-1/2", "3/1.5/2", "z/x/y", "3//2",
     "3/4/2e1", "3/٣/2", f"3/{'9' * 5000}/1", "+3/4/2", "3/ 4/2"],
)  # fmt: skip
def test_impossible_tiles_are_bad_requests(app: TilesApp, address: str) -> None:
    answer = ask(app, f"/tiles/petite/{address}.mvt")
    assert answer.status == 400
    assert len(answer.body) < 1000
    assert answer.problem["title"] == "Demande incorrecte"


@pytest.mark.parametrize(
    "path",
    ["/tiles/", "/tiles/autre/3/4/2.mvt", "/tiles/autre.json", "/tiles/autre.pmtiles",
     "/tiles/petite/3/4/2.png", "/tiles/petite/3/4", "/tiles/petite/3/4/2.mvt/1", "/tiles/petite",
     "/tiles/../petite.json", "/tiles/a/petite.json"],
)  # fmt: skip
def test_unknown_addresses(app: TilesApp, path: str) -> None:
    answer = ask(app, path)
    assert answer.status == 404
    assert answer.problem["instance"] == path
    assert answer.headers["cache-control"] == "no-store"


def test_unknown_parameters_and_methods(app: TilesApp) -> None:
    assert "paramètre" in ask(app, TILE, query=b"couche=x").problem["detail"]
    assert ask(app, TILE, query=b"couche=x").status == 400
    answer = ask(app, TILE, method="POST")
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert "POST" in answer.problem["detail"]


def test_preflight(app: TilesApp) -> None:
    answer = ask(app, "/tiles/petite.pmtiles", method="OPTIONS")
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Range" in answer.headers["access-control-allow-headers"]


def test_no_publication_yet() -> None:
    answer = ask(TilesApp(lambda: None), TILE)
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "pas encore prêt" in answer.problem["detail"]


def test_tilejson(app: TilesApp, atlas: Atlas) -> None:
    document = json.loads(ask(app, "/tiles/petite.json").body)
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == ["http://atlas.test/tiles/petite/{z}/{x}/{y}.mvt"]
    assert document["vector_layers"] == atlas.archives["petite"].metadata["vector_layers"]
    assert (document["minzoom"], document["maxzoom"]) == (2, 4)
    assert document["bounds"] == [-5, 41, 10, 51]
    assert document["center"] == [2.5, 46.5, 3]
    assert document["attribution"] == "nous"
    assert document["publication"] == "abc"


def test_forwarded_address_is_used_only_when_trusted(app: TilesApp, atlas: Atlas) -> None:
    forwarded = {"x-forwarded-proto": "https", "x-forwarded-host": "carte.example.org"}
    trusting = TilesApp(lambda: atlas, trust_forwarded=True)

    def origin(answer: Answer) -> str:
        return str(json.loads(answer.body)["tiles"][0]).split("/tiles/")[0]

    assert origin(ask(app, "/tiles/petite.json", forwarded)) == "http://atlas.test"
    answer = ask(trusting, "/tiles/petite.json", forwarded)
    assert origin(answer) == "https://carte.example.org"
    assert "X-Forwarded-Host" in answer.headers["vary"]
    assert origin(ask(trusting, "/tiles/petite.json")) == "http://atlas.test"


@pytest.mark.parametrize("host", ['a"b', "a/b", "a b", "<script>", "a:b"])
def test_strange_host_is_refused(app: TilesApp, host: str) -> None:
    assert ask(app, "/tiles/petite.json", {"host": host}).status == 400


@given(first=st.integers(0, 2000), last=st.integers(0, 2000))
def test_parts_are_those_of_the_file(app: TilesApp, atlas: Atlas, first: int, last: int) -> None:
    archive = atlas.archives["petite"]
    content = archive.path.read_bytes()
    answer = ask(app, "/tiles/petite.pmtiles", {"range": f"bytes={first}-{last}"})
    if last < first or first >= len(content):
        assert answer.status == 416
        assert answer.headers["content-range"] == f"bytes */{len(content)}"
        assert answer.problem["title"] == "Intervalle impossible"
    else:
        end = min(last + 1, len(content))
        assert answer.status == 206
        assert answer.body == content[first:end]
        assert answer.headers["content-range"] == f"bytes {first}-{end - 1}/{len(content)}"


def test_parts_only_of_the_archive_the_client_knows(app: TilesApp, atlas: Atlas) -> None:
    etag = ask(app, "/tiles/petite.pmtiles", method="HEAD").headers["etag"]
    size = atlas.archives["petite"].size

    def received(headers: Mapping[str, str]) -> tuple[int, int]:
        answer = ask(app, "/tiles/petite.pmtiles", {"range": "bytes=0-9", **headers})
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["content-type"] == "application/vnd.pmtiles"
        return answer.status, len(answer.body)

    assert received({"if-range": etag}) == (206, 10)
    assert received({"if-range": '"hier"'}) == (200, size)
    assert received({"if-range": f"W/{etag}"}) == (200, size)
    assert received({"if-range": "Sat, 21 Nov 2026 10:00:00 GMT"}) == (200, size)
    assert received({"range": "bytes=0-1,4-5"}) == (200, size)
    known = {"range": "bytes=0-9", "if-none-match": etag}
    assert ask(app, "/tiles/petite.pmtiles", known).status == 304


def test_whole_archive_is_sent_by_chunks(territoires: Archive) -> None:
    app = TilesApp(lambda: Atlas("x", {"territoires": territoires}))
    answer = ask(app, "/tiles/territoires.pmtiles")
    assert answer.body == territoires.path.read_bytes()
    assert len(answer.chunks) > 1
    assert max(answer.chunks) <= CHUNK


def test_new_publication_changes_all_at_once(atlas: Atlas, tmp_path: Path) -> None:
    little_archive(tmp_path / "petite.pmtiles", "z")
    other = Atlas("def", {"petite": Archive(tmp_path / "petite.pmtiles")})
    asked = 0

    def alternate() -> Atlas:
        nonlocal asked
        asked += 1
        return other if asked % 2 == 0 else atlas

    app = TilesApp(alternate)
    for path in (TILE, "/tiles/petite.pmtiles", "/tiles/petite.json"):
        first, second, third = (ask(app, path, GZIP) for _ in range(3))
        assert first.headers["etag"] == third.headers["etag"] != second.headers["etag"]
        assert first.body == third.body != second.body
        asked = 0
    sea = "/tiles/petite/4/9/5.mvt"
    assert ask(app, sea).headers["etag"] == ask(app, sea).headers["etag"]


def test_damaged_tile_is_told(tmp_path: Path) -> None:
    path = tmp_path / "petite.pmtiles"
    little_archive(path)
    archive = Archive(path)
    content = archive.find(3, 4, 2)
    assert content is not None
    damaged = bytearray(path.read_bytes())
    damaged[content.offset] ^= 0xFF
    path.write_bytes(damaged)
    answer = ask(TilesApp(lambda: Atlas("x", {"petite": Archive(path)})), TILE)
    assert answer.status == 500
    assert "abîmée" in answer.problem["detail"]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> TilesApp:
    """The application on an archive of two tiles: brotli makes one smaller, and not the other."""
    path = tmp_path_factory.mktemp("serveur") / "mixte.pmtiles"
    mixed_archive(path)
    assert pack(path) is not None
    archive = FolderStore(path.parent.parent).open(path.parent.name, "mixte")
    assert archive is not None
    assert archive.packed is not None
    assert len(archive.packed) == 1
    return TilesApp(lambda: Atlas("abc", {"mixte": archive}))  # type: ignore[dict-item]


SMALLER, NO_SMALLER = "/tiles/mixte/3/4/2.mvt", "/tiles/mixte/3/4/3.mvt"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip;q=0.4", "br"),
        ("br;q=0.4, gzip;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip", "gzip"),
        ("*", "gzip"),
        ("br", "br"),
        ("identity;q=1, br;q=0.5, gzip;q=0.5", ""),
        ("", ""),
    ],
)
def test_brotli_where_it_is_smaller_and_wanted(
    packed: TilesApp, accepted: str, coding: str
) -> None:
    plain = ask(packed, SMALLER).body
    for _ in range(2):  # the second time from what is kept ready
        answer = ask(packed, SMALLER, {"accept-encoding": accepted})
        assert answer.headers.get("content-encoding", "") == coding
        assert answer.headers["vary"] == "Accept-Encoding"
        assert DECODERS[coding](answer.body) == plain
        other = ask(packed, NO_SMALLER, {"accept-encoding": accepted})
        kept = "gzip" if coding == "br" and "gzip" in accepted else coding
        assert other.headers.get("content-encoding", "") == ("" if kept == "br" else kept)


DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.decompress, "gzip": gzip.decompress, "": bytes
}  # fmt: skip


def test_each_coding_has_its_validator(packed: TilesApp) -> None:
    codings = {"accept-encoding": "br"}, {"accept-encoding": "gzip"}, {}
    etags = [ask(packed, SMALLER, coding).headers["etag"] for coding in codings]
    assert len(set(etags)) == 3
    assert all(etag.startswith('"') for etag in etags)
    for coding, own in zip(codings, etags, strict=True):
        for etag in etags:
            answer = ask(packed, SMALLER, {**coding, "if-none-match": etag})
            assert answer.status == (304 if etag == own else 200)


def test_repeated_headers_are_read_together(app: TilesApp) -> None:
    etag = ask(app, TILE, GZIP).headers["etag"]
    asked = [(b"accept-encoding", b"identity;q=0.1"), (b"accept-encoding", b"gzip")]
    asked += [(b"if-none-match", b'"x"'), (b"if-none-match", etag.encode())]
    statuses = []

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    async def receive() -> Any:
        raise AssertionError("no body is read")

    scope = {"type": "http", "method": "GET", "path": TILE, "query_string": b"", "headers": asked}
    asyncio.run(app(scope, receive, send))
    assert statuses[0] == 304


def test_a_client_that_stays_through_switches_never_gets_a_mixed_tile(
    atlas: Atlas, tmp_path: Path
) -> None:
    """Readers ask without end while the publication changes: headers and bytes are of one."""
    little_archive(tmp_path / "petite.pmtiles", "z")
    other = Atlas("def", {"petite": Archive(tmp_path / "petite.pmtiles")})
    current = atlas
    app = TilesApp(lambda: current)
    paths = (TILE, "/tiles/petite/2/2/1.mvt", "/tiles/petite/3/4/3.mvt")
    expected = {
        (path, answer.headers["etag"]): answer.body
        for one in (atlas, other)
        for path in paths
        for answer in [ask(TilesApp(lambda one=one: one), path, GZIP)]  # type: ignore[misc]
    }
    assert len(expected) == 6
    seen = set()

    async def read(path: str) -> None:
        for _ in range(60):
            answer = await ask_now(app, path, GZIP)
            assert expected[path, answer.headers["etag"]] == answer.body
            seen.add((path, answer.headers["etag"]))
            await asyncio.sleep(0)

    async def switch() -> None:
        nonlocal current
        for turn in range(60):
            current = other if turn % 2 else atlas
            await asyncio.sleep(0)

    async def all_at_once() -> None:
        await asyncio.gather(switch(), *(read(path) for path in paths * 4))

    asyncio.run(all_at_once())
    assert seen == set(expected)


def test_tileset_of_a_store_that_is_away_is_told_to_come_back() -> None:
    answer = ask(TilesApp(lambda: Atlas("x", {}, ("lieux",))), "/tiles/lieux/4/8/5.mvt")
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "stockage" in answer.problem["detail"]


def test_tiles_asked_again_are_held_within_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read or held, the answer is the same; what is held never exceeds the bound."""
    path = tmp_path / "petite.pmtiles"
    little_archive(path)
    archive = Archive(path)
    bodies = {one: archive.get(*one) or b"" for one in archive}
    monkeypatch.setattr(server, "MOST_HELD", sum(map(len, bodies.values())) - 1)
    reads: list[Content] = []
    at_hand = archive.at_hand

    def counted(content: Content) -> bytes | None:
        reads.append(content)
        return at_hand(content)

    monkeypatch.setattr(archive, "at_hand", counted)
    atlas = Atlas("x", {"petite": archive})
    app = TilesApp(lambda: atlas)

    def read(z: int, x: int, y: int) -> Answer:
        answer = ask(app, f"/tiles/petite/{z}/{x}/{y}.mvt", GZIP)
        assert answer.body == bodies[z, x, y]
        assert sum(len(one.body or b"") for one in app._held._coded) <= server.MOST_HELD
        return answer

    for one in [*bodies] * 3:
        read(*one)
    first = next(iter(bodies))
    answers = [read(*first) for _ in range(3)]
    before = len(reads)
    assert read(*first).headers == answers[0].headers
    assert len(reads) == before, "held, it is read no more"
