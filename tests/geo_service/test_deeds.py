"""Examples of recommandations: those held in memory are those of the database."""

from __future__ import annotations

import httpx
import pytest

from geo_service import deeds
from geo_service.api.recommandations import _asked_deeds
from geo_service.database import Database
from geo_service.deeds import Deeds
from geo_service.watcher import AtlasWatcher
from tests.geo_service.conftest import client_of

pytestmark = pytest.mark.anyio


async def test_each_example_held_is_that_of_the_database(watcher: AtlasWatcher) -> None:
    atlas = watcher.current
    assert atlas is not None
    metadata = atlas.metadata
    assert metadata.deeds is not None
    territories = [key for key in metadata.territories.by_key if key[0] != "arrondissement"]
    france = ("pays", "france")
    asked = [
        ((column, number), [*keys, france])
        for column in range(len(metadata.matrices.services))
        # Of two carriers the first that has an example gives it.
        for number, keys in enumerate([[key] for key in territories] + [territories])
    ]
    expected = await _asked_deeds(atlas, asked)
    assert len(expected) > len(metadata.deeds) > 0
    for pair, keys in asked:
        found = metadata.deeds.find(pair[0], keys)
        row = expected.get(pair)
        if row is None:
            assert found is None
        else:
            assert found == {name: row[name] for name in row if name != "paire"}


async def test_too_many_examples_are_asked_as_they_are_needed(
    watcher: AtlasWatcher,
    api: httpx.AsyncClient,
    little_reader_url: str,
    tmp_path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses = [
        f"/api/territoires/{key}/recommandations"
        for key in ("commune/35051", "epci/244200770", "departement/48", "region/76")
    ]
    held = [(await api.get(address)).json() for address in addresses]
    assert any(item["exemples"] for answer in held for item in answer["recommandations"])
    monkeypatch.setattr(deeds, "MOST_ROWS", 1)
    asked = 0
    fetch = Database.fetch

    async def counted(self, query, *values, **more):
        nonlocal asked
        asked += "demandes" in query
        return await fetch(self, query, *values, **more)

    monkeypatch.setattr(Database, "fetch", counted)
    watching = AtlasWatcher(lambda: little_reader_url, tmp_path)
    await watching.start()
    try:
        assert watching.current is not None
        assert watching.current.metadata.deeds is None
        async with client_of(watching) as client:
            assert [(await client.get(address)).json() for address in addresses] == held
    finally:
        await watching.stop()
    assert asked > 0


async def test_texts_too_long_are_not_held(
    watcher: AtlasWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert watcher.current is not None
    matrices = watcher.current.metadata.matrices
    lines = b'["action", "a", "b", null]\n["lieu", "c", "d", "e"]'
    rows = [(matrices.services[0], "commune", "35051,35238", lines)]
    assert len(Deeds(matrices, rows)) == 2
    monkeypatch.setattr(deeds, "MOST_BYTES", 30)
    with pytest.raises(OverflowError):
        Deeds(matrices, rows)
