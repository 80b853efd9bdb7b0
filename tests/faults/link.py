"""The network between the service and its database: cut, silent or slow when asked to be."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

_PIECE = 1 << 16


class Link:
    """A TCP relay on 127.0.0.1; what goes through it can be held up.

    Parameters
    ----------
    target
        Port of 127.0.0.1, or path of a Unix socket, that it leads to.

    Attributes
    ----------
    port
        Port it listens on, once entered.
    delay
        Seconds added to each round trip.
    """

    def __init__(self, target: int | Path) -> None:
        self.delay = 0.0
        self.port = 0
        self._target = target
        self._cut = False
        self._loop = asyncio.new_event_loop()
        self._flowing: asyncio.Event
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(self, *_error: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Close every connection, and refuse the next ones, as a firewall that resets does."""
        self._do(self._set_cut())

    def freeze(self) -> None:
        """Let nothing through and close nothing: a cable that was pulled."""
        self._do(self._set_flowing(on=False))

    def mend(self) -> None:
        """Let everything through again, at once."""
        self.delay = 0.0
        self._cut = False
        self._do(self._set_flowing(on=True))

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(timeout=30)

    async def _open(self) -> None:
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _set_cut(self) -> None:
        self._cut = True
        for writer in list(self._writers):
            writer.transport.abort()

    async def _set_flowing(self, *, on: bool) -> None:
        if on:
            self._flowing.set()
        else:
            self._flowing.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        beyond = None
        self._writers.add(writer)
        try:
            if self._cut:
                writer.transport.abort()
                return
            await self._flowing.wait()
            other, beyond = await self._dial()
            self._writers.add(beyond)
            there = asyncio.create_task(self._carry(reader, beyond, delayed=True))
            back = asyncio.create_task(self._carry(other, writer, delayed=False))
            try:
                await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                there.cancel()
                back.cancel()
                await asyncio.gather(there, back, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, beyond):
                if one is not None:
                    self._writers.discard(one)
                    with suppress(OSError):
                        one.transport.abort()
            self._tasks.discard(task)

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection("127.0.0.1", self._target)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, delayed: bool
    ) -> None:
        """Carry one way; pieces under way at once are all as late, not one after the other."""
        under_way: deque[tuple[float, bytes]] = deque()
        arrived = asyncio.Event()

        async def deliver() -> None:
            while True:
                await arrived.wait()
                while under_way:
                    due, piece = under_way.popleft()
                    await asyncio.sleep(max(0.0, due - self._loop.time()))
                    await self._flowing.wait()
                    if not piece:
                        return
                    writer.write(piece)
                    await writer.drain()
                arrived.clear()

        delivering = asyncio.create_task(deliver())
        try:
            while True:
                piece = await reader.read(_PIECE)
                late = self.delay if delayed else 0.0
                under_way.append((self._loop.time() + late, piece))
                arrived.set()
                if not piece:
                    await delivering
                    return
        finally:
            delivering.cancel()
