"""The service on a primary and two streaming replicas: killed, silent, late, promoted."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from etl import publication
from geo_service import database, database_servers
from geo_service.operations.counts import Counts
from geo_service.operations.state import LoopLag, ProcessState
from geo_service.private_cluster import READER, PrivateCluster
from geo_service.watcher import AtlasWatcher
from tests.geo_service import little_atlas
from tests.geo_service.conftest import client_of
from tests.geo_service.little_atlas import FIRST, SECOND
from tests.geo_service.operations.test_metrics import exposed
from tests.geo_service.streaming import StreamingCluster
from tests.support import Server, heard

pytestmark = pytest.mark.anyio

#: Asks what may change.
CATALOGUE = "/api/publications"
#: Seconds for what takes a moment.
SOON = 60


_LIMITS = itertools.cycle(range(1, 200))


def tables() -> str:
    """Give an address that asks what never changes: another each time, since answers are kept."""
    return f"/api/territoires/commune/35238/lieux?limit={next(_LIMITS)}"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is busy with other tests a server is not silent for being slow."""
    monkeypatch.setattr(database_servers, "PATIENCE", float(SOON))


class Trio:
    """A primary and two replicas."""

    def __init__(self, folder: Path) -> None:
        self.primary = StreamingCluster(folder / "primaire")
        self.primary.start()
        self.primary.ensure_database("atlas")
        self.replicas = [StreamingCluster(folder / f"replique-{n}", self.primary) for n in (1, 2)]

    @property
    def all(self) -> list[StreamingCluster]:
        return [self.primary, *self.replicas]

    def write(self, *statements: str) -> None:
        with psycopg.connect(self.primary.url("atlas"), autocommit=True) as conn:
            for statement in statements:
                conn.execute(statement)

    def activate(self, name: str) -> None:
        with psycopg.connect(self.primary.url("atlas")) as conn:
            publication.activate(conn, name)

    def watcher(self, folder: Path, replicas: int = 2, max_lag: float = 60) -> AtlasWatcher:
        """One that looks only when it is told to."""
        return AtlasWatcher(
            lambda: self.primary.url("atlas", READER),
            folder,
            period=3600,
            replicas=[cluster.url("atlas", READER) for cluster in self.replicas[:replicas]],
            max_lag=max_lag,
        )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trio]:
    trio = Trio(tmp_path_factory.mktemp("trio"))
    with psycopg.connect(trio.primary.url("atlas")) as conn:
        publication.ensure_catalogue(conn)
        little_atlas.publish(conn, FIRST)
    yield trio
    for cluster in reversed(trio.all):
        cluster.thaw()
        cluster.remove()


@pytest.fixture
def trio(made: Trio) -> Trio:
    """All three running and in step, the first publication active and alone."""
    for cluster in made.all:
        cluster.start()
    with psycopg.connect(made.primary.url("atlas")) as conn:
        publication.drop(conn, SECOND)
        publication.activate(conn, FIRST)
    for cluster in made.replicas:
        pause(cluster, paused=False)
    in_step(made)
    return made


@pytest.fixture
async def watcher(trio: Trio, tmp_path: Path) -> AsyncIterator[AtlasWatcher]:
    watching = trio.watcher(tmp_path)
    await watching.start()
    yield watching
    await watching.stop()


@pytest.fixture
async def service(watcher: AtlasWatcher) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(watcher) as client:
        yield client


def position(cluster: PrivateCluster, function: str) -> int:
    with psycopg.connect(cluster.url("postgres")) as conn:
        (found,) = conn.execute(f"SELECT {function}() - '0/0'").fetchone()
        return int(found)


def in_step(trio: Trio, *replicas: PrivateCluster) -> None:
    """Wait until replicas replayed all that the primary wrote."""
    written = position(trio.primary, "pg_current_wal_lsn")
    for cluster in replicas or trio.replicas:
        while position(cluster, "pg_last_wal_replay_lsn") < written:
            pass


def pause(cluster: PrivateCluster, *, paused: bool = True) -> None:
    verb, wanted = ("pause", "paused") if paused else ("resume", "not paused")
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        conn.execute(f"SELECT pg_wal_replay_{verb}()")
        while conn.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() != (wanted,):
            pass


def publish_second(trio: Trio) -> None:
    with psycopg.connect(trio.primary.url("atlas")) as conn:
        little_atlas.publish(conn, SECOND, without_site=["35051"])


async def standings(client: httpx.AsyncClient) -> dict[str, str | None]:
    """What ``/ready`` says of each server: why it is left out, or None."""
    ready = await client.get("/ready")
    assert ready.status_code == 200, ready.text
    return {one["nom"]: one["motif"] for one in ready.json()["serveurs"]}


async def until(watching: AtlasWatcher, client: httpx.AsyncClient, **wanted: str | None) -> None:
    """Look until the servers stand so."""
    expected = {name.replace("_", "-"): motive for name, motive in wanted.items()}
    async with asyncio.timeout(SOON):
        while not expected.items() <= (await standings(client)).items():
            await watching.look()


def shares(watching: AtlasWatcher) -> dict[str, int]:
    assert watching.current is not None
    return {name: one["asked"] for name, one in watching.current.database.shares().items()}


async def count(watching: AtlasWatcher, query: str = "SELECT count(*) AS n FROM lieux_services"):
    assert watching.current is not None
    return (await watching.current.database.fetch(query))[0]["n"]


@asynccontextmanager
async def crowd(client: httpx.AsyncClient, people: int = 8) -> AsyncIterator[list[int]]:
    """Ask without a pause while something happens, and a while after; give the statuses."""
    statuses: list[int] = []
    over = asyncio.Event()

    async def person(number: int) -> None:
        while not over.is_set():
            answer = await client.get(CATALOGUE if number % 2 else tables())
            statuses.append(answer.status_code)
            # An answer from memory, or a refusal, waits for nothing: leave the others their turn.
            await asyncio.sleep(0)

    async def more(n: int = 40) -> None:
        wanted = len(statuses) + n
        async with asyncio.timeout(SOON):
            while len(statuses) < wanted:
                await asyncio.sleep(0)

    asking = [asyncio.create_task(person(number)) for number in range(people)]
    try:
        await more()
        yield statuses
        await more()
    finally:
        over.set()
        await asyncio.gather(*asking)


async def test_replicas_do_the_work_and_the_primary_helps(
    service: httpx.AsyncClient, watcher: AtlasWatcher
):
    for _ in range(10):
        assert (await service.get(tables())).status_code == 200
    asked = shares(watcher)
    # One at a time: nobody has anything else to do, so the replicas, one after the other.
    assert asked["primaire"] == 0
    assert min(asked["replique-1"], asked["replique-2"]) > 0
    assert set(await asyncio.gather(*(count(watcher) for _ in range(30)))) == {17}
    # All at once: the primary has as little to do as they have.
    assert shares(watcher)["primaire"] > 0
    ready = (await service.get("/ready")).json()
    assert (ready["statut"], ready["base"]) == ("pret", True)
    assert [one["utilise"] for one in ready["serveurs"]] == [True] * 3
    assert [one["nom"] for one in ready["serveurs"]] == ["primaire", "replique-1", "replique-2"]


async def test_a_replica_is_killed_and_comes_back(
    service: httpx.AsyncClient, watcher: AtlasWatcher, trio: Trio
):
    with heard() as events:
        async with crowd(service) as statuses:
            trio.replicas[0].kill()
        assert set(statuses) == {200}
        await watcher.look()
        assert (await standings(service))["replique-1"] == "absente"
        await asyncio.to_thread(trio.replicas[0].start)
        async with crowd(service) as statuses:
            await until(watcher, service, replique_1=None)
        assert set(statuses) == {200}
    told = [event["event"] for event in events if event.get("serveur") == "replique-1"]
    assert [name for name in told if name.startswith("serveur_")] == [
        "serveur_ecarte",
        "serveur_repris",
    ]
    before = shares(watcher)["replique-1"]
    await asyncio.gather(*(count(watcher) for _ in range(30)))
    assert shares(watcher)["replique-1"] > before


async def test_the_primary_is_killed_and_nothing_is_missing(
    service: httpx.AsyncClient, watcher: AtlasWatcher, trio: Trio, tmp_path: Path
):
    before = await service.get(CATALOGUE)
    async with crowd(service) as statuses:
        trio.primary.kill()
        await watcher.look()
    assert set(statuses) == {200}
    ready = (await service.get("/ready")).json()
    assert (ready["statut"], ready["base"]) == ("pret", True)
    assert ready["serveurs"][0] == {
        "nom": "primaire",
        "utilise": False,
        "motif": "absente",
        "retard_s": None,
    }
    assert (await service.get(CATALOGUE)).content == before.content
    # A process that starts now does as well.
    late = trio.watcher(tmp_path)
    await late.start()
    async with client_of(late) as client:
        assert (await client.get(CATALOGUE)).content == before.content
        assert (await standings(client))["primaire"] == "absente"
    await late.stop()
    await asyncio.to_thread(trio.primary.start)
    await until(watcher, service, primaire=None)


async def test_a_replica_without_the_publication_is_not_asked(
    service: httpx.AsyncClient, watcher: AtlasWatcher, trio: Trio, tmp_path: Path
):
    pause(trio.replicas[0])
    assert await count(watcher) == 17
    publish_second(trio)
    in_step(trio, trio.replicas[1])
    await watcher.look()
    await watcher.closed()
    assert watcher.current is not None
    assert watcher.current.id == SECOND
    assert await standings(service) == {
        "primaire": None,
        "replique-1": "sans_publication",
        "replique-2": None,
    }
    asked = shares(watcher)
    assert {await count(watcher) for _ in range(10)} == {16}
    assert shares(watcher)["replique-1"] == asked["replique-1"]
    told = exposed([ProcessState(Counts(), watcher, LoopLag()).told()])
    mine = (("processus", "1"), ("serveur", "replique-1"))
    assert told["atlas_serveur_utilise"][mine] == 0
    assert told["atlas_serveur_retard_bytes"][mine] > 0
    assert told["atlas_serveur_ecarte"][(("motif", "sans_publication"), *mine)] == 1
    other = (("processus", "1"), ("serveur", "replique-2"))
    assert told["atlas_serveur_utilise"][other] == 1
    assert told["atlas_serveur_connexions"][other] >= 1
    assert told["atlas_serveur_demandes_total"][(("serveur", "replique-2"),)] > 0

    # The primary goes: the late one's word is older, that of the other is the same.
    trio.primary.kill()
    async with crowd(service) as statuses:
        await watcher.look()
    assert set(statuses) == {200}
    assert watcher.current.id == SECOND
    # Nobody is left who has it: the old one is not gone back to, memory answers.
    await asyncio.to_thread(trio.replicas[1].stop)
    await watcher.look()
    assert (await service.get("/ready")).json()["statut"] == "degrade"
    assert (await service.get(CATALOGUE)).status_code == 503
    assert watcher.current.id == SECOND

    await asyncio.to_thread(trio.primary.start)
    await asyncio.to_thread(trio.replicas[1].start)
    pause(trio.replicas[0], paused=False)
    await until(watcher, service, primaire=None, replique_1=None, replique_2=None)
    assert {await count(watcher) for _ in range(10)} == {16}
    # Going back on purpose is followed.
    trio.activate(FIRST)
    await watcher.look()
    assert watcher.current.id == FIRST


async def test_a_late_replica_answers_last_and_never_from_an_old_catalogue(
    trio: Trio, tmp_path: Path
):
    watching = trio.watcher(tmp_path, replicas=1, max_lag=0.01)
    await watching.start()
    async with client_of(watching) as client:
        pause(trio.replicas[0])
        publish_second(trio)
        trio.activate(FIRST)
        await until(watching, client, replique_1="en_retard")
        lag = watching.servers.all[1].lag
        assert lag is not None
        assert lag.octets > 0
        # It has the first publication whole, but the list of publications is another by now.
        listed = [one["id"] for one in (await client.get(CATALOGUE)).json()["publications"]]
        assert listed == [SECOND, FIRST]
        asked = shares(watching)["replique-1"]
        assert {await count(watching) for _ in range(10)} == {17}
        assert shares(watching)["replique-1"] == asked

        # Alone it answers what cannot have changed, and refuses the rest.
        trio.primary.kill()
        await watching.look()
        assert await count(watching) == 17
        assert (await client.get(CATALOGUE)).status_code == 503
        ready = (await client.get("/ready")).json()
        assert (ready["statut"], ready["publication"]) == ("pret", FIRST)
    await watching.stop()


async def test_a_silent_replica_holds_nobody_up_for_long(
    service: httpx.AsyncClient,
    watcher: AtlasWatcher,
    trio: Trio,
    monkeypatch: pytest.MonkeyPatch,
):
    # Little enough to be quick, much more than an answer takes when the machine is busy.
    monkeypatch.setattr(database_servers, "PATIENCE", 1.0)
    try:
        async with crowd(service, people=3) as statuses:
            trio.replicas[0].freeze()
            with heard() as events:
                await watcher.look()
            gone = [event for event in events if event["event"] == "serveur_ecarte"]
            told = {event["serveur"]: event["erreur"] for event in gone}
            # By the look at all servers, or by the query of a reader that was cut first.
            assert told["replique-1"].startswith("pas de réponse ")
            assert (await standings(service))["replique-1"] == "absente"
        assert set(statuses) == {200}
    finally:
        trio.replicas[0].thaw()
    await until(watcher, service, replique_1=None)


async def test_a_query_that_replay_cancels_is_run_elsewhere(
    trio: Trio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # It lasts until it is cancelled, however busy the machine.
    monkeypatch.setattr(database, "STATEMENT_TIMEOUT", SOON * 1000)
    alone = trio.watcher(tmp_path, replicas=1)
    await alone.start()
    replica = trio.replicas[0]
    slow = asyncio.create_task(
        count(
            alone,
            "SELECT pg_is_in_recovery()::int AS n FROM lieux_services"
            " WHERE NOT pg_is_in_recovery() OR pg_sleep(5) IS NULL",
        )
    )
    running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE %s"
    with psycopg.connect(replica.url("atlas"), autocommit=True) as conn:
        async with asyncio.timeout(SOON):
            while conn.execute(running, ["%pg_sleep(5) IS NULL"]).fetchone() == (0,):
                await asyncio.sleep(0)
    with psycopg.connect(trio.primary.url("atlas")) as conn:
        # Replayed, this takes the table from whoever reads it.
        conn.execute(f"LOCK TABLE pub_{FIRST}.lieux_services IN ACCESS EXCLUSIVE MODE")
        conn.execute(f"COMMENT ON TABLE pub_{FIRST}.lieux_services IS NULL")
    assert await slow == 0  # the primary's answer
    assert alone.current is not None
    assert alone.current.database.shares()["replique-1"] == {"asked": 1, "moved": 1}
    # The replica did nothing wrong.
    assert alone.servers.standings()[1].motive is None
    await alone.stop()


async def test_a_real_server_with_replicas(trio: Trio, tmp_path: Path):
    urls = " ".join(cluster.url("atlas", READER) for cluster in trio.replicas)
    server = Server(
        tmp_path,
        GEO_DATABASE_READ_URL=trio.primary.url("atlas", READER),
        GEO_DATABASE_READ_URLS=urls,
        GEO_REPLICA_MAX_LAG="30",
    )
    with server as base_url:
        async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:
            async with crowd(client) as statuses:
                trio.replicas[1].kill()
                async with asyncio.timeout(SOON):
                    while (await standings(client))["replique-2"] is None:
                        pass
            assert set(statuses) == {200}
            told = (await client.get("/ready")).text
            for cluster in trio.all:
                assert str(cluster.place.socket) not in told


async def test_a_promoted_replica_is_followed(trio: Trio, tmp_path: Path):
    """The last test: there are two primaries after it."""
    watching = trio.watcher(tmp_path)
    await watching.start()
    async with client_of(watching) as client:
        trio.primary.kill()
        promoted = trio.replicas[1]
        with psycopg.connect(promoted.url("atlas"), autocommit=True) as conn:
            assert conn.execute("SELECT pg_promote()").fetchone() == (True,)
        with psycopg.connect(promoted.url("atlas")) as conn:
            little_atlas.publish(conn, SECOND, without_site=["35051"])
        async with crowd(client) as statuses:
            await watching.look()
        assert set(statuses) == {200}
        assert watching.current is not None
        assert watching.current.id == SECOND
        assert await standings(client) == {
            "primaire": "absente",
            "replique-1": "sans_publication",
            "replique-2": None,
        }
        assert await count(watching) == 16
    await watching.stop()
