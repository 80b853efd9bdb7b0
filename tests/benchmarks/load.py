"""A small HTTP load: keep-alive connections over raw sockets, so that the client costs little."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any

import numpy as np

from tests.benchmarks.processes import processor_seconds


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
        Answers that were neither 200, 204 nor 304, and connections cut before the end of one.
    answers
        Answers received.
    processor_ms
        Milliseconds of processor per answer of the processes watched; 0 without any.
    body_bytes
        Mean bytes of a body on the wire, compressed or not.
    """

    requests_per_second: float
    p50: float
    p95: float
    p99: float
    failures: int
    answers: int
    processor_ms: float = 0.0
    body_bytes: float = 0.0


@dataclass
class _Tally:
    """What the connections of one load have seen so far."""

    times: list[float] = field(default_factory=list)
    failures: int = 0
    octets: int = 0


async def _connection(port: int, requests: list[bytes], until: float, tally: _Tally) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in cycle(requests):
        start = time.perf_counter()
        if start > until:
            break
        try:
            writer.write(request)
            head, octets = await read_answer(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            tally.failures += 1
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            continue
        tally.times.append(time.perf_counter() - start)
        tally.octets += octets
        tally.failures += head[9:12] not in {b"200", b"204", b"304"}
        # A server that keeps no connection pays for the next one, as with any client.
        if b"connection: close" in head.lower() or head.startswith(b"HTTP/1.0"):
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def read_answer(reader: asyncio.StreamReader) -> tuple[bytes, int]:
    """Read one HTTP/1.1 answer: its head, and how many bytes its body has on the wire."""
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at >= 0:
        octets = int(lower[at + 15 :].split(b"\r\n", 1)[0])
        await reader.readexactly(octets)
        return head, octets
    octets = 0
    if b"transfer-encoding: chunked" in lower:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
            octets += size
        await reader.readline()
    elif b"connection: close" in lower or head.startswith(b"HTTP/1.0"):
        octets = len(await reader.read())
    return head, octets


async def _run(port: int, requests: list[bytes], connections: int, seconds: float) -> Load:
    tally = _Tally()
    start = time.perf_counter()
    # Connections start at different places of the list, so that they do not ask in step.
    shares = [requests[i * len(requests) // connections :] + requests for i in range(connections)]
    await asyncio.gather(*(_connection(port, share, start + seconds, tally) for share in shares))
    rate = len(tally.times) / (time.perf_counter() - start)
    p50, p95, p99 = np.percentile(np.array(tally.times) * 1000, [50, 95, 99])
    return Load(
        rate,
        float(p50),
        float(p95),
        float(p99),
        tally.failures,
        len(tally.times),
        body_bytes=tally.octets / len(tally.times),
    )


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
