"""Documents that say when they were written: all but that instant is made once.

OGC 17-069r4 wants ``timeStamp`` to be the time of the answer, so that an answer cannot be kept as
it was. What is before and after it can: compressed, each is blocks of DEFLATE that end on a byte
(RFC 1951 §3.2.3), between which the instant goes as it is, in a stored block; the checksum of the
whole is put together from those of its parts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from isal import isal_zlib

from geo_service.kept import Kept

#: Bytes of documents kept by a process, and of the largest one kept.
MOST_KEPT: Final = 8 * 2**20
LARGEST_KEPT: Final = 64 * 2**10
#: Characters of an address beyond which its document is not kept.
_LONGEST: Final = 4_000

#: Header of gzip, without date nor name (RFC 1952).
_GZIP_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def now() -> str:
    """Write the present instant as RFC 3339: always as long."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Packed:
    """A part of a document: its DEFLATE blocks, CRC-32 and length of what they hold."""

    blocks: bytes
    crc: int
    length: int


@dataclass(frozen=True)
class Stamped:
    """A document but for its instant.

    Attributes
    ----------
    before, after
        What surrounds the instant: both as they are, or both packed. The blocks of ``after`` end
        the stream.
    """

    before: bytes | Packed
    after: bytes | Packed

    @property
    def size(self) -> int:
        """Bytes it holds."""
        return len(_blocks(self.before)) + len(_blocks(self.after))

    def written(self, instant: str) -> bytes:
        """Give the document as of an instant; packed, it is one gzip stream."""
        stamp = instant.encode("ascii")
        before, after = self.before, self.after
        if isinstance(before, bytes):
            return b"".join((before, stamp, _blocks(after)))
        if isinstance(after, bytes):
            raise TypeError("one part is packed, the other is not")
        size = len(stamp)
        crc = isal_zlib.crc32_combine(before.crc, isal_zlib.crc32(stamp), size)
        crc = isal_zlib.crc32_combine(crc, after.crc, after.length)
        length = before.length + size + after.length
        return b"".join(
            (
                _GZIP_HEAD,
                before.blocks,
                b"\0",  # a stored block, not the last
                size.to_bytes(2, "little"),
                (size ^ 0xFFFF).to_bytes(2, "little"),
                stamp,
                after.blocks,
                crc.to_bytes(4, "little"),
                (length & 0xFFFFFFFF).to_bytes(4, "little"),
            )
        )


def _blocks(part: bytes | Packed) -> bytes:
    return part.blocks if isinstance(part, Packed) else part


#: What decides an answer besides the publication: path, query, host, scheme, root, Accept,
#: Accept-Encoding.
Asked = tuple[str, bytes, bytes, str, str, bytes, bytes]
RawHeaders = list[tuple[bytes, bytes]]


class Pages:
    """Documents given lately, with their headers."""

    def __init__(self) -> None:
        self._kept: Kept[Asked, tuple[RawHeaders, Stamped]] = Kept(
            MOST_KEPT, lambda found: found[1].size
        )

    def find(self, asked: Asked) -> tuple[RawHeaders, bytes] | None:
        """Give headers and body of what is asked as of now, if it is kept."""
        found = self._kept.find(asked)
        if found is None:
            return None
        headers, page = found
        return headers, page.written(now())

    def keep(self, asked: Asked, headers: RawHeaders, page: Stamped) -> None:
        """Keep a document, unless it is large or its address is long."""
        if page.size <= LARGEST_KEPT and len(asked[0]) + len(asked[1]) <= _LONGEST:
            self._kept.keep(asked, (headers, page))
