"""What a target did not expect: one finding by kind of exception and place in our code."""

from __future__ import annotations

import hashlib
import traceback
from pathlib import Path

from tests.support import ROOT

#: Packages whose lines name the place of a finding.
_OURS = tuple(str(ROOT / name) for name in ("boundaries", "etl", "tiles", "geo_service", "tests"))


def name_of(error: BaseException) -> str:
    """Name an exception by its kind and by the last of our lines on its way.

    Returns
    -------
    str
        ``Kind module.py:line``: two inputs that end alike are one finding.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_OURS)]
    last = (ours or frames or [None])[-1]
    place = f"{Path(last.filename).relative_to(ROOT)}:{last.lineno}" if last and ours else "?"
    return f"{type(error).__name__} {place}"


def keep(folder: Path, data: bytes, error: BaseException) -> str:
    """Write an input and what it did; the first of its kind alone.

    Returns
    -------
    str
        Its name.
    """
    name = name_of(error)
    short = hashlib.sha256(name.encode()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / f"{short}.txt").exists():
        (folder / short).write_bytes(data)
        text = "".join(traceback.format_exception(error))
        (folder / f"{short}.txt").write_text(f"{name}\n\n{text}", encoding="utf-8")
    return name
