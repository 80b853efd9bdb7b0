"""A process whose parent was killed while it was starting."""

from __future__ import annotations

import multiprocessing
import os
import signal
from types import SimpleNamespace

import pytest

from geo_service.operations.draining import leave_with_parent

pytestmark = pytest.mark.anyio


async def test_a_process_that_starts_as_an_orphan_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by the faults: it went on holding the port, as its parent was already init."""
    told: list[tuple[int, int]] = []
    gone = SimpleNamespace(pid=2**22 + 1)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: gone)
    monkeypatch.setattr(os, "kill", lambda *asked: told.append(asked))
    await leave_with_parent()
    assert told == [(os.getpid(), signal.SIGTERM)]
