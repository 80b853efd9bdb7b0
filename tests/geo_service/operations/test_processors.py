"""One processor for the network and the loop of each process, all of them for the rest."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable

import pytest

from geo_service.operations.processors import (
    PROCESSOR_VARIABLE,
    keep_to_processor,
    processor_of,
    processors_allowed,
)


@pytest.mark.parametrize(
    ("workers", "allowed", "found"),
    [
        (2, {0, 1}, [0, 1]),
        (3, {9, 4, 6}, [4, 6, 9]),
        # Other services may share the machine: they would all choose the first processors.
        (2, {0, 1, 2, 3}, [None, None]),
        (3, {0, 1}, [None, None, None]),
        (1, {0}, [None]),
        (2, set(), [None, None]),
    ],
)
def test_each_process_has_its_own_where_there_is_one_for_each(
    workers: int, allowed: set[int], found: list[int | None]
) -> None:
    assert [processor_of(worker, workers, allowed) for worker in range(workers)] == found


def in_a_thread(work: Callable[[], None]) -> None:
    """Run apart: what a thread keeps to must not outlive the test."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (raised again below)
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


def test_the_loop_keeps_to_it_and_its_executor_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = processors_allowed()
    own = max(allowed)
    monkeypatch.setenv(PROCESSOR_VARIABLE, str(own))

    async def kept() -> None:
        await keep_to_processor()
        assert os.sched_getaffinity(0) == {own}
        assert await asyncio.to_thread(os.sched_getaffinity, 0) == allowed

    in_a_thread(lambda: asyncio.run(kept()))


@pytest.mark.parametrize("named", [None, "4095"])
def test_nothing_is_done_without_a_processor_to_keep_to(
    named: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PROCESSOR_VARIABLE, raising=False)
    if named is not None:
        monkeypatch.setenv(PROCESSOR_VARIABLE, named)
    before = processors_allowed()

    async def left() -> None:
        await keep_to_processor()
        assert os.sched_getaffinity(0) == before

    in_a_thread(lambda: asyncio.run(left()))
