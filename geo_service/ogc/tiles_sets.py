"""The tilesets of OGC API – Tiles: what of the archives each is made of, and its tiles.

A tileset is a choice of layers: all of them for the dataset, one for a collection, those that
``collections`` names. Its tiles are those of the archives where nothing has to be taken out; else
the layers are cut out of them (:mod:`geo_service.ogc.tiles_layers`), compressed once and kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from geo_service.ogc.tiles_layers import split_layers
from tiles.directory import Content, Directory

if TYPE_CHECKING:
    from morecantile import TileMatrixSet

#: The one tile matrix set of the archives.
MATRIX_SET_ID = "WebMercatorQuad"


@cache
def tile_matrix_set() -> TileMatrixSet:
    """Give its definition; the library is 25 MB of memory, for documents alone."""
    import morecantile  # noqa: PLC0415

    return morecantile.tms.get(MATRIX_SET_ID)


#: Archives in the order their layers are drawn: outlines, then points.
ARCHIVES = ("territoires", "lieux")

#: Collections of the OGC API that have tiles: the layer of the same name.
TILED = ("communes", "epcis", "departements", "regions", "arrondissements", "lieux")

#: Bytes of tiles kept by a process, and bytes of a stored tile from which another thread cuts it.
CACHE_BYTES = 24 * 2**20
LARGE = 16 * 1024
#: Choices of layers remembered.
CHOICES = 64
#: Of zlib: beyond it, time doubles for 1 % of size.
_LEVEL = 6


class Publication(Protocol):
    """The atlas readers see."""

    @property
    def archives(self) -> Mapping[str, Directory]:
        """Its archives, by tileset."""

    @property
    def archives_away(self) -> Collection[str]:
        """Tilesets whose archive is in a store that has not answered yet."""


class Limits(NamedTuple):
    """Tiles of a zoom that are in the bounds of a tileset, ends included."""

    zoom: int
    first_row: int
    last_row: int
    first_column: int
    last_column: int

    def hold(self, row: int, column: int) -> bool:
        """Whether a tile is one of them."""
        rows = self.first_row <= row <= self.last_row
        return rows and self.first_column <= column <= self.last_column


@dataclass(frozen=True)
class Layer:
    """A layer of an archive.

    Attributes
    ----------
    id
        Its name in the tiles.
    tileset
        Name of the archive.
    fields
        Its attributes: ``String``, ``Number`` or ``Boolean`` by name, as TileJSON says them.
    zooms
        First and last zoom it is drawn at.
    """

    id: str
    tileset: str
    fields: Mapping[str, str]
    zooms: tuple[int, int]


class Tile(NamedTuple):
    """A tile to send: its ETag without quotes, and where its bytes are."""

    etag: str
    parts: tuple[tuple[Directory, Content], ...]
    cut: tuple[str, ...] | None
    """Layers to take out, in this order; None where the one part is sent as it is."""

    @property
    def large(self) -> bool:
        """Whether cutting it would make others wait."""
        return sum(content.length for _, content in self.parts) >= LARGE


@dataclass(frozen=True)
class Tileset:
    """A choice of layers of one publication.

    Attributes
    ----------
    layers
        In the order they are drawn.
    archives
        Those that hold them, by name.
    """

    layers: tuple[Layer, ...]
    archives: Mapping[str, Directory]

    @cached_property
    def zooms(self) -> tuple[int, int]:
        """First and last zoom: no archive stops before the last, so that no layer goes missing."""
        by_archive = [
            [layer.zooms for layer in self.layers if layer.tileset == name]
            for name in self.archives
        ]
        first = min(low for zooms in by_archive for low, _ in zooms)
        return first, min(max(high for _, high in zooms) for zooms in by_archive)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        each = [archive.bounds for archive in self.archives.values()]
        wests, souths, easts, norths = zip(*each, strict=True)
        return min(wests), min(souths), max(easts), max(norths)

    @cached_property
    def center(self) -> tuple[float, float, int]:
        """Longitude and latitude in degrees, and zoom, to open a map at."""
        longitude, latitude, zoom = next(iter(self.archives.values())).center
        low, high = self.zooms
        return longitude, latitude, min(max(zoom, low), high)

    @cached_property
    def limits(self) -> Mapping[int, Limits]:
        """Tiles in the bounds, by zoom."""
        west, south, east, north = self.bounds
        found = {}
        grid = tile_matrix_set()
        for zoom in range(self.zooms[0], self.zooms[1] + 1):
            first = grid.tile(west, north, zoom)
            last = grid.tile(east, south, zoom)
            found[zoom] = Limits(zoom, first.y, last.y, first.x, last.x)
        return found

    @cached_property
    def attribution(self) -> str:
        """Producers of what the archives hold, each once."""
        each = (archive.metadata.get("attribution", "") for archive in self.archives.values())
        names = (name.strip() for text in each for name in str(text).split(" ; "))
        return " ; ".join(dict.fromkeys(filter(None, names)))

    def find(self, zoom: int, column: int, row: int) -> Tile | None:
        """Where a tile is; None if no archive has it.

        Its ETag follows from those of the stored tiles and from the layers taken: it costs no
        decompression.
        """
        parts = []
        for archive in self.archives.values():
            content = archive.find(zoom, column, row)
            if content is not None:
                parts.append((archive, content))
        if not parts:
            return None
        if len(parts) == 1 and parts[0][0] in self._whole:
            archive, content = parts[0]
            return Tile(content.etag(archive), tuple(parts), None)
        digest = hashlib.blake2b(f"{_LEVEL} {zlib.ZLIB_RUNTIME_VERSION}".encode(), digest_size=10)
        for archive, content in parts:
            digest.update(content.etag(archive).encode() + b" ")
        names = tuple(layer.id for layer in self.layers)
        digest.update(",".join(names).encode())
        return Tile(digest.hexdigest(), tuple(parts), names)

    @cached_property
    def _whole(self) -> frozenset[Directory]:
        """Archives all of whose layers are taken, in their own order."""
        return frozenset(
            archive
            for name, archive in self.archives.items()
            if [one["id"] for one in archive.metadata["vector_layers"]]
            == [layer.id for layer in self.layers if layer.tileset == name]
        )


class Tilesets:
    """The tilesets of one publication."""

    def __init__(self, publication: Publication) -> None:
        self._archives = {
            name: publication.archives[name] for name in ARCHIVES if name in publication.archives
        }
        self.layers = {layer.id: layer for layer in _layers(self._archives)}
        #: Whether an archive is in a store that has not answered yet.
        self.incomplete = bool(publication.archives_away)
        self._known: dict[tuple[str, ...], Tileset] = {}

    @property
    def collections(self) -> tuple[str, ...]:
        """Collections that have tiles."""
        return tuple(name for name in TILED if name in self.layers)

    @property
    def dataset(self) -> Tileset:
        """All layers."""
        return self.of(tuple(self.layers))

    def of(self, names: Sequence[str]) -> Tileset:
        """Take some layers.

        Parameters
        ----------
        names
            Ids of layers of this publication, in the order they are drawn, at least one.
        """
        key = tuple(names)
        found = self._known.get(key)
        if found is None:
            layers = tuple(self.layers[name] for name in key)
            held = {layer.tileset for layer in layers}
            archives = {name: one for name, one in self._archives.items() if name in held}
            found = self._known[key] = Tileset(layers, archives)
            if len(self._known) > CHOICES:
                del self._known[next(iter(self._known))]
        return found


def _layers(archives: Mapping[str, Directory]) -> Iterator[Layer]:
    for tileset, archive in archives.items():
        low, high = archive.zooms
        described: list[dict[str, Any]] = archive.metadata["vector_layers"]
        for one in described:
            zooms = (one.get("minzoom", low), one.get("maxzoom", high))
            yield Layer(one["id"], tileset, one["fields"], zooms)


_OPEN: WeakKeyDictionary[Publication, Tilesets] = WeakKeyDictionary()


def tilesets_of(publication: Publication) -> Tilesets:
    """Give the tilesets of a publication, kept as long as it is open and has the same archives."""
    found = _OPEN.get(publication)
    if found is None or found.incomplete:
        found = _OPEN[publication] = Tilesets(publication)
    return found


class TileStore:
    """Gives the bytes of tiles; those that were cut out are kept a while."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    async def read(self, tile: Tile) -> bytes:
        """Give a tile.

        Parameters
        ----------
        tile
            As :meth:`Tileset.find` found it.

        Returns
        -------
        bytes
            The tile by gzip; no bytes at all if it has none of the layers.

        Raises
        ------
        zlib.error, ValueError
            If the archive is damaged.
        StoreAwayError
            If the store of the archives does not answer.
        """
        if tile.cut is None:
            return await _stored(*tile.parts[0])
        kept = self._kept.get(tile.etag)
        if kept is not None:
            self._kept.move_to_end(tile.etag)
            return kept
        stored = [await _stored(archive, content) for archive, content in tile.parts]
        if tile.large:
            made = await asyncio.to_thread(_cut, stored, tile.cut)
        else:
            made = _cut(stored, tile.cut)
        if tile.etag not in self._kept:
            self._kept[tile.etag] = made
            self._size += len(made)
        while self._size > CACHE_BYTES:
            _, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped)
        return made


async def _stored(archive: Directory, content: Content) -> bytes:
    """Compressed bytes of a tile of an archive."""
    found = archive.at_hand(content)
    return await archive.fetch(content) if found is None else found


def _cut(stored: Sequence[bytes], names: Sequence[str]) -> bytes:
    """Take layers out of the stored tiles of a place, and compress them without a date."""
    layers: dict[str, bytes] = {}
    for tile in stored:
        layers |= split_layers(zlib.decompress(tile, wbits=31))
    body = b"".join(layers[name] for name in names if name in layers)
    return zlib.compress(body, _LEVEL, 31) if body else b""
