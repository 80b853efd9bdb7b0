"""Territories that have communes in others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from geo_service.matrices import CommuneMatrices
from geo_service.territories import Key, Territories, Territory


def communes_inside(matrices: CommuneMatrices, within: Sequence[Territory]) -> NDArray[np.bool_]:
    """(n,) which communes belong to all of these territories, in the rows of the matrices."""
    inside = np.ones(len(matrices.codes), dtype=np.bool_)
    for territory in within:
        here = np.zeros(len(matrices.codes), dtype=np.bool_)
        here[matrices.members(territory.niveau, territory.code)] = True
        inside &= here
    return inside


def list_communes(matrices: CommuneMatrices, within: Sequence[Territory]) -> list[Key]:
    """List the communes of all of these territories, the most populated first, then by code."""
    inside = communes_inside(matrices, within)
    rows = matrices.by_population[inside[matrices.by_population]]
    return [("commune", code) for code in matrices.codes[rows]]


def keep_inside(
    keys: Iterable[Key],
    territories: Territories,
    matrices: CommuneMatrices,
    within: Sequence[Territory],
) -> list[Key]:
    """Keep the territories that have communes in others, in their order.

    Parameters
    ----------
    keys
        Territories; an arrondissement municipal stands for its city.
    within
        Where they must have communes: at least one that is in all of these.
    """
    inside = communes_inside(matrices, within)
    kept = []
    for niveau, code in keys:
        city = territories.anciens.get(code) if niveau == "arrondissement" else None
        if niveau == "commune" or city is not None:
            shared = bool(inside[matrices.position[city or code]])
        else:
            shared = bool(inside[matrices.members(niveau, code)].any())
        if shared:
            kept.append((niveau, code))
    return kept
