"""What a target is: how it is made ready, what it starts from, and what it runs on bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

#: Runs the code under test on bytes; any exception is a finding.
Run = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes
    ----------
    name
        Short name, for the command.
    open
        Makes it ready, and gives what runs it.
    seeds
        Inputs to start from: good ones, and the shape of bad ones.
    longest
        Bytes of the longest input.
    served
        Whether it asks the service, which needs a database.
    """

    name: str
    open: Callable[[], AbstractContextManager[Run]]
    seeds: Callable[[], Sequence[bytes]]
    longest: int = 4096
    served: bool = False


def simple(run: Run) -> Callable[[], AbstractContextManager[Run]]:
    """Make ready what needs nothing."""

    @contextmanager
    def opened() -> Iterator[Run]:
        yield run

    return opened


def told(error: Exception, *beginnings: str) -> None:
    """Check that a declared error says something, with one of these words first if given."""
    text = str(error)
    assert text.strip(), f"{type(error).__name__} says nothing"
    assert not beginnings or text.startswith(beginnings), text
