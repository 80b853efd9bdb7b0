"""The distributed engine gives what PostGIS and one process give, to the bit, whatever dies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely

from etl.accessibility import e2sfca
from etl.accessibility.compute import compute_accessibility
from etl.communes import Communes
from etl.coverage import compute_coverage
from etl.engine import export, tasks
from etl.engine.cluster import Cluster
from etl.engine.engine import Engine
from etl.engine.places import DistributedPlaces
from etl.engine.settings import Calcul
from etl.errors import EtlError
from tests.etl import small_atlas
from tests.etl.engine import faults, lands


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of some lieux: each service of a zone has several."""
    monkeypatch.setattr(e2sfca, "PART", 40)
    monkeypatch.setattr(export, "PART", 40)


@pytest.fixture
def land(publication_conn: psycopg.Connection) -> psycopg.Connection:
    lands.load(publication_conn, lieux=400)
    return publication_conn


@pytest.fixture
def places(workers: Cluster, land: psycopg.Connection) -> Iterator[DistributedPlaces]:
    yield DistributedPlaces.of(workers, land)
    shutil.rmtree(workers.exchange / "lieux")


def compute(
    conn: psycopg.Connection, distributed: DistributedPlaces | None = None
) -> dict[str, list[tuple[Any, ...]]]:
    compute_coverage(conn, distributed)
    compute_accessibility(conn, distributed=distributed)
    return lands.computed(conn)


def test_tables_are_the_same_to_the_bit(
    small_parts: None, land: psycopg.Connection, places: DistributedPlaces
) -> None:
    expected = compute(land)
    assert {name for name, rows in expected.items() if rows} == set(lands.COMPUTED)
    assert compute(land, places) == expected


def test_a_worker_killed_in_the_middle_costs_nothing(
    small_parts: None,
    land: psycopg.Connection,
    places: DistributedPlaces,
    workers: Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = compute(land)
    monkeypatch.setattr(tasks, "survey", faults.survey_and_die_once)
    assert compute(land, places) == expected
    assert (workers.exchange / "lieux" / "000000.tue").exists()


def test_a_task_that_kills_workers_stops_the_run(
    workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = workers.client.cluster.scheduler
    monkeypatch.setattr(scheduler, "allowed_failures", 0)
    with pytest.raises(EtlError, match="faute de mémoire"):
        workers.map(faults.die, [1])


def test_no_worker_left_stops_the_run(
    workers: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "settings", Calcul(delai_s=0.1))
    monkeypatch.setattr(workers, "_workers", list)
    with pytest.raises(EtlError, match=r"n'a plus aucun processus depuis 0\.1 s"):
        workers.map(faults.work_for_ever, [str(tmp_path)])
    shutil.rmtree(tmp_path)  # the task ends


def test_points_are_located_alike(workers: Cluster) -> None:
    frame = small_atlas.context().territoires
    communes = Communes.of(frame)
    corners = shapely.points(shapely.get_coordinates(communes.geoms))
    random = np.random.default_rng(0)
    some = shapely.points(random.uniform(4.9, 5.4, 2_000), random.uniform(45.9, 46.2, 2_000))
    points = np.concatenate([corners, communes.centres, some, shapely.points([[0, 0]])])
    expected = communes.at(points)
    assert set(expected) == {-1, *range(len(communes.codes))}
    asked = []

    class Counting(Engine):
        def at(self, of: Communes, these: Any) -> Any:
            asked.append(len(these))
            return super().at(of, these)

    sent = Communes.of(frame, locator=Counting(workers))
    for these, found in ((points, expected), (points[::-1], expected[::-1])):
        assert sent.at(these).tolist() == found.tolist()
    assert asked == [len(points)] * 2


def test_without_lieux_nothing_is_asked(
    workers: Cluster, publication_conn: psycopg.Connection
) -> None:
    lands.load(publication_conn, lieux=0)
    places = DistributedPlaces.of(workers, publication_conn)
    try:
        found = compute(publication_conn, places)
    finally:
        shutil.rmtree(workers.exchange / "lieux")
    assert found["distances"] == found["accessibilites"] == []
    assert found == compute(publication_conn)


def test_a_full_exchange_stops_the_run(
    land: psycopg.Connection, workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_table: object, _path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export.pq, "write_table", full)
    try:
        with pytest.raises(OSError, match="No space left"):
            DistributedPlaces.of(workers, land)
    finally:
        shutil.rmtree(workers.exchange / "lieux")
    assert land.execute("SELECT count(*) FROM lieux").fetchone() == (400,)
