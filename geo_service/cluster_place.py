"""Where a private PostgreSQL cluster lives, and as whom it runs.

PostgreSQL refuses to run as root, and the user it then runs as must be able to reach its files. A
checkout may be where that user cannot go (``/root``, a folder made by ``mktemp -d``), or too deep
for the 107 bytes Linux allows the name of a Unix socket. The place is worked out here, always the
same for the same folder; what lies outside the folder is listed in its ``emplacements`` file so
that ``make clean`` removes it.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from geo_service.faults import InstallationError
from geo_service.postgresql import MISSING

#: User made by Debian's PostgreSQL packages; runs the cluster when root asks for one.
SYSTEM_USER = "postgres"

#: Data of the clusters whose own folder the unprivileged user cannot reach (root only).
SHELTER = Path("/var/lib/atlas-internet-citoyen")

#: Parent of the sockets whose name would be too long in the cluster's own folder.
SOCKET_SHELTER = Path("/tmp")  # noqa: S108 (the folder made there is 0700 and its owner is checked)

#: Bytes of ``sun_path`` in ``struct sockaddr_un`` of Linux (unix(7)), less the final zero.
SOCKET_NAME_LIMIT = 107

#: The port only names the socket file: nothing listens on TCP.
PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"

#: List of what lies outside the cluster's folder, one absolute path a line.
RECORD = "emplacements"


@dataclass(frozen=True)
class Runner:
    """The unprivileged user that runs the cluster's programs."""

    uid: int
    gid: int
    name: str

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a program as this user and capture what it says.

        The environment is bare, so that no ``PG…`` variable of the caller leads astray, and the
        current folder is ``/``, which every user can enter.
        """
        # Only root may change user; any other caller is the runner itself.
        as_root = os.geteuid() == 0
        return subprocess.run(  # noqa: S603 (programs found by geo_service.postgresql)
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            user=self.uid if as_root else None,
            group=self.gid if as_root else None,
            extra_groups=[] if as_root else None,
        )

    def can_enter(self, folder: Path) -> bool:
        """Tell whether this user can go through a folder and all its parents."""
        return self.run(["test", "-x", folder]).returncode == 0


@dataclass(frozen=True)
class Place:
    """Folders of one cluster.

    Attributes
    ----------
    folder
        The folder asked for: lock file and record of what lies elsewhere.
    home
        Holds the data and the log: ``folder`` itself, or its shelter.
    socket
        Folder of the socket, closed to everyone but the runner (and root).
    runner
        The user that owns ``home`` and ``socket``.
    """

    folder: Path
    home: Path
    socket: Path
    runner: Runner

    @property
    def data(self) -> Path:
        """Folder of the data (PostgreSQL's PGDATA)."""
        return self.home / "donnees"

    @property
    def log(self) -> Path:
        """What the server said since it was last started."""
        return self.home / "journal.log"

    @property
    def outside(self) -> list[Path]:
        """Folders of this cluster that are not in its own folder."""
        return [path for path in (self.home, self.socket) if not path.is_relative_to(self.folder)]

    def prepare(self) -> None:
        """Make the folders, each owned by the runner and closed to others (mode 0700).

        Raises
        ------
        InstallationError
            If a folder belongs to somebody else, or cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self.outside:
                text = "".join(f"{path}\n" for path in self.outside)
                (self.folder / RECORD).write_text(text, encoding="utf-8")
            if self.home != self.folder:
                SHELTER.mkdir(mode=0o755, parents=True, exist_ok=True)
            for path in (self.home, self.socket):
                path.mkdir(mode=0o700, exist_ok=True)
                self._own(path)
        except PermissionError as error:
            raise InstallationError(
                f"Le dossier de la base privée {error.filename} ne peut pas être écrit par "
                f"l'utilisateur courant : donnez-lui ce dossier, ou choisissez-en un autre avec "
                "la variable GEO_STATE_DIR."
            ) from None

    def _own(self, path: Path) -> None:
        status = path.lstat()
        mine = status.st_uid in {self.runner.uid, os.geteuid()}
        if not stat.S_ISDIR(status.st_mode) or not mine:
            raise InstallationError(
                f"Le dossier {path} appartient à un autre utilisateur : relancez la commande sous "
                "son compte, ou repartez de zéro avec « sudo make clean »."
            )
        if status.st_uid != self.runner.uid:
            os.chown(path, self.runner.uid, self.runner.gid)
        path.chmod(0o700)

    def recorded(self) -> bool:
        """Tell whether what lies outside was made for this very folder.

        A checkout that was erased without ``make clean`` leaves its shelter behind; a new checkout
        at the same address must not take the old data for its own.
        """
        try:
            text = (self.folder / RECORD).read_text(encoding="utf-8")
        except FileNotFoundError:
            return False
        return [Path(line) for line in text.splitlines()] == self.outside

    def remove(self) -> None:
        """Delete every folder of the cluster; nothing may be running in it."""
        for path in (*self.outside, self.folder):
            shutil.rmtree(path, ignore_errors=True)


def _runner(existing: Path) -> Runner:
    """Choose the user: the caller, or for root the owner of the data, else the system user."""
    if os.geteuid() != 0:
        return _user(os.geteuid())
    try:
        owner = existing.stat().st_uid
    except FileNotFoundError:
        owner = 0
    if owner != 0:
        return _user(owner)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise InstallationError(MISSING) from None
    return Runner(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _user(uid: int) -> Runner:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise InstallationError(
            f"L'utilisateur n° {uid} n'a pas de compte sur cette machine : PostgreSQL ne peut pas "
            "tourner sous son nom. Indiquez une base dans la variable GEO_DATABASE_URL."
        ) from None
    return Runner(entry.pw_uid, entry.pw_gid, entry.pw_name)


def locate(folder: Path) -> Place:
    """Work out the place of the cluster of a folder, without making anything.

    Parameters
    ----------
    folder
        Folder asked for; it need not exist.

    Returns
    -------
    Place
        Always the same for the same folder, as long as the rights on its parents do not change.

    Raises
    ------
    InstallationError
        If root asks and there is no unprivileged user to run the cluster as.
    """
    folder = folder.absolute()
    runner = _runner(folder / "donnees")
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    parent = next(path for path in folder.parents if path.is_dir())
    home = folder
    if os.geteuid() == 0 and not runner.can_enter(parent):
        home = SHELTER / digest
    socket = home / "socket"
    if len(os.fsencode(socket / SOCKET_NAME)) > SOCKET_NAME_LIMIT:
        socket = SOCKET_SHELTER / f"atlas-internet-citoyen-{digest}"
    return Place(folder, home, socket, runner)
