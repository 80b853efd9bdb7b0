"""What was made lately, as much as fits: made once for all who ask at that moment."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Made = TypeVar("_Made")


class Kept(Generic[_Key, _Made]):
    """Things made lately; those unused for the longest time make room for the others.

    Parameters
    ----------
    room
        Most that is kept, in the unit of `weigh`.
    weigh
        Weight of a thing.

    Attributes
    ----------
    found, made
        How many times something was there, and was not, of those that :meth:`once` was asked.
    weight
        Of all that is kept.
    """

    def __init__(self, room: int, weigh: Callable[[_Made], int]) -> None:
        self._room = room
        self._weigh = weigh
        self._kept: OrderedDict[_Key, tuple[_Made, int]] = OrderedDict()
        self._making: dict[_Key, asyncio.Task[_Made]] = {}
        self.found = self.made = self.weight = 0

    def find(self, key: _Key) -> _Made | None:
        """Give what is kept under a key; None when it is not, or no more."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        self._kept.move_to_end(key)
        return kept[0]

    async def once(self, key: _Key, make: Callable[[], Coroutine[Any, Any, _Made]]) -> _Made:
        """Give what is kept under a key, else make it: once for all who ask at that moment.

        Parameters
        ----------
        key
            What decides what is made.
        make
            Makes it; what it raises is for everybody who waits. The one who asks keeps what is
            worth it (:meth:`keep`).
        """
        kept = self.find(key)
        if kept is not None:
            self.found += 1
            return kept
        self.made += 1
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(make())
            task.add_done_callback(lambda _: self._making.pop(key))
        # Who goes away does not take it from the others.
        return await asyncio.shield(task)

    def keep(self, key: _Key, made: _Made) -> None:
        """Keep a thing, if there is room for it alone."""
        weight = self._weigh(made)
        if key in self._kept or weight > self._room:
            return
        self._kept[key] = made, weight
        self.weight += weight
        while self.weight > self._room:
            _, (_, dropped) = self._kept.popitem(last=False)
            self.weight -= dropped
