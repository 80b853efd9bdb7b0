"""Cutting tiles at the level of protobuf, and what damaged archives become."""

from __future__ import annotations

import asyncio
import json
import zlib
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service.ogc import tiles_sets
from geo_service.ogc.tiles_app import OgcTilesApp
from geo_service.ogc.tiles_layers import split_layers
from geo_service.ogc.tiles_sets import Tilesets, TileStore
from tests.geo_service.ogc.tiled import GRID, PLACES, write_archives
from tiles.archive import Archive

NAMES = st.text(min_size=1, max_size=200)


def tile_of(names: list[str]) -> bytes:
    feature = {"geometry": "POINT (1 2)", "properties": {"nom": "é" * 100}}
    encoded: bytes = mapbox_vector_tile.encode(
        [{"name": name, "features": [feature]} for name in names]
    )
    return encoded


@given(names=st.lists(NAMES, unique=True, max_size=5))
def test_layers_put_end_to_end_are_the_tile(names: list[str]) -> None:
    tile = tile_of(names)
    layers = split_layers(tile)
    assert list(layers) == names
    assert b"".join(layers.values()) == tile
    for name, layer in layers.items():
        assert mapbox_vector_tile.decode(layer) == {name: mapbox_vector_tile.decode(tile)[name]}


def test_fields_of_other_kinds_are_left_out() -> None:
    layer = tile_of(["a"])
    varint, fixed64, fixed32 = b"\x20\x96\x01", b"\x29" + bytes(8), b"\x35" + bytes(4)
    assert split_layers(varint + layer + fixed64 + fixed32) == {"a": layer}


@given(damaged=st.binary(max_size=60))
def test_what_is_no_tile_is_refused(damaged: bytes) -> None:
    try:
        layers = split_layers(damaged)
    except ValueError:
        return
    assert sum(map(len, layers.values())) <= len(damaged)


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_tile_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match=r"cut short|longer|without a name"):
        split_layers(tile_of(["a", "b"])[:-cut])


class Atlas:
    """A publication, as the tiles see it."""

    def __init__(self, folder: Path) -> None:
        names = ("territoires", "lieux")
        self.archives = {name: Archive(folder / f"{name}.pmtiles") for name in names}
        self.archives_away: frozenset[str] = frozenset()


def ask(atlas: Any, path: str) -> tuple[int, bytes]:
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        raise AssertionError("no body is read")

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    asyncio.run(OgcTilesApp(lambda: atlas)(scope, receive, send))
    return messages[0]["status"], messages[1]["body"]


def test_no_publication_yet() -> None:
    status, body = ask(None, "/ogc/tiles/WebMercatorQuad/3/2/3")
    assert status == 503
    assert "Aucune publication" in json.loads(body)["detail"]


def test_archives_away_are_told_then_found(tmp_path: Path) -> None:
    """A store that does not answer yet: 503, then the tiles as soon as it does."""
    write_archives(tmp_path)
    atlas = Atlas(tmp_path)
    known, atlas.archives = atlas.archives, {}
    atlas.archives_away = frozenset(known)
    place = GRID.tile(PLACES[0][3], PLACES[0][4], 5)
    path = f"/ogc/tiles/WebMercatorQuad/5/{place.y}/{place.x}"
    status, body = ask(atlas, path)
    assert status == 503
    assert "stockage des tuiles" in json.loads(body)["detail"]
    atlas.archives, atlas.archives_away = known, frozenset()
    assert ask(atlas, path)[0] == 200


@pytest.mark.parametrize("collection", ["communes", "lieux"])
def test_damaged_tile_is_told(tmp_path: Path, collection: str) -> None:
    write_archives(tmp_path)
    place = GRID.tile(PLACES[0][3], PLACES[0][4], 5)
    atlas = Atlas(tmp_path)
    for name, archive in atlas.archives.items():
        content = archive.find(5, place.x, place.y)
        assert content is not None
        path = tmp_path / f"{name}.pmtiles"
        damaged = bytearray(path.read_bytes())
        damaged[content.offset] ^= 0xFF
        path.write_bytes(damaged)
    path_of_tile = f"/ogc/collections/{collection}/tiles/WebMercatorQuad/5/{place.y}/{place.x}"
    status, body = ask(Atlas(tmp_path), path_of_tile)
    assert status == 500
    assert "abîmée" in json.loads(body)["detail"]


def test_tiles_kept_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept stays below the bound, in this thread or another, and is the same again."""
    write_archives(tmp_path)
    tilesets = Tilesets(Atlas(tmp_path))
    place = GRID.tile(PLACES[0][3], PLACES[0][4], 5)
    choices = [("communes",), ("communes", "lieux"), ("lieux", "communes"), ("regions", "lieux")]

    async def read_all(store: TileStore) -> list[bytes]:
        read = []
        for names in choices:
            tile = tilesets.of(names).find(5, place.x, place.y)
            assert tile is not None
            read.append(await store.read(tile))
        return read

    store = TileStore()
    first = asyncio.run(read_all(store))
    assert asyncio.run(read_all(store)) == first
    assert store._size == sum(map(len, store._kept.values()))
    monkeypatch.setattr(tiles_sets, "CACHE_BYTES", max(map(len, first)))
    monkeypatch.setattr(tiles_sets, "LARGE", 0)
    small = TileStore()
    assert asyncio.run(read_all(small)) == first
    assert len(small._kept) < len(choices)
    assert small._size <= max(map(len, first))
    for body, names in zip(first, choices, strict=True):
        assert tuple(split_layers(zlib.decompress(body, 31))) == names


def test_choices_remembered_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_archives(tmp_path)
    monkeypatch.setattr(tiles_sets, "CHOICES", 3)
    tilesets = Tilesets(Atlas(tmp_path))
    names = list(tilesets.layers)
    for k in range(len(names)):
        assert [layer.id for layer in tilesets.of(names[k:]).layers] == names[k:]
    assert len(tilesets._known) == 3
