"""Serving tiles: a raw ASGI application, for speed, beside the one that answers questions.

Addresses: ``/tiles/{tileset}/{z}/{x}/{y}.mvt``, ``/tiles/{tileset}.json`` (TileJSON 3.0.0) and
``/tiles/{tileset}.pmtiles`` (the archive, by Range). The publication is read once a request, so
that no answer mixes two of them.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, Protocol

from tiles.archive import Archive
from tiles.conditions import UnsatisfiableRangeError, accepts_gzip, matches, parse_range

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

#: Seconds a client waits before it asks again for an atlas that is not there yet.
RETRY_AFTER = 10

#: Bytes sent at once from an archive: what a slow client holds in memory.
CHUNK = 256 * 1024

#: A nightly atlas: a tile is used five minutes without asking, then asked for again by its ETag.
_CACHE = (b"cache-control", b"public, max-age=300, stale-while-revalidate=86400")
_TILE_TYPE = (b"content-type", b"application/vnd.mapbox-vector-tile")
_VARY = (b"vary", b"Accept-Encoding")
_CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"ETag, Content-Range, Content-Length, Content-Encoding, Accept-Ranges, Retry-After",
    ),
    (b"cross-origin-resource-policy", b"cross-origin"),
]
_PREFLIGHT: Headers = [
    *_CORS,
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"Range, If-Range, If-None-Match, Cache-Control, Pragma"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
]
_ALLOW = (b"allow", b"GET, HEAD, OPTIONS")

_NUMBER = re.compile(r"[0-9]{1,10}")
_HOST = re.compile(r"[A-Za-z0-9._\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_DEEPEST_ZOOM = 30
_TILE_PARTS = 4

_TITLES = {
    400: "Demande incorrecte",
    404: "Introuvable",
    405: "Méthode refusée",
    416: "Intervalle impossible",
    500: "Erreur interne",
    503: "Service momentanément indisponible",
}


class Publication(Protocol):
    """The atlas readers see."""

    @property
    def id(self) -> str:
        """Its identifier."""

    @property
    def archives(self) -> Mapping[str, Archive]:
        """Its archives, by tileset."""


class _ProblemError(Exception):
    """A request that gets an error, told in French."""

    def __init__(self, status: int, detail: str, headers: Headers | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or []


class TilesApp:
    """ASGI application of the addresses under ``/tiles/``.

    Parameters
    ----------
    current
        Gives the publication to serve; None while there is none.
    trust_forwarded
        Whether X-Forwarded-Proto and X-Forwarded-Host come from a proxy of ours. TileJSON then
        names the address that the public sees.
    """

    def __init__(
        self, current: Callable[[], Publication | None], *, trust_forwarded: bool = False
    ) -> None:
        self._current = current
        self._trust_forwarded = trust_forwarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            raise RuntimeError(f"tiles are served by HTTP, not by {scope['type']}")
        del receive  # a body, if any, is not read
        try:
            await self._answer(scope, send)
        except _ProblemError as problem:
            await _send_problem(scope, send, problem)

    async def _answer(self, scope: Scope, send: Send) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            return await _send(send, 204, _PREFLIGHT)
        if method not in {"GET", "HEAD"}:
            raise _ProblemError(
                405, f"Les tuiles se lisent par GET ou HEAD, pas par {method[:20]}.", [_ALLOW]
            )
        publication = self._current()
        if publication is None:
            raise _ProblemError(
                503,
                "L’atlas n’est pas encore prêt : aucune publication n’est active. "
                "Réessayez dans quelques secondes.",
                [(b"retry-after", str(RETRY_AFTER).encode())],
            )
        if scope["query_string"]:
            raise _ProblemError(400, "Les adresses des tuiles ne prennent aucun paramètre.")
        rest = scope["path"].removeprefix("/tiles/")
        parts = rest.split("/")
        if len(parts) == _TILE_PARTS and parts[3].endswith(".mvt"):
            archive = _archive(publication, parts[0])
            return await _send_tile(
                scope, send, archive, [parts[1], parts[2], parts[3].removesuffix(".mvt")]
            )
        name, dot, extension = rest.rpartition(".")
        if dot and len(parts) == 1 and extension == "json":
            return await self._send_tilejson(scope, send, publication, name)
        if dot and len(parts) == 1 and extension == "pmtiles":
            return await _send_archive(scope, send, _archive(publication, name))
        raise _ProblemError(
            404,
            "Cette adresse n’existe pas. Les tuiles sont à /tiles/{tileset}/{z}/{x}/{y}.mvt, "
            "leur description à /tiles/{tileset}.json, l’archive à /tiles/{tileset}.pmtiles.",
        )

    async def _send_tilejson(
        self, scope: Scope, send: Send, publication: Publication, name: str
    ) -> None:
        archive = _archive(publication, name)
        metadata = archive.metadata
        west, south, east, north = archive.bounds
        body = _json(
            {
                "tilejson": "3.0.0",
                "name": metadata.get("name", name),
                "description": metadata.get("description", ""),
                "attribution": metadata.get("attribution", ""),
                "version": "1.0.0",
                "scheme": "xyz",
                "tiles": [f"{self._origin(scope)}/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt"],
                "minzoom": archive.zooms[0],
                "maxzoom": archive.zooms[1],
                "bounds": [west, south, east, north],
                "center": list(archive.center),
                "vector_layers": metadata.get("vector_layers", []),
                "publication": publication.id,
            }
        )
        etag = f'"{hashlib.blake2b(body, digest_size=10).hexdigest()}"'
        headers = [(b"etag", etag.encode()), _CACHE, *_CORS]
        if self._trust_forwarded:
            headers.append((b"vary", b"X-Forwarded-Proto, X-Forwarded-Host"))
        if matches(_header(scope, b"if-none-match"), etag):
            return await _send(send, 304, headers)
        headers += [(b"content-type", b"application/json"), _length(len(body))]
        return await _send(send, 200, headers, b"" if scope["method"] == "HEAD" else body)

    def _origin(self, scope: Scope) -> str:
        """Scheme and host the client used."""
        scheme = scope.get("scheme", "http")
        host = _header(scope, b"host")
        if self._trust_forwarded:
            scheme = _header(scope, b"x-forwarded-proto").split(",")[0].strip() or scheme
            host = _header(scope, b"x-forwarded-host").split(",")[0].strip() or host
        if not host and scope.get("server"):
            name, port = scope["server"]
            host = f"{name}:{port}"
        if scheme not in {"http", "https"} or not _HOST.fullmatch(host):
            raise _ProblemError(400, "Le nom d’hôte de la demande n’est pas valable.")
        return f"{scheme}://{host}"


def _archive(publication: Publication, tileset: str) -> Archive:
    archive = publication.archives.get(tileset)
    if archive is None:
        known = ", ".join(sorted(publication.archives)) or "aucun"
        raise _ProblemError(
            404, f"Le jeu de tuiles « {tileset[:60]} » n’existe pas. Jeux disponibles : {known}."
        )
    return archive


async def _send_tile(scope: Scope, send: Send, archive: Archive, address: Sequence[str]) -> None:
    z, x, y = map(_number, address, "zxy")
    if z > _DEEPEST_ZOOM or x >> z or y >> z:
        raise _ProblemError(
            400,
            f"La tuile {z}/{x}/{y} n’existe pas : z va de 0 à {_DEEPEST_ZOOM}, x et y de 0 à "
            "2 puissance z moins 1.",
        )
    content = archive.find(z, x, y)
    if content is None:
        if archive.covers(z, x, y):
            return await _send(send, 204, [_CACHE, _VARY, *_CORS])
        low, high = archive.zooms
        raise _ProblemError(
            404,
            f"La tuile {z}/{x}/{y} est en dehors de la carte, dessinée des zooms {low} à {high} "
            "dans les limites données par le TileJSON.",
        )
    gzipped = accepts_gzip(_header(scope, b"accept-encoding"))
    etag = f'"{content.etag(archive)}{"-gz" if gzipped else ""}"'
    headers = [(b"etag", etag.encode()), _CACHE, _VARY, *_CORS]
    if matches(_header(scope, b"if-none-match"), etag):
        return await _send(send, 304, headers)
    data = archive.read(content)
    headers.append(_TILE_TYPE)
    if gzipped:
        headers.append((b"content-encoding", b"gzip"))
    else:
        data = _inflate(data, f"{z}/{x}/{y}")
    headers.append(_length(len(data)))
    return await _send(send, 200, headers, b"" if scope["method"] == "HEAD" else data)


async def _send_archive(scope: Scope, send: Send, archive: Archive) -> None:
    """Send the archive or a part of it, chunk by chunk as the client takes them."""
    etag = f'"{archive.etag}"'
    headers = [
        (b"etag", etag.encode()),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", b"public, max-age=300, no-transform"),
        *_CORS,
    ]
    if matches(_header(scope, b"if-none-match"), etag):
        return await _send(send, 304, headers)
    headers.append((b"content-type", b"application/vnd.pmtiles"))
    start, end, status = 0, archive.size, 200
    if scope["method"] == "HEAD":
        return await _send(send, 200, [*headers, _length(end)])
    wanted = _header(scope, b"range")
    # The part is sent only if the client's validator, when it gives one, is today's strong one.
    if wanted and _header(scope, b"if-range").strip() in {"", etag}:
        try:
            part = parse_range(wanted, archive.size)
        except UnsatisfiableRangeError:
            raise _ProblemError(
                416,
                f"L’intervalle demandé n’est pas dans l’archive, qui a {archive.size} octets.",
                [(b"content-range", f"bytes */{archive.size}".encode())],
            ) from None
        if part is not None:
            start, end = part
            status = 206
            span = f"bytes {start}-{end - 1}/{archive.size}"
            headers.append((b"content-range", span.encode()))
    headers.append(_length(end - start))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for offset in range(start, end, CHUNK):
        stop = min(offset + CHUNK, end)
        body = archive.slice(offset, stop)
        await send({"type": "http.response.body", "body": body, "more_body": stop < end})
    return None


def _inflate(data: bytes, address: str) -> bytes:
    try:
        return zlib.decompress(data, wbits=31)
    except zlib.error:
        raise _ProblemError(
            500,
            f"La tuile {address} est abîmée sur le disque du service : son exploitant doit "
            "relancer la construction de l’atlas.",
        ) from None


def _number(text: str, name: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise _ProblemError(
            400, f"Le numéro {name} d’une tuile est un entier positif ; reçu : « {text[:40]} »."
        )
    return int(text)


def _header(scope: Scope, name: bytes) -> str:
    """Value of a request header, its repetitions joined as RFC 9110 §5.3 allows; '' without one."""
    found = [value for key, value in scope["headers"] if key == name]
    return b",".join(found).decode("latin-1")


def _length(octets: int) -> tuple[bytes, bytes]:
    return b"content-length", str(octets).encode()


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


async def _send(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_problem(scope: Scope, send: Send, problem: _ProblemError) -> None:
    """Send an error as RFC 9457 tells it."""
    body = _json(
        {
            "type": "about:blank",
            "title": _TITLES[problem.status],
            "status": problem.status,
            "detail": problem.detail,
            "instance": scope["path"][:200],
        }
    )
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"cache-control", b"no-store"),
        *_CORS,
        *problem.headers,
        _length(len(body)),
    ]
    await _send(send, problem.status, headers, b"" if scope["method"] == "HEAD" else body)
