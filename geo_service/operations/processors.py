"""Which processor each process of the service keeps to.

Three threads of a process answer a request: one reads and writes the network, one hands over, one
runs the event loop. Left to the kernel they are spread over the processors, and wake each other up
from afar. With one process for each processor, each on its own, 304s are a fifth more a second, and
their 99th percentile 2.6 ms instead of 4.5 (two processors, sixteen clients of wrk on them too).

That holds for the threads of the network and of the loop alone: those that draw, solve or compress
go wherever there is room.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

#: Names to a process the processor that is its own.
PROCESSOR_VARIABLE: Final = "ATLAS_PROCESSEUR"


def processors_allowed() -> frozenset[int]:
    """Processors that this process may use; none where the system does not tell."""
    return frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset()


def processor_of(worker: int, workers: int, allowed: Collection[int]) -> int | None:
    """Choose the processor of a process.

    Parameters
    ----------
    worker, workers
        Number of the process, from 0, and how many there are.
    allowed
        Processors that all of them may use.

    Returns
    -------
    int or None
        None unless there is one process for each processor: where there are fewer, other services
        may share the machine (the containers of the API, say), and all would choose the same ones.

    Examples
    --------
    >>> processor_of(1, 2, {4, 6})
    6
    >>> processor_of(1, 2, {4, 5, 6, 7}) is None
    True
    """
    if workers < 2 or workers != len(allowed):  # noqa: PLR2004 (a process alone is left alone)
        return None
    return sorted(allowed)[worker]


async def keep_to_processor() -> None:
    """Keep the thread of this loop, and those it starts, to the processor named to this process.

    The threads of the loop's executor keep all that this process had. Nothing is done where no
    processor was named, or where it may no longer be used.
    """
    named = os.environ.get(PROCESSOR_VARIABLE)
    allowed = processors_allowed()
    if named is None or int(named) not in allowed:
        return
    asyncio.get_running_loop().set_default_executor(
        ThreadPoolExecutor(initializer=partial(os.sched_setaffinity, 0, allowed))
    )
    os.sched_setaffinity(0, {int(named)})
