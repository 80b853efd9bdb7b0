"""The address that the public sees, where a proxy of ours stands before the service.

The documents that name addresses (TileJSON, styles, OGC API, pages) all take them from the scheme
and the ``Host`` of the request. Behind a proxy those are of the connection between it and us: what
the client used is in ``Forwarded`` (RFC 7239) or ``X-Forwarded-Proto`` and
``X-Forwarded-Host``, which are believed only if the settings say that a proxy writes them: else
anybody could make a document name a host of theirs. They are read here alone, at the door.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from geo_service.etags import header_of

_SCHEMES: Final = {b"http": "http", b"https": "https"}
#: A parameter of ``Forwarded``: a token, or a quoted string.
_PARAMETER: Final = re.compile(
    rb"""\s*(proto|host)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]+))\s*(?:;|$)""", re.IGNORECASE
)


class BehindProxy:
    """ASGI application that answers as the address its proxy was asked at.

    Parameters
    ----------
    app
        The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(seen_by_client(scope) if scope["type"] == "http" else scope, receive, send)


def seen_by_client(scope: Scope) -> Scope:
    """Give a request the scheme and the host that its client used.

    Parameters
    ----------
    scope
        ASGI scope of a request that came through a proxy of ours.

    Returns
    -------
    Scope
        ``Forwarded`` goes before ``X-Forwarded-…``, the first of several values before the next
        ones: that of the proxy the client spoke to. A scheme other than http and https is left
        out; a host that is none is refused where addresses are written.
    """
    told = _forwarded(header_of(scope, b"forwarded").split(b",")[0])
    proto = told.get("proto") or _first(header_of(scope, b"x-forwarded-proto"))
    host = told.get("host") or _first(header_of(scope, b"x-forwarded-host"))
    scheme = _SCHEMES.get(proto.lower())
    if scheme is None and not host:
        return scope
    found = {**scope}
    if scheme is not None:
        found["scheme"] = scheme
    if host:
        others = [pair for pair in scope["headers"] if pair[0] != b"host"]
        found["headers"] = [(b"host", host), *others]
    return found


def _first(value: bytes) -> bytes:
    return value.split(b",")[0].strip()


def _forwarded(element: bytes) -> dict[str, bytes]:
    """Read ``proto`` and ``host`` of one element of ``Forwarded``."""
    found: dict[str, bytes] = {}
    for part in element.split(b";"):
        match = _PARAMETER.fullmatch(part)
        if match is not None:
            name, quoted, token = match.groups()
            found[name.decode().lower()] = re.sub(rb"\\(.)", rb"\1", quoted or b"") or token or b""
    return found
