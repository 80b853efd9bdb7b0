"""Layers of a vector tile, taken out of it as they are.

A Mapbox Vector Tile 2.1 is a protobuf message whose field 3, repeated, is a layer; a layer refers
to nothing outside itself (specification, § 4.1). Taking some of them is therefore cutting bytes:
nothing is decoded nor encoded again, and geometries and attributes stay those of the archive to the
bit.
"""

from __future__ import annotations

#: Field ``layers`` of a tile and field ``name`` of a layer, both of wire type 2 (length-delimited).
_LAYER = 0x1A
_NAME = 0x0A

#: Wire types of protobuf: varint, 64 bits, length-delimited, 32 bits.
_VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


def split_layers(tile: bytes) -> dict[str, bytes]:
    """Cut a tile into its layers.

    Parameters
    ----------
    tile
        A tile, not compressed.

    Returns
    -------
    dict of str to bytes
        Each layer by its name, in the order of the tile, with its field's header: put end to end,
        some of them are again a tile.

    Raises
    ------
    ValueError
        If the bytes are no tile.
    """
    layers: dict[str, bytes] = {}
    position = 0
    while position < len(tile):
        start = position
        key, position = _varint(tile, position)
        end = _skip(tile, key, position)
        if key == _LAYER:
            _, content = _varint(tile, position)
            layers[_name_of(tile, content, end)] = tile[start:end]
        position = end
    return layers


def _name_of(tile: bytes, position: int, end: int) -> str:
    """Name of the layer whose message lies between two places."""
    while position < end:
        key, position = _varint(tile, position)
        after = _skip(tile, key, position)
        if key == _NAME:
            _, content = _varint(tile, position)
            return tile[content:after].decode()
        position = after
    raise ValueError("a layer without a name")


def _skip(tile: bytes, key: int, position: int) -> int:
    """Place after the value of a field."""
    kind = key & 7
    if kind == _DELIMITED:
        length, position = _varint(tile, position)
        end = position + length
    elif kind == _VARINT:
        _, end = _varint(tile, position)
    elif kind in {_FIXED64, _FIXED32}:
        end = position + (8 if kind == _FIXED64 else 4)
    else:
        raise ValueError(f"no protobuf: wire type {kind}")
    if end > len(tile):
        raise ValueError("a field longer than its tile")
    return end


def _varint(tile: bytes, position: int) -> tuple[int, int]:
    """Integer of base 128 at a place, and the place after it."""
    value = 0
    for k, byte in enumerate(tile[position : position + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * k)
        if byte < 0x80:  # noqa: PLR2004 (the bit that tells more bytes follow)
            return value, position + k + 1
    raise ValueError("a number cut short")
