"""Serving tiles: a raw ASGI application, for speed, beside the one that answers questions.

Addresses: ``/tiles/{tileset}/{z}/{x}/{y}.mvt``, ``/tiles/{tileset}.json`` (TileJSON 3.0.0) and
``/tiles/{tileset}.pmtiles`` (the archive, by Range), all from the archives; and those of
:mod:`tiles.filtered`, made from the tables. The publication is read once a request, so that no
answer mixes two of them.

A tile that was asked before is one look-up by its path: its headers are ready, its bytes are one
read of a file away. That is what brings it near the speed of an application that does nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import Any

from tiles import tilejson
from tiles.conditions import UnsatisfiableRangeError, matches, parse_range, preferred_codings
from tiles.directory import Content, Directory
from tiles.errors import StoreAwayError
from tiles.filtered import FilteredTiles
from tiles.problems import (
    CORS,
    Headers,
    ProblemError,
    Receive,
    Scope,
    Send,
    away,
    header,
    length,
    send_answer,
    send_problem,
)
from tiles.requests import (
    CACHE,
    TILE_TYPE,
    VARY,
    Publication,
    archive_of,
    outside,
    tile_numbers,
)

#: Seconds a client waits before it asks again for an atlas that is not there yet, or for a store.
RETRY_AFTER = 10

#: Paths whose answers are kept ready by a process: all tiles of a country; some 1 kB each at most.
MOST_READY = 40_000

#: Bytes of tiles that a process holds, of those asked more than once: some 400 of them. Reading one
#: from its archive takes 3 µs, but lets go of the interpreter's lock, and having it back takes 15.
MOST_HELD = 8 * 2**20
#: A tile larger than this is read each time.
LARGEST_HELD = 128 * 2**10

_PREFLIGHT: Headers = [
    *CORS,
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"Range, If-Range, If-None-Match, Cache-Control, Pragma"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
]
_ALLOW = (b"allow", b"GET, HEAD, OPTIONS")

_TILE_PARTS = 4

#: What an ETag ends with, by coding.
_SUFFIXES = {"gzip": "-gz", "br": "-br", "identity": ""}


#: Told of each tile sent: its status, bytes of its body, when it was asked for (perf_counter).
Told = Callable[[int, int, float], None]


class _Coded:
    """A tile in one coding: its headers are written once."""

    __slots__ = ("archive", "asked", "body", "content", "etag", "fresh", "headers", "inflated")

    def __init__(self, archive: Directory, content: Content, coding: str) -> None:
        self.archive = archive
        self.content = content
        self.etag = f'"{content.etag(archive)}{_SUFFIXES[coding]}"'
        self.fresh: Headers = [(b"etag", self.etag.encode()), CACHE, VARY, *CORS]
        self.headers: Headers = [*self.fresh, TILE_TYPE]
        if coding != "identity":
            self.headers += [(b"content-encoding", coding.encode()), length(content.length)]
        self.inflated = coding == "identity"
        self.asked = False
        self.body: bytes | None = None


class _Held:
    """The tiles whose bytes are in memory: those asked more than once, up to :data:`MOST_HELD`."""

    __slots__ = ("_coded", "_size")

    def __init__(self) -> None:
        self._coded: list[_Coded] = []
        self._size = 0

    def take(self, coded: _Coded) -> bytes | None:
        """Read a tile, and hold it if it was read before; None where reading it would wait."""
        body = coded.archive.at_hand(coded.content)
        if body is None or len(body) > LARGEST_HELD:
            return body
        if not coded.asked:
            coded.asked = True
            return body
        if self._size + len(body) > MOST_HELD:
            # All make room: those still asked for are soon back, and nothing is to be kept in order
            # by each request.
            for other in self._coded:
                other.body, other.asked = None, False
            self._coded, self._size = [], 0
        coded.body = body
        self._coded.append(coded)
        self._size += len(body)
        return body


class _Tile:
    """A tile of an archive, in the codings it exists in."""

    __slots__ = ("_archive", "_coded", "_content", "address")

    def __init__(self, archive: Directory, content: Content, address: tuple[int, int, int]) -> None:
        self.address = address
        self._archive = archive
        self._content = content
        self._coded: dict[tuple[str, ...], _Coded] = {}

    def coded(self, wanted: tuple[str, ...]) -> _Coded:
        """Give the tile in the first of the codings wanted that it exists in."""
        found = self._coded.get(wanted)
        if found is None:
            found = self._coded[wanted] = self._choose(wanted)
        return found

    def _choose(self, wanted: tuple[str, ...]) -> _Coded:
        for coding in wanted:
            if coding != "br":
                return _Coded(self._archive, self._content, coding)
            packed = self._archive.packed
            smaller = packed.find(*self.address) if packed is not None else None
            if packed is not None and smaller is not None:
                return _Coded(packed, smaller, coding)
        raise RuntimeError("identity closes the list of codings")


class TilesApp:
    """ASGI application of the addresses under ``/tiles/``.

    Parameters
    ----------
    current
        Gives the publication to serve; None while there is none.
    filtered
        Makes tiles from the tables; None where only archives are served.
    trust_forwarded
        Whether X-Forwarded-Proto and X-Forwarded-Host come from a proxy of ours. TileJSON then
        names the address that the public sees.
    """

    def __init__(
        self,
        current: Callable[[], Publication | None],
        *,
        filtered: FilteredTiles | None = None,
        trust_forwarded: bool = False,
    ) -> None:
        self._current = current
        self._filtered = filtered
        self._trust_forwarded = trust_forwarded
        self._ready: dict[str, _Tile] = {}
        self._ready_of: Publication | None = None
        self._held = _Held()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """Answer one HTTP request."""
        del receive  # a body, if any, is not read
        publication = self._current()
        if publication is self._ready_of and scope["type"] == "http":
            tile = self._ready.get(scope["path"])
            if tile is not None and scope["method"] == "GET" and not scope["query_string"]:
                return _send_ready(scope, send, tile, self._held)
        return self._answer_any(scope, send, publication)

    def known(self, scope: Scope, send: Send, told: Told) -> Coroutine[Any, Any, None] | None:
        """Answer a GET without parameters for a tile that was asked before.

        Parameters
        ----------
        scope, send
            Of the request.
        told
            Told of what is sent, as its last message goes.

        Returns
        -------
        coroutine or None
            What sends the answer; None for any other address: nothing was done then.
        """
        if self._current() is not self._ready_of:
            return None
        tile = self._ready.get(scope["path"])
        return None if tile is None else _send_ready(scope, send, tile, self._held, told)

    async def _answer_any(self, scope: Scope, send: Send, publication: Publication | None) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"tiles are served by HTTP, not by {scope['type']}")
        try:
            await self._answer(scope, send, publication)
        except ProblemError as problem:
            await send_problem(scope, send, problem)
        except StoreAwayError as error:
            await send_problem(scope, send, away(str(error), RETRY_AFTER))

    async def _answer(self, scope: Scope, send: Send, publication: Publication | None) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            return await send_answer(send, 204, _PREFLIGHT)
        if method not in {"GET", "HEAD"}:
            raise ProblemError(
                405, f"Les tuiles se lisent par GET ou HEAD, pas par {method[:20]}.", [_ALLOW]
            )
        if publication is None:
            raise away(
                "L’atlas n’est pas encore prêt : aucune publication n’est active. "
                "Réessayez dans quelques secondes.",
                RETRY_AFTER,
            )
        path = scope["path"]
        if self._filtered is not None and self._filtered.concerns(path, scope["query_string"]):
            return await self._filtered.answer(
                scope, send, publication, trust_forwarded=self._trust_forwarded
            )
        if scope["query_string"]:
            raise ProblemError(400, "Cette adresse de tuiles ne prend aucun paramètre.")
        rest = path.removeprefix("/tiles/")
        parts = rest.split("/")
        if len(parts) == _TILE_PARTS and parts[3].endswith(".mvt"):
            return await self._send_tile(scope, send, publication, parts)
        name, dot, extension = rest.rpartition(".")
        if dot and len(parts) == 1 and extension == "json":
            return await self._send_tilejson(scope, send, publication, name)
        if dot and len(parts) == 1 and extension == "pmtiles":
            return await _send_archive(scope, send, archive_of(publication, name))
        raise ProblemError(
            404,
            "Cette adresse n’existe pas. Les tuiles sont à /tiles/{tileset}/{z}/{x}/{y}.mvt, "
            "leur description à /tiles/{tileset}.json, l’archive à /tiles/{tileset}.pmtiles.",
        )

    async def _send_tile(
        self, scope: Scope, send: Send, publication: Publication, parts: list[str]
    ) -> None:
        archive = archive_of(publication, parts[0])
        z, x, y = tile_numbers(parts[1], parts[2], parts[3].removesuffix(".mvt"))
        content = archive.find(z, x, y)
        if content is None:
            if archive.covers(z, x, y):
                return await send_answer(send, 204, [CACHE, VARY, *CORS])
            raise outside(archive.zooms, z, x, y)
        tile = _Tile(archive, content, (z, x, y))
        if f"/tiles/{parts[0]}/{z}/{x}/{y}.mvt" == scope["path"]:  # not spelt with more zeros
            self._keep_ready(publication, scope["path"], tile)
        await _send_ready(scope, send, tile, self._held)
        return None

    def _keep_ready(self, publication: Publication, path: str, tile: _Tile) -> None:
        """Keep a tile for those who ask for it next, as long as the publication is current."""
        if self._ready_of is not publication or len(self._ready) >= MOST_READY:
            # Another dictionary: a request that reads the old one goes on undisturbed.
            self._ready, self._ready_of = {}, publication
            self._held = _Held()
        self._ready[path] = tile

    async def _send_tilejson(
        self, scope: Scope, send: Send, publication: Publication, name: str
    ) -> None:
        archive = archive_of(publication, name)
        document = tilejson.of_archive(
            archive,
            name,
            f"{tilejson.origin(scope, self._trust_forwarded)}/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt",
            publication.id,
        )
        await tilejson.send(scope, send, document, trust_forwarded=self._trust_forwarded)


async def _send_ready(
    scope: Scope, send: Send, tile: _Tile, held: _Held, told: Told | None = None
) -> None:
    """Send a tile, or say that the client has it, in the coding it wants."""
    asked = perf_counter()
    accept = known = b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accept = accept + b"," + value if accept else value
        elif name == b"if-none-match":
            known = known + b"," + value if known else value
    coded = tile.coded(preferred_codings(accept))
    if known and matches(known.decode("latin-1"), coded.etag):
        status, headers, body = 304, coded.fresh, b""
    else:
        status, headers = 200, coded.headers
        try:
            body = coded.body or held.take(coded) or await coded.archive.fetch(coded.content)
            if coded.inflated:
                body = _inflate(body, tile.address)
                headers = [*headers, length(len(body))]
        except StoreAwayError as error:
            return await send_problem(scope, send, away(str(error), RETRY_AFTER))
        except ProblemError as problem:
            return await send_problem(scope, send, problem)
        if scope["method"] == "HEAD":
            body = b""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if told is not None:
        told(status, len(body), asked)
    await send({"type": "http.response.body", "body": body})
    return None


async def _send_archive(scope: Scope, send: Send, archive: Directory) -> None:
    """Send the archive or a part of it, chunk by chunk as the client takes them."""
    etag = f'"{archive.etag}"'
    headers = [
        (b"etag", etag.encode()),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", b"public, max-age=300, no-transform"),
        *CORS,
    ]
    if matches(header(scope, b"if-none-match"), etag):
        return await send_answer(send, 304, headers)
    headers.append((b"content-type", b"application/vnd.pmtiles"))
    start, end, status = 0, archive.size, 200
    if scope["method"] == "HEAD":
        return await send_answer(send, 200, [*headers, length(end)])
    wanted = header(scope, b"range")
    # The part is sent only if the client's validator, when it gives one, is today's strong one.
    if wanted and header(scope, b"if-range").strip() in {"", etag}:
        try:
            part = parse_range(wanted, archive.size)
        except UnsatisfiableRangeError:
            raise ProblemError(
                416,
                f"L’intervalle demandé n’est pas dans l’archive, qui a {archive.size} octets.",
                [(b"content-range", f"bytes */{archive.size}".encode())],
            ) from None
        if part is not None:
            start, end = part
            status = 206
            span = f"bytes {start}-{end - 1}/{archive.size}"
            headers.append((b"content-range", span.encode()))
    headers.append(length(end - start))
    sent, begun = start, False
    async for body in archive.parts(start, end):
        if not begun:  # only now: a store that is away can still be told
            await send({"type": "http.response.start", "status": status, "headers": headers})
            begun = True
        sent += len(body)
        await send({"type": "http.response.body", "body": body, "more_body": sent < end})
    return None


def _inflate(data: bytes, address: tuple[int, int, int]) -> bytes:
    try:
        return zlib.decompress(data, wbits=31)
    except zlib.error:
        raise ProblemError(
            500,
            f"La tuile {'/'.join(map(str, address))} est abîmée sur le disque du service : son "
            "exploitant doit relancer la construction de l’atlas.",
        ) from None
