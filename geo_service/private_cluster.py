"""A PostgreSQL cluster of our own, in one folder, that no other program of the machine sees.

It listens on a Unix socket only and knows nothing of the machine's own clusters. Its server
outlives the process that started it. Linux only: processes are recognised in ``/proc``.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from geo_service import roles
from geo_service.cluster_place import PORT, SOCKET_NAME, Place, locate
from geo_service.faults import InstallationError
from geo_service.postgresql import EXTENSIONS, Installation, find_installation
from geo_service.roles import PUBLISHER, READER

__all__ = ["OWNER", "PUBLISHER", "READER", "PrivateCluster"]

#: Superuser and owner of everything in the cluster but the publications.
OWNER = "atlas"

#: Seconds given to the server to start (it may have to replay its log) or to stop.
PATIENCE = 120

#: File that says which accounts of the machine may take which role.
_PEOPLE = "pg_ident.conf"

_CONFIGURATION = (Path(__file__).parent / "private_cluster.conf").read_text(encoding="utf-8")


class PrivateCluster:
    """A private PostgreSQL cluster.

    Every method may be called by several processes at once: a lock file puts them in line.

    Parameters
    ----------
    folder
        Folder of the cluster; made at the first start. See :mod:`geo_service.cluster_place` for
        where the data really are when its user cannot reach that folder.

    Examples
    --------
    >>> with PrivateCluster(Path(".atlas/postgres")) as cluster:  # doctest: +SKIP
    ...     cluster.ensure_database("atlas")
    ...     psycopg.connect(cluster.url("atlas"))
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @cached_property
    def place(self) -> Place:
        """Folders and user of the cluster; raises InstallationError without a user to run it as."""
        return locate(self.folder)

    def __enter__(self) -> Self:
        """Start the cluster."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the cluster."""
        self.stop()

    # --- what others use -------------------------------------------------------------------

    def start(self) -> None:
        """Start the server and wait until it answers; do nothing if it already does.

        Recovers from whatever a killed server left: pid file, socket, orphan processes.

        Raises
        ------
        InstallationError
            If PostgreSQL or PostGIS is missing, or the server does not start.
        """
        with self._locked():
            if self._wait_until_ready():
                return
            installation = self._installation()
            self._clear_leftovers()
            if not self.place.data.is_dir():
                self._create(installation)
            self._configure()
            self._launch(installation)

    def stop(self) -> None:
        """Stop the server cleanly (open transactions are rolled back); do nothing if stopped.

        Raises
        ------
        InstallationError
            If the server is still there after :data:`PATIENCE` seconds.
        """
        if not self.folder.is_dir():
            return
        with self._locked():
            pid = self._pid()
            if pid is not None:
                # SIGINT is PostgreSQL's "fast" shutdown.
                _signal(pid, signal.SIGINT)
                if not _gone(lambda: self._pid() == pid, PATIENCE):
                    raise InstallationError(
                        f"La base privée ne s'arrête pas (processus {pid}). "
                        f"Son journal : {self.place.log}."
                    )
            self._clear_leftovers()

    def remove(self) -> None:
        """Stop the server and delete the cluster with all its data."""
        self.stop()
        self.place.remove()

    def is_running(self) -> bool:
        """Tell whether the server of this folder is there."""
        return self._pid() is not None

    def url(self, dbname: str = "atlas", user: str = OWNER) -> str:
        """Return the libpq URL of a database of the cluster.

        The port is written out, as the caller's ``PGPORT`` would otherwise choose another socket.
        """
        host = quote(str(self.place.socket), safe="")
        return f"postgresql://{quote(user)}@/{quote(dbname)}?host={host}&port={PORT}"

    def ensure_database(self, name: str = "atlas") -> None:
        """Make a database with its extensions and roles, unless they are there.

        Parameters
        ----------
        name
            Name of the database; its owner is :data:`OWNER`.
        """
        with self._locked():
            with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
                roles.make(conn)
                roles.let_log_in(conn)
                # Nobody has anything to do there, where everybody could make temporary tables.
                conn.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
                if not conn.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
                    conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            with psycopg.connect(self.url(name)) as conn:
                for extension in EXTENSIONS:
                    conn.execute(
                        sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(
                            sql.Identifier(extension)
                        )
                    )
                roles.grant(conn, alone=True)
            self._let_people_in()

    # --- processes -------------------------------------------------------------------------

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of the cluster; the kernel frees it if this process is killed."""
        place = self.place
        if place.outside and not place.recorded():
            self._discard_unrecorded()
        place.prepare()
        # Python's files are not inherited by children: the server does not keep the lock.
        with (self.folder / "verrou").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _discard_unrecorded(self) -> None:
        """Delete what an erased checkout of the same address left outside its folder."""
        self._kill_all()
        for path in self.place.outside:
            shutil.rmtree(path, ignore_errors=True)

    def _pid(self) -> int | None:
        """Return the server's process, or None when the pid file is absent or stale.

        A pid alone proves nothing: after a kill or a reboot it may be anybody's. The process must
        be a ``postgres`` whose current folder is the data folder (the server goes there first).
        """
        first = self._pid_file()[0]
        pid = int(first) if first.isdigit() else 0
        return pid if pid and self._is_ours(pid) else None

    def _pid_file(self) -> list[str]:
        """Return the lines of the pid file; a single empty one when there is no such file."""
        try:
            return (self.place.data / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return [""]

    def _is_ours(self, pid: int) -> bool:
        process = Path("/proc") / str(pid)
        try:
            # A zombie has no exe; an upgraded program reads "postgres (deleted)".
            program = (process / "exe").readlink().name.removesuffix(" (deleted)")
            return program == "postgres" and (process / "cwd").samefile(self.place.data)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return False

    def _processes(self) -> list[int]:
        """List the server and all its children, orphans included."""
        return [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and self._is_ours(int(entry.name))
        ]

    def _kill_all(self) -> None:
        """End the processes of this cluster, gently first.

        Backends that outlive a killed server still hold its shared memory, and PostgreSQL refuses
        to start until they are gone. SIGQUIT is their immediate exit.
        """
        for sign in (signal.SIGQUIT, signal.SIGKILL):
            for pid in self._processes():
                _signal(pid, sign)
            if _gone(lambda: bool(self._processes()), PATIENCE / 12):
                return
        raise InstallationError(
            f"Des processus de la base privée ne s'arrêtent pas : {self._processes()}. "
            "Redémarrez la machine, puis relancez la commande."
        )

    def _clear_leftovers(self) -> None:
        """Remove what a killed server left; called with the lock and without a live server.

        PostgreSQL would take a reused pid of its own user for a live server, hence the files go.
        """
        self._kill_all()
        (self.place.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (self.place.socket / name).unlink(missing_ok=True)

    def _wait_until_ready(self) -> bool:
        """Wait for a live server to answer; False when there is none (any more).

        The starter may have been killed while the server was replaying its log, the stopper while
        it was stopping, or the server itself a moment ago: only an answer proves it is ready.
        """
        deadline = time.monotonic() + PATIENCE
        while self._pid() is not None:
            # Line 5 of the pid file. A moved checkout's server kept its socket at the old name.
            lines = self._pid_file()
            if len(lines) > 4 and lines[4] != str(self.place.socket):  # noqa: PLR2004
                return False
            if psycopg.pq.PGconn.ping(self.url("postgres").encode()) == psycopg.pq.Ping.OK:
                return True
            if time.monotonic() > deadline:
                raise InstallationError(
                    f"La base privée ne répond pas après {PATIENCE} secondes. "
                    f"Son journal : {self.place.log}."
                )
            time.sleep(0.05)
        return False

    # --- making and launching --------------------------------------------------------------

    def _installation(self) -> Installation:
        version = self.place.data / "PG_VERSION"
        return find_installation(int(version.read_text()) if version.is_file() else None)

    def _create(self, installation: Installation) -> None:
        """Make the data folder, under another name until it is whole."""
        place = self.place
        unfinished = place.home / "donnees.neuf"
        shutil.rmtree(unfinished, ignore_errors=True)
        done = place.runner.run(
            [
                installation.programs / "initdb",
                f"--pgdata={unfinished}",
                f"--username={OWNER}",
                "--encoding=UTF8",
                # Same order and case on every machine, whatever its locales.
                "--locale=C.UTF-8",
                "--auth=reject",
                "--no-instructions",
            ]
        )
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines()[-1:] or ["raison inconnue"]
            raise InstallationError(
                f"La base privée n'a pas pu être créée dans {place.home} : {reason[0]}. "
                "Vérifiez la place libre sur ce disque."
            )
        unfinished.rename(place.data)

    def _configure(self) -> None:
        """Write the three configuration files anew, so that they follow this version of the code.

        Authentication is by the kernel (``peer``): only root and the cluster's user may enter the
        socket's folder at all (mode 0700), and only they are mapped to the three roles. There is no
        password to keep, and no other user of the machine can read or write the atlas.
        """
        socket = self.place.socket
        self._write("postgresql.conf", f"{_CONFIGURATION}\nunix_socket_directories = '{socket}'\n")
        self._write("pg_hba.conf", "local all all peer map=atlas\n")
        self._write(_PEOPLE, self._people())

    def _people(self) -> str:
        """Text of the file that says which accounts of the machine may take which role."""
        people = {pwd.getpwuid(0).pw_name, self.place.runner.name}
        return "".join(
            f'atlas "{person}" {role}\n'
            for person in sorted(people)
            for role in (OWNER, PUBLISHER, READER)
        )

    def _let_people_in(self) -> None:
        """Tell a server that an earlier version started of a role that it did not know."""
        if (self.place.data / _PEOPLE).read_text(encoding="utf-8") == self._people():
            return
        self._write(_PEOPLE, self._people())
        with psycopg.connect(self.url("postgres")) as conn:
            conn.execute("SELECT pg_reload_conf()")
        # The server reads its files a moment later.
        if not _gone(lambda: not self._lets_in(PUBLISHER), PATIENCE):
            raise InstallationError(
                "La base privée ne relit pas ses réglages. Arrêtez-la par « geo-service db down », "
                "puis relancez la commande."
            )

    def _lets_in(self, role: str) -> bool:
        try:
            psycopg.connect(self.url("postgres", role)).close()
        except psycopg.errors.InvalidAuthorizationSpecification:
            return False
        except psycopg.OperationalError as error:
            # psycopg does not always tell which error ended a connection that never was.
            return "Peer authentication failed" not in str(error)
        return True

    def _write(self, name: str, text: str) -> None:
        path = self.place.data / name
        path.write_text(text, encoding="utf-8")
        os.chown(path, self.place.runner.uid, self.place.runner.gid)

    def _launch(self, installation: Installation) -> None:
        place = self.place
        place.log.unlink(missing_ok=True)
        # pg_ctl makes the server a session leader: neither Ctrl-C nor our death reaches it.
        done = place.runner.run(
            [
                installation.programs / "pg_ctl",
                "start",
                f"--pgdata={place.data}",
                f"--log={place.log}",
                "--silent",
                "--wait",
                f"--timeout={PATIENCE}",
            ]
        )
        if done.returncode != 0:
            said = place.log.read_text(errors="replace").splitlines() if place.log.is_file() else []
            fatal = [line for line in said if "FATAL" in line or "PANIC" in line][-1:]
            reason = (fatal or said[-1:] or done.stderr.strip().splitlines()[-1:] or [""])[0]
            raise InstallationError(
                f"La base privée n'a pas démarré : {reason}. Son journal entier : {place.log}."
            )


def _signal(pid: int, sign: signal.Signals) -> None:
    """Send a signal to a process that may have ended in the meantime."""
    with suppress(ProcessLookupError):
        os.kill(pid, sign)


def _gone(present: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is no longer present; False if it still is after that time."""
    deadline = time.monotonic() + seconds
    while present():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
