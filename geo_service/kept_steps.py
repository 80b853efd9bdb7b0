"""What a step of the run made, kept on disk for the next run whose inputs are the same.

A step is a pure function of files, of the code and of its libraries. Their fingerprint names the
file that holds its result: a run where one source changed takes the territories and their outlines
from there, just what it would have made. A file that is missing, cut or damaged is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import platform
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

#: Results kept of each step: those of this run and of the one before, to go back to.
KEEP = 2

#: Libraries whose objects are in the files, or that shape the geometries.
_LIBRARIES = ("geopandas", "numpy", "pandas", "pyogrio", "pyproj", "shapely")

_DIGEST = hashlib.sha256().digest_size


class KeptSteps:
    """Results of earlier runs.

    Parameters
    ----------
    folder
        Where they are; only its owner may write there, for a pickle is run as it is read.
    inputs
        Everything that decides the results, the libraries apart; may be written as JSON.

    Attributes
    ----------
    reused
        Steps that were found there.
    """

    def __init__(self, folder: Path, inputs: Mapping[str, Any]) -> None:
        self.reused: list[str] = []
        self._folder = folder
        libraries = {name: version(name) for name in _LIBRARIES}
        everything = {**inputs, "bibliotheques": libraries, "python": platform.python_version()}
        text = json.dumps(everything, sort_keys=True, ensure_ascii=False)
        self.fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]

    def get(self, step: str, make: Callable[[], T]) -> T:
        """Give the result of a step, kept or made now.

        Parameters
        ----------
        step
            Name of the step: lowercase letters.
        make
            Makes the result; called only when it is not kept.

        Raises
        ------
        OSError
            If the result cannot be written.
        """
        path = self._folder / f"{step}-{self.fingerprint}.pickle"
        content = _intact(path)
        if content is not None:
            path.touch()
            self.reused.append(step)
            result: T = pickle.loads(content)  # noqa: S301 (written below, by this same account)
            return result
        made = make()
        self._write(path, pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL))
        files = self._folder.glob(f"{step}-*.pickle")
        for old in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)[KEEP:]:
            old.unlink()
        return made

    def _write(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self._folder.glob("*.tmp"):
            left.unlink()
        descriptor, name = tempfile.mkstemp(dir=self._folder, suffix=".tmp")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(content).digest())
                file.write(content)
            Path(name).replace(path)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()


def _intact(path: Path) -> memoryview | None:
    """Give the content of a file if its checksum is right; None if it is not there or damaged."""
    try:
        content = memoryview(path.read_bytes())
    except FileNotFoundError:
        return None
    if hashlib.sha256(content[_DIGEST:]).digest() != bytes(content[:_DIGEST]):
        return None
    return content[_DIGEST:]
