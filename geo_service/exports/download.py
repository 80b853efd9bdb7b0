"""A table as the bytes of a file, given piece by piece as fast as they are taken."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from isal import isal_zlib

from geo_service.exports.formats import FORMATS, Encoder, Format
from geo_service.exports.model import Batch, Dataset, Origin
from geo_service.exports.workshop import Workshop, close_batches

#: Bytes of a piece.
PIECE = 64 * 1024
#: Level of ISA-L, the last but one: some ten times as fast as zlib's for 14 % more bytes.
GZIP_LEVEL = 2
#: zlib's mark of the gzip format; its header then has no date.
_GZIP = 31


@dataclass(frozen=True)
class Download:
    """A file that is being sent.

    Attributes
    ----------
    media_type, filename
        What it is.
    body
        Its bytes, in pieces of :data:`PIECE` at most. It ends with an error when the rows do: what
        was sent then is no whole file, and must not look like one.
    size
        Its bytes, for a file made before it is sent.
    """

    media_type: str
    filename: str
    body: AsyncIterator[bytes]
    size: int | None = None


@asynccontextmanager
async def download(
    dataset: Dataset, wanted: str, origin: Origin, workshop: Workshop, *, gzipped: bool = False
) -> AsyncIterator[Download]:
    """Start a file; its first piece is ready when this is entered.

    The rows are read as the pieces are taken, in the formats that allow it; the others are written
    to a temporary file first, which is gone once this is left, whatever happened.

    Parameters
    ----------
    dataset
        The table.
    wanted
        A name of :data:`geo_service.exports.FORMATS`.
    origin
        Its provenance.
    workshop
        Where files are made.
    gzipped
        Whether to compress it, for a format of text.

    Yields
    ------
    Download
        The file.

    Raises
    ------
    ValueError
        For a table without geometry in a format that wants one: addresses refuse it beforehand.
    Problem
        503 when too many are asked at once; 400 when the table does not fit in the format.
    Exception
        Whatever reading the first rows raises: nothing was sent yet.
    """
    form = FORMATS[wanted]
    if form.geometry and dataset.geometry is None:
        message = f"table without geometry: {dataset.name}"
        raise ValueError(message)
    filename = f"{dataset.name}-{origin.provenance['publication']}.{form.extension}"
    with workshop.stream():
        if form.encoder is not None:
            encoder = form.encoder(dataset, origin)
            async with aclosing(_encoded(dataset, encoder, workshop, gzipped=gzipped)) as pieces:
                first = await anext(pieces)
                async with aclosing(_cut(first, pieces)) as body:
                    yield Download(form.media_type, filename, body)
            return
        with workshop.file(), await _built(form, filename, dataset, origin, workshop) as file:
            size = file.seek(0, 2)
            file.seek(0)

            async def read() -> AsyncIterator[bytes]:
                while piece := file.read(PIECE):
                    yield piece

            yield Download(form.media_type, filename, read(), size)


async def _built(
    form: Format, filename: str, dataset: Dataset, origin: Origin, workshop: Workshop
) -> IO[bytes]:
    writer = form.writer
    assert writer is not None  # noqa: S101 (a format has one or an encoder)

    def write(path: Path, batches: Iterator[Batch]) -> None:
        writer(path, dataset, origin, batches)

    return await workshop.build(filename, dataset.batches(), write)


async def _encoded(
    dataset: Dataset, encoder: Encoder, workshop: Workshop, *, gzipped: bool
) -> AsyncGenerator[bytes]:
    """Encode batch after batch; the first piece holds the head and the first rows."""
    packer = isal_zlib.compressobj(GZIP_LEVEL, isal_zlib.DEFLATED, _GZIP) if gzipped else None

    def packed(data: bytes, *, last: bool = False) -> bytes:
        if packer is None:
            return data
        return packer.compress(data) + (packer.flush() if last else b"")

    head = encoder.begin()
    batches = dataset.batches()
    try:
        async for batch in batches:

            def work(head: bytes = head, batch: Batch = batch) -> bytes:
                return packed(head + encoder.batch(batch))

            yield await workshop.encode(work)
            head = b""
    finally:
        await close_batches(batches)
    yield await workshop.encode(lambda: packed(head + encoder.end(), last=True))


async def _cut(first: bytes, others: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Cut in pieces of :data:`PIECE` at most."""
    for start in range(0, len(first), PIECE):
        yield first[start : start + PIECE]
    async for data in others:
        for start in range(0, len(data), PIECE):
            yield data[start : start + PIECE]
