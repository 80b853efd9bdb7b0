"""Files of ready-made features: a page of a collection is a few slices of one of them.

A file holds every feature of a collection of territories, in the order of its identifiers: as
GeoJSON, as the same compressed, and as WKB, with where each is; and their properties as columns
(Arrow IPC). Compressed features are blocks of DEFLATE (RFC 1951) that refer to nothing outside
themselves and end on a byte: put end to end between a head and a tail, they make one gzip stream
(RFC 1952), so that a page is never compressed again. Files are read and not mapped, so that they
count in no process's memory.

Layout: the line :data:`MAGIC`, eight bytes (little-endian) that give the length of a JSON header,
the header, then sections, each at the offset that the header gives from the end of the header.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import orjson
from isal import isal_zlib
from numpy.typing import NDArray

from geo_service.ogc.columns import Columns, read_columns
from geo_service.ogc.stamped import Packed, Stamped

if TYPE_CHECKING:
    # 85 MB of memory: who writes these files has it, who reads them does without.
    import pyarrow as pa

#: First line of a file; its number changes with the layout.
MAGIC: Final = b"ATLAS-ENTITES-2\n"
#: Between two features.
SEPARATOR: Final = b","
#: zlib's level: the next ones take twice as long for 1 % of size.
_LEVEL: Final = 6
_LENGTH_BYTES: Final = 8


class Ready(NamedTuple):
    """A feature to write; WKB and bounds (degrees) are None without geometry."""

    id: str
    values: tuple[Any, ...]
    geojson: bytes
    wkb: bytes | None
    bounds: tuple[float, float, float, float] | None


@dataclass(frozen=True)
class Written:
    """What was written: hash and size of the file, and how many features."""

    sha256: str
    octets: int
    entites: int


def deflated(content: bytes, *, level: int = _LEVEL) -> bytes:
    """Compress into blocks that end on a byte and of which none is the last."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush(zlib.Z_SYNC_FLUSH)


def write(path: Path, fingerprint: str, schema: pa.Schema, features: Iterable[Ready]) -> Written:
    """Write a file, aside first, then in its place.

    Parameters
    ----------
    path
        The file.
    fingerprint
        What the features were made by: a reader that makes them otherwise does not take them.
    schema
        Names and types of the values.
    features
        In the order of their identifiers.
    """
    values: list[tuple[Any, ...]] = []
    ids: list[str] = []
    bounds: list[tuple[float, float, float, float]] = []
    plain, packed, shapes = bytearray(), bytearray(), bytearray()
    starts: dict[str, list[int]] = {"plain": [0], "packed": [0], "wkb": [0]}
    between = deflated(SEPARATOR)
    for one in features:
        ids.append(one.id)
        values.append(one.values)
        bounds.append(one.bounds or (np.nan,) * 4)
        plain += one.geojson + SEPARATOR
        packed += deflated(one.geojson) + between
        shapes += one.wkb or b""
        for name, section in (("plain", plain), ("packed", packed), ("wkb", shapes)):
            starts[name].append(len(section))
    sections = {
        "ids": orjson.dumps(ids),
        "columns": _columns(schema, values),
        "bounds": np.array(bounds, dtype="<f8").reshape(-1, 4).tobytes(),
        **{
            f"{name}_starts": np.array(found, dtype="<u8").tobytes()
            for name, found in starts.items()
        },
        "plain": bytes(plain),
        "packed": bytes(packed),
        "wkb": bytes(shapes),
    }
    offsets, offset = {}, 0
    for name, content in sections.items():
        offsets[name] = [offset, len(content)]
        offset += len(content)
    header = orjson.dumps(
        {
            "fingerprint": fingerprint,
            "entites": len(ids),
            "between": len(between),
            "sections": offsets,
        }
    )
    digest = hashlib.sha256()
    octets = 0
    aside = path.with_suffix(".partiel")
    with aside.open("wb") as file:
        for content in (
            MAGIC,
            len(header).to_bytes(_LENGTH_BYTES, "little"),
            header,
            *sections.values(),
        ):
            file.write(content)
            digest.update(content)
            octets += len(content)
    aside.replace(path)
    return Written(digest.hexdigest(), octets, len(ids))


def _columns(schema: pa.Schema, values: list[tuple[Any, ...]]) -> bytes:
    import pyarrow as pa  # noqa: PLC0415

    arrays = [
        pa.array([row[place] for row in values], type=field.type)
        for place, field in enumerate(schema)
    ]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_batch(pa.record_batch(arrays, schema=schema))
    content: bytes = sink.getvalue().to_pybytes()
    return content


class UnreadableFileError(Exception):
    """A file that is not of this layout, or was made otherwise."""


class FeatureFile:
    """A file of ready-made features, open for reading.

    Parameters
    ----------
    path
        The file.
    fingerprint
        See :func:`write`.

    Attributes
    ----------
    ids
        Identifiers, in order.
    sides
        (4, n) west, south, east, north in degrees, each in a row; NaN without geometry.

    Raises
    ------
    UnreadableFileError
        If it is no such file.
    OSError
        If it cannot be read.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        start = len(MAGIC) + _LENGTH_BYTES
        head = os.pread(self._file, start, 0)
        if not head.startswith(MAGIC) or len(head) != start:
            raise UnreadableFileError(f"{path.name}: another layout")
        length = int.from_bytes(head[len(MAGIC) :], "little")
        header: dict[str, Any] = orjson.loads(os.pread(self._file, length, start))
        if header["fingerprint"] != fingerprint:
            raise UnreadableFileError(f"{path.name}: made by another version")
        self._base = start + length
        end = max(offset + size for offset, size in header["sections"].values())
        if os.fstat(self._file).st_size != self._base + end:
            raise UnreadableFileError(f"{path.name}: cut short")
        self._sections: dict[str, list[int]] = header["sections"]
        self._between: int = header["between"]
        self.ids: list[str] = orjson.loads(self._section("ids"))
        bounds = np.frombuffer(self._section("bounds"), dtype="<f8").reshape(-1, 4)
        self.sides: NDArray[np.float64] = np.ascontiguousarray(bounds.T)
        self._starts = {
            name: np.frombuffer(self._section(f"{name}_starts"), dtype="<u8").astype(np.int64)
            for name in ("plain", "packed", "wkb")
        }

    @cached_property
    def columns(self) -> Columns:
        """Their properties, in the same order; read when first asked for."""
        return read_columns(self._section("columns"))

    def __del__(self) -> None:
        # The publication may be read by requests under way when another takes its place: the file
        # is closed with the last of them.
        if hasattr(self, "_file"):
            os.close(self._file)

    def _section(self, name: str) -> bytes:
        offset, length = self._sections[name]
        return os.pread(self._file, length, self._base + offset)

    def _slices(self, name: str, places: NDArray[np.intp]) -> list[bytes]:
        """Read the parts of a section at these places, neighbours at once."""
        if not len(places):
            return []
        starts = self._starts[name]
        base = self._base + self._sections[name][0]
        breaks = np.flatnonzero(np.diff(places) != 1) + 1
        firsts = places[np.concatenate(([0], breaks))]
        lasts = places[np.concatenate((breaks - 1, [len(places) - 1]))]
        return [
            os.pread(self._file, stop - begin, base + begin)
            for begin, stop in zip(starts[firsts].tolist(), starts[lasts + 1].tolist(), strict=True)
        ]

    def geojson(self, places: NDArray[np.intp]) -> bytes:
        """Give features as GeoJSON, a comma between two.

        Parameters
        ----------
        places
            (k,) their places in the file, in the order wanted.
        """
        return b"".join(self._slices("plain", places)).removesuffix(SEPARATOR)

    def packed(self, head: bytes, places: NDArray[np.intp], tail: bytes) -> Packed:
        """Compress the end of a document: what is before the features, they, what is after.

        Parameters
        ----------
        head, tail
            What is before and after the features.
        places
            See :meth:`geojson`.

        Returns
        -------
        Packed
            Blocks of which the last one ends the stream.
        """
        middle = self.geojson(places)
        packed = b"".join(self._slices("packed", places))
        packed = packed[: len(packed) - self._between] if packed else packed
        ending = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        return Packed(
            b"".join((deflated(head, level=1), packed, ending.compress(tail), ending.flush())),
            isal_zlib.crc32(tail, isal_zlib.crc32(middle, isal_zlib.crc32(head))),
            len(head) + len(middle) + len(tail),
        )

    def stamped(
        self, before: bytes, after: bytes, places: NDArray[np.intp], tail: bytes, *, gzip: bool
    ) -> Stamped:
        """Make a document whose middle is features, but for the instant in its head.

        Parameters
        ----------
        before, after, tail
            What is before the instant, between it and the features, after these.
        places
            See :meth:`geojson`.
        gzip
            Whether it is compressed.
        """
        if not gzip:
            return Stamped(before, b"".join((after, self.geojson(places), tail)))
        start = Packed(deflated(before, level=1), isal_zlib.crc32(before), len(before))
        return Stamped(start, self.packed(after, places, tail))

    def wkb(self, places: Sequence[int] | NDArray[np.intp]) -> list[bytes]:
        """Give the geometry of features that have one (EPSG:4326)."""
        starts = self._starts["wkb"]
        base = self._base + self._sections["wkb"][0]
        chosen = np.asarray(places, dtype=np.intp)
        return [
            os.pread(self._file, stop - begin, base + begin)
            for begin, stop in zip(
                starts[chosen].tolist(), starts[chosen + 1].tolist(), strict=True
            )
        ]
