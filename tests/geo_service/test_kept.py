"""What costs much is made once, and kept within bounds."""

from __future__ import annotations

import asyncio

import pytest

from geo_service.kept import Kept

pytestmark = pytest.mark.anyio


class Maker:
    """Makes a body, and counts how often it was asked to."""

    def __init__(self, size: int) -> None:
        self.size, self.times = size, 0

    async def __call__(self) -> bytes:
        self.times += 1
        await asyncio.to_thread(lambda: None)
        return b"x" * self.size


async def test_what_is_unused_for_the_longest_makes_room():
    kept: Kept[str, bytes] = Kept(10, len)
    # Two of them fit, with c it is too much.
    makers = {key: Maker(size) for key, size in (("a", 4), ("b", 2), ("c", 5))}

    async def ask(key: str) -> None:
        kept.keep(key, await kept.once(key, makers[key]))

    for key in ("a", "b", "a", "c", "a", "c"):
        await ask(key)
    assert [maker.times for maker in makers.values()] == [1, 1, 1]
    assert (kept.made, kept.found, kept.weight) == (3, 3, 9)
    # b was the one unused for the longest time when c came.
    await ask("b")
    assert makers["b"].times == 2


async def test_what_is_larger_than_the_room_is_given_and_not_kept():
    kept: Kept[str, bytes] = Kept(10, len)
    kept.keep("small", b"x")
    kept.keep("large", b"x" * 11)
    assert kept.weight == 1
    assert await kept.once("large", Maker(2)) == b"xx"


async def test_those_who_ask_at_once_share_one_answer():
    kept: Kept[str, bytes] = Kept(10, len)
    maker = Maker(5)
    gone = asyncio.create_task(kept.once("k", maker))
    await asyncio.to_thread(lambda: None)
    gone.cancel()
    asked = [kept.once("k", maker) for _ in range(20)]
    assert await asyncio.gather(*asked) == [b"xxxxx"] * 20
    assert maker.times <= 2
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_what_fails_fails_for_all_and_is_made_again():
    kept: Kept[str, bytes] = Kept(10, len)

    async def fail() -> bytes:
        raise LookupError

    asked = [kept.once("k", fail) for _ in range(3)]
    for answer in await asyncio.gather(*asked, return_exceptions=True):
        assert isinstance(answer, LookupError)
    assert await kept.once("k", Maker(5)) == b"xxxxx"
