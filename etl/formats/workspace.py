"""A temporary folder that lives as long as something may read in it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


class Workspace:
    """A temporary folder, removed when the last reference to it goes, or at exit.

    A table keeps it through its function of reading, and so does a reading under way.

    Attributes
    ----------
    path : pathlib.Path
        The folder.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="atlas-formats-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
