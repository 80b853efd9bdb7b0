"""Layers are what any reader of vector tiles expects, whatever their attributes."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapbox_vector_tile.Mapbox import vector_tile_pb2

from tiles.vector import Layer, features_of

OWN, SHARED = ["code", "nom", "population"], ["taux", "présents"]

NAME = st.one_of(st.none(), st.text(max_size=200))
COUNT = st.one_of(st.none(), st.integers(0, 2**63 - 1))
RATE = st.one_of(st.none(), st.floats(allow_nan=False))
#: A few rates in common, as communes have.
COMMON = st.tuples(st.sampled_from([None, 0.0, 0.25, 1.0]), st.sampled_from([None, 0, 3]))
ROW = st.tuples(NAME, COUNT, st.one_of(COMMON, st.tuples(RATE, COUNT)))


def plain(count: int) -> bytes:
    """A tile of one layer of points without attributes, written by another program."""
    points = [
        {"geometry": f"POINT({n % 4096} {n // 4096})", "properties": {}} for n in range(count)
    ]
    return mapbox_vector_tile.encode({"name": "x", "features": points})


def written(rows: list[tuple[str, Any, Any, tuple[Any, Any]]]) -> bytes:
    layer = Layer("communes", OWN, SHARED, [(c, (c, n, p), shared) for c, n, p, shared in rows])
    return layer.encode([row[0] for row in rows], list(features_of(plain(len(rows)))))


@given(st.lists(ROW, max_size=30))
def test_a_reader_finds_the_attributes_and_the_places(drawn: list[Any]) -> None:
    rows = [(f"{number:05}", *row) for number, row in enumerate(drawn)]
    tile = mapbox_vector_tile.decode(written(rows))
    before = mapbox_vector_tile.decode(plain(len(rows)))["x"]
    assert list(tile) == ["communes"]
    assert (tile["communes"]["extent"], tile["communes"]["version"]) == (4096, 2)
    found = tile["communes"]["features"]
    assert [f["geometry"] for f in found] == [f["geometry"] for f in before["features"]]
    for (code, nom, population, (taux, presents)), feature in zip(rows, found, strict=True):
        said = dict(zip([*OWN, *SHARED], [code, nom, population, taux, presents], strict=True))
        assert feature["properties"] == {k: v for k, v in said.items() if v is not None}


def test_a_value_is_written_once_and_thousands_are_told_apart() -> None:
    rows = [(f"{n:05}", f"Nom {n}", n, (0.5, n % 3)) for n in range(9_000)]
    parsed = vector_tile_pb2.tile()
    parsed.ParseFromString(written(rows))
    (layer,) = parsed.layers
    values = [value.SerializeToString() for value in layer.values]
    assert len(set(values)) == len(values)
    assert len(values) > 1 << 14  # ranks of three bytes
    decoded = mapbox_vector_tile.decode(written(rows))["communes"]["features"]
    assert [f["properties"]["nom"] for f in decoded] == [row[1] for row in rows]


@pytest.mark.parametrize("damaged", [b"", b"\x12\x00", plain(3)[1:], plain(3) + plain(3)])
def test_what_is_no_tile_of_one_layer_is_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="layer"):
        list(features_of(damaged))
