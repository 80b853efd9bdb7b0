"""The service while the database comes and goes, and while publications change."""

from __future__ import annotations

import asyncio
import gc
import os
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb

from etl import publication
from etl.fetch import sha256_of
from geo_service import database
from geo_service.database import Database, Health
from geo_service.errors import to_problem
from geo_service.private_cluster import READER, PrivateCluster
from geo_service.watcher import AtlasWatcher
from tests.faults.link import Link
from tests.geo_service import little_atlas
from tests.geo_service.conftest import client_of
from tests.support import Server, heard
from tests.tiles.conftest import little_archive
from tiles.directory import Directory
from tiles.store import FolderStore

pytestmark = pytest.mark.anyio

COVERAGE = "/api/territoires/commune/35238/couverture"
#: Always asks the database, where a costly answer may be kept.
ASKING = "/api/publications"


@pytest.fixture(scope="module")
def frail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateCluster]:
    """A cluster of its own, that tests may stop."""
    cluster = PrivateCluster(tmp_path_factory.mktemp("panne") / "postgres")
    cluster.start()
    cluster.ensure_database("atlas")
    with psycopg.connect(cluster.url("atlas")) as conn:
        publication.ensure_catalogue(conn)
        little_atlas.publish(conn, little_atlas.FIRST)
    with psycopg.connect(cluster.url("atlas")) as conn:
        little_atlas.publish(conn, little_atlas.SECOND, without_site=["35051"], activate=False)
    yield cluster
    cluster.remove()


@pytest.fixture
def standing(frail: PrivateCluster) -> PrivateCluster:
    """The frail cluster, running, its first publication active."""
    frail.start()
    activate(frail, little_atlas.FIRST)
    return frail


def activate(cluster: PrivateCluster, name: str) -> None:
    with psycopg.connect(cluster.url("atlas")) as conn:
        publication.activate(conn, name)


@pytest.fixture
async def watching(standing: PrivateCluster, tmp_path: Path) -> AsyncIterator[AtlasWatcher]:
    """A watcher that looks only when told to, so that nothing here depends on time."""
    watcher = AtlasWatcher(lambda: standing.url("atlas", READER), tmp_path, period=3600)
    await watcher.start()
    yield watcher
    await watcher.stop()


@pytest.fixture
async def service(watching: AtlasWatcher) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(watching) as client:
        yield client


def assert_unavailable(answer: httpx.Response, words: str) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


async def test_the_database_stops_and_comes_back(
    service: httpx.AsyncClient, watching: AtlasWatcher, standing: PrivateCluster
):
    before, held = await service.get(ASKING), await service.get(COVERAGE)
    assert (before.status_code, held.status_code) == (200, 200)
    await asyncio.to_thread(standing.stop)

    # Before the watcher knows, and once it does.
    assert_unavailable(await service.get(ASKING), "base de données")
    await watching.look()
    answers = await asyncio.gather(*(service.get(ASKING) for _ in range(50)))
    for answer in answers:
        assert_unavailable(answer, "base de données")
    # What is in memory can be answered: a server that were taken out would answer nothing.
    ready = await service.get("/ready")
    assert (ready.status_code, ready.json()["statut"]) == (200, "degrade")
    assert ready.json()["base"] is False
    assert (await service.get("/health")).status_code == 200
    # What needs no database goes on.
    same = await service.get(COVERAGE, headers={"If-None-Match": held.headers["etag"]})
    assert same.status_code == 304
    assert (await service.get("/api/referentiel")).status_code == 200

    await asyncio.to_thread(standing.start)
    await watching.look()
    after = await service.get(ASKING)
    assert (after.status_code, after.content) == (200, before.content)
    assert (await service.get("/ready")).json()["statut"] == "pret"


async def test_a_restart_between_two_looks_goes_unnoticed(
    service: httpx.AsyncClient, standing: PrivateCluster
):
    answers = await asyncio.gather(*(service.get(ASKING) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    await asyncio.to_thread(standing.stop)
    await asyncio.to_thread(standing.start)
    answers = await asyncio.gather(*(service.get(ASKING) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}


async def test_starting_before_the_database(standing: PrivateCluster, tmp_path: Path):
    urls = ["postgresql://personne@/atlas?host=/nulle/part"]
    watcher = AtlasWatcher(lambda: urls[-1], tmp_path, period=3600)
    await watcher.start()
    async with client_of(watcher) as client:
        for address in (COVERAGE, "/api/sources", "/ready"):
            assert_unavailable(await client.get(address), "base de données")
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/commune/35238")).status_code == 503
        urls.append(standing.url("atlas", READER))
        await watcher.look()
        assert (await client.get(COVERAGE)).status_code == 200
    await watcher.stop()


@pytest.mark.parametrize("catalogue", [False, True])
async def test_starting_before_the_first_publication(
    standing: PrivateCluster, tmp_path: Path, catalogue: bool
):
    name = f"vide_{catalogue}".lower()
    standing.ensure_database(name)
    if catalogue:
        with psycopg.connect(standing.url(name)) as conn:
            publication.ensure_catalogue(conn)
    watcher = AtlasWatcher(lambda: standing.url(name, READER), tmp_path, period=3600)
    await watcher.start()
    async with client_of(watcher) as client:
        for address in (COVERAGE, "/api/territoires", "/ready"):
            assert_unavailable(await client.get(address), "geo-service etl run")
    await watcher.stop()


async def test_a_request_keeps_its_publication(
    service: httpx.AsyncClient, watching: AtlasWatcher, standing: PrivateCluster
):
    old = watching.current
    assert old is not None
    before = (await service.get(COVERAGE)).json()
    with old:
        activate(standing, little_atlas.SECOND)
        await watching.look()
        after = await service.get(COVERAGE)
        assert after.json()["publication"] == little_atlas.SECOND
        # The request that began before still reads the publication it began with.
        rows = await old.database.fetch("SELECT count(*) AS n FROM lieux_services")
        assert rows[0]["n"] == 17
        rows = await watching.current.database.fetch("SELECT count(*) AS n FROM lieux_services")
        assert rows[0]["n"] == 16
    await watching.closed()
    with pytest.raises(database.DatabaseAwayError):
        await old.database.fetch("SELECT 1")
    assert before["publication"] == little_atlas.FIRST
    fresh = await service.get(COVERAGE, headers={"If-None-Match": after.headers["etag"]})
    assert fresh.status_code == 304


async def test_nothing_is_held_of_a_publication_that_was_replaced(
    service: httpx.AsyncClient, watching: AtlasWatcher, standing: PrivateCluster
):
    assert watching.current is not None
    other = {little_atlas.FIRST, little_atlas.SECOND} - {watching.current.id}
    for address in (COVERAGE, "/commune/35238", "/ogc/collections/communes/items?limit=2"):
        assert (await service.get(address)).status_code == 200
    held = weakref.ref(watching.current)
    activate(standing, other.pop())
    await watching.look()
    await watching.closed()
    # Not even what the collector was told to leave alone.
    assert gc.get_freeze_count()
    assert held() is None


async def test_a_broken_publication_does_not_replace_a_good_one(
    service: httpx.AsyncClient, watching: AtlasWatcher, standing: PrivateCluster
):
    with psycopg.connect(standing.url("atlas")) as conn:
        publication.register(
            conn, "00000000dead", millesime=2026, inputs={}, checks={}, durations={}, archives={}
        )
        # The command refuses to; another version of it may not have.
        conn.execute("UPDATE atlas.publication_active SET publication = '00000000dead'")
    with heard() as events:
        await watching.look()
        await watching.look()
    # Told once, not at each look.
    assert [event["event"] for event in events] == ["publication_illisible"]
    assert (await service.get(COVERAGE)).json()["publication"] == little_atlas.FIRST
    with psycopg.connect(standing.url("atlas")) as conn:
        publication.activate(conn, little_atlas.FIRST)
        publication.drop(conn, "00000000dead")


async def test_long_queries_are_cut(standing: PrivateCluster, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database, "STATEMENT_TIMEOUT", 50)
    reader = Database(standing.url("atlas", READER), little_atlas.FIRST, Health())
    await reader.open()
    with pytest.raises(psycopg.errors.QueryCanceled) as caught:
        await reader.fetch("SELECT pg_sleep(60)")
    problem = to_problem(caught.value)
    assert problem.status == 503
    assert "plus petit" in problem.detail
    await reader.close()


async def test_a_full_pool_refuses_soon_and_says_why(
    service: httpx.AsyncClient, watching: AtlasWatcher, monkeypatch: pytest.MonkeyPatch
):
    atlas = watching.current
    assert atlas is not None
    monkeypatch.setattr(atlas.database._pool, "timeout", 0.05)
    async with AsyncExitStack() as taken:
        for _ in range(database.POOL_SIZE):
            await taken.enter_async_context(atlas.database._pool.connection(timeout=20))
        monkeypatch.setattr(atlas.database, "_running", database.POOL_SIZE)
        answers = await asyncio.gather(*(service.get(ASKING) for _ in range(database.POOL_SIZE)))
        for answer in answers:
            assert_unavailable(answer, "plus de demandes que sa base")
        assert atlas.database.statistics()["requests_errors"] >= database.POOL_SIZE
        # The database is not taken for dead: memory answers, and so does whoever comes next.
        assert not watching._health.suspect.is_set()
        assert (await service.get(COVERAGE)).status_code == 200
    monkeypatch.undo()
    assert (await service.get(ASKING)).status_code == 200


async def test_an_archive_that_is_missing_is_waited_for(standing: PrivateCluster, tmp_path: Path):
    def catalogue(archives: str) -> None:
        with psycopg.connect(standing.url("atlas")) as conn:
            conn.execute(
                "UPDATE atlas.publications SET archives = %s WHERE id = %s",
                [archives, little_atlas.FIRST],
            )

    catalogue('{"lieux": {}, "communes.entites": {}}')
    watcher = AtlasWatcher(lambda: standing.url("atlas", READER), tmp_path, period=3600)
    try:
        with heard() as events:
            await watcher.start()
            await watcher.look()
        # Told once, not at each look.
        absent = [event for event in events if event["event"] == "tuiles_absentes"]
        assert [event["jeu"] for event in absent] == ["lieux", "territoires"]
        async with client_of(watcher) as client:
            assert_unavailable(await client.get("/ready"), "lieux")
            assert (await client.get(COVERAGE)).status_code == 200
            folder = tmp_path / little_atlas.FIRST
            folder.mkdir()
            little_archive(folder / "lieux.pmtiles")
            await watcher.look()
            assert (await client.get("/ready")).json()["statut"] == "pret"
    finally:
        await watcher.stop()
        catalogue("{}")


class CountingStore(FolderStore):
    """Archives on disk, and which ones were opened."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.opened: list[str] = []

    def open(self, publication: str, tileset: str) -> Directory | None:
        self.opened.append(tileset)
        return super().open(publication, tileset)


async def test_a_damaged_archive_is_left_out_alone_and_taken_back(
    standing: PrivateCluster, tmp_path: Path
):
    folder = tmp_path / little_atlas.FIRST
    folder.mkdir()
    whole = {name: folder / f"{name}.pmtiles" for name in ("lieux", "territoires")}
    for path in whole.values():
        little_archive(path)
    good = whole["lieux"].read_bytes()
    described = {name: {"sha256": sha256_of(path)} for name, path in whole.items()}

    def catalogue(archives: object) -> None:
        with psycopg.connect(standing.url("atlas")) as conn:
            conn.execute(
                "UPDATE atlas.publications SET archives = %s WHERE id = %s",
                [Jsonb(archives), little_atlas.FIRST],
            )

    def put(content: bytes) -> None:
        draft = tmp_path / "neuf"
        draft.write_bytes(content)
        draft.replace(whole["lieux"])

    catalogue(described)
    store = CountingStore(tmp_path)
    watcher = AtlasWatcher(lambda: standing.url("atlas", READER), store, period=3600)
    try:
        await watcher.start()
        address = "/tiles/{}/{}/{}/{}.mvt"
        one = next(iter(watcher.current.archives["lieux"]))
        lieux, territoires = (address.format(name, *one) for name in whole)
        async with client_of(watcher) as client:
            before = await client.get(lieux)
            assert before.status_code == 200
            changed = bytearray(good)
            changed[-1] ^= 1
            for damaged in (bytes(changed), good[: len(good) // 2], b""):
                put(damaged)
                with heard() as events:
                    await watcher.look()
                    await watcher.look()
                told = [event["jeu"] for event in events if event["event"] == "tuiles_abimees"]
                assert told == ["lieux"]  # once, not at each look
                if damaged == changed:  # whole, so read to its end to be known as another
                    assert store.opened.count("lieux") == 2  # when the watcher started, and now
                assert_unavailable(await client.get(lieux), "tuiles")
                assert_unavailable(await client.get("/ready"), "lieux")
                assert (await client.get(territoires)).status_code == 200
                assert (await client.get(COVERAGE)).status_code == 200
                put(good)
                await watcher.look()
                after = await client.get(lieux)
                assert (after.status_code, after.content) == (200, before.content)
                assert (await client.get("/ready")).json()["statut"] == "pret"
            # Cut while it is open, and nobody has looked yet.
            os.truncate(whole["lieux"], 200)
            assert_unavailable(await client.get(lieux), "abîmées")
    finally:
        await watcher.stop()
        catalogue({})


async def test_a_silent_network_is_asked_once(
    standing: PrivateCluster, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "NETWORK_GRACE", 0.1)
    monkeypatch.setattr(database, "STATEMENT_TIMEOUT", 100)
    folder = parse_qs(urlsplit(standing.url("atlas", READER)).query)["host"][0]
    health = Health()
    with Link(Path(folder) / ".s.PGSQL.5432") as link:
        # `hostaddr`: by TCP, to an account that the socket beyond knows.
        url = f"postgresql://{READER}@/atlas?hostaddr=127.0.0.1&port={link.port}"
        reader = Database(url, little_atlas.FIRST, health)
        await reader.open()
        await reader.fetch("SELECT 1")
        link.freeze()
        runs: list[object] = []
        run = reader._run
        monkeypatch.setattr(reader, "_run", lambda *a, **k: runs.append(a) or run(*a, **k))
        with pytest.raises(database.DatabaseAwayError, match="pas de réponse"):
            await reader.fetch("SELECT 1")
        assert len(runs) == 1
        assert health.suspect.is_set()
        link.mend()
        await reader.close()


async def test_the_service_cannot_write(watching: AtlasWatcher):
    atlas = watching.current
    assert atlas is not None
    for statement in (
        "DELETE FROM lieux",
        "SET default_transaction_read_only = off; DELETE FROM lieux",
    ):
        with pytest.raises(psycopg.Error) as caught:
            await atlas.database.fetch(statement)
        assert caught.value.sqlstate in {"25006", "42501"}


async def test_a_real_server_comes_back_by_itself(standing: PrivateCluster, tmp_path: Path):
    url = standing.url("atlas", READER)
    with Server(tmp_path, GEO_DATABASE_READ_URL=url) as base_url:
        async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:
            assert (await client.get(ASKING)).status_code == 200
            await asyncio.to_thread(standing.stop)
            answers = await asyncio.gather(*(client.get(ASKING) for _ in range(30)))
            for answer in answers:
                assert_unavailable(answer, "base de données")
            await asyncio.to_thread(standing.start)
            async with asyncio.timeout(60):
                while not (await client.get("/ready")).json()["base"]:
                    pass
            got, headed = await client.get(ASKING), await client.head(ASKING)
            assert (got.status_code, headed.status_code, headed.content) == (200, 200, b"")
            assert headed.headers["content-length"] == got.headers["content-length"]
