"""The directories of a PMTiles archive, parsed once: where each tile is, and what surrounds it.

``pmtiles.Reader.get`` walks the directories again at each call (milliseconds); here opening takes a
fraction of a second and a tile takes a microsecond, wherever the file itself lies.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from math import atan, degrees, floor, log, pi, radians, sinh, tan
from typing import Any

from pmtiles.tile import (
    Compression,
    Entry,
    HeaderDict,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    tileid_to_zxy,
)

from tiles.errors import TilesError

_HEADER_LENGTH = 127

#: Levels of directories below the root that the format allows.
_DEEPEST = 3

#: An index in memory is right for a country (some ten thousand tiles), not for a planet.
MOST_TILES = 4_000_000

#: Reads the bytes of a file from a position to another, excluded.
Read = Callable[[int, int], bytes]

#: West, south, east, north in degrees (EPSG:4326).
Bounds = tuple[float, float, float, float]

_CODINGS = {Compression.GZIP: "gzip", Compression.BROTLI: "br"}


class Content:
    """Bytes of one or several equal tiles in an archive."""

    __slots__ = ("_etag", "length", "offset")

    def __init__(self, offset: int, length: int) -> None:
        self.offset = offset
        self.length = length
        self._etag: str | None = None

    def etag(self, archive: Directory) -> str:
        """Strong validator of the bytes, without quotes; worked out at the first call."""
        if self._etag is None:
            self._etag = archive.etag_of(self)
        return self._etag


class Directory:
    """Header, metadata and index of an archive of compressed vector tiles.

    Parameters
    ----------
    name
        Path or address of the archive, for messages.
    size
        Bytes of the whole file.
    read
        Gives parts of the file.
    compression
        Coding its tiles must have.

    Attributes
    ----------
    name, size
        As given.
    coding
        Coding of the tiles, as HTTP names it: ``gzip`` or ``br``.
    header
        As read by the ``pmtiles`` package.
    metadata
        The JSON object of the archive.
    etag
        Strong validator of the whole file, without quotes.
    packed
        Archive of the same tiles in brotli, those alone that it makes smaller; None without one.

    Raises
    ------
    TilesError
        The file is cut, damaged, or no archive of vector tiles in that compression.
    """

    etag: str
    packed: Directory | None = None

    def __init__(
        self, name: str, size: int, read: Read, compression: Compression = Compression.GZIP
    ) -> None:
        self.name = name
        self.size = size
        self.coding = _CODINGS[compression]
        self.header = self._read_header(read, compression)
        self.metadata = self._read_metadata(read)
        self._index = self._read_index(read)
        low, high = self.zooms
        self._ranges = {zoom: tile_range(self.bounds, zoom) for zoom in range(low, high + 1)}

    @property
    def zooms(self) -> tuple[int, int]:
        """First and last zoom."""
        return self.header["min_zoom"], self.header["max_zoom"]

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in degrees."""
        h = self.header
        return (
            h["min_lon_e7"] / 1e7,
            h["min_lat_e7"] / 1e7,
            h["max_lon_e7"] / 1e7,
            h["max_lat_e7"] / 1e7,
        )

    @property
    def center(self) -> tuple[float, float, int]:
        """Longitude and latitude in degrees, and zoom, to open a map at."""
        h = self.header
        return h["center_lon_e7"] / 1e7, h["center_lat_e7"] / 1e7, h["center_zoom"]

    def etag_of(self, content: Content) -> str:
        """Strong validator of a tile, without quotes: two tiles that have the same are equal."""
        raise NotImplementedError

    def at_hand(self, content: Content) -> bytes | None:
        """Compressed bytes of a tile if they can be had without waiting, else None."""
        raise NotImplementedError

    async def fetch(self, content: Content) -> bytes:
        """Give the compressed bytes of a tile."""
        raise NotImplementedError

    def parts(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes of the file from `start` to `end`, excluded, in pieces of bounded size."""
        raise NotImplementedError

    def find(self, z: int, x: int, y: int) -> Content | None:
        """Where a tile is in the file; None when the archive has no such tile."""
        return self._index.get((z, x, y))

    def covers(self, z: int, x: int, y: int) -> bool:
        """Whether a tile is within the zooms and the bounds, be it empty or not."""
        found = self._ranges.get(z)
        return found is not None and found[0] <= x <= found[2] and found[1] <= y <= found[3]

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Addresses of all tiles."""
        return iter(self._index)

    def __len__(self) -> int:
        """How many tiles have an address."""
        return len(self._index)

    def _refuse(self, reason: str) -> TilesError:
        return TilesError(
            f"L’archive de tuiles {self.name} est inutilisable : {reason}. "
            "Relancez la construction de l’atlas (geo-service etl run)."
        )

    def _read_header(self, read: Read, compression: Compression) -> HeaderDict:
        if self.size < _HEADER_LENGTH:
            raise self._refuse("le fichier est coupé avant la fin de son en-tête")
        try:
            header = deserialize_header(read(0, _HEADER_LENGTH))
        except (MagicNumberNotFound, UnicodeDecodeError) as error:
            raise self._refuse("ce n’est pas un fichier PMTiles") from error
        except SpecVersionUnsupported as error:
            raise self._refuse("seule la version 3 de PMTiles est lue") from error
        except ValueError as error:
            raise self._refuse("son en-tête est abîmé") from error
        for offset, length in (
            (header["root_offset"], header["root_length"]),
            (header["metadata_offset"], header["metadata_length"]),
            (header["leaf_directory_offset"], header["leaf_directory_length"]),
            (header["tile_data_offset"], header["tile_data_length"]),
        ):
            if offset + length > self.size:
                raise self._refuse("le fichier est coupé")
        if (header["tile_type"], header["tile_compression"], header["internal_compression"]) != (
            TileType.MVT,
            compression,
            Compression.GZIP,
        ):
            raise self._refuse(
                f"elle ne contient pas des tuiles vectorielles compressées par {self.coding}"
            )
        if header["addressed_tiles_count"] > MOST_TILES:
            raise self._refuse(f"elle compte plus de {MOST_TILES} tuiles")
        return header

    def _read_metadata(self, read: Read) -> dict[str, Any]:
        start = self.header["metadata_offset"]
        try:
            data = gzip.decompress(read(start, start + self.header["metadata_length"]))
            metadata = json.loads(data)
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise self._refuse("ses métadonnées sont abîmées") from error
        if not isinstance(metadata, dict):
            raise self._refuse("ses métadonnées ne sont pas un objet JSON")
        return metadata

    def _read_index(self, read: Read) -> dict[tuple[int, int, int], Content]:
        header = self.header
        index: dict[tuple[int, int, int], Content] = {}
        contents: dict[int, Content] = {}
        try:
            for entry in self._entries(read, header["root_offset"], header["root_length"], 0):
                if entry.offset + entry.length > header["tile_data_length"] or not entry.length:
                    raise self._refuse("une tuile dépasse la fin du fichier")
                if len(index) + entry.run_length > MOST_TILES:
                    raise self._refuse(f"elle compte plus de {MOST_TILES} tuiles")
                content = contents.setdefault(
                    entry.offset,
                    Content(header["tile_data_offset"] + entry.offset, entry.length),
                )
                for tile_id in range(entry.tile_id, entry.tile_id + entry.run_length):
                    index[tileid_to_zxy(tile_id)] = content
        except (OSError, EOFError, zlib.error, ValueError, OverflowError) as error:
            raise self._refuse("son répertoire est abîmé") from error
        if len(index) != header["addressed_tiles_count"]:
            raise self._refuse("son répertoire n’a pas le nombre de tuiles annoncé")
        return index

    def _entries(self, read: Read, offset: int, length: int, depth: int) -> Iterator[Entry]:
        """Entries of a directory and of those below it."""
        if depth > _DEEPEST:
            raise ValueError("directories nested without end")
        for entry in deserialize_directory(read(offset, offset + length)):
            if entry.run_length:
                yield entry
            else:
                leaf = self.header["leaf_directory_offset"] + entry.offset
                yield from self._entries(read, leaf, entry.length, depth + 1)


def tile_range(bounds: Bounds, zoom: int) -> tuple[int, int, int, int]:
    """First column, first row, last column, last row of the tiles in some bounds.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees (EPSG:4326).
    zoom
        Of the tiles (web Mercator, rows southwards).
    """

    def row(latitude: float) -> float:
        angle = radians(min(max(latitude, -85.051128), 85.051128))
        return 0.5 - log(tan(pi / 4 + angle / 2)) / (2 * pi)

    west, south, east, north = bounds
    n = 1 << zoom
    return (
        floor((west / 360 + 0.5) * n),
        floor(row(north) * n),
        min(floor((east / 360 + 0.5) * n), n - 1),
        min(floor(row(south) * n), n - 1),
    )


def tile_bounds(z: int, x: int, y: int, margin: float) -> Bounds:
    """West, south, east, north in degrees of a tile and of a margin around it, in tiles."""

    def latitude(row: float) -> float:
        return degrees(atan(sinh(pi * (1 - 2 * row / (1 << z)))))

    n = 1 << z
    return (
        (x - margin) / n * 360 - 180,
        latitude(y + 1 + margin),
        (x + 1 + margin) / n * 360 - 180,
        latitude(y - margin),
    )
