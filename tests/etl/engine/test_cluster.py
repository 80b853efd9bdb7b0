"""Workers that are elsewhere, missing, of another version or lost: said in French, nothing done."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from etl import publication
from etl.config import AtlasConfig
from etl.engine import tasks
from etl.engine.cluster import Cluster, open_cluster
from etl.engine.settings import Calcul
from etl.errors import EtlError
from geo_service import pipeline
from geo_service.steps import Steps
from tests.etl.engine import faults
from tests.geo_service import small_run
from tests.support import ROOT


@pytest.fixture
def scheduler() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Address and process of a scheduler that is not ours."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.etl.engine.scheduler"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    yield process.stdout.readline().strip(), process
    process.stdin.close()
    process.wait(60)
    process.stdout.close()


def test_a_scheduler_elsewhere_is_joined_then_lost(
    scheduler: tuple[str, subprocess.Popen[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, process = scheduler
    settings = Calcul(adresse=address, dossier=tmp_path / "partage", delai_s=60)
    with monkeypatch.context() as patch:
        patch.setattr(publication, "code_fingerprint", lambda: "un autre code")
        with (
            pytest.raises(EtlError, match=r"n'est pas de la même version que cette machine \(code"),
            open_cluster(settings, tmp_path),
        ):
            pass
    failures: list[EtlError] = []
    with open_cluster(settings, tmp_path) as cluster:
        assert cluster.exchange.parent == tmp_path / "partage"
        assert cluster.workers == 1
        assert [len(found) for found in cluster.map(tasks.describe, ["a", "b"])] == [6, 6]

        def ask() -> None:
            try:
                cluster.map(faults.work_for_ever, [str(tmp_path)])
            except EtlError as error:
                failures.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        while not (tmp_path / "commence").exists():
            assert asking.is_alive()
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        asking.join(60)
    assert [str(error)[:43] for error in failures] == [
        "La liaison avec l'ordonnanceur dask est per"
    ]
    assert list((tmp_path / "partage").iterdir()) == []


def test_a_scheduler_that_does_not_answer_is_said_before_any_work(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        calcul = Calcul(adresse=f"tcp://127.0.0.1:{port}", dossier=tmp_path / "d", delai_s=0.5)
        steps = Steps(pipeline.STEPS)
        with pytest.raises(EtlError, match=f"ne répond pas à l'adresse tcp://127.0.0.1:{port}"):
            pipeline.run(
                small_run.config(tmp_path, calcul=calcul),
                database_url="postgresql:///nulle-part",
                downloads_dir=tmp_path,
                publications_dir=tmp_path / "publications",
                steps=steps,
                tell=lambda _sentence: None,
            )
    assert steps.seconds == {}


def test_workers_that_do_not_see_the_exchange_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Blind:
        def run(self, task: Any, mark: str) -> dict[str, dict[str, str]]:
            return {"tcp://ailleurs:1": {**task(mark), "echange": ""}}

    with ExitStack() as stack:
        cluster = Cluster(Calcul(), tmp_path, stack)
        monkeypatch.setattr(cluster, "_client", Blind())
        with pytest.raises(EtlError, match=f"ailleurs:1 ne lit pas le dossier {tmp_path}"):
            cluster._check_workers()


def test_dask_that_is_not_installed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dask_geopandas", None)
    with (
        pytest.raises(EtlError, match="uv sync --extra distribue"),
        open_cluster(Calcul(), tmp_path),
    ):
        pass


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    old, recent = tmp_path / "echange-vieux", tmp_path / "echange-neuf"
    old.mkdir()
    recent.mkdir()
    os.utime(old, (0, 0))
    with open_cluster(Calcul(), tmp_path) as cluster:
        assert sorted(tmp_path.iterdir()) == sorted([recent, cluster.exchange])
    assert list(tmp_path.iterdir()) == [recent]


def test_a_scheduler_needs_a_shared_folder(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="toutes les machines voient au même chemin"):
        Calcul(adresse="tcp://10.0.0.1:8786")
    path = small_run.write_config(tmp_path, "[calcul]\nprocessus = 0\nadresse = 'ici'\n")
    with pytest.raises(EtlError) as caught:
        AtlasConfig.load(path)
    assert "calcul" in str(caught.value)
    path = small_run.write_config(
        tmp_path, "[calcul]\nadresse = 'tcp://10.0.0.1:8786'\ndossier = 'partage'\n"
    )
    calcul = AtlasConfig.load(path).calcul
    assert calcul is not None
    assert calcul.dossier == tmp_path / "partage"
