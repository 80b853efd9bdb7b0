"""With whom a service could be shared: the neighbours that lack what one lacks.

A territory *lacks* a service when a source says it is absent from the commune, or, for a larger
territory, from communes where more than half of its inhabitants live. Neighbours share a border of
some length; a common point is no border.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo_service.levels import Level
from geo_service.matrices import ABSENT, CommuneMatrices


@dataclass(frozen=True)
class Partner:
    """A neighbour that lacks the same services.

    Attributes
    ----------
    row
        Its row.
    border_km
        Length of the common border.
    columns
        Services that both lack, in the order they were given.
    people
        Inhabitants, in both, of the communes where at least one of these is absent; ``None`` when
        the population of either is unknown.
    """

    row: int
    border_km: float
    columns: tuple[int, ...]
    people: int | None


def partners(
    level: Level, matrices: CommuneMatrices, code: str, columns: Sequence[int]
) -> list[Partner]:
    """Find the neighbours that lack the same services.

    Parameters
    ----------
    level
        Territories of the niveau.
    matrices
        What every commune has.
    code
        The territory.
    columns
        Services to look at.

    Returns
    -------
    list of Partner
        By decreasing number of shared gaps, then people concerned (unknown last), then code.
    """
    row = level.position[code]
    rows, lengths = level.neighbours(row)
    mine = level.lacks(row)
    found = []
    for other, km in zip(rows.tolist(), lengths.tolist(), strict=True):
        theirs = level.lacks(other)
        shared = tuple(column for column in columns if mine[column] and theirs[column])
        if shared:
            people = _people(level, matrices, (row, other), shared)
            found.append(Partner(other, km, shared, people))
    return sorted(
        found,
        key=lambda item: (
            -len(item.columns),
            1 if item.people is None else -item.people,
            level.codes[item.row],
        ),
    )


def _people(
    level: Level, matrices: CommuneMatrices, both: tuple[int, int], columns: Sequence[int]
) -> int | None:
    """Count the people of two territories whose commune lacks at least one of some services."""
    if np.isnan(level.population[list(both)]).any():
        return None
    total = 0.0
    for row in both:
        communes = matrices.members(level.niveau, level.codes[row])
        lacking = (matrices.statuts[communes][:, list(columns)] == ABSENT).any(axis=1)
        total += float(np.nansum(matrices.population[communes[lacking]]))
    return round(total)
