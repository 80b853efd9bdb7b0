"""The answer that sends a file as it is made: back-pressure, clients gone or asleep, HEAD."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from geo_service.atlas import PublishedAtlas
from geo_service.exports import FORMATS, Dataset, Download, Origin, Table, download

log = structlog.get_logger(__name__)

#: Key of the ASGI scope: whether HEAD was asked, that the application answers as GET.
HEADED = "atlas.head"
#: Seconds in which a client must take a piece of 64 KiB: 1 kB/s is slower than any line.
STALL = 60.0


class StalledError(Exception):
    """The client takes nothing any more; its connection is cut."""


class DownloadResponse(Response):
    """Sends a file piece by piece, each when the one before was taken.

    An error before the first piece is raised before anything is sent, and told as any other; a
    later one is raised too, which makes the server cut the connection: the client sees that the
    file is not whole. A HEAD makes no file: its answer has the headers that are known without.

    Parameters
    ----------
    make
        Makes the file; entered when it is sent, left whatever happens.
    headers
        HTTP headers, but for those of the file itself.
    media_type
        Its media type.
    on_start
        Called when the first piece is ready.
    """

    def __init__(
        self,
        make: Callable[[], AbstractAsyncContextManager[Download]],
        headers: Mapping[str, str],
        media_type: str,
        on_start: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(None, 200, headers, media_type)
        del self.headers["content-length"]
        self.headers["Accept-Ranges"] = "none"
        self._make = make
        self._on_start = on_start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        if scope.get(HEADED):
            await self._start(send)
            await send({"type": "http.response.body", "body": b""})
            return
        sending = asyncio.create_task(self._send(send))
        watching = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({sending, watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            watching.cancel()
            # Who goes away ends the work; what it held is given back before this returns.
            over = sending.done()
            sending.cancel()
            await asyncio.wait({sending, watching})
        if over:
            sending.result()
        elif not sending.cancelled() and (error := sending.exception()) is not None:
            log.info("envoi_abandonne", erreur=repr(error))

    async def _send(self, send: Send) -> None:
        async with self._make() as download:
            self.headers["Content-Disposition"] = f'attachment; filename="{download.filename}"'
            if download.size is not None:
                self.headers["Content-Length"] = str(download.size)
            if self._on_start is not None:
                self._on_start()
            await self._start(send)
            async for piece in download.body:
                await _patiently(send, piece)
        await send({"type": "http.response.body", "body": b""})

    async def _start(self, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )


async def _patiently(send: Send, piece: bytes) -> None:
    try:
        async with asyncio.timeout(STALL):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    except TimeoutError as error:
        raise StalledError from error


async def _gone(receive: Receive) -> None:
    """Wait for the client to go away."""
    while (await receive())["type"] != "http.disconnect":
        pass


def file_response(
    atlas: PublishedAtlas,
    make_table: Callable[[], Awaitable[Table | Dataset]],
    wanted: str,
    *,
    origin: Origin,
    headers: Mapping[str, str],
    on_start: Callable[[], None] | None = None,
) -> DownloadResponse:
    """Answer a file of one publication.

    Parameters
    ----------
    atlas
        The publication.
    make_table
        Makes the table; called when the file is sent, never for a HEAD.
    wanted
        Name of the format.
    origin
        Provenance of the table.
    headers
        Validators and caching; they say whether the file is compressed, which a format of text can
        be.
    on_start
        Called when the first piece is ready.

    Returns
    -------
    DownloadResponse
        200, an ASGI application. A problem met before the first rows are ready is raised by it.
    """

    @asynccontextmanager
    async def make() -> AsyncIterator[Download]:
        # One at a time: a table may hold rows of the whole country.
        async with atlas.exporting.alone:
            table = await make_table()
        dataset = table.dataset() if isinstance(table, Table) else table
        gzipped = "Content-Encoding" in headers
        async with download(dataset, wanted, origin, atlas.exporting, gzipped=gzipped) as file:
            yield file

    publication = origin.provenance["publication"]
    links = (
        f'</api/publications/{publication}/rapport>; rel="describedby", '
        '</api/definitions>; rel="help"'
    )
    media_type = FORMATS[wanted].media_type
    return DownloadResponse(make, {**headers, "Link": links}, media_type, on_start)
