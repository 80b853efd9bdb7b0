"""Counts of several processes, added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def added(one: Any, other: Any) -> Any:
    """Add two counts of the same shape: numbers, lists of numbers, or counts by name.

    Parameters
    ----------
    one, other
        What JSON holds; what only one of them names is as it is.
    """
    if isinstance(one, Mapping):
        return {
            name: added(one[name], other[name])
            if name in one and name in other
            else one.get(name, other.get(name))
            for name in {**one, **other}
        }
    if isinstance(one, list):
        return [added(a, b) for a, b in zip(one, other, strict=True)]
    return one + other


def total(counts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up the counts of all processes."""
    found: dict[str, Any] = {}
    for one in counts:
        found = added(found, one)
    return found


class Departed:
    """Counts of the processes that are gone: a sum that fell would be taken for a new start.

    Attributes
    ----------
    counts
        Added up.
    """

    def __init__(self) -> None:
        self.counts: dict[str, Any] = {}

    def add(self, counts: Mapping[str, Any]) -> None:
        """Keep what a process that is gone told last."""
        self.counts = added(self.counts, counts)
