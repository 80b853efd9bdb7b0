"""What installs and runs the project: Makefile, scripts, continuous integration."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from geo_service import cluster_place
from geo_service.private_cluster import PrivateCluster
from tests.conftest import pytest_collection_modifyitems
from tests.support import ROOT
from tests.support import run_program as run

SCRIPTS = sorted([*(ROOT / "scripts").glob("*.sh"), *(ROOT / "docker").glob("*.sh")])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_sound(script: Path) -> None:
    assert run("bash", "-n", script).returncode == 0
    if script.name != "common.sh":
        assert os.access(script, os.X_OK)
        assert "set -euo pipefail" in script.read_text()


def test_every_target_of_the_makefile_runs_what_it_says() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    documented = set(re.findall(r"^#   make (\w+) ", text, flags=re.MULTILINE))
    assert {"run", "test", "bench", "clean", "setup"} <= documented
    for target in documented:
        done = run("make", "-n", target)
        assert done.returncode == 0, done.stderr
        for command in re.findall(r"scripts/[\w.]+", done.stdout):
            assert (ROOT / command).is_file()


def test_continuous_integration_runs_the_whole_suite(tmp_path: Path) -> None:
    (tmp_path / "clone" / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", tmp_path / "clone" / ".ci")
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\necho "make $* dans $PWD"\nexit 7\n')
    make.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = run("bash", "clone/.ci/run", cwd=tmp_path, PATH=path)
    assert done.stdout == f"make test dans {tmp_path / 'clone'}\n"
    assert done.returncode == 7


def test_the_first_file_and_the_last_ones_are_those_of_the_national_atlas() -> None:
    files = ("a", "b", "c", "d", "b")
    items = [
        SimpleNamespace(path=Path(file), fixturenames=["national_atlas"] if file in "bd" else [])
        for file in files
    ]
    pytest_collection_modifyitems(SimpleNamespace(), items)
    assert tuple(item.path.name for item in items) == files, "a single process keeps the order"
    pytest_collection_modifyitems(SimpleNamespace(workerinput={}), items)
    assert [item.path.name for item in items] == ["b", "b", "a", "c", "d"]


def shell(command: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return run("bash", "-euc", f"source {ROOT}/scripts/common.sh; {command}", cwd=cwd, **env)


def test_a_step_that_fails_stops_the_script_and_is_named() -> None:
    done = shell("inner() { false; echo suite; }; step Essai inner; echo fin", step_total="3")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == ["[1/3] Essai…", "[1/3] Essai : échec"]


def test_a_fingerprint_follows_names_and_contents_only(tmp_path: Path) -> None:
    def fingerprint() -> str:
        return shell("fingerprint un", cwd=tmp_path).stdout

    file = tmp_path / "un" / "deux" / "a b.ts"
    file.parent.mkdir(parents=True)
    file.write_text("1")
    first = fingerprint()
    assert re.fullmatch(r"[0-9a-f]{64}\n", first)
    os.utime(file, (0, 0))
    (tmp_path / "un" / "node_modules").mkdir()
    (tmp_path / "un" / "node_modules" / "x.js").write_text("x")
    assert fingerprint() == first
    file.write_text("2")
    second = fingerprint()
    assert second != first
    file.rename(file.with_name("c.ts"))
    assert fingerprint() not in {first, second}


def test_a_stamp_holds_for_one_key(tmp_path: Path) -> None:
    command = (
        "done_with pages cle-1; up_to_date pages cle-1 && ! up_to_date pages cle-2 && echo oui"
    )
    assert shell(command, cwd=tmp_path).stdout == "oui\n"


def test_an_old_node_is_refused_in_one_sentence(tmp_path: Path) -> None:
    node = tmp_path / "node"
    # Any script given by -e says "too old"; --version says which.
    node.write_text('#!/bin/sh\n[ "$1" = --version ] && echo v18.0.0\n[ "$1" != -e ]\n')
    node.chmod(0o755)
    done = run("scripts/prepare.sh", "run", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert done.returncode == 1
    assert "Erreur : Node.js v18.0.0 est trop ancien" in done.stderr
    assert "20.19" in done.stderr


STUB = """#!/bin/bash
echo "$*" >>journal
[[ $1 == serve ]] || exit 0
trap 'echo fin >>journal; exit 0' TERM
echo servi
while :; do sleep 0.05; done
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A prepared checkout whose service only writes down what it is told."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    (folder / "scripts" / "prepare.sh").write_text("#!/bin/sh\n")
    service = folder / ".venv" / "bin" / "geo-service"
    service.parent.mkdir(parents=True)
    service.write_text(STUB)
    service.chmod(0o755)
    yield folder
    PrivateCluster(folder / ".atlas" / "postgres").remove()


@pytest.fixture
def runnable(checkout: Path) -> Iterator[Path]:
    """That checkout with a real database, running."""
    (checkout / "journal").unlink(missing_ok=True)
    with PrivateCluster(checkout / ".atlas" / "postgres"):
        yield checkout


@contextmanager
def running(checkout: Path) -> Iterator[subprocess.Popen[str]]:
    """``scripts/run.sh`` with its service up, leader of a group as in a terminal."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    process = subprocess.Popen(
        [checkout / "scripts" / "run.sh"],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("GEO_")},
            "GEO_PORT": port,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "servi\n"
        yield process
    finally:
        process.stdout.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize("way", ["ctrl-c", "kill"])
def test_the_end_of_a_run_stops_the_service_then_the_database(runnable: Path, way: str) -> None:
    with running(runnable) as process:
        if way == "ctrl-c":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.terminate()
        assert process.wait(timeout=30) == 0
    journal = (runnable / "journal").read_text().splitlines()
    assert journal == ["etl run", "serve", "fin"]
    assert not PrivateCluster(runnable / ".atlas" / "postgres").is_running()


def test_a_database_another_run_still_uses_is_left_running(runnable: Path) -> None:
    with running(runnable), running(runnable) as second:
        second.terminate()
        assert second.wait(timeout=30) == 0
        assert PrivateCluster(runnable / ".atlas" / "postgres").is_running()


def test_a_run_whose_port_is_taken_says_so_before_anything_else(checkout: Path) -> None:
    (checkout / "journal").unlink(missing_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(checkout / "scripts" / "run.sh", GEO_PORT=str(port), GEO_HOST="127.0.0.1")
    assert done.returncode == 1
    assert f"le port {port} est déjà pris" in done.stderr
    assert f"make run PORT={port + 1}" in done.stderr
    assert not (checkout / "journal").exists()


def test_cleaning_stops_and_removes_everything_and_nothing_else(tmp_path: Path) -> None:
    checkout = tmp_path / "clone"
    shutil.copytree(ROOT / "scripts", checkout / "scripts")
    (checkout / "LISEZMOI").touch()
    (checkout / ".venv").mkdir()
    innocent = tmp_path / "innocent"
    innocent.mkdir()
    # pytest's folders are closed to other users: called by root, the data go to the shelter.
    cluster = PrivateCluster(checkout / ".atlas" / "postgres")
    cluster.start()
    place = cluster.place
    processes = cluster._processes()
    record = cluster.folder / cluster_place.RECORD
    with record.open("a") as file:
        file.write(f"/\n/etc\n{innocent}\n/var/lib/atlas-internet-citoyen\n")
    done = run(checkout / "scripts" / "clean.sh", cwd=checkout)
    assert done.returncode == 0, done.stderr
    assert [pid for pid in processes if Path(f"/proc/{pid}/exe").exists()] == []
    assert not place.home.exists()
    assert not place.socket.exists()
    assert sorted(path.name for path in checkout.iterdir()) == ["LISEZMOI", "scripts"]
    assert innocent.is_dir()


def test_cleaning_ends_no_stranger_whose_number_a_pid_file_holds(tmp_path: Path) -> None:
    data = tmp_path / ".atlas" / "postgres" / "donnees"
    data.mkdir(parents=True)
    stranger = subprocess.Popen(["sleep", "300"], cwd=data)
    try:
        (data / "postmaster.pid").write_text(f"{stranger.pid}\n")
        assert shell("stop_clusters .atlas", cwd=tmp_path).returncode == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_pre_commit_hooks_are_local() -> None:
    path = ROOT / ".pre-commit-config.yaml"
    assert run(sys.executable, "-m", "pre_commit", "validate-config", path).returncode == 0
    assert {entry["repo"] for entry in yaml.safe_load(path.read_text())["repos"]} == {"local"}
