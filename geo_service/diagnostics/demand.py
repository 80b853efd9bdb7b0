"""Who is to be brought near a place, and which communes could have one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial import KDTree

from geo_service.diagnostics.gains import Floats, Gains, Integers

Methode = Literal["couverture", "p-mediane", "cible"]

#: Pairs commune × candidate that one question may hold: some 300 MB at the most.
MAX_PAIRS = 4_000_000
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
