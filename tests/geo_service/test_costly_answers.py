"""Answers that cost much are made once, and kept within bounds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from geo_service.atlas import CACHE_BYTES, PublishedAtlas

pytestmark = pytest.mark.anyio


class Maker:
    """Makes a body, and counts how often it was asked to."""

    def __init__(self, size: int) -> None:
        self.size, self.times = size, 0

    async def __call__(self) -> bytes:
        self.times += 1
        await asyncio.to_thread(lambda: None)
        return b"x" * self.size


async def test_costly_answers_are_kept_within_bounds():
    atlas = PublishedAtlas("x", None, None, {}, Path())  # type: ignore[arg-type]
    # Tenths of what is kept: two of them fit, with c it is too much.
    tenth = CACHE_BYTES // 10
    makers = {key: Maker(size * tenth) for key, size in (("a", 4), ("b", 2), ("c", 5))}

    async def ask(key: str) -> None:
        atlas.keep(key, await atlas.once(key, makers[key]))

    for key in ("a", "b", "a", "c", "a", "c"):
        await ask(key)
    assert [maker.times for maker in makers.values()] == [1, 1, 1]
    # b was the one unused for the longest time when c came.
    await ask("b")
    assert makers["b"].times == 2


async def test_those_who_ask_at_once_share_one_answer():
    atlas = PublishedAtlas("x", None, None, {}, Path())  # type: ignore[arg-type]
    maker = Maker(5)
    gone = asyncio.create_task(atlas.once("k", maker))
    await asyncio.to_thread(lambda: None)
    gone.cancel()
    assert await asyncio.gather(*(atlas.once("k", maker) for _ in range(20))) == [b"xxxxx"] * 20
    assert maker.times <= 2
    with pytest.raises(asyncio.CancelledError):
        await gone

    async def fail() -> bytes:
        raise LookupError

    for answer in await asyncio.gather(
        *(atlas.once("f", fail) for _ in range(3)), return_exceptions=True
    ):
        assert isinstance(answer, LookupError)
    assert await atlas.once("f", maker) == b"xxxxx"
