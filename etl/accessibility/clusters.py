"""Clusters of under-served communes: local Moran's I with a false discovery rate.

Anselin L. (1995), "Local Indicators of Spatial Association – LISA", *Geographical Analysis*
27:93-115. Significance comes from conditional permutations, as in PySAL's ``esda.Moran_Local``,
which the tests compare this module with. That class costs 6 s to import and 5 s by service for the
communes of France, as it draws for one commune after the other. With row-standardised contiguity
weights the null distribution depends on a commune by its number of neighbours alone, but for the
draws that hit the commune itself: one set of draws serves all, in a tenth of a second, and ten
times more draws make p-values fine enough for 35 000 tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from etl.accessibility.contiguity import Pairs, between, components

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Bools = NDArray[np.bool_]

#: Draws for the null distribution: the smallest p-value is 2 / 10 000.
PERMUTATIONS = 9_999
#: Seed of the draws: the same inputs give the same publication.
SEED = 20_090_701
#: Share of false discoveries accepted among the clusters (Benjamini & Hochberg 1995).
FALSE_DISCOVERIES = 0.05

#: What a commune is, by itself and by its neighbours: Anselin's HH, HL, LH and LL quadrants.
FAR_AMONG_FAR = "loin_loin"
FAR_AMONG_NEAR = "loin_pres"
NEAR_AMONG_FAR = "pres_loin"
NEAR_AMONG_NEAR = "pres_pres"
#: Nothing that chance alone would not give.
NOT_SIGNIFICANT = "non_significatif"


@dataclass(frozen=True)
class LocalMoran:
    """Local Moran's I of each unit.

    Attributes
    ----------
    statistic
        Shape (n,), I_i; NaN for a unit without neighbours, which is not tested.
    p_value
        Shape (n,), two-sided; NaN for a unit without neighbours.
    quadrant
        Shape (n,), one of the four words, whatever its significance; None for a unit without
        neighbours.
    """

    statistic: Floats
    p_value: Floats
    quadrant: NDArray[np.object_]

    @property
    def tested(self) -> Bools:
        """Units that have neighbours."""
        return ~np.isnan(self.p_value)


def local_moran(
    values: Floats, pairs: Pairs, permutations: int = PERMUTATIONS, seed: int = SEED
) -> LocalMoran:
    """Compute local Moran's I and its pseudo p-values.

    ``I_i = z_i Σ_j z_j / k_i`` over the k_i neighbours j, with z the standardised values; the null
    keeps the value of i and draws its neighbours at random among all the others.

    Parameters
    ----------
    values
        Shape (n,), no NaN.
    pairs
        Who touches whom.
    permutations
        Draws.
    seed
        Seed of the draws.

    Returns
    -------
    LocalMoran
        The p-value is ``2 (1 + r) / (1 + permutations)``, at most 1, with r the smaller of the
        numbers of draws whose mean of neighbours is at least, and at most, the observed one.
    """
    n = len(values)
    degree = np.bincount(pairs.focal, minlength=n)
    tested = degree > 0
    sums: Floats = np.bincount(pairs.focal, values[pairs.neighbour], minlength=n).astype(np.float64)
    lag = np.divide(sums, degree, out=np.full(n, np.nan), where=tested)
    mean = float(values.mean()) if n else 0.0
    spread = float(values.std()) if n else 0.0
    far, far_around = values > mean, lag > mean
    quadrant = np.where(
        far,
        np.where(far_around, FAR_AMONG_FAR, FAR_AMONG_NEAR),
        np.where(far_around, NEAR_AMONG_FAR, NEAR_AMONG_NEAR),
    ).astype(object)
    quadrant[~tested] = None
    if spread == 0 or not tested.any():
        flat = np.where(tested, 0.0, np.nan)
        return LocalMoran(flat, np.where(tested, 1.0, np.nan), quadrant)
    statistic = (values - mean) * (lag - mean) / spread**2
    more, fewer = _count_draws(values, sums, degree, permutations, seed)
    extreme = np.minimum(more, fewer)
    p_value = np.minimum(1.0, 2.0 * (1.0 + extreme) / (1.0 + permutations))
    return LocalMoran(statistic, np.where(tested, p_value, np.nan), quadrant)


def _count_draws(
    values: Floats, sums: Floats, degree: Indices, permutations: int, seed: int
) -> tuple[Floats, Floats]:
    """Count the draws whose sum is at least, and at most, that of each unit's neighbours."""
    n, most = len(values), int(degree.max())
    # One more than the neighbours: it replaces the unit itself where the draw has hit it.
    drawn = _draw(n, min(most + 1, n), permutations, np.random.default_rng(seed))
    cumulated = np.cumsum(values[drawn], axis=1)
    # Sums of the same values in another order differ by rounding: equal must stay equal.
    margin = 1e-9 * max(1.0, float(np.abs(values).max())) * most
    more, fewer = np.zeros(n), np.zeros(n)
    for size in np.unique(degree[degree > 0]):
        here = np.flatnonzero(degree == size)
        null = np.sort(cumulated[:, size - 1])
        more[here] = permutations - np.searchsorted(null, sums[here] - margin, "left")
        fewer[here] = np.searchsorted(null, sums[here] + margin, "right")
    # A draw that holds the unit itself is done again with the spare value in its place.
    row, column = np.nonzero(np.arange(drawn.shape[1])[None, :] < degree[drawn])
    unit = drawn[row, column]
    size = degree[unit]
    before = cumulated[row, size - 1]
    after = before - values[unit] + values[drawn[row, size]]
    low, high = sums[unit] - margin, sums[unit] + margin
    np.add.at(more, unit, (after >= low).astype(float) - (before >= low))
    np.add.at(fewer, unit, (after <= high).astype(float) - (before <= high))
    return more, fewer


def _draw(n: int, size: int, times: int, generator: np.random.Generator) -> Indices:
    """Draw `size` different numbers below `n`, in random order, `times` times."""
    if n < size * size:
        return np.argsort(generator.random((times, n)), axis=1)[:, :size]
    drawn = generator.integers(0, n, (times, size))
    while True:
        ordered = np.sort(drawn, axis=1)
        repeated = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(repeated):
            return drawn.astype(np.intp)
        drawn[repeated] = generator.integers(0, n, (len(repeated), size))


@dataclass(frozen=True)
class Clusters:
    """Clusters of a figure in a land.

    Attributes
    ----------
    kind
        Shape (n,), a quadrant where it is significant, ``non_significatif`` elsewhere, None where
        it cannot be tested.
    p_value
        Shape (n,), before the correction for multiple tests; NaN where not tested.
    zone
        Shape (n,), number of the contiguous zone of far-among-far communes, from 1 by decreasing
        population; 0 outside of them.
    """

    kind: NDArray[np.object_]
    p_value: Floats
    zone: Indices


def find_clusters(
    values: Floats,
    population: Floats,
    pairs: Pairs,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Clusters:
    """Find the communes far among far, and the contiguous zones they make.

    Parameters
    ----------
    values
        Shape (n,), distance of each commune; NaN where there is none: such a commune is not tested,
        and is nobody's neighbour.
    population
        Shape (n,), inhabitants, 0 where unknown.
    pairs
        Which communes touch.
    permutations, seed
        As for :func:`local_moran`.

    Returns
    -------
    Clusters
        Significant at a false discovery rate of 5 % over all the communes tested.
    """
    n = len(values)
    kind = np.full(n, None, dtype=object)
    p_value = np.full(n, np.nan)
    zone = np.zeros(n, dtype=np.intp)
    known = ~np.isnan(values)
    here = np.flatnonzero(known)
    moran = local_moran(values[known], between(pairs, known), permutations, seed)
    p_value[here] = moran.p_value
    tested = here[moran.tested]
    if len(tested):
        adjusted = false_discovery_control(p_value[tested], method="bh")
        quadrant = moran.quadrant[moran.tested]
        kind[tested] = np.where(adjusted <= FALSE_DISCOVERIES, quadrant, NOT_SIGNIFICANT)
    far = kind == FAR_AMONG_FAR
    if far.any():
        group = components(int(far.sum()), between(pairs, far))
        people = np.bincount(group, population[far])
        rank = np.empty(len(people), dtype=np.intp)
        rank[np.argsort(-people, kind="stable")] = np.arange(1, len(people) + 1)
        zone[far] = rank[group]
    return Clusters(kind, p_value, zone)
