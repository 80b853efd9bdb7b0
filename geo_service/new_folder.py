"""A folder made anew beside the one it replaces, and put in its place at once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder to fill, which takes the place of `target` if all went well.

    Parameters
    ----------
    target
        Folder to replace; what it held is gone only once the new one is whole.

    Yields
    ------
    Path
        The folder to fill, on the same disk.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    making.chmod(0o755)
    try:
        yield making
        shutil.rmtree(target, ignore_errors=True)
        making.rename(target)
    finally:
        shutil.rmtree(making, ignore_errors=True)
