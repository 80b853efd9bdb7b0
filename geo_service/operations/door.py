"""The door of the service: every request is bounded, counted and logged here, once.

A tile asked for by its address alone goes straight through: it is counted, and that is all, since
refusing it would cost as much as sending it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from random import getrandbits
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_service.api.parameters import REQUEST_ID
from geo_service.forwarded import seen_by_client
from geo_service.operations import costs, refusals
from geo_service.operations.access_log import AccessLog
from geo_service.operations.buckets import Buckets
from geo_service.operations.clients import Clients
from geo_service.operations.counts import Counts, counting_tile, telling_tiles
from geo_service.operations.pressure import Pressure
from geo_service.operations.refusals import Refusal
from geo_service.operations.routes import TILE, Templates
from geo_service.operations.settings import OperationSettings
from tiles.server import TilesApp

#: Request ids that a proxy may give.
_REQUEST_ID: Final = re.compile(rb"[0-9A-Za-z._-]{1,64}\Z")

_BEYOND_ASCII: Final = re.compile(rb"[\x80-\xff]")

_FORWARDED: Final = frozenset({b"x-forwarded-proto", b"x-forwarded-host", b"forwarded"})
_READ: Final = frozenset({b"content-length", b"transfer-encoding", b"x-request-id"})
_CLIENT: Final = b"x-forwarded-for"
_WATCHED: Final = _FORWARDED | _READ | {_CLIENT}
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_CLOSE: Final = (b"connection", b"close")

#: Runs beside the service from its start to its end.
Companion = Callable[[], Awaitable[None]]


class Door:
    """ASGI application around the whole service.

    Parameters
    ----------
    service
        Answers.
    tiles
        Answers the tiles, as `service` would.
    templates
        Of all its addresses.
    counts
        Where requests are counted.
    settings
        Limits, and what is logged.
    logged
        Whether requests have a line in the log.
    companions
        What runs beside the service.

    Attributes
    ----------
    service
        What is behind the door.
    templates
        Templates of all addresses.
    draining
        Whether the service is about to stop: each answer closes its connection, so that the client
        asks for the next one elsewhere, rather than on a connection that is being cut.
    """

    def __init__(
        self,
        service: ASGIApp,
        tiles: TilesApp,
        templates: Templates,
        counts: Counts,
        settings: OperationSettings,
        *,
        logged: bool = True,
        companions: tuple[Companion, ...] = (),
    ) -> None:
        self.counts = counts
        self.draining = False
        self.service = service
        self._tiles = tiles
        self.templates = tuple(templates.all)
        self._templates = templates
        self._tokens = {name: costs.tokens_of(name) for name in templates.all}
        tile = counts.route(TILE)
        self._told = telling_tiles(tile, tile.of_method("GET"))
        self._settings = settings
        self._url = settings.limit_url
        self._clients = Clients(settings.proxies)
        limited = self._clients.known and settings.limit_rate > 0
        self._buckets = Buckets(settings.limit_rate, settings.limit_burst) if limited else None
        self._named = limited or settings.log_clients
        self._pressure = Pressure(settings.limit_queue_ms / 1000)
        self._log = AccessLog(enabled=logged, clients=settings.log_clients)
        self._every = settings.log_tiles if logged else 0
        self._tiles_seen = 0
        self._straight = not self._every
        self._public = urlsplit(settings.public_url) if settings.public_url else None
        self._companions = companions

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""
        if scope["type"] != "http":
            return self._live(scope, receive, send)
        path = scope["path"]
        if path[-4:] == ".mvt" and path[:7] == "/tiles/" and not scope["query_string"]:
            if self._straight and scope["method"] == "GET":
                known = self._tiles.known(scope, send, self._told)
                return known or self._tiles(scope, receive, counting_tile(send, self._told))
            self._tiles_seen += 1
        return self._answer(scope, receive, send)

    def drain(self) -> None:
        """Prepare to stop: from now on, every answer is the last one of its connection."""
        self.draining = True
        self._straight = False

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the companions as long as the service lives."""
        running = [asyncio.ensure_future(companion()) for companion in self._companions]
        try:
            await self.service(scope, receive, send)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        method = scope["method"]
        template = self._templates.find(scope["path"])
        counts = self.counts.route(template)
        request_id, client, refusal = self._look(scope, template, started)
        scope[REQUEST_ID] = request_id
        # The application gives the id to its answers itself.
        adding = [(b"x-request-id", request_id.encode())]
        if refusal is None and not template.startswith(("/ogc", "/tiles")):
            adding = []
        if self.draining:
            adding.append(_CLOSE)
        status = octets = 0

        def counted(message: Message) -> Awaitable[None]:
            nonlocal status, octets
            if message["type"] == "http.response.start":
                status = message["status"]
                counts.of_method(method)[status] += 1
                if adding:
                    message["headers"] = [*message["headers"], *adding]
            else:
                size = len(message.get("body", b""))
                octets += size
                counts.octets += size
                if not message.get("more_body", False):
                    counts.ended(perf_counter() - started)
            return send(message)

        self.counts.busy += 1
        try:
            if refusal is not None:
                self.counts.refused[refusal.reason] += 1
                await _refuse(refusal, scope, counted)
            else:
                await self.service(scope, receive, counted)
        finally:
            self.counts.busy -= 1
            if self._is_logged(template, scope, status):
                self._log.write(
                    request_id=request_id,
                    route=template,
                    method=method,
                    path=scope["path"],
                    status=status,
                    seconds=perf_counter() - started,
                    octets=octets,
                    client=client,
                )

    def _look(self, scope: Scope, template: str, now: float) -> tuple[str, str, Refusal | None]:
        """Read the headers once: give the id of the request, its client, and why it is refused."""
        if not scope["query_string"].isascii():
            # RFC 3986 has no such bytes, servers let them through, and frameworks choke on them.
            scope["query_string"] = _BEYOND_ASCII.sub(_encoded, scope["query_string"])
        peer = scope["client"][0] if scope.get("client") else ""
        given, forwarded, body, size, altered = b"", [], False, 0, False
        for name, value in scope["headers"]:
            size += len(value) + len(name)
            if name in _WATCHED:
                if name == _CLIENT:
                    forwarded.append(value)
                elif name == b"x-request-id":
                    given = value
                elif name in _FORWARDED:
                    altered = True
                else:
                    body = body or value.strip() != b"0"
        request_id = given.decode() if _REQUEST_ID.match(given) else f"{getrandbits(64):016x}"
        if self._public is not None or altered:
            self._set_origin(scope, peer)
        client = self._clients.of(peer, forwarded) if self._named else ""
        return request_id, client, self._refusal(scope, template, client, now, size, body=body)

    def _refusal(
        self, scope: Scope, template: str, client: str, now: float, size: int, *, body: bool
    ) -> Refusal | None:
        refusal = self._too_large(scope, size, body=body)
        if refusal is not None or template in costs.PROBES:
            stopping = self.draining and template != costs.ALIVE
            return refusals.STOPPING if refusal is None and stopping else refusal
        if not self._pressure.admits(now):
            return refusals.PRESSURE
        query = scope["query_string"]
        base = self._tokens.get(template, costs.ORDINARY)
        exempt = not base or (template == TILE and not query) or scope["method"] == "OPTIONS"
        if self._buckets is None or exempt:
            return None
        verdict = self._buckets.take(client, costs.tokens(base, query), now)
        return None if verdict.allowed else refusals.too_fast(self._buckets, verdict)

    def _too_large(self, scope: Scope, size: int, *, body: bool) -> Refusal | None:
        query = scope["query_string"]
        if len(scope["path"]) + len(query) > self._url:
            return refusals.too_long(self._url)
        if query and query.count(b"&") >= self._settings.limit_parameters:
            return refusals.too_many_parameters(self._settings.limit_parameters)
        if size > self._settings.limit_headers:
            return refusals.too_large_head(self._settings.limit_headers)
        if body and scope["method"] in _READING:
            return refusals.BODY
        return None

    def _set_origin(self, scope: Scope, peer: str) -> None:
        """Let links follow the public address, or what a proxy of ours says, and nothing else."""
        if self._public is None:
            if self._clients.through_proxy(peer):
                scope.update(seen_by_client(scope))
            elif self._clients.known:
                scope["headers"] = [one for one in scope["headers"] if one[0] not in _FORWARDED]
            return
        host = self._public.netloc.encode()
        kept = [one for one in scope["headers"] if one[0] != b"host" and one[0] not in _FORWARDED]
        scope["headers"] = [(b"host", host), *kept]
        scope["scheme"] = self._public.scheme

    def _is_logged(self, template: str, scope: Scope, status: int) -> bool:
        if template != TILE or scope["query_string"] or not 0 < status < 500:  # noqa: PLR2004
            return True
        return bool(self._every) and self._tiles_seen % self._every == 0


def _encoded(byte: re.Match[bytes]) -> bytes:
    return b"%%%02X" % byte[0][0]


async def _refuse(refusal: Refusal, scope: Scope, send: Callable[[Message], Any]) -> None:
    headers, body = refusals.written(refusal, scope)
    start = {"type": "http.response.start", "status": refusal.status, "headers": headers}
    await send(start)
    shown = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})
