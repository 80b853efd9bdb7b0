"""The enhanced two-step floating catchment area index (E2SFCA).

Luo W. & Qi Y. (2009), "An enhanced two-step floating catchment area (E2SFCA) method for measuring
spatial accessibility to primary care physicians", *Health & Place* 15:1100-1107.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

#: The index is given for that many inhabitants.
PEOPLE = 10_000
#: Lieux treated at once: some 200 000 pairs of the densest service, a few megabytes.
_CHUNK = 2_000
_METRES = 1000.0


@dataclass(frozen=True)
class Catchment:
    """The catchment of a lieu, in zones of equal weight.

    Attributes
    ----------
    zones_km
        Outer limit of each zone, increasing, in km of straight line; the last one is the radius.
    poids
        Weight of each zone, decreasing, 0 excluded to 1.

    Raises
    ------
    ValueError
        With a French sentence, if these are not zones and their weights.
    """

    zones_km: tuple[float, ...]
    poids: tuple[float, ...]

    def __post_init__(self) -> None:
        zones, weights = self.zones_km, self.poids
        if len(zones) != len(weights):
            raise ValueError(
                f"Il faut un poids par zone : {len(zones)} zones et {len(weights)} poids sont "
                "donnés."
            )
        if not zones or not all(np.diff([0.0, *zones]) > 0):
            raise ValueError("Les limites des zones sont des distances croissantes, en kilomètres.")
        if any(np.diff(weights) > 0) or not 0 < weights[-1] or weights[0] > 1:
            raise ValueError(
                "Les poids des zones sont des nombres entre 0 (exclu) et 1, du plus grand au plus "
                "petit."
            )

    @property
    def radius_km(self) -> float:
        """Radius of the whole catchment."""
        return self.zones_km[-1]


#: Zones of 0-5, 5-10 and 10-20 km: the distances in which the atlas counts people, and weights
#: 1, 0.68 and 0.22, the Gaussian weights of Luo & Qi (2009, §3.2) for three zones up to 30 minutes.
#: 20 km of straight line are about 26 km of road, half an hour in the country.
DEFAULT = Catchment((5.0, 10.0, 20.0), (1.0, 0.68, 0.22))


def count_pairs(lieux: Floats, communes: Floats, radius_km: float) -> int:
    """Count the pairs lieu × commune within a radius: what the index costs to compute.

    Parameters
    ----------
    lieux, communes
        Shapes (m, 2) and (n, 2), metres.
    radius_km
        Radius.
    """
    if not len(lieux) or not len(communes):
        return 0
    return int(cKDTree(lieux).count_neighbors(cKDTree(communes), radius_km * _METRES))


def index(
    communes: Floats,
    population: Floats,
    lieux: Floats,
    capacities: Floats,
    catchment: Catchment = DEFAULT,
) -> Floats:
    """Compute the E2SFCA index of communes, all in one projected plane.

    Step 1 gives each lieu j its ratio ``R_j = S_j / Σ_k P_k W(d_kj)`` over the communes k of its
    catchment; step 2 gives each commune i ``A_i = Σ_j R_j W(d_ij)``. Hence
    ``Σ_i P_i A_i = Σ_j S_j`` over the lieux that somebody lives near: the index shares out what
    there is.

    Parameters
    ----------
    communes
        Shape (n, 2), points people are counted at, metres.
    population
        Shape (n,), inhabitants; 0 where unknown: those people weigh on no lieu.
    lieux
        Shape (m, 2), metres.
    capacities
        Shape (m,), capacity of each lieu; 1 where no source gives it.
    catchment
        Zones and their weights; a limit belongs to the zone it ends.

    Returns
    -------
    ndarray
        Shape (n,), capacity within reach for 10 000 inhabitants who share it; 0 without any lieu
        within the radius. A lieu nobody lives near has no ratio and counts for none.
    """
    found = np.zeros(len(communes))
    if not len(lieux) or not len(communes):
        return found
    tree = cKDTree(communes)
    limits = np.asarray(catchment.zones_km) * _METRES
    weights_of = np.asarray(catchment.poids)
    for start in range(0, len(lieux), _CHUNK):
        here = slice(start, start + _CHUNK)
        # A little more than the radius: the limit itself is judged below, in one way for all zones.
        pairs = cKDTree(lieux[here]).sparse_distance_matrix(
            tree, limits[-1] * (1 + 1e-9), output_type="ndarray"
        )
        zone = np.searchsorted(limits, pairs["v"])
        inside = zone < len(limits)
        lieu, commune = pairs["i"][inside], pairs["j"][inside]
        weights = weights_of[zone[inside]]
        capacity = capacities[here]
        demand = np.bincount(lieu, weights * population[commune], minlength=len(capacity))
        ratio = np.divide(capacity, demand, out=np.zeros(len(capacity)), where=demand > 0)
        found += np.bincount(commune, weights * ratio[lieu], minlength=len(communes))
    return found * PEOPLE
