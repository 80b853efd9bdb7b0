"""Tasks that fail as machines do; here, so that workers can import them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from etl.engine import tasks


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def survey_and_die_once(
    path: str, srid: int, origins: str, with_index: bool = True
) -> tasks.Survey:
    """The first worker to work on it is killed in the middle."""
    found = tasks.survey(path, srid, origins, with_index)
    try:
        Path(path).with_suffix(".tue").touch(exist_ok=False)
    except FileExistsError:
        return found
    if path.endswith("000000.parquet"):
        _die()
    return found


def die(_number: int) -> None:
    """Whoever works on it is killed, as by a system short of memory."""
    _die()


def work_for_ever(folder: str) -> None:
    """Say that it has begun, and work until the test is over."""
    Path(folder, "commence").touch()
    deadline = time.monotonic() + 120
    while Path(folder).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
