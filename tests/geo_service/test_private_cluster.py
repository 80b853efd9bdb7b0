"""Real clusters in throw-away folders: started, killed, moved, started twice at once."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from geo_service import cluster_place, postgresql
from geo_service.faults import InstallationError
from geo_service.postgresql import find_installation
from geo_service.private_cluster import PUBLISHER, READER, PrivateCluster

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change user")


@contextmanager
def throw_away(mode: int = 0o755, sub: str = "base") -> Iterator[PrivateCluster]:
    """A cluster in a folder of its own, removed afterwards whatever happens.

    Not pytest's own folder: it is closed to other users, so the cluster would always shelter.
    """
    parent = Path(tempfile.mkdtemp(prefix="atlas-essai-"))
    parent.chmod(mode)
    cluster = PrivateCluster(parent / sub)
    try:
        yield cluster
    finally:
        cluster.remove()
        shutil.rmtree(parent)


@pytest.fixture(scope="module")
def shared() -> Iterator[PrivateCluster]:
    with throw_away() as cluster:
        cluster.start()
        cluster.ensure_database("atlas")
        with psycopg.connect(cluster.url()) as conn:
            conn.execute("CREATE TABLE temoin (n integer)")
            conn.execute("INSERT INTO temoin VALUES (34875)")
        yield cluster


@pytest.fixture
def cluster(shared: PrivateCluster) -> PrivateCluster:
    """The shared cluster, running."""
    shared.start()
    return shared


def witness(cluster: PrivateCluster) -> list[tuple[int]]:
    with psycopg.connect(cluster.url()) as conn:
        return conn.execute("SELECT n FROM temoin").fetchall()


def server(cluster: PrivateCluster) -> int:
    return int((cluster.place.data / "postmaster.pid").read_text().split()[0])


def test_starting_twice_keeps_the_same_server(cluster: PrivateCluster) -> None:
    first = server(cluster)
    cluster.start()
    assert server(cluster) == first
    assert cluster.is_running()


def test_ensuring_a_database_twice_keeps_its_tables(cluster: PrivateCluster) -> None:
    cluster.ensure_database("atlas")
    assert witness(cluster) == [(34875,)]


def test_a_reading_role_made_by_others_is_allowed_to_log_in(cluster: PrivateCluster) -> None:
    with psycopg.connect(cluster.url()) as conn:
        conn.execute(f"ALTER ROLE {READER} NOLOGIN")
    cluster.ensure_database("atlas")
    with psycopg.connect(cluster.url(user=READER)) as conn:
        assert conn.execute("SELECT current_user").fetchone() == (READER,)


def test_a_running_server_of_before_learns_a_new_role(cluster: PrivateCluster) -> None:
    people = cluster.place.data / "pg_ident.conf"
    lines = people.read_text().splitlines(keepends=True)
    people.write_text("".join(line for line in lines if PUBLISHER not in line))
    with psycopg.connect(cluster.url("postgres")) as conn:
        conn.execute("SELECT pg_reload_conf()")
    cluster.ensure_database("atlas")
    with psycopg.connect(cluster.url(user=PUBLISHER)) as conn:
        assert conn.execute("SELECT current_user").fetchone() == (PUBLISHER,)


def test_extensions_and_encoding(cluster: PrivateCluster) -> None:
    with psycopg.connect(cluster.url()) as conn:
        assert conn.execute("SELECT ST_AsText(ST_MakePoint(1, 2))").fetchone() == ("POINT(1 2)",)
        assert conn.execute("SELECT similarity('été', 'été')").fetchone() == (1.0,)
        encoding = conn.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database "
            "WHERE datname = 'atlas'"
        ).fetchone()
        assert encoding == ("UTF8", "C.UTF-8")
        assert conn.execute("SHOW listen_addresses").fetchone() == ("",)


def test_no_process_of_the_cluster_is_root_s(cluster: PrivateCluster) -> None:
    processes = cluster._processes()
    assert len(processes) > 3
    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in processes}
    assert owners == {cluster.place.runner.uid}
    assert 0 not in owners


def test_folders_are_closed_to_others(cluster: PrivateCluster) -> None:
    for path in (cluster.place.home, cluster.place.data, cluster.place.socket):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert path.stat().st_uid == cluster.place.runner.uid


@as_root
def test_another_user_of_the_machine_cannot_connect(cluster: PrivateCluster) -> None:
    nobody = pwd.getpwnam("nobody")
    psql = find_installation().programs / "psql"
    done = subprocess.run(
        [psql, cluster.url(), "-c", "SELECT 1"],
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Permission denied" in done.stderr
    # Were the folder open by mistake, the kernel's word on who calls would still keep them out.
    cluster.place.home.chmod(0o755)
    cluster.place.socket.chmod(0o755)
    socket = cluster.place.socket / cluster_place.SOCKET_NAME
    socket.chmod(0o777)
    try:
        done = subprocess.run(
            [psql, cluster.url(), "-c", "SELECT 1"],
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        cluster.place.home.chmod(0o700)
        cluster.place.socket.chmod(0o700)
        socket.chmod(0o700)
    assert done.returncode != 0
    assert "Peer authentication failed" in done.stderr


def test_the_reader_cannot_write(cluster: PrivateCluster) -> None:
    with psycopg.connect(cluster.url(user=READER), autocommit=True) as conn:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            conn.execute("CREATE TABLE public.intrus (n integer)")
        # Read-only is a default it may lift; it still has no right to anything.
        conn.execute("SET default_transaction_read_only = off")
        for command in (
            "CREATE TABLE public.intrus (n integer)",
            "CREATE TEMPORARY TABLE intrus (n integer)",
            "CREATE SCHEMA intrus",
            "INSERT INTO temoin VALUES (1)",
            "SELECT * FROM temoin",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(command)


def test_a_killed_server_starts_again_with_its_data(cluster: PrivateCluster) -> None:
    killed = server(cluster)
    busy = psycopg.connect(cluster.url(), autocommit=True)
    # A backend in the middle of a long query outlives its server and holds the shared memory.
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 10000000000)")
    with psycopg.connect(cluster.url()) as conn:
        conn.execute("INSERT INTO temoin VALUES (2026)")
    os.kill(killed, signal.SIGKILL)
    cluster.start()
    assert server(cluster) != killed
    assert witness(cluster) == [(34875,), (2026,)]
    with psycopg.connect(cluster.url()) as conn:
        conn.execute("DELETE FROM temoin WHERE n = 2026")
    busy.close()


@contextmanager
def unrelated_process(cluster: PrivateCluster) -> Iterator[int]:
    """A live process of the cluster's own user that is no PostgreSQL."""
    runner = cluster.place.runner
    sleeper = subprocess.Popen(
        ["sleep", "300"], cwd="/", user=runner.uid if os.geteuid() == 0 else None
    )
    try:
        yield sleeper.pid
        assert sleeper.poll() is None, "the innocent process was ended"
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_stale_pid_file_naming_a_live_process(cluster: PrivateCluster) -> None:
    pid_file = cluster.place.data / "postmaster.pid"
    lock_file = cluster.place.socket / f"{cluster_place.SOCKET_NAME}.lock"
    lines = pid_file.read_text().splitlines()
    cluster.stop()
    with unrelated_process(cluster) as pid:
        for file in (pid_file, lock_file):
            file.write_text("\n".join([str(pid), *lines[1:]]) + "\n")
            os.chown(file, cluster.place.runner.uid, cluster.place.runner.gid)
        assert not cluster.is_running()
        cluster.start()
        assert server(cluster) != pid
    assert witness(cluster) == [(34875,)]


@pytest.mark.parametrize("content", ["", "\n", "pas un nombre\n", "999999999\n"])
def test_a_broken_pid_file(cluster: PrivateCluster, content: str) -> None:
    cluster.stop()
    (cluster.place.data / "postmaster.pid").write_text(content)
    assert not cluster.is_running()
    cluster.start()
    assert witness(cluster) == [(34875,)]


def test_stopping_ends_every_process_and_open_sessions(cluster: PrivateCluster) -> None:
    session = psycopg.connect(cluster.url())
    processes = cluster._processes()
    cluster.stop()
    assert not cluster.is_running()
    assert [pid for pid in processes if Path(f"/proc/{pid}/exe").exists()] == []
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT 1")
    session.close()
    cluster.stop()


def test_a_damaged_cluster_says_why_it_does_not_start(cluster: PrivateCluster) -> None:
    cluster.stop()
    control = cluster.place.data / "global" / "pg_control"
    content = control.read_bytes()
    control.write_bytes(b"\0" * len(content))
    with pytest.raises(InstallationError, match=r"n'a pas démarré : .*(FATAL|PANIC).*journal"):
        cluster.start()
    control.write_bytes(content)
    cluster.start()
    assert witness(cluster) == [(34875,)]


def test_a_checkout_moved_with_its_server_running(cluster: PrivateCluster) -> None:
    here, there = cluster.folder, cluster.folder.with_name("ailleurs")
    here.rename(there)
    moved = PrivateCluster(there)
    try:
        moved.start()
        assert witness(moved) == [(34875,)]
    finally:
        moved.stop()
        there.rename(here)


def test_several_processes_starting_a_new_cluster_at_once() -> None:
    program = (
        "import sys; from pathlib import Path; "
        "from geo_service.private_cluster import PrivateCluster; "
        "cluster = PrivateCluster(Path(sys.argv[1])); cluster.start(); "
        "cluster.ensure_database('atlas'); "
        "print((cluster.place.data / 'postmaster.pid').read_text().split()[0])"
    )
    with throw_away() as cluster:
        # What a killed initdb leaves is no obstacle.
        (cluster.folder / "donnees.neuf" / "base").mkdir(parents=True)
        starters = [
            subprocess.Popen(
                [sys.executable, "-c", program, cluster.folder],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        answers = [starter.communicate() for starter in starters]
        assert [starter.returncode for starter in starters] == [0, 0, 0], answers
        assert len({out for out, _ in answers}) == 1
        # The starters are gone, the server is still there.
        assert cluster.is_running()


@as_root
def test_a_folder_the_user_cannot_reach_has_a_shelter() -> None:
    with throw_away(mode=0o700) as cluster:
        cluster.start()
        cluster.ensure_database("atlas")
        place = cluster.place
        assert place.home.parent == cluster_place.SHELTER
        assert (cluster.folder / cluster_place.RECORD).read_text().splitlines() == [
            str(place.home),
            str(place.socket),
        ]
        old = server(cluster)
        # The checkout is erased under a running server; a new one takes the same address.
        shutil.rmtree(cluster.folder)
        again = PrivateCluster(cluster.folder)
        again.start()
        assert server(again) != old
        assert not Path(f"/proc/{old}/exe").exists()
        with psycopg.connect(again.url("postgres")) as conn:
            names = {name for (name,) in conn.execute("SELECT datname FROM pg_database")}
        assert "atlas" not in names
    assert not place.home.exists()


def test_a_path_too_long_for_a_socket() -> None:
    with throw_away(sub=f"{'a' * 60}/{'b' * 60}/base") as cluster:
        # Any caller makes the parents, not only root.
        cluster.start()
        assert cluster.place.home == cluster.folder
        assert cluster.place.socket.parent == cluster_place.SOCKET_SHELTER
        with psycopg.connect(cluster.url("postgres")) as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)
        socket = cluster.place.socket
    assert not socket.exists()


@as_root
def test_a_socket_folder_planted_by_somebody_else_is_refused() -> None:
    with throw_away(sub=f"{'a' * 60}/{'b' * 60}/base") as cluster:
        planted = cluster.place.socket
        planted.mkdir()
        os.chown(planted, pwd.getpwnam("nobody").pw_uid, -1)
        (cluster.folder).mkdir(parents=True)
        (cluster.folder / cluster_place.RECORD).write_text(f"{planted}\n")
        with pytest.raises(InstallationError, match="appartient à un autre utilisateur"):
            cluster.start()
        os.chown(planted, 0, 0)


@as_root
def test_an_ordinary_user_runs_its_own_cluster() -> None:
    nobody = pwd.getpwnam("nobody")
    parent = Path(tempfile.mkdtemp(prefix="atlas-essai-"))
    os.chown(parent, nobody.pw_uid, nobody.pw_gid)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            with PrivateCluster(parent / "base") as cluster:
                cluster.ensure_database("atlas")
                owner = (cluster.place.data / "postmaster.pid").stat().st_uid
                with psycopg.connect(cluster.url(user=READER)) as conn:
                    conn.execute("SELECT 1")
            status = 0 if owner == nobody.pw_uid else 2
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    # Root then takes the same cluster over as its owner.
    cluster = PrivateCluster(parent / "base")
    cluster.start()
    assert cluster.place.runner.name == "nobody"
    cluster.remove()
    parent.rmdir()


def test_without_postgresql_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(postgresql, "DEBIAN_PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InstallationError) as told:
        find_installation()
    message = str(told.value)
    assert "apt-get install postgresql-15-postgis-3" in message
    assert "docker compose up" in message
    assert "\n" not in message


def test_without_postgis_postgresql_alone_does_not_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(postgresql, "DEBIAN_SHARE", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InstallationError, match="apt-get install"):
        find_installation()


def test_pg_config_on_the_path_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    expected = find_installation()
    monkeypatch.setattr(postgresql, "DEBIAN_PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", str(expected.programs))
    assert find_installation() == expected


def test_a_vanished_major_version_is_named() -> None:
    with throw_away() as cluster:
        cluster.place.data.mkdir(parents=True)
        (cluster.place.data / "PG_VERSION").write_text("12\n")
        with pytest.raises(InstallationError, match=r"PostgreSQL 12.*make clean"):
            cluster.start()
