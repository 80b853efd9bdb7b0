"""Good choices of places, quickly: greedy, then exchanges. Whether they are best, bounds tell."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from geo_service.diagnostics.gains import Gains, preferred, tolerance


def greedy(gains: Gains, places: int, enough: float = np.inf) -> list[int]:
    """Choose places one by one, each time the one that adds most.

    Parameters
    ----------
    gains
        The problem.
    places
        Most places to choose.
    enough
        Value from which no more is chosen.

    Returns
    -------
    list of int
        Fewer than `places` when more would add nothing.
    """
    chosen: list[int] = []
    have = np.zeros(gains.demands)
    added = gains.beyond(have)
    back = gains.matrix.T.tocsr()
    value = 0.0
    while len(chosen) < min(places, gains.candidates) and value < enough:
        best = preferred(added)
        if added[best] <= tolerance(value):
            break
        chosen.append(best)
        demands, values = gains.row(best)
        served = demands[values > have[demands]]
        if gains.covering:
            # Who is served now is gained by no other: only the candidates near them change.
            near = back[served]
            added -= np.bincount(near.indices, near.data, minlength=len(added))
            have[served] = values[values > have[demands]]
        else:
            have[demands] = np.maximum(have[demands], values)
            added = gains.beyond(have)
        value = float(have.sum())
    return chosen


def in_order(gains: Gains, chosen: Sequence[int]) -> list[int]:
    """Put chosen candidates in the order of what each adds to those before it.

    Parameters
    ----------
    gains
        The problem.
    chosen
        Positions of candidates.

    Returns
    -------
    list of int
        The one that gives most alone comes first, then the one that adds most to it, and so on:
        what each adds never grows. Those that add nothing are left out.
    """
    ordered = np.array(sorted(chosen), dtype=np.intp)
    alone = gains.part(ordered, np.zeros(gains.demands))
    return [int(ordered[place]) for place in greedy(alone, len(ordered))]


def exchange(gains: Gains, chosen: Sequence[int], deadline: float) -> list[int]:
    """Replace one place by another as long as it is worth it (Teitz & Bart 1968, Oper. Res. 16).

    An exchange is also made for a candidate that is preferred and gives as much.

    Parameters
    ----------
    gains
        The problem.
    chosen
        A choice.
    deadline
        Value of ``time.monotonic()`` at which to stop.

    Returns
    -------
    list of int
        As many places, worth at least as much.
    """
    best = list(chosen)
    value = gains.value(best)
    moved = True
    while moved:
        moved = False
        for place in sorted(best, reverse=True):
            if time.monotonic() > deadline:
                return best
            others = [other for other in best if other != place]
            have = gains.given(others)
            added = gains.beyond(have)
            other = preferred(added)
            found = float(have.sum() + added[other])
            better = found > value + tolerance(value)
            if better or (other < place and found >= value - tolerance(value)):
                if other in others:
                    continue
                best = [*others, other]
                value = max(found, value)
                moved = True
    return best
