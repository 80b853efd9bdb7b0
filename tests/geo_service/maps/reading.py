"""Reads back what drawings hold."""

from __future__ import annotations

import re
from itertools import accumulate

_PIECE = re.compile(r"M(-?\d+) ?(-?\d+)([^Mz]*)(z?)")
_NUMBER = re.compile(r"-?\d+")


def rings(d: str) -> list[list[tuple[int, int]]]:
    """Vertices of each ring or line of a path: absolute, the closing one repeated."""
    found = []
    for x, y, rest, closed in _PIECE.findall(d):
        if "h" in rest:  # the square of what is too small
            steps = [(1, 0), (0, 1), (-1, 0)]
        else:
            numbers = [int(number) for number in _NUMBER.findall(rest)]
            steps = list(zip(numbers[::2], numbers[1::2], strict=True))
        points = list(
            accumulate(
                steps, lambda at, by: (at[0] + by[0], at[1] + by[1]), initial=(int(x), int(y))
            )
        )
        found.append(points + points[:1] if closed else points)
    return found
