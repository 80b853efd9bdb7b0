"""Folders and the account of the servers that never run as root."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from geo_service.cluster_place import Runner, locate


class Ground:
    """Where the servers of a topology keep their files.

    PostgreSQL refuses root, and nginx runs here as in its container, without it. The account they
    run as may be unable to enter `folder` (pytest's own are closed): they are then elsewhere.

    Parameters
    ----------
    folder
        Folder of the topology, made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.runner: Runner = locate(self.folder / "base").runner
        self._elsewhere: Path | None = None
        self._open = self.folder
        if os.geteuid() == 0 and not self.runner.can_enter(self.folder):
            self._elsewhere = self._open = Path(tempfile.mkdtemp(prefix="atlas-topologie-"))
            self._open.chmod(0o755)

    def make(self, name: str) -> Path:
        """Make a folder of the runner's own, closed to others (mode 0700)."""
        path = self._open / name
        path.mkdir(mode=0o700, exist_ok=True)
        self.give(path)
        return path

    def write(self, path: Path, text: str) -> Path:
        """Write a file of the runner's own, closed to others."""
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        self.give(path)
        return path

    def give(self, path: Path) -> None:
        """Give a file or a folder to the runner."""
        if os.geteuid() == 0:
            os.chown(path, self.runner.uid, self.runner.gid)

    def clear(self) -> None:
        """Remove what is not in the topology's folder."""
        if self._elsewhere is not None:
            shutil.rmtree(self._elsewhere, ignore_errors=True)
