"""How unequally a figure is shared among people: Lorenz curve and Gini coefficient.

The last axis of an array is the communes; Gini does any axis before it at once.
"""

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


def gini(values: Floats, population: Ints) -> Floats:
    """Gini coefficient of a figure of communes over their inhabitants.

    ``G = 1 − Σ (X_k − X_{k−1}) (Y_k + Y_{k−1})``, the area between the Lorenz curve and equality
    (Brown 1994, *Social Science & Medicine* 38:1243-1256), with X the cumulated share of people and
    Y that of the figure, communes sorted by the figure. It equals half the mean absolute difference
    between two people drawn at random, divided by the mean. All the people of a commune have its
    value: differences inside a commune are not seen.

    Parameters
    ----------
    values
        Shape (…, n), at least 0, no NaN.
    population
        Shape (…, n) or (n,), inhabitants.

    Returns
    -------
    ndarray
        Shape (…,): 0 (all alike) to 1 excluded (one has all); NaN where there is nobody or nothing
        to share.
    """
    order = np.argsort(values, axis=-1, kind="stable")
    people = np.take_along_axis(np.broadcast_to(population, values.shape), order, axis=-1)
    held = np.take_along_axis(values, order, axis=-1) * people
    everyone, everything = people.sum(axis=-1), held.sum(axis=-1)
    # Y_k + Y_{k−1} is twice the cumulated figure, less what the commune adds to it.
    area = (people * (2 * np.cumsum(held, axis=-1) - held)).sum(axis=-1)
    found: Floats = np.full(everyone.shape, np.nan)
    np.divide(area, everyone * everything, out=found, where=everything > 0)
    return np.maximum(0.0, 1.0 - found)


def lorenz(
    values: Floats, population: Ints, points: int = LORENZ_POINTS
) -> tuple[Floats, Floats] | None:
    """Lorenz curve of a figure of communes over their inhabitants, the least served first.

    Parameters
    ----------
    values, population
        Shape (n,), as for :func:`gini`.
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
