"""Classes of a choropleth: natural breaks that people can read, and that the legend states.

The web map makes the same classes of the same values (``web/src/map/classes.ts``): a territory has
one colour, on paper and on screen. mapclassify, whose ``FisherJenks`` the tests hold this against,
is not imported where requests are answered: with pandas, SciPy and scikit-learn behind it, it
takes 175 MB and several seconds of a process that promises 300 MB in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo_service.french_sentences import NBSP, nombre

#: Shares are classed as the whole percentages that are printed.
STEP: Final = 100
#: Up to this many different values, each has a class of its own.
EXACT: Final = 8
#: Classes otherwise: what people tell apart on one ramp.
WANTED: Final = 6
#: Class of a value that is not known.
UNKNOWN: Final = -1


@dataclass(frozen=True)
class Classification:
    """Classes of whole percentages.

    Attributes
    ----------
    lows, highs
        Lowest and highest value found in each class, percentages; a value belongs to the first
        class whose highest it does not exceed.
    known, unknown
        How many values were classed, and how many had none.
    exact
        Whether each class is one value.
    """

    lows: tuple[int, ...]
    highs: tuple[int, ...]
    known: int
    unknown: int
    exact: bool

    def labels(self) -> list[str]:
        """Name each class: « 0 à 20 % », or « 33 % » when it is one value."""
        return [
            f"{high}{NBSP}%" if low == high else f"{low} à {high}{NBSP}%"
            for low, high in zip(self.lows, self.highs, strict=True)
        ]

    def method(self, territories: str) -> str:
        """Say how the classes were made.

        Parameters
        ----------
        territories
            What was classed, in the plural: « communes de France ».
        """
        total = nombre(self.known + self.unknown)
        if self.exact:
            return f"Une couleur par valeur, sur {total} {territories}."
        return f"Seuils naturels (Fisher-Jenks) sur {total} {territories}, en pourcentages entiers."

    def of(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """Find the class of each value; :data:`UNKNOWN` for NaN.

        Parameters
        ----------
        values
            (n,) shares from 0 to 1. One that was not classed goes with its neighbours, the
            highest class having no upper bound.
        """
        known = ~np.isnan(values)
        found = np.full(len(values), UNKNOWN, dtype=np.intp)
        at = np.searchsorted(np.array(self.highs), percentages(values[known]))
        found[known] = np.minimum(at, len(self.highs) - 1)
        return found


def percentages(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round shares to whole percentages, halves upwards as JavaScript does."""
    return np.floor(values * STEP + 0.5).astype(np.int64)


def classify(values: NDArray[np.float64], wanted: int = WANTED) -> Classification:
    """Class shares.

    Each has its class when few different percentages remain; else classes are Fisher's optimal
    partition (W. D. Fisher, "On grouping for maximum homogeneity", *Journal of the American
    Statistical Association* 53(284), 1958; known to cartographers as Jenks's natural breaks).

    Parameters
    ----------
    values
        (n,) shares from 0 to 1; NaN for what is not known.
    wanted
        Most classes when values are many.

    Returns
    -------
    Classification
        Without any class when no value is known.
    """
    known = values[~np.isnan(values)]
    distinct, weights = np.unique(percentages(known), return_counts=True)
    exact = len(distinct) <= EXACT
    ends = np.arange(len(distinct)) if exact else fisher(distinct, weights, wanted)
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    return Classification(
        lows=tuple(distinct[starts].tolist()),
        highs=tuple(distinct[ends].tolist()),
        known=len(known),
        unknown=len(values) - len(known),
        exact=exact,
    )


def fisher(
    distinct: NDArray[np.int64], weights: NDArray[np.int64], classes: int
) -> NDArray[np.intp]:
    """Split sorted values into classes with the least sum of squared deviations.

    Parameters
    ----------
    distinct
        (n,) different values, increasing; n at least `classes`.
    weights
        (n,) how many times each is there.
    classes
        How many classes.

    Returns
    -------
    ndarray
        (classes,) place of the last value of each class. Of partitions as good, the one whose
        classes begin first.
    """
    w, wx, wxx = (
        np.concatenate([[0], np.cumsum(weights * distinct**power)]).astype(np.float64)
        for power in range(3)
    )
    total = w[None, 1:] - w[:-1, None]
    first, last = np.triu_indices(len(distinct))
    # Squared deviation of the values first..last, included, from their mean.
    cost = np.full(total.shape, np.inf)
    cost[first, last] = (
        wxx[last + 1] - wxx[first] - (wx[last + 1] - wx[first]) ** 2 / (w[last + 1] - w[first])
    )
    best, cuts = cost[0], []
    for _ in range(1, classes):
        # best[i - 1] + cost[i, j]: the last class of the values up to j begins at i.
        candidates = np.vstack([np.full(len(best), np.inf), best[:-1, None] + cost[1:]])
        cut = candidates.argmin(axis=0)
        cuts.append(cut)
        best = candidates[cut, np.arange(len(best))]
    ends = [len(distinct) - 1]
    for cut in reversed(cuts):
        ends.append(int(cut[ends[-1]]) - 1)
    return np.array(ends[::-1], dtype=np.intp)
