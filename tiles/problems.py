"""Errors of the tiles, told in French as RFC 9457 problems."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"ETag, Content-Range, Content-Length, Content-Encoding, Accept-Ranges, Retry-After",
    ),
    (b"cross-origin-resource-policy", b"cross-origin"),
]

_TITLES = {
    400: "Demande incorrecte",
    404: "Introuvable",
    405: "Méthode refusée",
    416: "Intervalle impossible",
    500: "Erreur interne",
    503: "Service momentanément indisponible",
}


class ProblemError(Exception):
    """A request that gets an error.

    Parameters
    ----------
    status
        HTTP status.
    detail
        French sentence: what is wrong, what to do.
    headers
        Further HTTP headers.
    """

    def __init__(self, status: int, detail: str, headers: Headers | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or []


def away(detail: str, seconds: int) -> ProblemError:
    """Make the problem of something that will be back by itself in a while."""
    return ProblemError(503, detail, [(b"retry-after", str(seconds).encode())])


def header(scope: Scope, name: bytes) -> str:
    """Value of a request header, its repetitions joined as RFC 9110 §5.3 allows; '' without one."""
    return b",".join(value for key, value in scope["headers"] if key == name).decode("latin-1")


def length(octets: int) -> tuple[bytes, bytes]:
    """Header of the length of a body."""
    return b"content-length", str(octets).encode()


def to_json(content: Mapping[str, Any]) -> bytes:
    """Write a JSON object without any space."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


async def send_answer(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    """Send a whole answer."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def send_problem(scope: Scope, send: Send, problem: ProblemError) -> None:
    """Send an error as RFC 9457 tells it."""
    body = to_json(
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
        *CORS,
        *problem.headers,
        length(len(body)),
    ]
    await send_answer(send, problem.status, headers, b"" if scope["method"] == "HEAD" else body)
