"""The best choice of places within a time limit, and the bound that no choice passes."""

from __future__ import annotations

import time

import numpy as np

from geo_service.diagnostics.gains import Gains, merge_twins, tolerance
from geo_service.diagnostics.location_models import fewest_places, most_gained
from geo_service.diagnostics.place_bounds import OPTIMAL, Bound, best_value, fewest
from geo_service.diagnostics.search_places import exchange, greedy, in_order

#: Entries of the core that the solver is given; beyond, its own preparations overrun any limit.
_CORE_ENTRIES = 120_000
#: Part of the time that bounds may take before the solver is called.
_BOUNDS = 0.6
#: Times the size of a core beyond which bounds seldom leave one small enough.
_HOPELESS = 10
#: Seconds of search below which calling the solver is no use.
_LEAST_SECONDS = 0.05


def best_places(gains: Gains, places: int, deadline: float) -> tuple[list[int], float]:
    """Choose the places worth most, and bound what any choice is worth.

    Parameters
    ----------
    gains
        The problem.
    places
        Most places.
    deadline
        Value of ``time.monotonic()`` at which to stop searching.

    Returns
    -------
    chosen
        Positions of candidates, in no order.
    bound
        No choice is worth more; equal to the value of `chosen` when it is proved optimal.
    """
    small, kept = merge_twins(gains) if gains.covering else (gains, np.arange(gains.candidates))
    chosen = exchange(small, greedy(small, places), deadline)
    if len(chosen) < places or places >= small.candidates:
        # One more would add nothing: greedy stops there only when every demand has its most.
        return [int(kept[j]) for j in chosen], small.value(chosen)
    unit = 1.0 if gains.covering else 0.0
    if small.value(chosen) >= small.most.sum() - tolerance(float(small.most.sum())):
        return [int(kept[j]) for j in chosen], small.value(chosen)
    proof, better = best_value(small, places, chosen, _before(deadline, small), unit)
    if small.value(better) > small.value(chosen) + tolerance(small.value(chosen)):
        chosen = exchange(small, better, deadline)
    value, bound = small.value(chosen), min(proof.value, float(small.most.sum()))
    closed = bound - value <= (1 - 1e-6 if unit else OPTIMAL * value)
    if not closed:
        chosen, bound = _core(small, places, chosen, proof._replace(value=bound), deadline)
        value = small.value(chosen)
    if unit:
        bound = float(np.floor(bound + 1e-6))
    chosen = exchange(small, chosen, deadline)
    return [int(kept[j]) for j in chosen], max(bound, value) if not closed else value


def _before(deadline: float, gains: Gains) -> float:
    """Give the time at which bounds are to stop: the solver, if it can help, has what is left."""
    now = time.monotonic()
    hopeless = gains.matrix.nnz > _HOPELESS * _CORE_ENTRIES
    return now + (deadline - now) * (0.9 if hopeless else _BOUNDS)


def _core(
    gains: Gains, places: int, chosen: list[int], proof: Bound, deadline: float
) -> tuple[list[int], float]:
    """Let the solver search among the candidates that the bound has not ruled out."""
    bound = proof.value
    certain = np.flatnonzero(proof.inside)
    open_ = np.flatnonzero(~proof.out & ~proof.inside)
    already = gains.given(certain)
    core = gains.part(open_, already)
    seconds = deadline - time.monotonic()
    if core.demands == 0:
        return chosen, gains.value(chosen)
    if seconds < _LEAST_SECONDS or core.matrix.nnz > _CORE_ENTRIES:
        return chosen, bound
    at = {int(candidate): index for index, candidate in enumerate(open_)}
    known = [at[j] for j in chosen if j in at][: places - len(certain)]
    found = most_gained(core, places - len(certain), known, seconds)
    value = gains.value(chosen)
    # What the bound ruled out is not better than the choice known.
    bound = min(bound, max(value, found.bound + float(already.sum())))
    if found.chosen is not None:
        other = [*(int(j) for j in certain), *(int(open_[j]) for j in found.chosen)]
        if gains.value(other) > value + tolerance(value):
            chosen = other
    return chosen, bound


def fewest_for(gains: Gains, target: float, deadline: float) -> tuple[list[int], float]:
    """Choose the fewest places that serve a number of people.

    Parameters
    ----------
    gains
        A covering problem.
    target
        People to serve; all of them if there are fewer.
    deadline
        Value of ``time.monotonic()`` at which to stop searching.

    Returns
    -------
    chosen
        Positions of candidates, in no order.
    bound
        No choice of fewer places is enough.
    """
    small, kept = merge_twins(gains)
    target = min(target, float(small.most.sum()))
    chosen = greedy(small, small.candidates, enough=target - tolerance(target))
    half = _before(deadline, small)
    proof = fewest(small, target, len(chosen), half)
    lowest = float(np.ceil(proof.value - 1e-6))
    # One place less, as long as exchanges still reach the target.
    while len(chosen) > lowest and time.monotonic() < half:
        fewer = exchange(small, in_order(small, chosen)[:-1], half)
        if small.value(fewer) < target - tolerance(target):
            break
        chosen = fewer
    bound = float(np.ceil(proof.value - 1e-6))
    seconds = deadline - time.monotonic()
    if bound < len(chosen) and seconds > _LEAST_SECONDS:
        certain = np.flatnonzero(proof.inside)
        open_ = np.flatnonzero(~proof.out & ~proof.inside)
        already = small.given(certain)
        core = small.part(open_, already)
        needed = min(target - float(already.sum()), float(core.most.sum()))
        if core.demands and core.matrix.nnz <= _CORE_ENTRIES:
            at = {int(candidate): index for index, candidate in enumerate(open_)}
            known = [at[j] for j in chosen if j in at]
            found = fewest_places(core, needed, known, seconds)
            proved = np.ceil(found.bound - 1e-6) + len(certain)
            bound = max(bound, float(min(proved, len(chosen))))
            if found.chosen is not None:
                other = [*(int(j) for j in certain), *(int(open_[j]) for j in found.chosen)]
                if len(other) < len(chosen) and small.value(other) >= target - tolerance(target):
                    chosen = other
    chosen = exchange(small, chosen, deadline)
    return [int(kept[j]) for j in chosen], min(max(bound, 1.0), float(len(chosen)))
