"""Calling a tile application in process, as an ASGI server calls it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tiles.server import TilesApp


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    chunks: list[int] = field(default_factory=list)

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == "application/problem+json"
        assert self.headers["access-control-allow-origin"] == "*"
        problem: dict[str, Any] = json.loads(self.body)
        assert problem["status"] == self.status
        assert {"type", "title", "detail", "instance"} <= set(problem)
        return problem


async def ask_now(
    app: TilesApp,
    path: str,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    query: bytes = b"",
) -> Answer:
    """Call the application and check the rules of HTTP that hold for all answers."""
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        raise AssertionError("no body is read")

    given_headers = {"host": "atlas.test", **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in given_headers.items()],
    }
    await app(scope, receive, send)
    start, *parts = messages
    assert start["type"] == "http.response.start"
    assert [part.get("more_body", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    names = [name for name, _ in start["headers"]]
    assert len(names) == len(set(names))
    answer = Answer(
        start["status"],
        {name.decode(): value.decode() for name, value in start["headers"]},
        b"".join(part["body"] for part in parts),
        [len(part["body"]) for part in parts],
    )
    if method == "HEAD" or answer.status in {204, 304}:
        assert answer.body == b""
    else:
        assert int(answer.headers["content-length"]) == len(answer.body)
    return answer
