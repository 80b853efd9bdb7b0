"""A small HTTP load: keep-alive connections over raw sockets, so that the client costs little."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

import numpy as np

from tests.benchmarks.processor import processor_seconds


@dataclass(frozen=True)
class Load:
    """What a load measured.

    Attributes
    ----------
    requests_per_second
        Answers received per second, all connections together.
    p50, p95, p99
        Milliseconds from request to the last byte of its answer.
    failures
        Answers that were neither 200, 204 nor 304.
    answers
        Answers received.
    processor_ms
        Milliseconds of processor per answer of the processes watched; 0 without any.
    """

    requests_per_second: float
    p50: float
    p95: float
    p99: float
    failures: int
    answers: int
    processor_ms: float = 0.0


async def _connection(
    port: int, requests: list[bytes], until: float, times: list[float], failures: list[int]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in cycle(requests):
        start = time.perf_counter()
        if start > until:
            break
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.find(b"content-length:")
        if at >= 0:
            await reader.readexactly(int(lower[at + 15 :].split(b"\r\n", 1)[0]))
        elif b"transfer-encoding: chunked" in lower:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        times.append(time.perf_counter() - start)
        if head[9:12] not in {b"200", b"204", b"304"}:
            failures.append(int(head[9:12]))
    writer.close()


async def _run(port: int, requests: list[bytes], connections: int, seconds: float) -> Load:
    times: list[float] = []
    failures: list[int] = []
    start = time.perf_counter()
    # Connections start at different places of the list, so that they do not ask in step.
    shares = [requests[i * len(requests) // connections :] + requests for i in range(connections)]
    await asyncio.gather(
        *(_connection(port, share, start + seconds, times, failures) for share in shares)
    )
    rate = len(times) / (time.perf_counter() - start)
    p50, p95, p99 = np.percentile(np.array(times) * 1000, [50, 95, 99])
    return Load(rate, float(p50), float(p95), float(p99), len(failures), len(times))


def load(
    port: int,
    paths: list[str],
    *,
    connections: int = 16,
    seconds: float = 4,
    headers: list[str] | None = None,
    watched: Sequence[int] = (),
) -> Load:
    """Ask for `paths` in turn on each of `connections`, for `seconds`.

    Parameters
    ----------
    headers
        Header lines sent with each path, ended by CR LF; none by default.
    watched
        Processes whose time is counted, with all those they started.
    """
    head = "Host: 127.0.0.1\r\nAccept-Encoding: gzip\r\n"
    requests = [
        f"GET {path} HTTP/1.1\r\n{head}{header}\r\n".encode()
        for path, header in zip(paths, headers or [""] * len(paths), strict=True)
    ]
    before = processor_seconds(watched)
    found = asyncio.run(_run(port, requests, connections, seconds))
    used = processor_seconds(watched) - before
    return replace(found, processor_ms=used * 1000 / found.answers)


def get_json(port: int, path: str) -> Any:
    """Ask once for a JSON answer."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return json.load(answer)


def etags_of(port: int, paths: list[str]) -> list[str]:
    """ETag of each path, as asked by :func:`load`."""
    found = []
    for path in paths:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", headers={"Accept-Encoding": "gzip"}
        )
        with urllib.request.urlopen(request) as answer:
            found.append(answer.headers["ETag"])
    return found
