"""How unequally a figure is shared among people: Lorenz curve and Gini coefficient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Most points of a Lorenz curve: one by per cent of the people, both ends included.
LORENZ_POINTS = 101


def _curve(values: Floats, population: Ints) -> tuple[Floats, Floats] | None:
    """Vertices of the Lorenz curve, from (0, 0) to (1, 1); None when nothing is shared."""
    kept = population > 0
    people, held = population[kept].astype(float), values[kept] * population[kept]
    if not people.size or held.sum() <= 0:
        return None
    order = np.argsort(values[kept], kind="stable")
    x = np.concatenate(([0.0], np.cumsum(people[order]) / people.sum()))
    y = np.concatenate(([0.0], np.cumsum(held[order]) / held.sum()))
    return x, y


def gini(values: Floats, population: Ints) -> float | None:
    """Gini coefficient of a figure of communes over their inhabitants.

    ``G = 1 − Σ (X_k − X_{k−1}) (Y_k + Y_{k−1})``, the area between the Lorenz curve and equality
    (Brown 1994, *Social Science & Medicine* 38:1243-1256), with X the cumulated share of people and
    Y that of the figure, communes sorted by the figure. It equals half the mean absolute difference
    between two people drawn at random, divided by the mean. All the people of a commune have its
    value: differences inside a commune are not seen.

    Parameters
    ----------
    values
        Shape (n,), at least 0, no NaN.
    population
        Shape (n,), inhabitants.

    Returns
    -------
    float or None
        0 (all alike) to 1 excluded (one has all); None when there is nobody or nothing to share.
    """
    curve = _curve(values, population)
    if curve is None:
        return None
    x, y = curve
    return max(0.0, float(1.0 - np.sum(np.diff(x) * (y[1:] + y[:-1]))))


def lorenz(
    values: Floats, population: Ints, points: int = LORENZ_POINTS
) -> tuple[Floats, Floats] | None:
    """Lorenz curve of a figure of communes over their inhabitants, the least served first.

    Parameters
    ----------
    values, population
        As for :func:`gini`.
    points
        Most points given: the vertices of the curve when there are no more of them, else points of
        the curve at even shares of the people.

    Returns
    -------
    tuple of two arrays or None
        Cumulated share of the people, and of the figure, both from 0 to 1.
    """
    curve = _curve(values, population)
    if curve is None or len(curve[0]) <= points:
        return curve
    shares = np.linspace(0.0, 1.0, points)
    return shares, np.interp(shares, *curve)
