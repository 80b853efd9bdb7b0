"""Where to open places so that the most people not yet near one get one.

Candidates are the chefs-lieux of a territory's communes, demand is the people of its communes, and
places that exist count wherever they are: who is near one already is not to be served again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial import KDTree

from geo_service.diagnostics.gains import (
    Floats,
    Gains,
    Integers,
    merge_twins,
    tolerance,
)
from geo_service.diagnostics.location_models import fewest_places, most_gained
from geo_service.diagnostics.place_bounds import OPTIMAL, Bound, best_value, fewest
from geo_service.diagnostics.search_places import exchange, greedy, in_order

Methode = Literal["couverture", "p-mediane", "cible"]

#: Pairs commune × candidate that one question may hold: some 300 MB at the most.
MAX_PAIRS = 4_000_000
#: Entries of the core that the solver is given; beyond, its own preparations overrun any limit.
_CORE_ENTRIES = 120_000
#: Part of the time that bounds may take before the solver is called.
_BOUNDS = 0.6
#: Times the size of a core beyond which bounds seldom leave one small enough.
_HOPELESS = 10
#: Seconds of search below which calling the solver is no use.
_LEAST_SECONDS = 0.05
#: Classes of the distance within which a commune looks for candidates, in km.
_CLASSES = (2.0, 5.0, 10.0, 20.0, 50.0)


class TooManyPairsError(Exception):
    """The question holds more pairs commune × candidate than can be examined."""


class NoStartingDistanceError(Exception):
    """The p-median has no distance to reduce: a zone among several has no place at all."""


@dataclass(frozen=True)
class Communes:
    """Communes of a territory that have a chef-lieu, as arrays of the same length.

    Attributes
    ----------
    codes
        INSEE codes, the most populated first, then by code: the order of preference.
    zone
        EPSG code of the legal projected CRS; points of different zones are never compared.
    xy
        (n, 2) metres in that CRS.
    population
        Inhabitants; 0 where unknown.
    nearest
        km to the nearest place that exists, straight line; infinite in a zone without any.
    """

    codes: Sequence[str]
    zone: npt.NDArray[np.int64]
    xy: Floats
    population: Floats
    nearest: Floats

    @classmethod
    def of(
        cls,
        codes: Sequence[str],
        zone: npt.NDArray[np.int64],
        xy: Floats,
        population: Floats,
        nearest: Floats,
    ) -> Communes:
        """Put communes in the order of preference; NaN stands for unknown."""
        people = np.nan_to_num(population)
        order = np.lexsort((np.array(codes), -people))
        near = np.where(np.isnan(nearest), np.inf, nearest)
        return cls([codes[i] for i in order], zone[order], xy[order], people[order], near[order])

    @classmethod
    def packed(cls, row: Mapping[str, Any]) -> Communes:
        """Read communes from numbers put end to end by PostgreSQL (see ``implantations.sql``)."""
        x, y, population, nearest = (
            np.frombuffer(row[name] or b"", ">f8").astype(np.float64)
            for name in ("x", "y", "population", "distance_km")
        )
        zone = np.array(row["zones"], dtype=np.int64)
        return cls.of(row["codes"], zone, np.column_stack([x, y]), population, nearest)

    @cached_property
    def without_any(self) -> bool:
        """Whether a zone has no place at all."""
        return bool(np.isinf(self.nearest).any())

    @cached_property
    def total(self) -> int:
        """People of the communes."""
        return round(float(self.population.sum()))

    def served(self, rayon_km: float) -> int:
        """People within a distance of a place that exists."""
        return round(float(self.population[self.nearest <= rayon_km].sum()))


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes
    ----------
    methode
        ``couverture``: MCLP; ``p-mediane``; ``cible``: the fewest places for a share of people.
    nombre
        Places to open; for ``cible`` it is found.
    rayon_km
        Distance within which people are served.
    part
        Share of the people to serve, for ``cible``.
    seconds
        Time limit of the search.
    """

    methode: Methode
    nombre: int
    rayon_km: float
    part: float
    seconds: float


@dataclass(frozen=True)
class Place:
    """A commune where to open, after those before it.

    Attributes
    ----------
    code
        INSEE code.
    gain
        People it brings within the distance, whom those before do not.
    mean_km
        Mean distance of the people to their nearest place once it is open; ``None`` where some have
        none in their zone.
    """

    code: str
    gain: int
    mean_km: float | None


@dataclass(frozen=True)
class Solution:
    """The answer, and how far it may be from the best.

    Attributes
    ----------
    places
        In the order of what each adds to those before it.
    optimal
        Whether it is proved that there is no better choice.
    gap
        (bound - value) / bound, or for ``cible`` (places - bound) / places; 0 when optimal.
    value, bound
        What the method makes best (people gained; km × people spared; number of places), and the
        limit that no choice passes.
    candidates
        Communes among which places were chosen.
    reached
        For ``cible``, whether the share is reached.
    mean_km
        Mean distance before any is opened.
    seconds
        Time of the whole computation.
    """

    places: list[Place]
    optimal: bool
    gap: float
    value: float
    bound: float
    reached: bool
    mean_km: float | None
    candidates: int
    seconds: float


def as_dict(solution: Solution) -> dict[str, Any]:
    """Give a solution as plain objects."""
    return asdict(solution)


def solve(communes: Communes, question: Question) -> Solution:
    """Choose where to open places.

    Parameters
    ----------
    communes
        Communes of the territory.
    question
        What is asked.

    Returns
    -------
    Solution
        The optimum, or the best choice found within the time limit with its gap.

    Raises
    ------
    TooManyPairsError
        If the question is too large.
    NoStartingDistanceError
        If a zone, among several, has no place and the p-median is asked.
    """
    started = time.monotonic()
    deadline = started + question.seconds
    gains = gains_of(communes, question)
    needed = 0.0
    if question.methode == "cible":
        served = communes.served(question.rayon_km)
        # A person is not divided: the share is reached by whole people.
        needed = float(np.ceil(question.part * communes.total - 1e-6) - served)
    chosen: list[int] = []
    if gains.demands == 0 or (question.methode == "cible" and needed <= 0):
        value = bound = 0.0
    elif question.methode == "cible":
        chosen, bound = fewest_for(gains, needed, deadline)
        chosen = in_order(gains, chosen)  # without those that exchanges made useless
        value, bound = float(len(chosen)), min(bound, float(len(chosen)))
    else:
        chosen, bound = best_places(gains, question.nombre, deadline)
        value = gains.value(chosen)
        bound = max(bound, value)
    spare = bound - value if question.methode != "cible" else value - bound
    most = bound if question.methode != "cible" else value
    optimal = spare <= (OPTIMAL if question.methode == "p-mediane" else 1e-9) * max(most, 1.0)
    return Solution(
        places=_told(communes, in_order(gains, chosen), question.rayon_km),
        optimal=optimal,
        gap=0.0 if optimal else spare / most,
        value=value,
        bound=value if optimal else bound,
        reached=question.methode != "cible" or gains.value(chosen) >= needed - 0.5,
        mean_km=_mean(communes, communes.nearest),
        seconds=time.monotonic() - started,
        candidates=len(communes.codes),
    )


def gains_of(communes: Communes, question: Question) -> Gains:
    """Say what a place at each chef-lieu would give to the people of each commune.

    Parameters
    ----------
    communes
        Communes of the territory, candidates and demand.
    question
        Its method and distance.

    Returns
    -------
    Gains
        People not yet served, for a covering problem; km × people spared, for the p-median.
    """
    people = communes.population
    if question.methode != "p-mediane":
        demand = np.flatnonzero((communes.nearest > question.rayon_km) & (people > 0))
        radius = np.full(len(demand), question.rayon_km)
        candidates, demands, _ = pairs(communes, demand, radius)
        shape = (len(communes.codes), len(demand))
        cover = sparse.csr_matrix((np.ones(len(candidates)), (candidates, demands)), shape)
        return Gains.of_cover(cover, people[demand])
    empty = [zone for zone in np.unique(communes.zone)
             if np.isinf(communes.nearest[communes.zone == zone]).all()]  # fmt: skip
    if empty and len(np.unique(communes.zone)) > 1:
        raise NoStartingDistanceError
    demand = np.flatnonzero((communes.nearest > 0) & (people > 0))
    candidates, demands, km = pairs(communes, demand, communes.nearest[demand])
    before = communes.nearest[demand]
    if empty:
        # Without any place the first one makes the distances: any constant above them will do.
        before = np.full(len(demand), km.max() + 1.0 if len(km) else 1.0)
    saved = (before[demands] - km) * people[demand][demands]
    kept = saved > 0
    matrix = sparse.csr_matrix(
        (saved[kept], (candidates[kept], demands[kept])), (len(communes.codes), len(demand))
    )
    matrix.sort_indices()
    return Gains(matrix, covering=False)


def pairs(
    communes: Communes, demand: Integers, radius_km: Floats
) -> tuple[Integers, Integers, Floats]:
    """Find the candidates within reach of each commune, zone by zone.

    Parameters
    ----------
    communes
        Candidates: all of them.
    demand
        Positions of the communes that look for a candidate.
    radius_km
        How far each of these looks, a distance equal to it included; may be infinite.

    Returns
    -------
    candidates, demands, km
        One entry per pair: position in `communes`, position in `demand`, straight line.

    Raises
    ------
    TooManyPairsError
        If there are more than :data:`MAX_PAIRS`.
    """
    found: list[tuple[Integers, Integers, Floats]] = []
    left = MAX_PAIRS
    classes = np.digitize(radius_km, _CLASSES, right=True)
    for zone in np.unique(communes.zone[demand]):
        here = np.flatnonzero(communes.zone == zone)
        tree = KDTree(communes.xy[here])
        for rank in np.unique(classes):
            mine = np.flatnonzero((communes.zone[demand] == zone) & (classes == rank))
            if not len(mine):
                continue
            # A millimetre more: the distance itself decides below.
            reach = min(float(radius_km[mine].max()) * 1000.0, 1e8) + 1e-3
            start = KDTree(communes.xy[demand[mine]])
            left -= int(start.count_neighbors(tree, reach))
            if left < 0:
                raise TooManyPairsError
            near = start.sparse_distance_matrix(tree, reach, output_type="ndarray")
            km = near["v"] / 1000.0
            kept = km <= radius_km[mine][near["i"]]
            found.append((here[near["j"][kept]], mine[near["i"][kept]], km[kept]))
    if not found:
        none = np.zeros(0, dtype=np.intp)
        return none, none, np.zeros(0)
    candidates, demands, distances = (np.concatenate(part) for part in zip(*found, strict=True))
    return candidates, demands, distances


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


def _told(communes: Communes, ordered: Sequence[int], rayon_km: float) -> list[Place]:
    """Say what each place adds to those before it."""
    nearest = communes.nearest.copy()
    served = communes.served(rayon_km)
    zones = {int(zone): np.flatnonzero(communes.zone == zone) for zone in np.unique(communes.zone)}
    places = []
    for candidate in ordered:
        here = zones[int(communes.zone[candidate])]
        metres = communes.xy[here] - communes.xy[candidate]
        nearest[here] = np.minimum(nearest[here], np.hypot(metres[:, 0], metres[:, 1]) / 1000.0)
        now = round(float(communes.population[nearest <= rayon_km].sum()))
        places.append(Place(communes.codes[candidate], now - served, _mean(communes, nearest)))
        served = now
    return places


def _mean(communes: Communes, nearest: Floats) -> float | None:
    """Mean distance of the people to their nearest place; ``None`` when some have none."""
    people = communes.population > 0
    if not people.any() or np.isinf(nearest[people]).any():
        return None
    return float(np.average(nearest[people], weights=communes.population[people]))
