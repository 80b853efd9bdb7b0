"""Choosing places as one problem: what each candidate gives to each place of demand.

Both the maximal covering location problem (Church & ReVelle 1974) and the p-median (Hakimi 1964)
ask for the p candidates S with the largest Σᵢ max(vᵢⱼ, j ∈ S), where vᵢⱼ ≥ 0 is what candidate j
gives to demand i: the people of i if j is near enough for the one, the kilometres they are spared
for the other. What follows works on v alone (Cornuejols, Fisher & Nemhauser 1977, Management
Science 23:789-810, for this form and its Lagrangian bound).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Gains:
    """What each candidate gives to each demand.

    Attributes
    ----------
    matrix
        Candidates × demands, CSR, values > 0. Candidates are in order of preference: among choices
        of the same value, those that come first are taken.
    covering
        Every value of a demand is the same: its people, from whichever candidate near enough.
    """

    matrix: sparse.csr_matrix
    covering: bool

    @classmethod
    def of_cover(cls, cover: sparse.csr_matrix, people: Floats) -> Gains:
        """Make the gains of a covering problem.

        Parameters
        ----------
        cover
            Candidates × demands; an entry where the candidate is near enough.
        people
            People of each demand, > 0.
        """
        matrix = sparse.csr_matrix(cover, dtype=np.float64, copy=True)
        matrix.sort_indices()
        matrix.data = people[matrix.indices]
        return cls(matrix, covering=True)

    @property
    def candidates(self) -> int:
        """Number of candidates."""
        return int(self.matrix.shape[0])

    @property
    def demands(self) -> int:
        """Number of demands."""
        return int(self.matrix.shape[1])

    @cached_property
    def most(self) -> Floats:
        """Most that each demand can be given."""
        found = np.zeros(self.demands)
        np.maximum.at(found, self.matrix.indices, self.matrix.data)
        return found

    @cached_property
    def _incidence(self) -> sparse.csr_matrix:
        ones = np.ones_like(self.matrix.data)
        return sparse.csr_matrix((ones, self.matrix.indices, self.matrix.indptr), self.matrix.shape)

    def row(self, candidate: int) -> tuple[npt.NDArray[np.int32], Floats]:
        """Demands that a candidate serves, and what it gives them."""
        part = slice(self.matrix.indptr[candidate], self.matrix.indptr[candidate + 1])
        return self.matrix.indices[part], self.matrix.data[part]

    def given(self, chosen: Iterable[int]) -> Floats:
        """Find what each demand is given by the best of the chosen candidates."""
        found = np.zeros(self.demands)
        for candidate in chosen:
            demands, values = self.row(candidate)
            found[demands] = np.maximum(found[demands], values)
        return found

    def value(self, chosen: Iterable[int]) -> float:
        """Sum of what the demands are given."""
        return float(self.given(chosen).sum())

    def beyond(self, prices: Floats) -> Floats:
        """Sum what each candidate gives beyond prices: Σᵢ max(0, vᵢⱼ - pricesᵢ).

        Parameters
        ----------
        prices
            One per demand, between 0 and :attr:`most`. What demands have already: the marginal
            gains of one more place.

        Returns
        -------
        numpy.ndarray
            One sum per candidate.
        """
        if self.covering:
            sums: Floats = self._incidence @ (self.most - prices)
            return sums
        left = np.maximum(self.matrix.data - prices[self.matrix.indices], 0.0)
        rows = sparse.csr_matrix((left, self.matrix.indices, self.matrix.indptr), self.matrix.shape)
        found: Floats = rows @ np.ones(self.demands)
        return found

    def part(self, candidates: Integers, already: Floats) -> Gains:
        """Keep some candidates, where demands have something already.

        Parameters
        ----------
        candidates
            Positions of the candidates kept, in order.
        already
            What each demand has; what candidates give is counted beyond it.

        Returns
        -------
        Gains
            Its demands are those that one of the candidates still gives something to.
        """
        kept = self.matrix[candidates].tocsr()
        kept.data = np.maximum(kept.data - already[kept.indices], 0.0)
        kept.eliminate_zeros()
        reached = np.unique(kept.indices)
        return Gains(kept[:, reached].tocsr(), self.covering)


def preferred(scores: Floats) -> int:
    """Position of the largest score, the first of equal ones.

    Scores that differ by rounding errors are equal.
    """
    top = float(scores.max())
    return int(np.argmax(scores >= top - tolerance(top)))


def tolerance(value: float) -> float:
    """Largest difference that rounding errors make between sums equal to ``value``."""
    return 1e-9 * max(1.0, abs(value))


def merge_twins(gains: Gains) -> tuple[Gains, Integers]:
    """Merge what cannot be told apart in a covering problem, which keeps an optimum.

    Demands that the same candidates serve become one; of candidates that serve the same demands
    the first is kept; candidates that serve nobody, and demands that nobody serves, are dropped.

    Parameters
    ----------
    gains
        A covering problem.

    Returns
    -------
    gains
        The smaller problem; the values of its choices are those of the same choices in `gains`.
    candidates
        Position in `gains` of each candidate kept, in the same order.
    """
    columns = gains.matrix.tocsc()[:, np.flatnonzero(gains.most > 0)]
    columns.sort_indices()
    groups, firsts = _twins(columns.indptr, columns.indices)
    people = np.bincount(groups, gains.most[gains.most > 0], minlength=len(firsts)).astype(
        np.float64
    )
    rows = columns[:, firsts].tocsr()
    rows.sort_indices()
    _, candidates = _twins(rows.indptr, rows.indices)
    served = np.diff(rows.indptr)[candidates] > 0
    candidates = candidates[served]
    return Gains.of_cover(rows[candidates].tocsr(), people), candidates


def _twins(
    starts: npt.NDArray[np.int32], indices: npt.NDArray[np.int32]
) -> tuple[Integers, Integers]:
    """Group the rows of a sorted CSR structure that have the same indices.

    Returns
    -------
    groups
        Group of each row.
    firsts
        First row of each group.
    """
    seen: dict[bytes, int] = {}
    firsts: list[int] = []
    groups = np.empty(len(starts) - 1, dtype=np.intp)
    for row in range(len(groups)):
        key = indices[starts[row] : starts[row + 1]].tobytes()
        group = seen.setdefault(key, len(seen))
        if group == len(firsts):
            firsts.append(row)
        groups[row] = group
    return groups, np.array(firsts, dtype=np.intp)
