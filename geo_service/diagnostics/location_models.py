"""The models of location-allocation, written for HiGHS without a modelling layer in between.

A layer (PuLP under spopt) writes one Python object per variable: at the size of a région that takes
longer than the search itself. The tests compare these models with spopt's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from geo_service.diagnostics.gains import Floats, Gains

#: Between 0 and 1, which the solver gives but for its tolerance of 1e-6.
_HALF = 0.5


@dataclass(frozen=True)
class Found:
    """What the solver found.

    Attributes
    ----------
    chosen
        Candidates of its best choice; ``None`` if it found none.
    bound
        No choice is worth more (or has fewer places), by the solver's own proof.
    """

    chosen: list[int] | None
    bound: float


def most_gained(gains: Gains, places: int, known: list[int], seconds: float) -> Found:
    """Choose the places that give most: MCLP (Church & ReVelle 1974) or p-median (ReVelle & Swain).

    Maximise Σ vᵢⱼ xᵢⱼ, with Σⱼ xᵢⱼ ≤ 1, xᵢⱼ ≤ yⱼ, Σ y ≤ places, y binary. Where all values of a
    demand are the same (covering), its xᵢⱼ are one: xᵢ ≤ Σⱼ yⱼ over the candidates near enough.

    Parameters
    ----------
    gains
        The problem.
    places
        Most places.
    known
        A choice to start from.
    seconds
        Time limit.

    Returns
    -------
    Found
        Its best choice and bound.
    """
    candidates, demands = gains.candidates, gains.demands
    if gains.covering:
        served = gains.matrix.sign().T.tocsr()
        links = sparse.hstack([served, -sparse.identity(demands)])
        values = gains.most
        upper = np.full(demands, np.inf)
        lower = np.zeros(demands)
        start = (gains.given(known) > 0).astype(np.float64)
    else:
        pairs = gains.matrix.tocoo()
        count = pairs.nnz
        order = np.arange(count)
        ones = np.ones(count)
        once = sparse.csr_matrix((ones, (pairs.col, order)), (demands, count))
        opened = sparse.csr_matrix((ones, (order, pairs.row)), (count, candidates))
        links = sparse.vstack(
            [
                sparse.hstack([sparse.csr_matrix((demands, candidates)), once]),
                sparse.hstack([-opened, sparse.identity(count)]),
            ]
        )
        values = pairs.data
        lower = np.full(demands + count, -np.inf)
        upper = np.r_[np.ones(demands), np.zeros(count)]
        start = _assigned(gains, known)
    total = sparse.csr_matrix(
        (np.ones(candidates), (np.zeros(candidates, dtype=int), np.arange(candidates))),
        (1, candidates + len(values)),
    )
    first = np.zeros(candidates)
    first[known] = 1.0
    found = _solve(
        costs=np.r_[np.zeros(candidates), -values],
        matrix=sparse.vstack([links, total]).tocsr(),
        lower=np.r_[lower, -np.inf],
        upper=np.r_[upper, float(places)],
        whole=candidates,
        start=np.r_[first, start],
        seconds=seconds,
        unit=1.0 if gains.covering else 0.0,
    )
    return Found(found.chosen, -found.bound)


def _assigned(gains: Gains, known: list[int]) -> Floats:
    """One 1 for each demand served, at the known candidate that gives it most."""
    start = np.zeros(gains.matrix.nnz)
    given = gains.given(known)
    done = np.zeros(gains.demands, dtype=bool)
    for candidate in known:
        demands, values = gains.row(candidate)
        here = (values >= given[demands]) & ~done[demands]
        start[gains.matrix.indptr[candidate] + np.flatnonzero(here)] = 1.0
        done[demands[here]] = True
    return start


def fewest_places(gains: Gains, target: float, known: list[int], seconds: float) -> Found:
    """Choose the fewest places that serve a number of people.

    LSCP (Toregas, Swain, ReVelle & Bergman 1971, Operations Research 19:1363-1373) when all are to
    be served, else its partial form (Daskin & Owen 1999, Geographical Analysis 31:217-235).

    Parameters
    ----------
    gains
        A covering problem.
    target
        People to serve, at most all of them.
    known
        A choice to start from.
    seconds
        Time limit.

    Returns
    -------
    Found
        Its best choice, and a bound from below of the number of places.
    """
    candidates, demands = gains.candidates, gains.demands
    served = gains.matrix.sign().T.tocsr()
    first = np.zeros(candidates)
    first[known] = 1.0
    people = gains.most
    if target >= people.sum() - 0.5:
        return _solve(
            costs=np.ones(candidates),
            matrix=served,
            lower=np.ones(demands),
            upper=np.full(demands, np.inf),
            whole=candidates,
            start=first,
            seconds=seconds,
            unit=1.0,
        )
    reach = sparse.hstack([sparse.csr_matrix((1, candidates)), sparse.csr_matrix(people)])
    return _solve(
        costs=np.r_[np.ones(candidates), np.zeros(demands)],
        matrix=sparse.vstack([sparse.hstack([served, -sparse.identity(demands)]), reach]).tocsr(),
        lower=np.r_[np.zeros(demands), float(target)],
        upper=np.full(demands + 1, np.inf),
        whole=candidates,
        start=np.r_[first, (gains.given(known) > 0).astype(np.float64)],
        seconds=seconds,
        unit=1.0,
    )


def _solve(
    *,
    costs: Floats,
    matrix: sparse.csr_matrix,
    lower: Floats,
    upper: Floats,
    whole: int,
    start: Floats,
    seconds: float,
    unit: float = 0.0,
) -> Found:
    """Minimise costs; variables lie in [0, 1] and the ``whole`` first are 0 or 1.

    ``unit`` is the least difference between two costs: a smaller gap proves the optimum. One
    thread and a fixed seed: the same problem gives the same choice.
    """
    solver = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 0),
        ("time_limit", seconds),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", max(unit - 1e-3, 1e-6)),
    ):
        solver.setOptionValue(option, value)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(costs), len(lower)
    program.col_cost_ = costs
    program.col_lower_, program.col_upper_ = np.zeros(len(costs)), np.ones(len(costs))
    program.row_lower_ = np.where(np.isneginf(lower), -highspy.kHighsInf, lower)
    program.row_upper_ = np.where(np.isposinf(upper), highspy.kHighsInf, upper)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = matrix.indptr
    program.a_matrix_.index_ = matrix.indices
    program.a_matrix_.value_ = matrix.data
    kinds = highspy.HighsVarType
    program.integrality_ = [kinds.kInteger] * whole + [kinds.kContinuous] * (len(costs) - whole)
    solver.passModel(program)
    known = highspy.HighsSolution()
    known.col_value = start.tolist()
    solver.setSolution(known)
    solver.run()
    info = solver.getInfo()
    bound = float(info.mip_dual_bound)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Found(None, bound if math.isfinite(bound) else -math.inf)
    values = np.array(solver.getSolution().col_value[:whole])
    return Found(np.flatnonzero(values > _HALF).tolist(), bound)
