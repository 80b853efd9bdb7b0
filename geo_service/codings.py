"""Content codings: which one a client is sent (RFC 9110 §12.5.3), and bytes compressed for it."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

import brotli
import deflate
from isal import isal_zlib

from tiles.conditions import preferred_codings

Coding = Literal["br", "gzip", "identity"]

#: Codings of bytes made for one request and compressed at once. Brotli would take ten times longer
#: for JSON of 45 kB, to save a fifth of it.
QUICK: Final[tuple[Coding, ...]] = ("gzip",)
#: Codings of bytes that people wait for on a slow line, and that are kept: pages, drawings.
SMALL: Final[tuple[Coding, ...]] = ("br", "gzip")
#: Codings of what is compressed already.
NONE: Final[tuple[Coding, ...]] = ()

#: Level of ISA-L, the last but one: 0.04 ms for 45 kB of JSON where zlib's 5 takes 0.41, and 14 %
#: larger. At sixteen requests at once that half millisecond is a tenth of the answer.
GZIP_LEVEL: Final = 2
#: zlib's number for the gzip format (RFC 1952), largest window.
_GZIP: Final = 31
#: A page of 115 kB is 21.7 kB in 3 ms (gzip above: 27.1); quality 6 saves one hundredth more, 9
#: two for six times longer.
_BROTLI: Final = 5
#: What is compressed once for a long time: for brotli, and the best that libdeflate has.
_BROTLI_BEST: Final = 9
_GZIP_BEST: Final = 12
#: Bytes from which compressing is left to another thread: the event loop has other clients.
_LARGE: Final[dict[Coding, int]] = {"gzip": 256 * 1024, "br": 16 * 1024}


def coding_of(accept_encoding: bytes, offered: tuple[Coding, ...]) -> Coding:
    """Choose the coding of an answer.

    Parameters
    ----------
    accept_encoding
        The header; empty when there is none.
    offered
        Codings that may be sent besides none.

    Returns
    -------
    str
        The most wanted of those offered, ``identity`` if none is acceptable.
    """
    for coding in preferred_codings(accept_encoding):
        if coding == "identity":
            break
        for other in offered:
            if coding == other:
                return other
    return "identity"


def compress(body: bytes) -> bytes:
    """Compress with gzip without a date, so that the same answer has the same bytes."""
    packed: bytes = isal_zlib.compress(body, GZIP_LEVEL, wbits=_GZIP)
    return packed


def encode(body: bytes, coding: Coding, *, best: bool = False) -> bytes:
    """Compress bytes; the same bytes always give the same ones.

    Parameters
    ----------
    body
        What to compress.
    coding
        As :func:`coding_of` gives it.
    best
        Whether the smallest is wanted, whatever time it takes: for what is compressed once.
    """
    if coding == "br":
        packed: bytes = brotli.compress(body, quality=_BROTLI_BEST if best else _BROTLI)
        return packed
    if coding == "gzip":
        return bytes(deflate.gzip_compress(body, _GZIP_BEST)) if best else compress(body)
    return body


async def encoded(body: bytes, coding: Coding) -> bytes:
    """Compress bytes as :func:`encode` does, in another thread when it would take long."""
    if coding == "identity":
        return body
    if len(body) >= _LARGE[coding]:
        return await asyncio.to_thread(encode, body, coding)
    return encode(body, coding)
