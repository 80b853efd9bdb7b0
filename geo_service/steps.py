"""Named, timed steps of a long job, told to whoever listens as they start and end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Steps:
    """Times the steps of a run.

    Attributes
    ----------
    total
        Number of steps foreseen, so that a listener can say how far the run is.
    on_start
        Called with the number of the step (from 1) and its French title.
    on_end
        Called with the number of the step, its title and its seconds.
    on_failure
        Called when a step fails.
    on_rows
        Called while rows are read: the name of their source, how many so far.
    seconds
        Measured wall-clock seconds by key, in the order of the steps.
    """

    total: int
    on_start: Callable[[int, str], None] = lambda _number, _title: None
    on_end: Callable[[int, str, float], None] = lambda _number, _title, _seconds: None
    on_failure: Callable[[], None] = lambda: None
    on_rows: Callable[[str, int], None] = lambda _source, _rows: None
    seconds: dict[str, float] = field(default_factory=dict)
    _number: int = 0

    @contextmanager
    def step(self, key: str, title: str) -> Iterator[None]:
        """Time one step; a step that fails is not recorded as done."""
        self._number += 1
        number = self._number
        self.on_start(number, title)
        start = time.perf_counter()
        try:
            yield
        except BaseException:
            self.on_failure()
            raise
        elapsed = time.perf_counter() - start
        self.seconds[key] = round(elapsed, 3)
        self.on_end(number, title, elapsed)
