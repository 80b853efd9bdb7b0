"""The tiles of the whole service: filtered ones from its database, archives from its store."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import mapbox_vector_tile
import psycopg
import pytest

from etl import publication
from geo_service import tile_tables
from geo_service.archive_stores import archive_store
from geo_service.delivery import Delivery
from geo_service.faults import InstallationError
from geo_service.settings import load_settings
from geo_service.watcher import AtlasWatcher
from tests.geo_service import little_atlas
from tests.geo_service.conftest import client_of
from tiles.archive import Archive
from tiles.build import build_lieux
from tiles.directory import Directory
from tiles.errors import StoreAwayError
from tiles.packing import packed_path
from tiles.store import BucketStore, FolderStore

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def built(little_owner_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of publications, with the lieux of both little ones."""
    root = tmp_path_factory.mktemp("publications")
    for name in (little_atlas.FIRST, little_atlas.SECOND):
        (root / name).mkdir()
        with psycopg.connect(little_owner_url) as conn:
            publication.use_schema(conn, name)
            build_lieux(conn, root / name / "lieux.pmtiles", attribution="", publication=name)
    return root


@pytest.fixture(scope="module")
async def tiles(little_reader_url: str, built: Path) -> AsyncIterator[httpx.AsyncClient]:
    watcher = AtlasWatcher(lambda: little_reader_url, built, period=3600)
    await watcher.start()
    async with client_of(watcher) as client:
        yield client
    await watcher.stop()


async def places(client: httpx.AsyncClient, archive: Archive, query: str) -> int:
    total = 0
    for z, x, y in archive:
        if z != 8:
            continue
        answer = await client.get(f"/tiles/lieux/{z}/{x}/{y}.mvt?{query}")
        assert answer.status_code in {200, 204}
        if answer.status_code == 200:
            features = mapbox_vector_tile.decode(answer.content)["lieux"]["features"]
            total += sum(feature["properties"]["nombre"] for feature in features)
    return total


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("service=", "true"),
        (f"service={little_atlas.SITE}", f"s.service = '{little_atlas.SITE}'"),
        (f"service={little_atlas.MAIRIE}", f"s.service = '{little_atlas.MAIRIE}'"),
        ("niveau=departement&code=35", "a.niveau = 'departement' AND a.code = '35'"),
        ("niveau=groupe&code=villes-choisies", "a.niveau = 'groupe'"),
        (
            f"niveau=epci&code=244200770&service={little_atlas.SITE}",
            f"a.niveau = 'epci' AND a.code = '244200770' AND s.service = '{little_atlas.SITE}'",
        ),
    ],
)
async def test_filtered_tiles_count_what_the_database_counts(
    tiles: httpx.AsyncClient, built: Path, little_owner_url: str, query: str, condition: str
) -> None:
    with psycopg.connect(little_owner_url) as conn:
        publication.use_schema(conn, little_atlas.FIRST)
        row = conn.execute(
            "SELECT count(DISTINCT l.id) FROM lieux AS l"
            " LEFT JOIN lieux_services AS s ON s.lieu = l.id"
            f" LEFT JOIN appartenances AS a ON a.commune = l.commune WHERE {condition}".encode()
        ).fetchone()
    archive = Archive(built / little_atlas.FIRST / "lieux.pmtiles")
    assert row is not None
    assert row[0] > 0
    assert await places(tiles, archive, query) == row[0]


async def test_a_tile_that_takes_too_long_is_stopped(
    tiles: httpx.AsyncClient, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_tables, "TIME_LIMIT", 1)
    monkeypatch.setattr(
        "tiles.filtered.script", lambda _name: "SELECT pg_sleep(5), ''::bytea AS mvt, 0 AS lieux"
    )
    z, x, y = next(iter(Archive(built / little_atlas.FIRST / "lieux.pmtiles")))
    answer = await tiles.get(f"/tiles/lieux/{z}/{x}/{y}.mvt?service={little_atlas.CYBER}")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "trop de calcul" in answer.json()["detail"]
    assert (await tiles.get("/api/publications")).status_code == 200


class Absent(FolderStore):
    """A store that is away until told otherwise."""

    away = True

    def open(self, publication: str, tileset: str) -> Directory | None:
        if self.away:
            raise StoreAwayError
        return super().open(publication, tileset)

    def remove(self, publication: str) -> None:
        if self.away:
            raise StoreAwayError
        super().remove(publication)


async def test_store_that_is_away_at_the_start(little_reader_url: str, built: Path) -> None:
    store = Absent(built)
    watcher = AtlasWatcher(lambda: little_reader_url, store, period=3600)
    await watcher.start()
    async with client_of(watcher) as client:
        refused = await client.get("/tiles/lieux.json")
        assert refused.status_code == 503
        assert "stockage" in refused.json()["detail"]
        assert (await client.get("/api/referentiel")).status_code == 200
        store.away = False
        await watcher.look()
        assert (await client.get("/tiles/lieux.json")).status_code == 200
        absent = await client.get("/tiles/territoires.json")
        assert absent.status_code == 404
    await watcher.stop()


async def test_switch_to_another_publication(
    watcher: AtlasWatcher, little_owner_url: str, little_reader_url: str, built: Path
) -> None:
    switching = AtlasWatcher(lambda: little_reader_url, built, period=3600)
    await switching.start()
    query = f"service={little_atlas.SITE}"
    try:
        async with client_of(switching) as client:
            archive = Archive(built / little_atlas.FIRST / "lieux.pmtiles")
            before = await places(client, archive, query)
            document = (await client.get("/tiles/lieux.json")).json()
            assert document["publication"] == little_atlas.FIRST
            with psycopg.connect(little_owner_url) as conn:
                publication.activate(conn, little_atlas.SECOND)
            await switching.look()
            document = (await client.get("/tiles/lieux.json")).json()
            assert document["publication"] == little_atlas.SECOND
            assert await places(client, archive, query) == before - 1
    finally:
        with psycopg.connect(little_owner_url) as conn:
            publication.activate(conn, little_atlas.FIRST)
        await switching.stop()
        await watcher.look()  # that of the other tests may have followed


def test_delivery_packs_and_removes(little_owner_url: str, built: Path, tmp_path: Path) -> None:
    folder = tmp_path / little_atlas.SECOND
    folder.mkdir()
    content = (built / little_atlas.SECOND / "lieux.pmtiles").read_bytes()
    (folder / "lieux.pmtiles").write_bytes(content)
    store = Absent(tmp_path)
    delivery = Delivery(FolderStore(tmp_path), tmp_path, brotli=True)
    with psycopg.connect(little_owner_url) as conn:
        delivery.deliver(conn, little_atlas.SECOND, ["lieux"])
    opened = FolderStore(tmp_path).open(little_atlas.SECOND, "lieux")
    assert opened is not None
    assert (opened.packed is not None) == packed_path(folder / "lieux.pmtiles").is_file()
    assert gzip.decompress(Archive(folder / "lieux.pmtiles").get(*next(iter(opened))) or b"")
    told: list[str] = []
    Delivery(store, tmp_path, brotli=False).remove(little_atlas.SECOND, told.append)
    assert not folder.exists()
    assert "stockage ne répond pas" in told[0]


def test_settings_of_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(archive_store(load_settings()), FolderStore)
    monkeypatch.setenv("GEO_ARCHIVES_URL", "s3://seau/dossier")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "essai")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    with pytest.raises(InstallationError, match="AWS_SECRET_ACCESS_KEY"):
        archive_store(load_settings())
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "essai")
    assert isinstance(archive_store(load_settings()), BucketStore)
    monkeypatch.setenv("GEO_ARCHIVES_URL", "/mnt/seau")
    with pytest.raises(InstallationError, match="s3://seau/dossier"):
        load_settings()
