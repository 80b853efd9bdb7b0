"""Requests that wait too long are refused, and those that do not are not."""

from __future__ import annotations

import asyncio

import pytest

from geo_service.operations.pressure import Pressure

pytestmark = pytest.mark.anyio


class Clock:
    """Time that passes only when something is done."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def crowd(pressure: Pressure, clock: Clock, requests: int, cost: float) -> list[bool]:
    """Let requests come at once, each of which holds the processor for `cost` seconds."""

    async def request() -> bool:
        admitted = pressure.admits(clock.now)
        clock.now += cost if admitted else cost / 50
        return admitted

    return await asyncio.gather(*(request() for _ in range(requests)))


async def test_a_crowd_is_answered_up_to_the_bound_then_refused():
    clock = Clock()
    pressure = Pressure(1.0, clock)
    # The first long turn may be anything; from the second one on, it is a queue.
    assert all(await crowd(pressure, clock, 300, 0.01))
    second = await crowd(pressure, clock, 300, 0.01)
    assert 95 <= sum(second) <= 105
    assert second[:95] == [True] * 95
    assert not second[-1]
    # The queue is gone: everybody is answered again.
    await asyncio.sleep(0)
    assert all(await crowd(pressure, clock, 90, 0.01))


async def test_one_long_pause_refuses_nobody():
    clock = Clock()
    pressure = Pressure(1.0, clock)
    assert all(await crowd(pressure, clock, 5, 0.001))
    clock.now += 20
    assert all(await crowd(pressure, clock, 5, 3.0))


async def test_calm_refuses_nobody():
    clock = Clock()
    pressure = Pressure(0.05, clock)
    for _ in range(50):
        assert all(await crowd(pressure, clock, 4, 0.01))
