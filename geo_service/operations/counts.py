"""What a process has answered: plain integers by template, told to whoever asks for them.

A request must cost nothing to count: a tile takes 2 µs of Python in all, and one look-up of a
labelled counter of prometheus-client takes one more. So the counts of a template are found once a
request, and what is added to them are an integer in a dictionary, one in a list, and two sums.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

from starlette.types import Message

from tiles.server import Told

Sent = Callable[[Message], Any]

#: Upper bounds of the classes of durations, in seconds. The goals are 50 ms (p99 of an answer) and
#: 250 ms (p99 at which a machine is full): both are bounds.
BOUNDS: Final = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)

#: Methods that are told apart; a client may invent others.
_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
OTHER_METHOD: Final = "autre"


class RouteCounts:
    """What was answered under one template.

    Attributes
    ----------
    statuses
        Answers begun, by method, by status.
    classes
        Answers ended, by class of :data:`BOUNDS`; the last one is beyond them.
    seconds
        Sum of their durations.
    octets
        Bytes of bodies sent, compressed or not.
    """

    __slots__ = ("classes", "octets", "seconds", "statuses")

    def __init__(self) -> None:
        self.statuses: defaultdict[str, defaultdict[int, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        self.classes = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0
        self.octets = 0

    def of_method(self, method: str) -> defaultdict[int, int]:
        """Give the counts of a method, by status."""
        return self.statuses[method if method in _METHODS else OTHER_METHOD]

    def ended(self, seconds: float) -> None:
        """Count an answer whose last byte was given to the server."""
        self.seconds += seconds
        self.classes[bisect_left(BOUNDS, seconds)] += 1


class Counts:
    """What a process has answered and refused.

    Attributes
    ----------
    routes
        By template.
    refused
        Requests that a limit refused, by reason.
    busy
        Requests under way now, tiles left out.
    """

    def __init__(self) -> None:
        self.routes: dict[str, RouteCounts] = {}
        self.refused: defaultdict[str, int] = defaultdict(int)
        self.busy = 0

    def route(self, template: str) -> RouteCounts:
        """Give the counts of a template."""
        counts = self.routes.get(template)
        if counts is None:
            counts = self.routes[template] = RouteCounts()
        return counts

    def told(self) -> dict[str, Any]:
        """Give all counts as JSON can hold them."""
        return {
            "routes": {
                template: {
                    "statuses": {
                        method: {str(status): n for status, n in by_status.items()}
                        for method, by_status in counts.statuses.items()
                    },
                    "classes": list(counts.classes),
                    "seconds": counts.seconds,
                    "octets": counts.octets,
                }
                for template, counts in self.routes.items()
            },
            "refused": dict(self.refused),
        }


def telling_tiles(counts: RouteCounts, by_status: defaultdict[int, int]) -> Told:
    """Make what counts a tile as it is sent, body in one piece.

    Parameters
    ----------
    counts
        Those of the tiles.
    by_status
        Those of the method.
    """
    classes = counts.classes

    def told(status: int, octets: int, asked: float) -> None:
        by_status[status] += 1
        counts.octets += octets
        seconds = perf_counter() - asked
        counts.seconds += seconds
        classes[bisect_left(BOUNDS, seconds)] += 1

    return told


def counting_tile(send: Sent, told: Told) -> Sent:
    """Count a tile by the messages that send it: one that nobody had asked for before."""
    asked = perf_counter()
    status = 0

    def counted(message: Message) -> Any:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            told(status, len(message["body"]), asked)
        return send(message)

    return counted
