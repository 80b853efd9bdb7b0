"""The enhanced two-step floating catchment area index (E2SFCA).

Luo W. & Qi Y. (2009), "An enhanced two-step floating catchment area (E2SFCA) method for measuring
spatial accessibility to primary care physicians", *Health & Place* 15:1100-1107.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from etl.accessibility.catchment import DEFAULT, PEOPLE, Catchment

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

#: Lieux whose shares are summed apart, then added: a distributed engine hands out these same parts,
#: and floating-point sums depend on their order.
PART = 100_000

#: Lieux treated at once: some 200 000 pairs of the densest service, a few megabytes.
_CHUNK = 2_000
_METRES = 1000.0


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
    for start in range(0, len(lieux), PART):
        here = slice(start, start + PART)
        found += part_index(tree, population, lieux[here], capacities[here], catchment)
    return found * PEOPLE


def part_index(
    communes: cKDTree,
    population: Floats,
    lieux: Floats,
    capacities: Floats,
    catchment: Catchment = DEFAULT,
) -> Floats:
    """Sum what some of the lieux give to the index of each commune, for one inhabitant.

    Parameters
    ----------
    communes
        Tree of the n points people are counted at, metres.
    population, lieux, capacities, catchment
        As for :func:`index`.

    Returns
    -------
    ndarray
        Shape (n,). The index is the sum over all parts, times :data:`PEOPLE`: a lieu's ratio
        depends on the communes around it and on no other lieu.
    """
    found = np.zeros(communes.n)
    limits = np.asarray(catchment.zones_km) * _METRES
    weights_of = np.asarray(catchment.poids)
    for start in range(0, len(lieux), _CHUNK):
        here = slice(start, start + _CHUNK)
        # A little more than the radius: the limit itself is judged below, in one way for all zones.
        pairs = cKDTree(lieux[here]).sparse_distance_matrix(
            communes, limits[-1] * (1 + 1e-9), output_type="ndarray"
        )
        zone = np.searchsorted(limits, pairs["v"])
        inside = zone < len(limits)
        lieu, commune = pairs["i"][inside], pairs["j"][inside]
        weights = weights_of[zone[inside]]
        capacity = capacities[here]
        demand = np.bincount(lieu, weights * population[commune], minlength=len(capacity))
        ratio = np.divide(capacity, demand, out=np.zeros(len(capacity)), where=demand > 0)
        found += np.bincount(commune, weights * ratio[lieu], minlength=communes.n)
    return found
