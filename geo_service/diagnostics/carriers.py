"""Who to ask, of a territory that has a service, for the action or the lieu that gives it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from geo_service.matrices import PARTAGE, PRESENT, CommuneMatrices
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
        The territory when it is larger than a commune; then the commune, the territory's own or the
        one where the service is the surest (present rather than shared), then the most populated,
        then of the first code; then what contains that commune and may carry the service for it,
        the smallest first.
    """
    keys: list[Key] = [] if niveau == "commune" else [(niveau, code)]
    rows = matrices.members(niveau, code)
    statuts = matrices.statuts[rows, column]
    first = 0
    if len(rows) > 1:
        # Rows are in the order of the codes: of the same population the first is taken.
        people = matrices.people[rows]
        first = int(np.where(statuts == statuts.max(), people, -1).argmax())
    if statuts[first] < PARTAGE:
        return keys
    commune: Key = ("commune", str(matrices.codes[rows[first]]))
    present = statuts[first] == PRESENT
    if present:
        keys.append(commune)
    # What is present is of the commune, or of a larger territory that is it alone, as Paris is.
    around = [
        key
        for key in parents.get(commune, ())
        if key not in keys and (not present or len(matrices.members(*key)) == 1)
    ]
    return keys + around
