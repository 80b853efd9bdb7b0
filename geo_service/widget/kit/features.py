"""Some features of a vector tile, taken out of it with the outlines they have there.

A Mapbox Vector Tile 2.1 is a protobuf message (`vector_tile.proto` of the specification, §4). The
outline of a feature is copied byte for byte; only its tags are written again, since keys and values
are numbered by layer and those of the features left out would stay in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Final

#: Fields of a tile, a layer, a feature, a value (number of the field).
_LAYERS: Final = 3
_NAME, _FEATURES, _KEYS, _VALUES, _EXTENT, _VERSION = 1, 2, 3, 4, 5, 15
_TAGS: Final = 2
_STRING: Final = 1
#: Wire types of protobuf that tiles use.
_VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5
_MORE, _BITS = 0x80, 7

#: Attributes that are kept; the map draws with these alone.
KEPT: Final = ("code", "nom", "population", "niveau")
#: Layer of the names, whose territories are of any niveau.
LABELS: Final = "etiquettes"

#: Codes wanted by niveau.
Wanted = Mapping[str, Set[str]]


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Read an integer of base 128, and where the next byte is."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & (_MORE - 1)) << shift
        if byte < _MORE:
            return value, at
        shift += _BITS


def write_varint(number: int) -> bytes:
    """Write an integer in base 128, the lowest digits first."""
    written = bytearray()
    while number >= _MORE:
        written.append(number & (_MORE - 1) | _MORE)
        number >>= _BITS
    written.append(number)
    return bytes(written)


def _fields(data: bytes) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Give the number, wire type, content and whole bytes of each field of a message."""
    at = 0
    while at < len(data):
        start = at
        key, at = read_varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            begin = at
            _, at = read_varint(data, at)
        elif kind == _DELIMITED:
            length, begin = read_varint(data, at)
            at = begin + length
        elif kind in {_FIXED64, _FIXED32}:
            begin = at
            at += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"no protobuf: wire type {kind}")
        if at > len(data):
            raise ValueError("a field longer than its message")
        yield number, kind, data[begin:at], data[start:at]


def _message(number: int, content: bytes) -> bytes:
    return write_varint(number << 3 | _DELIMITED) + write_varint(len(content)) + content


@dataclass
class _Layer:
    """A layer, read but for its features."""

    name: str = ""
    features: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    rest: list[bytes] = field(default_factory=list)

    def text(self, value: int) -> str:
        """Text of a value, empty for a number."""
        for number, kind, content, _ in _fields(self.values[value]):
            if (number, kind) == (_STRING, _DELIMITED):
                return content.decode()
        return ""


def _read_layer(data: bytes) -> _Layer:
    layer = _Layer()
    for number, _, content, whole in _fields(data):
        if number == _NAME:
            layer.name = content.decode()
        elif number == _FEATURES:
            layer.features.append(content)
        elif number == _KEYS:
            layer.keys.append(content.decode())
        elif number == _VALUES:
            layer.values.append(content)
        elif number in {_EXTENT, _VERSION}:
            layer.rest.append(whole)
    return layer


def _tags(feature: bytes) -> list[tuple[int, int]]:
    """Ranks of the keys and values of a feature."""
    numbers: list[int] = []
    for number, _, content, _ in _fields(feature):
        if number == _TAGS:
            at = 0
            while at < len(content):
                rank, at = read_varint(content, at)
                numbers.append(rank)
    return list(zip(numbers[::2], numbers[1::2], strict=True))


class _Writer:
    """Numbers keys and values again, in the order they are met."""

    def __init__(self, layer: _Layer) -> None:
        self._layer = layer
        self._keys: dict[int, int] = {}
        self._values: dict[int, int] = {}
        self._features: list[bytes] = []

    def add(self, feature: bytes, tags: list[tuple[int, int]]) -> None:
        """Add a feature with some of its tags, in the order kept by the tile."""
        numbers = b"".join(
            write_varint(self._keys.setdefault(key, len(self._keys)))
            + write_varint(self._values.setdefault(value, len(self._values)))
            for key, value in tags
            if self._layer.keys[key] in KEPT
        )
        parts = [
            _message(_TAGS, numbers) if number == _TAGS else whole
            for number, _, _, whole in _fields(feature)
        ]
        self._features.append(_message(_FEATURES, b"".join(parts)))

    def layer(self) -> bytes:
        """Write the layer; nothing when no feature is left."""
        if not self._features:
            return b""
        layer = self._layer
        body = [
            _message(_NAME, layer.name.encode()),
            *self._features,
            *(_message(_KEYS, layer.keys[key].encode()) for key in self._keys),
            *(_message(_VALUES, layer.values[value]) for value in self._values),
            *layer.rest,
        ]
        return _message(_LAYERS, b"".join(body))


def keep_territories(tile: bytes, layers: Mapping[str, str], wanted: Wanted) -> bytes:
    """Keep some territories of a tile.

    Parameters
    ----------
    tile
        A vector tile, not compressed.
    layers
        Niveau of the territories of each layer; a layer that is not there is left out.
    wanted
        Codes of those that are kept. Names are kept with their territories.

    Returns
    -------
    bytes
        A tile, empty when nothing is left.

    Raises
    ------
    ValueError
        If the bytes are no tile.
    """
    written = []
    for number, _, content, _ in _fields(tile):
        if number != _LAYERS:
            continue
        layer = _read_layer(content)
        if layer.name != LABELS and layer.name not in layers:
            continue
        writer = _Writer(layer)
        for feature in layer.features:
            tags = _tags(feature)
            said = {layer.keys[key]: value for key, value in tags}
            niveau = layers.get(layer.name) or layer.text(said["niveau"])
            if layer.text(said["code"]) in wanted.get(niveau, frozenset()):
                writer.add(feature, tags)
        written.append(writer.layer())
    return b"".join(written)
