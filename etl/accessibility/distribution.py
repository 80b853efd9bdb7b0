"""How distances are distributed over people: quantiles, mean, population beyond a distance.

The last axis of an array is the communes; any axis before it, the services, are done at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Figures up to which comparing each with all is quicker than a search for each service.
_FEW = 20_000
#: Parts of a whole, per cent.
WHOLE = 100


def weighted_quantiles(values: Floats, population: Ints, percents: Sequence[int]) -> Floats:
    """Quantiles of a figure of communes over their inhabitants.

    The quantile p is the smallest value v such that at least p % of the people live in communes
    whose value is at most v: the inverse of the distribution function (definition 1 of Hyndman &
    Fan 1996, *The American Statistician* 50:361-365), as if each inhabitant were one row. It is
    always the value of a real commune; nothing is interpolated.

    Parameters
    ----------
    values
        Shape (…, n), no NaN.
    population
        Shape (…, n) or (n,), inhabitants, at least 0; a commune of 0 inhabitants has no part in it.
    percents
        Whole per cents, 1 to 100.

    Returns
    -------
    ndarray
        Shape (…, p), one for each of `percents`; NaN where there is nobody.

    Examples
    --------
    >>> weighted_quantiles(np.array([1.0, 2.0]), np.array([3, 27]), [10, 11]).tolist()
    [1.0, 2.0]
    """
    people = np.broadcast_to(population, values.shape)
    found = np.full((*values.shape[:-1], len(percents)), np.nan)
    if not values.shape[-1]:
        return found
    order = np.argsort(values, axis=-1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=-1)
    cumulated = np.cumsum(np.take_along_axis(people, order, axis=-1), axis=-1, dtype=np.int64)
    totals = cumulated[..., -1]
    # In whole numbers: a share such as 0.1 × 30 has no exact float.
    wanted = -(-np.asarray(percents, dtype=np.int64) * totals[..., None] // WHOLE)
    if values.size <= _FEW:
        # The place of a quantile is the number of communes that do not reach it yet.
        places = (cumulated[..., None, :] < wanted[..., None]).sum(axis=-1)
        reached = np.take_along_axis(ordered, places, axis=-1)
        return np.where(totals[..., None] > 0, reached, np.nan)
    for at in np.ndindex(totals.shape):
        if totals[at]:
            found[at] = ordered[at][np.searchsorted(cumulated[at], wanted[at])]
    return found


def weighted_mean(values: Floats, population: Ints) -> Floats:
    """Mean of a figure of communes over their inhabitants.

    Parameters
    ----------
    values, population
        As for :func:`weighted_quantiles`.

    Returns
    -------
    ndarray
        Shape (…,); NaN where there is nobody.
    """
    people = np.broadcast_to(population, values.shape)
    totals = people.sum(axis=-1)
    held = (values * people).sum(axis=-1)
    mean: Floats = np.divide(held, totals, out=np.full(totals.shape, np.nan), where=totals > 0)
    return mean


class Beyond(NamedTuple):
    """Communes farther than distances, and who lives there; shape (…, t) both."""

    communes: Ints
    population: Ints


def beyond(distances: Floats, population: Ints, thresholds: Sequence[float]) -> Beyond:
    """Count the communes, and their inhabitants, strictly farther than some distances.

    Parameters
    ----------
    distances
        Shape (…, n); NaN is farther than nothing.
    population
        Shape (…, n) or (n,), inhabitants.
    thresholds
        The t distances, in the same unit.
    """
    far = [distances > threshold for threshold in thresholds]
    return Beyond(
        np.stack([here.sum(axis=-1) for here in far], axis=-1),
        np.stack([(here * population).sum(axis=-1) for here in far], axis=-1),
    )
