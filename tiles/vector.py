"""Layers of vector tiles, made of outlines already encoded and of attributes that change.

Vector tile specification 2.1 (https://github.com/mapbox/vector-tile-spec/tree/master/2.1), §4: a
layer holds features, then the keys and the values that the features name by their rank. The outline
of a feature takes nearly all the time and only changes with the borders: PostGIS encodes it once,
:func:`features_of` takes it out, and :class:`Layer` puts attributes to it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence

#: Units along the side of a tile.
EXTENT = 4096

#: A value of an attribute; None is written nowhere.
Value = str | int | float | None

# Tags of the fields in the messages of the specification (`vector_tile.proto`): number × 8 + type.
_TILE_LAYER, _LAYER_NAME, _LAYER_FEATURE, _LAYER_KEY, _LAYER_VALUE = 0x1A, 0x0A, 0x12, 0x1A, 0x22
_LAYER_EXTENT, _LAYER_VERSION, _FEATURE_TAGS = 0x28, 0x78, 0x12
_VALUE_STRING, _VALUE_DOUBLE, _VALUE_UINT = 0x0A, 0x19, 0x28
_VERSION = 2

_MORE, _BITS = 0x80, 7


def _varint(number: int) -> bytes:
    """Write a number seven bits a byte, the lowest first."""
    written = bytearray()
    while number >= _MORE:
        written.append(number & (_MORE - 1) | _MORE)
        number >>= _BITS
    written.append(number)
    return bytes(written)


#: Numbers of one and two bytes, which nearly all are.
_SMALL = tuple(_varint(number) for number in range(1 << 2 * _BITS))


def _number(number: int) -> bytes:
    return _SMALL[number] if number < len(_SMALL) else _varint(number)


def _message(tag: int, content: bytes) -> bytes:
    return b"".join((bytes((tag,)), _number(len(content)), content))


def _read(buffer: bytes, position: int) -> tuple[int, int]:
    """Read a number, and where the next field starts."""
    value = shift = 0
    while True:
        byte = buffer[position]
        position += 1
        value |= (byte & (_MORE - 1)) << shift
        if byte < _MORE:
            return value, position
        shift += _BITS


def features_of(tile: bytes) -> Iterator[bytes]:
    """Give the features of a tile of one layer, in their order, without their envelope.

    Parameters
    ----------
    tile
        As ``ST_AsMVT`` writes it: the name of the layer, then its features, then the rest.

    Raises
    ------
    ValueError
        If the tile is not so.
    """
    if not tile or tile[0] != _TILE_LAYER:
        raise ValueError("a tile starts with a layer")
    length, position = _read(tile, 1)
    end = position + length
    if end != len(tile) or tile[position] != _LAYER_NAME:
        raise ValueError("a tile of one layer, which starts with its name")
    length, position = _read(tile, position + 1)
    position += length
    while position < end and tile[position] == _LAYER_FEATURE:
        length, position = _read(tile, position + 1)
        yield tile[position : position + length]
        position += length


def _value(value: str | float) -> bytes:
    """Write a value of an attribute."""
    if isinstance(value, str):
        return _message(_VALUE_STRING, value.encode())
    if isinstance(value, int):
        return bytes((_VALUE_UINT,)) + _number(value)
    return bytes((_VALUE_DOUBLE,)) + struct.pack("<d", value)


class Layer:
    """A layer of every tile: what is said of each of its territories.

    Parameters
    ----------
    name
        Name of the layer.
    own, shared
        Names of the attributes: those that differ from one territory to the next, then those of
        which many have the same values together, whose tags are then made once a tile.
    rows
        Code of each territory, and its values in the order of `own` and of `shared`.
        Integers are not negative.
    """

    def __init__(
        self,
        name: str,
        own: Sequence[str],
        shared: Sequence[str],
        rows: Iterable[tuple[str, Sequence[Value], Sequence[Value]]],
    ) -> None:
        self.name = name
        self._head = _message(_LAYER_NAME, name.encode())
        keys = [*own, *shared]
        self._keys = b"".join(_message(_LAYER_KEY, key.encode()) for key in keys)
        self._tail = b"".join(
            (bytes((_LAYER_EXTENT,)), _number(EXTENT), bytes((_LAYER_VERSION, _VERSION)))
        )
        ranks = [_number(rank) for rank in range(len(keys))]
        groups: dict[tuple[Value, ...], int] = {}
        self._rows: dict[str, tuple[list[tuple[bytes, bytes]], int]] = {}
        for code, mine, ours in rows:
            group = groups.setdefault(tuple(ours), len(groups))
            self._rows[code] = (_pairs(ranks, mine), group)
        self._groups = [_pairs(ranks[len(own) :], group) for group in groups]

    def __contains__(self, code: str) -> bool:
        return code in self._rows

    def encode(self, codes: Sequence[str], shapes: Sequence[bytes]) -> bytes:
        """Write the layer of one tile.

        Parameters
        ----------
        codes
            Territories on the tile; each is known.
        shapes
            Feature of each, without attributes (:func:`features_of`).

        Returns
        -------
        bytes
            A tile of this layer alone; tiles put end to end are one tile of all their layers.
        """
        values: dict[bytes, int] = {}
        tags_of: dict[int, bytes] = {}
        rows, rank_of = self._rows, values.setdefault
        feature, feature_tags = bytes((_LAYER_FEATURE,)), bytes((_FEATURE_TAGS,))
        parts = [self._head]
        for code, shape in zip(codes, shapes, strict=True):
            own, group = rows[code]
            tags = b"".join([key + _number(rank_of(value, len(values))) for key, value in own])
            shared = tags_of.get(group)
            if shared is None:
                shared = tags_of[group] = b"".join(
                    [
                        key + _number(rank_of(value, len(values)))
                        for key, value in self._groups[group]
                    ]
                )
            length = len(tags) + len(shared)
            head = feature_tags + _number(length)
            size = _number(len(head) + length + len(shape))
            parts += (feature, size, head, tags, shared, shape)
        parts.append(self._keys)
        parts += [_message(_LAYER_VALUE, value) for value in values]
        parts.append(self._tail)
        return _message(_TILE_LAYER, b"".join(parts))


def _pairs(ranks: Sequence[bytes], values: Sequence[Value]) -> list[tuple[bytes, bytes]]:
    """Rank of the key and value of each attribute that has one."""
    return [
        (rank, _value(value))
        for rank, value in zip(ranks, values, strict=False)
        if value is not None
    ]
