"""Stopping without losing a request: told to stop, the service first says so on each answer.

HTTP/1.1 lets a server close a connection that is kept open for the next request, and a client may
be sending one at that very moment: it gets no answer. So, told to stop by SIGTERM, every process
first answers ``Connection: close`` for a while: clients ask for the next thing on a new connection,
which reaches the server that took over. Then the processes stop listening, end what is under way
and go.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from granian.server.mp import MPServer, WorkerProcess

from geo_service.operations.processors import (
    PROCESSOR_VARIABLE,
    processor_of,
    processors_allowed,
)

#: Tells a process that it will be told to stop.
_SOON: Final = signal.SIGUSR1
#: Seconds between two looks at who started this process.
_LOOK: Final = 1.0


class DrainingServer(MPServer):
    """Granian that gives its processes a processor each, and warns them before it stops them.

    Parameters
    ----------
    target
        Application.
    drain_seconds
        Between the warning and the stop; 0: none.
    options
        Of Granian.
    """

    def __init__(self, target: str, *, drain_seconds: float, **options: Any) -> None:
        super().__init__(target, **options)
        self._drain_seconds = drain_seconds
        self._warned = False
        # Inherited by the processes: one that is starting ignores the warning, and is stopped.
        signal.signal(_SOON, signal.SIG_IGN)

    def _spawn_worker(self, idx: int, *args: Any, **options: Any) -> WorkerProcess:
        """Prepare a process, which is started next: it reads there which processor is its own."""
        own = processor_of(idx, self.workers, processors_allowed())
        if own is None:
            os.environ.pop(PROCESSOR_VARIABLE, None)
        else:
            os.environ[PROCESSOR_VARIABLE] = str(own)
        return super()._spawn_worker(idx, *args, **options)

    def _interrupt(self) -> None:
        self.interrupt_signal = True
        self.main_loop_interrupt.set()

    def signal_handler_interrupt(self, *args: Any, **_: Any) -> None:
        """Stop: at once by Ctrl+C or when told twice, else after the warning."""
        if args[:1] != (signal.SIGTERM,) or self._warned or self._drain_seconds <= 0:
            self._interrupt()
            return
        self._warned = True
        for worker in self.wrks:
            with suppress(ProcessLookupError):
                os.kill(worker.inner.pid, _SOON)
        timer = threading.Timer(self._drain_seconds, self._interrupt)
        timer.daemon = True
        timer.start()


async def leave_with_parent() -> None:
    """Stop this process when the one that started it is gone.

    Killed outright (out of memory, say), it cannot stop its processes, which would go on holding
    the port, and nobody would start them again.
    """
    # As told by who started it: killed while this one was starting, it is its parent no longer.
    starter = multiprocessing.parent_process()
    parent = os.getppid() if starter is None else starter.pid
    while os.getppid() == parent:
        await asyncio.sleep(_LOOK)
    os.kill(os.getpid(), signal.SIGTERM)


async def when_stopping(tell: Callable[[], None]) -> None:
    """Call `tell` when this process is warned that it will be told to stop."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(_SOON, tell)
    try:
        await asyncio.Event().wait()
    finally:
        loop.remove_signal_handler(_SOON)
