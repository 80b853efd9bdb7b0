"""Raw ASGI application of the addresses under ``/ogc/``.

The publication is taken once a request, so that no answer mixes two of them. A request whose
validator still holds stops before its parameters are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_service.answers import (
    CACHE_CONTROL,
    etag_of,
    version_of,
)
from geo_service.atlas import PublishedAtlas
from geo_service.codings import encoded
from geo_service.database import NothingPublishedError
from geo_service.downloads import HEADED
from geo_service.errors import Problem, problem_response, to_problem, unknown_address
from geo_service.etags import header_of
from geo_service.ogc.exchange import Answer, Exchange, origin_of, read_query
from geo_service.ogc.parts import PARTS, Handler
from geo_service.ogc.stamped import Asked, Pages, RawHeaders, Stamped
from geo_service.security import HEADERS as SECURITY
from geo_service.watcher import AtlasWatcher
from tiles.conditions import accepts_gzip, matches

log = structlog.get_logger(__name__)

PREFIX: Final = "/ogc"

_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "ETag, Content-Crs, Content-Disposition, Content-Length, Link, Location, Retry-After"
    ),
}
_PREFLIGHT: Final = {
    **_CORS,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}
_VARY: Final = "Accept, Accept-Encoding"


def _pattern(path: str) -> re.Pattern[str]:
    written = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", path)
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", written))


_ROUTES: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = tuple(
    (_pattern(route.path), route.handler) for part in PARTS for route in part.routes
)


class OgcApp:
    """ASGI application of ``/ogc`` and of all that is under it.

    Parameters
    ----------
    watcher
        Gives the publication; the one current at the start of a request serves it to its end.
    """

    def __init__(self, watcher: AtlasWatcher) -> None:
        self._watcher = watcher
        self._pages = Pages()
        self._pages_of: PublishedAtlas | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        method = scope["method"]
        if method == "OPTIONS":
            await _send(send, 204, _PREFLIGHT, b"", headed=False)
            return
        asked = _asked(scope) if method == "GET" else None
        if asked is not None and self._pages_of is self._watcher.current:
            kept = self._pages.find(asked)
            if kept is not None:
                await _send_raw(send, 200, *kept)
                return
        headed = method == "HEAD"
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            with ExitStack() as leases:
                atlas = leases.enter_context(self._published(method))
                status, headers, body, page = await _answer(scope, atlas)
                if isinstance(body, bytes):
                    if asked is not None and page is not None:
                        self._keep(atlas, asked, _raw(status, headers, len(body)), page)
                    await _send(noted, status, headers, body, headed=headed)
                else:
                    await body({**scope, HEADED: headed}, receive, noted)
        except Exception as error:
            if started:
                # The server cuts the connection: what was sent is no whole file.
                log.warning("ogc_coupe", chemin=scope["path"], erreur=repr(error)[:500])
                raise
            problem = to_problem(error)
            if problem.status >= 500:  # noqa: PLR2004 (faults of ours)
                log.warning("ogc_en_echec", chemin=scope["path"], erreur=repr(error)[:500])
            told = problem_response(problem, scope["path"][:200])
            headers = {name.title(): value for name, value in told.headers.items()}
            await _send(
                send,
                problem.status,
                {**headers, **_CORS, "Vary": _VARY},
                bytes(told.body),
                headed=headed,
            )

    def _keep(
        self, atlas: PublishedAtlas, asked: Asked, headers: RawHeaders, page: Stamped
    ) -> None:
        """Keep a page as long as its publication is current."""
        if atlas is not self._watcher.current:
            return
        if atlas is not self._pages_of:
            self._pages, self._pages_of = Pages(), atlas
        self._pages.keep(asked, headers, page)

    def _published(self, method: str) -> PublishedAtlas:
        """Give the publication to read, for a method that reads."""
        if method not in {"GET", "HEAD"}:
            raise Problem(
                405,
                "Cette adresse ne se lit qu’avec GET (ou HEAD).",
                headers={"Allow": "GET, HEAD, OPTIONS"},
            )
        atlas = self._watcher.current
        if atlas is None:
            raise self._watcher.absence or NothingPublishedError()
        return atlas


async def _answer(
    scope: Scope, atlas: PublishedAtlas
) -> tuple[int, dict[str, str], bytes | ASGIApp, Stamped | None]:
    """Give the status, headers and body of a request; for a file, what sends it.

    Last comes the body without the instant it was written at, where it may be kept.
    """
    # A slash too many at either end changes nothing to what is meant.
    path = "/" + scope["path"].removeprefix(PREFIX).strip("/")
    base = f"{origin_of(scope)}{scope.get('root_path', '')}{PREFIX}"
    gzipped = accepts_gzip(header_of(scope, b"accept-encoding").decode("latin-1"))
    accept = header_of(scope, b"accept").decode("latin-1")
    exchange = Exchange(atlas, base, path, read_query(scope), accept, gzipped)
    etag = etag_of(
        *version_of(atlas),
        base,
        path,
        exchange.canonical,
        exchange.accept if "f" not in exchange.query else "",
        "gzip" if gzipped else "identity",
    )
    headers = {"ETag": etag, "Cache-Control": CACHE_CONTROL, "Vary": _VARY, **_CORS}
    condition = header_of(scope, b"if-none-match").decode("latin-1")
    # « * » is true of whatever exists: that is known once the answer is made.
    if condition and "*" not in condition and matches(condition, etag):
        return 304, headers, b"", None
    answer = await _handle(exchange)
    if matches(condition, etag):
        return 304, headers, b"", None
    if answer.download is not None:
        if gzipped and not answer.gzipped:
            headers["Content-Encoding"] = "gzip"
        return 200, headers, answer.download({**SECURITY, **headers, **answer.headers}), None
    body = answer.body
    if gzipped and not answer.gzipped:
        body = await encoded(body, "gzip")
    if gzipped:
        headers["Content-Encoding"] = "gzip"
    headers |= {"Content-Type": answer.media_type, **answer.headers}
    return 200, headers, body, answer.page


async def _handle(exchange: Exchange) -> Answer:
    for pattern, handler in _ROUTES:
        found = pattern.fullmatch(exchange.path)
        if found is not None:
            return await handler(replace(exchange, variables=found.groupdict()))
    raise unknown_address()


def _asked(scope: Scope) -> Asked | None:
    """Tell what a GET asks, as :class:`Pages` keeps it; None where it depends on something else."""
    host = accept = encoding = b""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            return None
        if name == b"accept":
            accept = accept + b"," + value if accept else value
        elif name == b"accept-encoding":
            encoding = encoding + b"," + value if encoding else value
        elif name == b"host":
            host = host + b"," + value if host else value
    if not host:
        return None
    root, scheme = scope.get("root_path", ""), scope.get("scheme", "http")
    return scope["path"], scope["query_string"], host, scheme, root, accept, encoding


async def _send(
    send: Send, status: int, headers: Mapping[str, str], body: bytes, *, headed: bool
) -> None:
    await _send_raw(send, status, _raw(status, headers, len(body)), b"" if headed else body)


def _raw(status: int, headers: Mapping[str, str], length: int) -> RawHeaders:
    merged = {**SECURITY, **headers, "Content-Length": str(length)}
    if status in {204, 304}:
        del merged["Content-Length"]
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in merged.items()]


async def _send_raw(send: Send, status: int, headers: RawHeaders, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
