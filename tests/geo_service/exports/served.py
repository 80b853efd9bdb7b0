"""Application of test_served.py: files that fail, or never end, behind the real server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import shapely

from geo_service.downloads import DownloadResponse
from geo_service.exports import FORMATS, Batch, Column, Dataset, Geometry, Workshop, download
from tests.geo_service.exports.making import ORIGIN

POINT = shapely.to_wkb(shapely.Point(2, 48))
#: What happened: rows under way, and batches asked.
seen = {"open": 0, "batches": 0}
workshops: list[Workshop] = []


async def failing() -> AsyncIterator[Batch]:
    for rank in range(20):
        yield Batch([(f"{rank} {'é' * 100_000}",)], [POINT])
    message = "la base est partie"
    raise ConnectionError(message)


async def endless() -> AsyncIterator[Batch]:
    seen["open"] += 1
    try:
        while True:
            seen["batches"] += 1
            yield Batch([(os.urandom(100_000).hex(),)], [POINT])
    finally:
        seen["open"] -= 1


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    _, source, wanted = (*scope["path"].split("/"), "")[:3]
    if source == "seen":
        files = len(list(Path(os.environ["TMPDIR"]).iterdir()))
        body = orjson.dumps({**seen, "files": files})
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})
        return
    if not workshops:
        workshops.append(Workshop(streams=1, files=1, building=1))
    batches = failing if source == "failing" else endless
    table = Dataset("essai", [Column("texte", "text")], batches, Geometry("Point", missing=False))
    answer = DownloadResponse(
        lambda: download(table, wanted, ORIGIN, workshops[0]), {}, FORMATS[wanted].media_type
    )
    await asyncio.wait_for(answer(scope, receive, send), 60)
