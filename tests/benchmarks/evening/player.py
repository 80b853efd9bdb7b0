"""Requests sent when they are due, whether or not those before were answered.

A client that waits for an answer before it asks again slows down with the server, and hides what
people who came meanwhile would have waited: times count from when a request was due (G. Tene, *How
NOT to measure latency*, 2013).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tests.benchmarks.evening.visits import Ask
from tests.benchmarks.load import read_answer

#: Connections open at once: those of the browsers of a busy evening behind a proxy.
CONNECTIONS = 256
#: Seconds after which a visitor goes away.
PATIENCE = 10.0
_GOOD = frozenset({200, 204, 304})
_REFUSED = frozenset({429, 503})


@dataclass
class Played:
    """What became of some requests.

    Attributes
    ----------
    seconds
        From the first to the last answer.
    times
        Seconds from when each was due to its last byte, by family; answered ones only.
    statuses
        How many had each status; 0: no answer.
    refused_without_advice
        Refusals (429, 503) that did not say when to come back (``Retry-After``).
    faults
        Answers that are neither good nor a refusal, and requests without any, by path.
    octets
        Bytes of bodies.
    """

    seconds: float = 0.0
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refusal_times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    refused_without_advice: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    octets: int = 0

    @property
    def refused(self) -> int:
        """Requests told to come back later."""
        return sum(self.statuses[status] for status in _REFUSED)

    @property
    def answered(self) -> int:
        """Requests that had what they asked for."""
        return sum(self.statuses[status] for status in _GOOD)


class Player:
    """Plays requests at a rate, on connections kept open.

    Parameters
    ----------
    port
        Of the server, on this machine.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._etags: dict[str, bytes] = {}

    def play(self, asks: Sequence[Ask], rate: float) -> Played:
        """Send requests in their order, so many a second, at the intervals of their hour.

        Parameters
        ----------
        asks
            Requests of one stretch of time.
        rate
            Mean requests a second.
        """
        return asyncio.run(self._play(asks, rate))

    async def _play(self, asks: Sequence[Ask], rate: float) -> Played:
        played = Played()
        places = asyncio.Semaphore(CONNECTIONS)
        stretch = max(asks[-1].at - asks[0].at, 1e-9)
        speed = stretch / (len(asks) / rate)
        begun = time.perf_counter()
        tasks = set()
        for ask in asks:
            due = begun + (ask.at - asks[0].at) / speed
            wait = due - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            task = asyncio.create_task(self._visit(ask, due, places, played))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        while tasks:
            await asyncio.wait(tasks)
        played.seconds = time.perf_counter() - begun
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()
        return played

    async def _visit(self, ask: Ask, due: float, places: asyncio.Semaphore, played: Played) -> None:
        try:
            async with asyncio.timeout(PATIENCE), places:
                status, head, octets = await self._ask(ask)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            played.statuses[0] += 1
            played.faults[ask.path] += 1
            return
        took = time.perf_counter() - due
        played.statuses[status] += 1
        played.octets += octets
        if status in _GOOD:
            played.times[ask.family].append(took)
            if tag := _header(head, b"etag"):
                self._etags[ask.path] = tag
        elif status in _REFUSED:
            played.refusal_times.append(took)
            played.refused_without_advice += not _header(head, b"retry-after")
        else:
            played.faults[ask.path] += 1

    async def _ask(self, ask: Ask) -> tuple[int, bytes, int]:
        request = f"GET {ask.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip, br\r\n"
        known = self._etags.get(ask.path) if ask.again else None
        sent = request.encode() + (b"If-None-Match: " + known + b"\r\n" if known else b"") + b"\r\n"
        while True:
            fresh = not self._idle
            reader, writer = (
                await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 18)
                if fresh
                else self._idle.pop()
            )
            try:
                writer.write(sent)
                head, octets = await read_answer(reader)
            except BaseException as error:
                writer.close()
                # A kept connection may have been closed meanwhile, as any client knows.
                if not fresh and isinstance(error, (OSError, asyncio.IncompleteReadError)):
                    continue
                raise
            if _header(head, b"connection").lower() == b"close":
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
            else:
                self._idle.append((reader, writer))
            return int(head[9:12]), head, octets


def _header(head: bytes, name: bytes) -> bytes:
    at = head.lower().find(b"\r\n" + name + b":")
    return head[at + len(name) + 3 :].split(b"\r\n", 1)[0].strip() if at >= 0 else b""
