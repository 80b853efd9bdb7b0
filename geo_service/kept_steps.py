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

#: Hexadecimal digits of a fingerprint.
_FINGERPRINT = 16
_TEMPORARY = ".tmp"
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
        self.fingerprint = hashlib.sha256(text.encode()).hexdigest()[:_FINGERPRINT]

    def get(self, step: str, make: Callable[[], T]) -> T:
        """Give the result of a step, kept or made now.

        Parameters
        ----------
        step
            Name of the step.
        make
            Makes the result; called only when it is not kept.

        Raises
        ------
        OSError
            If the result cannot be written.
        """
        found: list[T] = self.find(step)
        if found:
            return found[0]
        made = make()
        self.keep(step, made)
        return made

    def find(self, step: str) -> list[Any]:
        """Give the kept result of a step, alone in a list; an empty list if there is none."""
        path = self._path(step)
        content = _intact(path)
        if content is None:
            return []
        path.touch()
        self.reused.append(step)
        return [pickle.loads(content)]  # noqa: S301 (written below, by this same account)

    def keep(self, step: str, made: object) -> None:
        """Keep the result of a step, in place of the oldest one.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        self._write(self._path(step), pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL))
        files = self._folder.glob(f"{step}-{'[0-9a-f]' * _FINGERPRINT}.pickle")
        for old in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)[KEEP:]:
            old.unlink()

    def _path(self, step: str) -> Path:
        return self._folder / f"{step}-{self.fingerprint}.pickle"

    def _write(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self._folder.glob(f"*{_TEMPORARY}"):
            # Of a run that was killed; another thread of this one writes under its own name.
            if not left.name.startswith(f"{os.getpid()}-"):
                left.unlink(missing_ok=True)
        descriptor, name = tempfile.mkstemp(
            dir=self._folder, prefix=f"{os.getpid()}-", suffix=_TEMPORARY
        )
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
