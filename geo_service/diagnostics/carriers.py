"""Who to ask, of a territory that has a service, for the action or the lieu that gives it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from geo_service.matrices import PARTAGE, CommuneMatrices
from geo_service.territories import Key


def carriers(
    matrices: CommuneMatrices,
    parents: Mapping[Key, tuple[Key, ...]],
    niveau: str,
    code: str,
    column: int,
) -> list[Key]:
    """List the territories that may carry a service for one, the nearest to it first.

    Parameters
    ----------
    matrices, parents
        Those of the publication.
    niveau, code
        A territory that has the service.
    column
        Column of the service.

    Returns
    -------
    list of (niveau, code)
        Itself; the commune of a larger territory where the service is the surest (present rather
        than shared), then the most populated, then of the first code; what contains that commune,
        the smallest first.
    """
    keys: list[Key] = [(niveau, code)]
    commune = ("commune", code)
    if niveau != "commune":
        rows = matrices.members(niveau, code)
        statuts = matrices.statuts[rows, column]
        people = np.nan_to_num(matrices.population[rows])
        first = np.lexsort((rows, -people, -statuts))[0]
        if statuts[first] < PARTAGE:
            return keys
        commune = ("commune", str(matrices.codes[rows[first]]))
        keys.append(commune)
    keys += [key for key in parents.get(commune, ()) if key not in keys]
    return keys
