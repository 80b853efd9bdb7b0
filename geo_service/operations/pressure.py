"""How long requests wait before this process comes to them, and when to refuse the next ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter


class Pressure:
    """Refuses requests that have waited too long in the queue of the event loop.

    Requests queue in the event loop, which goes through them turn by turn: a request that the loop
    comes to late in a turn has waited that long, and so will those behind it. Answering them all
    would make everybody wait; refusing costs a fiftieth of an answer, so the queue stays short and
    those who are answered are answered in time.

    One long turn is no queue: something held the processor, a publication being opened say. So
    only the second long turn in a row refuses anybody.

    Parameters
    ----------
    longest
        Seconds that a request may have waited.
    clock
        Gives seconds.
    """

    def __init__(self, longest: float, clock: Callable[[], float] = perf_counter) -> None:
        self._longest = longest
        self._clock = clock
        self._began: float | None = None
        self._last_turn = 0.0

    def admits(self, now: float) -> bool:
        """Tell whether a request the loop comes to now is to be answered."""
        if self._began is None:
            self._began = now
            # Runs once the loop has gone through what waits now: that is the end of the turn.
            asyncio.get_running_loop().call_soon(self._turn_ended)
            return True
        return now - self._began <= self._longest or self._last_turn <= self._longest / 2

    def _turn_ended(self) -> None:
        if self._began is not None:
            self._last_turn = self._clock() - self._began
            self._began = None
