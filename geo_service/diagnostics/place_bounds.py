"""How good a choice of places can be at most: Lagrangian bounds, and what they rule out.

A bound holds for every choice: the distance from it to the best choice known is the gap told to
people. Candidates that a bound shows to be in no better choice are dropped, which leaves to the
solver a core often a hundred times smaller than the problem.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo_service.diagnostics.gains import Floats, Gains, tolerance

#: Entries of the matrix looked at in all by one series of steps, and its least and most steps: set
#: so, the steps done depend on the problem and not on the speed of the machine.
_WORK = 500_000_000
_STEPS = (100, 1500)
#: Relative gap from which a choice whose value is no whole number counts as optimal.
OPTIMAL = 1e-6
#: Steps without a better bound after which the steps are made half as long, and how short they get.
_PATIENCE = 25
_SHORTEST = 1e-3
#: How much each step leans on the one before it.
_LEAN = 0.6


class Bound(NamedTuple):
    """What the prices of demands prove.

    Attributes
    ----------
    value
        No choice is worth more (:func:`best_value`), or costs less (:func:`fewest`).
    out, inside
        Whether each candidate is in no choice better than the one known, or in all of them.
    """

    value: float
    out: npt.NDArray[np.bool_]
    inside: npt.NDArray[np.bool_]


@dataclass
class _Descent:
    """Subgradient method with Polyak's steps (Held, Wolfe & Crowder 1974, Math. Prog. 6:62-88).

    ``evaluate`` gives, for prices, a bound to be made small and one of its subgradients.
    """

    evaluate: Callable[[Floats], tuple[float, Floats]]
    most: Floats
    entries: int
    deadline: float

    def run(self, prices: Floats, goal: Callable[[], float], enough: float) -> tuple[float, Floats]:
        """Lower the bound until it is within ``enough`` of the goal, or the steps are used up."""
        steps = int(np.clip(_WORK // max(self.entries, 1), *_STEPS))
        best, kept = np.inf, prices
        length, idle = 1.0, 0
        direction = np.zeros_like(prices)
        for _ in range(steps):
            bound, slope = self.evaluate(prices)
            if bound < best - 1e-7 * abs(best) if np.isfinite(best) else True:
                best, kept, idle = bound, prices, 0
            else:
                idle += 1
            if idle >= _PATIENCE:
                length, idle = length / 2, 0
                prices, direction = kept, np.zeros_like(prices)
                continue
            if best <= goal() + enough or length < _SHORTEST or time.monotonic() > self.deadline:
                break
            # Camerini, Fratta & Maffioli 1975: lean on the step before, against zigzags.
            direction = slope + _LEAN * direction
            blocked = ((prices <= 0) & (direction > 0)) | ((prices >= self.most) & (direction < 0))
            step = np.where(blocked, 0.0, direction)
            norm = float(step @ step)
            if norm == 0:
                break
            prices = np.clip(prices - length * (bound - goal()) / norm * step, 0.0, self.most)
        return best, kept


def best_value(
    gains: Gains, places: int, known: list[int], deadline: float, unit: float
) -> tuple[Bound, list[int]]:
    """Bound the value of the best choice of some number of places.

    Relaxing « each demand is given once » at prices λ leaves Σλ plus the ``places`` largest
    Σᵢ max(0, vᵢⱼ - λᵢ), whatever λ ≥ 0 (Cornuejols, Fisher & Nemhauser 1977).

    Parameters
    ----------
    gains
        The problem.
    places
        Number of places, fewer than the candidates.
    known
        A choice.
    deadline
        Value of ``time.monotonic()`` at which to stop.
    unit
        Least difference between two values: 1 where they count people, else 0.

    Returns
    -------
    bound
        What holds for every choice.
    known
        The best choice met.
    """
    best, value = list(known), gains.value(known)

    def evaluate(prices: Floats) -> tuple[float, Floats]:
        nonlocal best, value
        scores = gains.beyond(prices)
        top = np.argpartition(-scores, places - 1)[:places]
        worth = gains.value(top)
        if worth > value + tolerance(value):
            best, value = top.tolist(), worth
        slope = 1.0 - _served(gains, top, prices)
        return float(prices.sum() + scores[top].sum()), slope

    descent = _Descent(evaluate, gains.most, gains.matrix.nnz, deadline)
    start = gains.most / 2
    enough = unit * (1 - 1e-6) if unit else OPTIMAL * value
    bound, prices = descent.run(start, lambda: value, enough)
    scores = gains.beyond(prices)
    ordered = np.sort(scores)
    last, following = ordered[-places], ordered[-places - 1]
    # What cannot pass this is not better than the choice known.
    limit = value + unit - tolerance(bound) if unit else value - tolerance(value)
    at_top = scores >= last
    out = ~at_top & (bound - last + scores < limit)
    inside = at_top & (scores > following) & (bound - scores + following < limit)
    return Bound(bound, out, inside), best


def _served(gains: Gains, chosen: Iterable[int], prices: Floats) -> Floats:
    """How many of the chosen candidates give each demand more than its price."""
    parts = []
    for candidate in chosen:
        demands, values = gains.row(candidate)
        parts.append(demands[values > prices[demands]])
    return np.bincount(np.concatenate(parts), minlength=gains.demands).astype(np.float64)


def fewest(gains: Gains, target: float, known: int, deadline: float) -> Bound:
    """Bound from below the number of places that reach a value in a covering problem.

    Relaxing « who is served has a place near » at prices u ≥ 0 (places a demand) leaves
    Σⱼ min(0, 1 - Σᵢ uᵢ) plus the cheapest way to serve ``target`` people at these prices, a
    continuous knapsack.

    Parameters
    ----------
    gains
        A covering problem.
    target
        People to serve, at most all of them.
    known
        Number of places of the best choice known.
    deadline
        Value of ``time.monotonic()`` at which to stop.

    Returns
    -------
    Bound
        Not rounded up.
    """
    people = gains.most
    cover = gains.matrix.sign()
    back = cover.T.tocsr()

    def costs(prices: Floats) -> tuple[float, Floats, Floats]:
        reduced = 1.0 - cover @ prices
        order = np.argsort(prices / people, kind="stable")
        filled = np.cumsum(people[order])
        served = np.zeros(gains.demands)
        parts = np.clip((target - (filled - people[order])) / people[order], 0.0, 1.0)
        served[order] = parts
        return float(np.minimum(reduced, 0.0).sum() + prices @ served), reduced, served

    def evaluate(prices: Floats) -> tuple[float, Floats]:
        bound, reduced, served = costs(prices)
        # The bound is to be made large: the descent lowers its opposite.
        return -bound, back @ (reduced < 0).astype(np.float64) - served

    # No price over 1 helps: a demand costs one place at most.
    descent = _Descent(evaluate, np.ones(gains.demands), gains.matrix.nnz, deadline)
    # Each candidate's one place shared among those it serves: a bound already, if a modest one.
    weights = people if target < people.sum() - 0.5 else np.ones(gains.demands)
    served = cover @ weights
    largest = np.zeros(gains.demands)
    pairs = cover.tocoo()
    np.maximum.at(largest, pairs.col, served[pairs.row])
    lowest, prices = descent.run(weights / largest, lambda: -float(known), 1.0 - 1e-6)
    bound, reduced, _ = costs(prices)
    bound = max(bound, -lowest)
    better = known - 1 + 1e-6  # a better choice has one place less
    out = (reduced > 0) & (bound + reduced > better)
    inside = (reduced < 0) & (bound - reduced > better)
    return Bound(bound, out, inside)
