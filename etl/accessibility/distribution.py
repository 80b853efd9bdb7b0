"""How distances are distributed over people: quantiles, mean, population beyond a distance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Parts of a whole, per cent.
WHOLE = 100


def weighted_quantiles(
    values: Floats, population: Ints, percents: Sequence[int]
) -> list[float | None]:
    """Quantiles of a figure of communes over their inhabitants.

    The quantile p is the smallest value v such that at least p % of the people live in communes
    whose value is at most v: the inverse of the distribution function (definition 1 of Hyndman &
    Fan 1996, *The American Statistician* 50:361-365), as if each inhabitant were one row. It is
    always the value of a real commune; nothing is interpolated.

    Parameters
    ----------
    values
        Shape (n,), no NaN.
    population
        Shape (n,), inhabitants, at least 0; a commune of 0 inhabitants has no part in it.
    percents
        Whole per cents, 1 to 100.

    Returns
    -------
    list of float or None
        One for each of `percents`; None when there is nobody.
    """
    total = int(population.sum())
    if total == 0:
        return [None] * len(percents)
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(population[order], dtype=np.int64)
    # In whole numbers: a share such as 0.1 × 30 has no exact float.
    wanted = -(-np.asarray(percents, dtype=np.int64) * total // WHOLE)
    return [float(value) for value in values[order][np.searchsorted(cumulated, wanted)]]


def weighted_mean(values: Floats, population: Ints) -> float | None:
    """Mean of a figure of communes over their inhabitants; None when there is nobody."""
    total = int(population.sum())
    return float((values * population).sum() / total) if total else None


class Beyond(NamedTuple):
    """Communes farther than a distance, and who lives there."""

    communes: int
    population: int


def beyond(distances: Floats, population: Ints, threshold: float) -> Beyond:
    """Count the communes, and their inhabitants, strictly farther than `threshold` (same unit)."""
    far = distances > threshold
    return Beyond(int(far.sum()), int(population[far].sum()))
