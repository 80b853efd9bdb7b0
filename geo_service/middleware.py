"""What surrounds every request: one publication, its id, headers, HEAD, CORS."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine, Iterable
from functools import lru_cache
from typing import Any, Final

import structlog
from fastapi import FastAPI
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_service import security
from geo_service.api.parameters import ABSENCE, ATLAS, REQUEST_ID
from geo_service.atlas import PublishedAtlas
from geo_service.direct import DirectAddresses
from geo_service.downloads import HEADED
from geo_service.errors import foreseen, problem_response, to_problem
from geo_service.etags import RawHeader, RawHeaders
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


_NOT_MODIFIED: Final = 304
#: Methods that a conditional answer may have.
_READ: Final = frozenset({"GET", "HEAD"})


def _raw(headers: dict[str, str]) -> list[RawHeader]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


#: Written once: every answer has them, and putting them together costs more than finding some.
_SECURITY: Final = _raw(security.HEADERS)
_SECURITY_NAMES: Final = frozenset(name for name, _ in _SECURITY)
_TRANSPORT: Final = _raw({"Strict-Transport-Security": security.TRANSPORT})
_CORS_RAW: Final = _raw(_CORS)
_CORS_NAMES: Final = frozenset(name for name, _ in _CORS_RAW)
_END: Final[Message] = {"type": "http.response.body", "body": b""}


class RequestFrame:
    """ASGI application around the one of FastAPI, outside all its own layers.

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
        self.direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request."""
        method, path = scope["method"], scope["path"]
        # The door gives each request its id; an application without a door has its own.
        request_id = scope.get(REQUEST_ID) or secrets.token_hex(8)
        atlas = self._watcher.current
        if atlas is not None and method in _READ:
            known = atlas.etags.not_modified(scope)
            if known is not None:
                etag, own = known
                opened, secure = path.startswith(_OPEN), security.behind_tls(scope)
                head = [(b"etag", etag), *_framed_once(own, opened, secure)]
                head.append((b"x-request-id", request_id.encode()))
                await _send_head(send, _NOT_MODIFIED, head)
                return
        status = 0
        headed = method == "HEAD"
        if headed:
            scope = {**scope, "method": "GET", HEADED: True}

        async def framed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = message.get("headers", [])
                opened, secure = path.startswith(_OPEN), security.behind_tls(scope)
                whole = status != _NOT_MODIFIED
                head = _framed(own, whole=whole, opened=opened, secure=secure)
                message["headers"] = [*head, (b"x-request-id", request_id.encode())]
            elif headed and message["type"] == "http.response.body":
                if message.get("more_body", False):
                    return
                message = _END
            await send(message)

        # Each request is a task, so its context is its own: nothing is to be put back afterwards.
        structlog.contextvars.bind_contextvars(requete=request_id)
        scope[ATLAS], scope[ABSENCE] = atlas, self._watcher.absence
        if method == "OPTIONS" and path.startswith(_OPEN):
            await _send_head(framed_send, 204, _raw(_PREFLIGHT))
        elif atlas is None:
            await self._contained(None, scope, receive, framed_send, lambda: status)
        else:
            with atlas:
                await self._contained(atlas, scope, receive, framed_send, lambda: status)

    async def _contained(
        self,
        atlas: PublishedAtlas | None,
        scope: Scope,
        receive: Receive,
        send: Send,
        status: Callable[[], int],
    ) -> None:
        """Answer, with what went wrong if something does that nobody foresaw."""
        try:
            ready = None
            if atlas is not None and scope["method"] == "GET":
                ready = await self._answer(scope, atlas)
            await (ready or self._app)(scope, receive, send)
        except Exception as error:
            path = scope["path"]
            log.exception("erreur_imprevue", chemin=path)
            if status():
                raise
            await problem_response(to_problem(error), path)(scope, receive, send)

    async def _answer(self, scope: Scope, atlas: PublishedAtlas) -> Response | None:
        """Answer a GET without the application; None if it is for the application to answer."""
        answer = self.direct.find(scope, atlas)
        if answer is None:
            return None
        try:
            return await answer
        except Exception as error:
            told = await foreseen(Request(scope), error)
            if told is None:
                raise
            return told


class FramedApp(FastAPI):
    """The application, whose every HTTP request goes through its frame first.

    FastAPI would put the frame inside five layers of its own: for an answer that takes a tenth of a
    millisecond they cost as much again.
    """

    frame: RequestFrame

    def build_middleware_stack(self) -> ASGIApp:
        """Leave out the outermost layer: it would answer what nobody foresaw before the frame."""
        stack = super().build_middleware_stack()
        if not isinstance(stack, ServerErrorMiddleware):
            message = f"couche inattendue autour de l’application : {type(stack).__name__}"
            raise TypeError(message)
        return stack.app

    def put_in_frame(self, watcher: AtlasWatcher, direct: DirectAddresses) -> None:
        """Frame the requests, from now on."""
        self.frame = RequestFrame(super().__call__, watcher, direct)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """Answer an HTTP request through the frame; let anything else through."""
        answer = self.frame if scope["type"] == "http" else super().__call__
        return answer(scope, receive, send)


async def _send_head(send: Send, status: int, headers: list[RawHeader]) -> None:
    """Send an answer without a body."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send(_END)


def _framed(
    given: Iterable[RawHeader], *, whole: bool, opened: bool, secure: bool
) -> list[RawHeader]:
    """Put the headers of every answer to those of one; a page's own policy is left alone.

    A 304 is not whole: the client has what the first answer told it of the body (RFC 9110 §15.4.5).
    """
    headers = [one for one in given if not opened or one[0] not in _CORS_NAMES]
    if whole:
        own = {name for name, _ in headers} & _SECURITY_NAMES
        headers += [one for one in _SECURITY if one[0] not in own] if own else _SECURITY
    if secure:
        headers += _TRANSPORT
    if opened:
        headers += _CORS_RAW
    return headers


@lru_cache(maxsize=256)
def _framed_once(given: RawHeaders, opened: bool, secure: bool) -> RawHeaders:
    """Do the same for headers that many 304s share."""
    return tuple(_framed(given, whole=False, opened=opened, secure=secure))
