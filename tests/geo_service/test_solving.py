"""Turns of long computations."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from geo_service.errors import Problem
from geo_service.solving import Solving

pytestmark = pytest.mark.anyio


async def test_who_comes_too_late_is_told_to_come_back():
    solving, ended = Solving(2, 1, patience=0.05), threading.Event()
    first = asyncio.create_task(solving.run(ended.wait, large=True))
    await asyncio.sleep(0)
    with pytest.raises(Problem) as refused:
        await solving.run(lambda: 1, large=True)
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "10"})
    assert "Réessayez" in refused.value.detail
    # A small one still has its place, and the two places come back.
    assert await solving.run(lambda: 2, large=False) == 2
    ended.set()
    assert await first
    assert await asyncio.gather(*(solving.run(lambda: 3, large=True) for _ in range(5))) == [3] * 5


async def test_a_computation_whose_asker_left_keeps_its_place_until_it_ends():
    solving, ended = Solving(1, 1, patience=0.05), threading.Event()
    gone = asyncio.create_task(solving.run(ended.wait, large=False))
    await asyncio.sleep(0.02)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    with pytest.raises(Problem):
        await solving.run(lambda: 1, large=False)
    ended.set()
    assert await Solving.run(solving, lambda: 1, large=False) == 1


async def test_a_failure_gives_its_place_back():
    solving = Solving(1, 1, patience=0.5)

    def fail() -> None:
        raise LookupError

    for _ in range(3):
        with pytest.raises(LookupError):
            await solving.run(fail, large=True)


async def test_the_loop_turns_while_a_thread_computes():
    solving, turns = Solving(), 0
    task = asyncio.create_task(solving.run(lambda: time.sleep(0.2), large=False))
    while not task.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 2
