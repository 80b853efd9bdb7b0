"""The door of the service on the little atlas, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest

from geo_service.operations.door import Door
from geo_service.operations.settings import OperationSettings
from geo_service.server import create_door
from geo_service.watcher import AtlasWatcher

Opened = tuple[httpx.AsyncClient, Door]
Open = Callable[..., AbstractAsyncContextManager[Opened]]


@pytest.fixture
def open_door(watcher: AtlasWatcher, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a client of the service with settings of its own, seen from an address."""
    monkeypatch.delenv("GEO_METRICS", raising=False)

    @asynccontextmanager
    async def opened(peer: str = "127.0.0.1", **settings: Any) -> AsyncIterator[Opened]:
        door = create_door(watcher, OperationSettings(**settings))
        transport = httpx.ASGITransport(door, client=(peer, 12345))
        async with httpx.AsyncClient(transport=transport, base_url="http://atlas.test") as client:
            yield client, door

    return opened


async def raw(door: Door, **changed: Any) -> list[dict[str, Any]]:
    """Send a request that no client library would write; give the messages of the answer."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/referentiel",
        "query_string": b"",
        "headers": [(b"host", b"atlas.test")],
        "client": ("127.0.0.1", 12345),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "http_version": "1.1",
        **changed,
    }
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return await asyncio.Event().wait() or {}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await door(scope, receive, send)
    return messages
