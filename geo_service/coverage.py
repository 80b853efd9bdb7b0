"""What every territory has of each documented service, in memory: statut, actions, lieux, communes.

The statuts of the communes are those of :mod:`geo_service.matrices`; those of a larger territory do
not follow from them alone (an EPCI may carry an action that no commune of it does), and are held
here. With 131 documented services: 37 MB of counts of the communes, 4 MB for larger territories.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow

from geo_service.matrices import (
    ABSENT,
    NON_RENSEIGNE,
    PARTAGE,
    PRESENT,
    STATUTS,
    CommuneMatrices,
    packed,
)
from geo_service.sql import load
from geo_service.territories import Key

#: Columns of the larger territories: statut, actions, lieux, communes by statut.
_FIGURES: Final = 6


class ServiceCoverage(NamedTuple):
    """What a territory has of a service.

    Attributes
    ----------
    statut
        Its name.
    actions, lieux
        How many, those that are only planned left out.
    present, shared, absent
        Communes of each statut.
    """

    statut: str
    actions: int
    lieux: int
    present: int
    shared: int
    absent: int


#: What is known of a service of which nobody said anything.
UNKNOWN: Final = ServiceCoverage(STATUTS[NON_RENSEIGNE], 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Coverage:
    """The territories of a publication and the s documented services.

    Attributes
    ----------
    matrices
        Statuts of the communes.
    actions, lieux
        Shape (n, s), of the communes, in the rows of the matrices.
    position
        Row of each larger territory.
    larger
        Shape (m, s, 6), place of the statut in ``STATUTS`` and the figures of
        :class:`ServiceCoverage`.
    """

    matrices: CommuneMatrices
    actions: NDArray[np.int32]
    lieux: NDArray[np.int32]
    position: Mapping[Key, int]
    larger: NDArray[np.int32]

    def of(self, niveau: str, code: str) -> list[ServiceCoverage]:
        """Tell what a territory has of each documented service, in the order of the columns.

        Parameters
        ----------
        niveau, code
            A territory made of communes.

        Returns
        -------
        list of ServiceCoverage
            ``non_renseigne`` where nothing is known.

        Raises
        ------
        KeyError
            If there is no such commune.
        """
        if niveau != "commune":
            row = self.position.get((niveau, code))
            if row is None:
                return [UNKNOWN] * self.larger.shape[1]
            return [
                ServiceCoverage(STATUTS[statut], *figures)
                for statut, *figures in self.larger[row].tolist()
            ]
        row = self.matrices.position[code]
        return [
            ServiceCoverage(
                STATUTS[statut],
                actions,
                lieux,
                int(statut == PRESENT),
                int(statut == PARTAGE),
                int(statut == ABSENT),
            )
            for statut, actions, lieux in zip(
                self.matrices.statuts[row].tolist(),
                self.actions[row].tolist(),
                self.lieux[row].tolist(),
                strict=True,
            )
        ]


def read_coverage(connection: Connection[TupleRow], matrices: CommuneMatrices) -> Coverage:
    """Read the coverage of a publication.

    Parameters
    ----------
    connection
        Its ``search_path`` is the schema of the publication.
    matrices
        The communes and services of the publication.

    Returns
    -------
    Coverage

    Raises
    ------
    psycopg.Error
        If the database is away or the publication incomplete.
    """
    actions = np.zeros(matrices.statuts.shape, dtype=np.int32)
    lieux = np.zeros_like(actions)
    for service, *columns in packed(connection, load("couverture_communes")):
        rows, some_actions, some_lieux = (np.frombuffer(column, ">i4") for column in columns)
        at = matrices.service_position[service]
        actions[rows, at] = some_actions
        lieux[rows, at] = some_lieux
    found = connection.execute(load("couverture_territoires"), {"statuts": list(STATUTS)})
    position: dict[Key, int] = {}
    cells: list[tuple[int, int, tuple[Any, ...]]] = []
    for niveau, code, service, *figures in found:
        row = position.setdefault((niveau, code), len(position))
        cells.append((row, matrices.service_position[service], tuple(figures)))
    larger = np.zeros((len(position), len(matrices.services), _FIGURES), dtype=np.int32)
    for row, at, cell in cells:
        larger[row, at] = cell
    for array in (actions, lieux, larger):
        array.flags.writeable = False
    return Coverage(matrices, actions, lieux, position, larger)
