"""What surrounds every request: one publication, its id, headers, HEAD, CORS."""

from __future__ import annotations

import secrets
from contextlib import ExitStack

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_service import security
from geo_service.answers import known_not_modified
from geo_service.api.parameters import ABSENCE, ATLAS, REQUEST_ID, SERVERS
from geo_service.atlas import PublishedAtlas
from geo_service.direct import DirectAddresses
from geo_service.downloads import HEADED
from geo_service.errors import foreseen, problem_response, to_problem
from geo_service.watcher import AtlasWatcher

log = structlog.get_logger(__name__)

#: Addresses any site may read.
_OPEN = (
    *("/api", "/openapi.json", "/styles/", "/fonts/", "/sprites/"),
    # A widget in a frame that its site cut off from our origin loads its script as a stranger.
    *("/oembed", "/widget.js", "/assets/"),
)

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "ETag, Content-Disposition, Content-Length, Link, Location, Retry-After, X-Request-Id"
    ),
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, If-None-Match, If-Modified-Since, Range, X-Request-Id",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
    "Content-Length": "0",
}


class RequestFrame:
    """ASGI middleware around the application.

    Parameters
    ----------
    app
        The application.
    watcher
        Gives the publication; the one current at the start of a request serves it to its end.
    direct
        Addresses answered without the application when nothing is wrong with the request.
    """

    def __init__(self, app: ASGIApp, watcher: AtlasWatcher, direct: DirectAddresses) -> None:
        self._app = app
        self._watcher = watcher
        self._direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Frame an HTTP request; let anything else through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await self._frame(scope, receive, send)

    async def _frame(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        # The door gives each request its id; an application without a door has its own.
        request_id = scope.get(REQUEST_ID) or secrets.token_hex(8)
        status = 0
        headed = method == "HEAD"
        if headed:
            scope = {**scope, "method": "GET", HEADED: True}

        async def framed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope, request_id)
            elif headed and message["type"] == "http.response.body":
                if message.get("more_body", False):
                    return
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        # Each request is a task, so its context is its own: nothing is to be put back afterwards.
        structlog.contextvars.bind_contextvars(requete=request_id)
        with ExitStack() as leases:
            atlas = self._watcher.current
            scope[ATLAS] = leases.enter_context(atlas) if atlas is not None else None
            scope[ABSENCE] = self._watcher.absence
            scope[SERVERS] = self._watcher.servers
            if method == "OPTIONS" and path.startswith(_OPEN):
                await framed_send(
                    {"type": "http.response.start", "status": 204, "headers": _raw(_PREFLIGHT)}
                )
                await framed_send({"type": "http.response.body", "body": b""})
            else:
                try:
                    ready = None
                    if atlas is not None and scope["method"] == "GET":
                        ready = known_not_modified(scope, atlas) or await self._answer(scope, atlas)
                    await (ready or self._app)(scope, receive, framed_send)
                except Exception as error:
                    log.exception("erreur_imprevue", chemin=path)
                    if status:
                        raise
                    await problem_response(to_problem(error), path)(scope, receive, framed_send)

    async def _answer(self, scope: Scope, atlas: PublishedAtlas) -> Response | None:
        """Answer a GET without the application; None if it is for the application to answer."""
        answer = self._direct.find(scope, atlas)
        if answer is None:
            return None
        try:
            return await answer
        except Exception as error:
            told = await foreseen(Request(scope), error)
            if told is None:
                raise
            return told


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _add_headers(message: Message, scope: Scope, request_id: str) -> None:
    headers = MutableHeaders(raw=list(message.get("headers", [])))
    for name, value in security.HEADERS.items():
        headers.setdefault(name, value)
    if security.behind_tls(scope):
        headers["Strict-Transport-Security"] = security.TRANSPORT
    path = scope["path"]
    if path.startswith(_OPEN):
        headers.update(_CORS)
    headers["X-Request-Id"] = request_id
    message["headers"] = headers.raw
