"""Long computations: a few at once, in threads, so that every other answer stays quick."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from geo_service.errors import Problem

_Result = TypeVar("_Result")

#: Long computations at once in a process; those of a whole région or of the country among them.
AT_ONCE, LARGE_AT_ONCE = 2, 1
#: Seconds that one waits for its turn before it is refused.
PATIENCE = 4.0
#: Seconds after which who was refused may ask again.
RETRY_AFTER = 10


class Solving:
    """Turns of long computations.

    Parameters
    ----------
    at_once, large_at_once
        Computations at once, and the large ones among them: small ones always keep a place.
    patience
        Seconds that one waits for its turn.
    """

    def __init__(
        self,
        at_once: int = AT_ONCE,
        large_at_once: int = LARGE_AT_ONCE,
        patience: float = PATIENCE,
    ) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._large = asyncio.Semaphore(large_at_once)
        self._patience = patience

    async def run(self, compute: Callable[[], _Result], *, large: bool) -> _Result:
        """Compute in a thread, when a place is free.

        Parameters
        ----------
        compute
            The computation; it keeps to a time limit of its own.
        large
            Whether it may take long.

        Returns
        -------
        object
            What `compute` gives.

        Raises
        ------
        Problem
            503 with ``Retry-After`` if no place gets free in time.
        """
        turns = (self._large, self._all) if large else (self._all,)
        taken: list[asyncio.Semaphore] = []
        try:
            async with asyncio.timeout(self._patience):
                for turn in turns:
                    await turn.acquire()
                    taken.append(turn)
        except TimeoutError:
            _give_back(taken)
            raise Problem(
                503,
                "D’autres calculs d’implantation sont en cours et occupent tout le serveur. "
                "Réessayez dans quelques secondes, ou demandez un territoire plus petit.",
                headers={"Retry-After": str(RETRY_AFTER)},
            ) from None
        except asyncio.CancelledError:
            _give_back(taken)
            raise
        # The thread cannot be stopped: its place is kept until it ends, whoever goes away.
        return await asyncio.shield(asyncio.create_task(self._threaded(compute, taken)))

    @staticmethod
    async def _threaded(compute: Callable[[], _Result], taken: list[asyncio.Semaphore]) -> _Result:
        """Run in a thread, then give the places back."""
        try:
            return await asyncio.to_thread(compute)
        finally:
            _give_back(taken)


def _give_back(taken: list[asyncio.Semaphore]) -> None:
    for turn in taken:
        turn.release()
