"""Memory that is used no more goes back to the system."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from geo_service import memory, watcher


def resident() -> int:
    """Bytes of this process in memory."""
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * 4096


def test_what_was_freed_amidst_what_is_used_goes_back():
    memory.trim()
    before = resident()
    blocks = [bytes(50_000) for _ in range(2_000)]
    kept = blocks[::100]
    full = resident()
    assert full - before > 80_000_000
    blocks.clear()
    memory.trim()
    assert full - resident() > 60_000_000
    assert len(kept) == 20


@pytest.mark.anyio
async def test_a_watcher_gives_memory_back_now_and_then(
    little_reader_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    given = asyncio.Event()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(watcher, "TRIM_PERIOD", 0.0)
    monkeypatch.setattr(watcher, "trim", lambda: loop.call_soon_threadsafe(given.set))
    watching = watcher.AtlasWatcher(lambda: little_reader_url, tmp_path, period=0.01)
    await watching.start()
    try:
        await asyncio.wait_for(given.wait(), 30)
    finally:
        await watching.stop()
