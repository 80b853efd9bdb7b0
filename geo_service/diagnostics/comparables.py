"""The territories most like one: same niveau, same legal bracket, nearest population and density.

The likeness of *i* and *j* is a distance in two logarithms, standardised in the bracket:

    d(i, j)² = ((ln pᵢ - ln pⱼ) / s_p)² + ((ln δᵢ - ln δⱼ) / s_δ)²

with *p* the population, *δ* the density, *s* their standard deviation (ln) over the bracket. The
logarithm, because what makes two territories alike is a ratio: 100 people more change a village of
200, not a town of 900. The standard deviations, so that neither figure weighs more than the other:
within a bracket populations differ by a factor of two, densities by a factor of a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from geo_service.diagnostics.strates import Bracket, bracket_of
from geo_service.levels import Level

#: Comparables when no number is asked (DESIGN §5).
K: Final = 20
#: Share of the comparables that makes the best quarter.
QUARTER: Final = 0.25
#: Decimals beyond which two rates are the same: sums of shares are exact to 1e-15 or so.
_SAME: Final = 9
#: Territories looked at first on each side of a population, and how much further the next time.
_AROUND: Final = 1024
_WIDER: Final = 4

_ELLIPSOID = Geod(ellps="GRS80")

#: Why a territory of some niveau has no comparables, in French.
WITHOUT: Final = {
    "pays": "Le pays n’a pas de comparable dans cet atlas. Demandez une région, un département, "
    "une intercommunalité ou une commune.",
    "groupe": "Un groupe est un ensemble choisi de communes : il n’a pas de strate légale, donc "
    "pas de comparables. Demandez ceux d’une de ses communes.",
    "arrondissement": "Les services sont connus par commune : demandez la ville entière.",
}
UNKNOWN_POPULATION: Final = (
    "La population de ce territoire n’est pas connue : ses comparables ne peuvent pas être choisis."
)
NO_INHABITANT: Final = (
    "Ce territoire n’a aucun habitant : ses comparables ne peuvent pas être choisis."
)
NO_AREA: Final = (
    "Ce territoire n’a pas de contour dans l’atlas : sa densité n’est pas connue, et ses "
    "comparables ne peuvent pas être choisis."
)


@dataclass(frozen=True)
class Comparables:
    """The territories most like one.

    Attributes
    ----------
    level
        Their niveau.
    row
        The territory's own row.
    bracket
        Its bracket.
    in_bracket
        Territories of the bracket, itself included, wherever they are.
    rows
        (k,) rows of the comparables, the most alike first; ties by code.
    likeness
        (k,) distance of each to it, 0 for the same population and density.
    """

    level: Level
    row: int
    bracket: Bracket
    in_bracket: int
    rows: NDArray[np.intp]
    likeness: NDArray[np.float64]


@dataclass(frozen=True)
class Standing:
    """Where a territory stands among its comparables, by rate of coverage.

    Attributes
    ----------
    rank
        1 + the number of comparables whose rate is higher: those at the same rate share a rank.
    ties
        Comparables at its very rate.
    among
        Comparables, and itself.
    percentile
        Share (0 to 100) of the comparables whose rate is lower, half of those at its rate added
        (percentile rank with ties shared: Crocker & Algina, *Introduction to Classical and Modern
        Test Theory*, 1986, p. 439); ``None`` without comparables.
    """

    rank: int
    ties: int
    among: int
    percentile: float | None


def refusal(niveau: str, level: Level | None, code: str) -> str | None:
    """Say why a territory has no comparables; ``None`` when it may have some."""
    if niveau in WITHOUT or level is None:
        return WITHOUT[niveau]
    row = level.position[code]
    if np.isnan(level.population[row]):
        return UNKNOWN_POPULATION
    if level.population[row] == 0:
        return NO_INHABITANT
    if np.isnan(level.density[row]):
        return NO_AREA
    return None


def comparables(
    level: Level, code: str, k: int = K, eligible: NDArray[np.bool_] | None = None
) -> Comparables:
    """Find the territories most like one.

    Parameters
    ----------
    level
        Territories of its niveau.
    code
        Its code; :func:`refusal` must say nothing against it.
    k
        Most comparables to give.
    eligible
        (n,) territories that may be given; all by default. The standard deviations stay those of
        the whole bracket: a smaller choice changes who is listed, never in what order.

    Returns
    -------
    Comparables
        Fewer than ``k`` when the bracket, or what is eligible of it, has fewer: it is not widened.
    """
    row = level.position[code]
    bracket = bracket_of(level.niveau, level.population[row])
    high = np.inf if bracket.high is None else bracket.high
    rows, scaled, weights = level.between(bracket.low, high)
    mine = np.log([level.population[row], level.density[row]]) * weights
    kept, far = _nearest(rows, scaled, mine, k, (row, eligible))
    order = np.lexsort((kept, far))[:k]
    return Comparables(level, row, bracket, len(rows), kept[order], np.sqrt(far[order]))


def _nearest(
    rows: NDArray[np.intp],
    scaled: NDArray[np.float64],
    mine: NDArray[np.float64],
    k: int,
    who: tuple[int, NDArray[np.bool_] | None],
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find the k nearest, and all that are as near as the last of them, with their squares.

    Rows are by population, which is one side of the distance: whoever is further away in it alone
    than the k-th found cannot be nearer, so that of 18 000 communes of a bracket some two thousand
    are looked at, most of the time.

    Parameters
    ----------
    rows, scaled
        (m,) rows and (2, m) logarithms of the bracket, by increasing population.
    mine
        (2,) those of the territory.
    k
        How many.
    who
        The row of the territory itself, and (n,) the territories that may be given.
    """
    row, eligible = who
    middle, half = int(scaled[0].searchsorted(mine[0])), _AROUND
    while True:
        first, last = max(0, middle - half), min(len(rows), middle + half)
        here = rows[first:last]
        # Squares are enough to choose the nearest.
        squares = (scaled[0, first:last] - mine[0]) ** 2 + (scaled[1, first:last] - mine[1]) ** 2
        others = here != row
        if eligible is not None:
            others &= eligible[here]
        kept, far = here[others], squares[others]
        whole = last - first == len(rows)
        if len(kept) > k:
            # All that are as near as the k-th, so that ties are settled by code and not by chance.
            last_one = np.partition(far, k - 1)[k - 1]
            near = far <= last_one
            kept, far = kept[near], far[near]
            left_out = [at for at in (first - 1, last) if 0 <= at < len(rows)]
            whole = whole or bool((last_one < (scaled[0, left_out] - mine[0]) ** 2).all())
        if whole:
            return kept, far
        half *= _WIDER


def standing(found: Comparables) -> Standing:
    """Rank a territory among its comparables by rate of coverage, ties explicit."""
    mine = round(float(found.level.rate[found.row]), _SAME)
    theirs = found.level.rate[found.rows].round(_SAME)
    higher, same = int((theirs > mine).sum()), int((theirs == mine).sum())
    lower = len(theirs) - higher - same
    return Standing(
        rank=1 + higher,
        ties=same,
        among=len(theirs) + 1,
        percentile=100 * (lower + same / 2) / len(theirs) if len(theirs) else None,
    )


def ranks(found: Comparables) -> NDArray[np.intp]:
    """Rank each comparable (k,) as :func:`standing` ranks the territory, in the same count."""
    rates = found.level.rate.take([*found.rows, found.row]).round(_SAME)
    above: NDArray[np.intp] = (rates[None, :] > rates[:-1, None]).sum(axis=1)
    return 1 + above


def best_quarter(found: Comparables) -> NDArray[np.intp]:
    """Rows of the quarter of the comparables with the highest rates, at least one.

    Of comparables at the same rate the most alike come first.
    """
    size = max(1, round(len(found.rows) * QUARTER)) if len(found.rows) else 0
    order = np.lexsort((np.arange(len(found.rows)), -found.level.rate[found.rows].round(_SAME)))
    best: NDArray[np.intp] = found.rows[order[:size]]
    return best


def kilometres(level: Level, row: int, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Distances from one territory to others, km, along the ellipsoid (Karney 2013, by PROJ).

    Parameters
    ----------
    level
        Their niveau.
    row
        Where from.
    rows
        (m,) where to.

    Returns
    -------
    ndarray
        (m,) between chefs-lieux for communes, between points inside them for larger territories;
        NaN where a territory is not on the map.
    """
    lon, lat = level.place[row]
    there = level.place[rows]
    start = np.full(len(rows), lon), np.full(len(rows), lat)
    metres = _ELLIPSOID.inv(*start, there[:, 0], there[:, 1])[2]
    return np.asarray(metres, dtype=np.float64) / 1000
