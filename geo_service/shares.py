"""How the people of a territory are shared out among the statuts of services.

``present``, ``partage``, ``absent`` and ``non_renseigne`` are four numbers that add up to the
whole: what is a gap and what nobody has said are never put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo_service.matrices import (
    ABSENT,
    NON_RENSEIGNE,
    PARTAGE,
    PRESENT,
    CommuneMatrices,
)
from geo_service.territories import Territory

#: In the order of the members of :class:`Shares`.
_STATUTS: Final = (PRESENT, PARTAGE, ABSENT, NON_RENSEIGNE)


class Shares(NamedTuple):
    """What each statut has of a whole: inhabitants, or parts of 1."""

    present: float
    partage: float
    absent: float
    non_renseigne: float

    @property
    def covered(self) -> float:
        """Present or shared."""
        return self.present + self.partage


class TerritoryShares:
    """Statuts of every documented service in a territory, weighted by population.

    Parameters
    ----------
    matrices
        The publication's.
    territory
        Any territory made of communes.
    """

    def __init__(self, matrices: CommuneMatrices, territory: Territory) -> None:
        self._positions = matrices.service_position
        self._population = territory.population
        self._is_commune = territory.niveau == "commune"
        if self._is_commune:
            row = matrices.position[territory.code]
            statuts = matrices.statuts[row].tolist()
            self._people = _of_one(statuts, float(matrices.people[row]))
            # A commune's rate is that of its services, whatever its population (DESIGN §5).
            self._weights = _of_one(statuts, 1.0)
            return
        rows = matrices.members(territory.niveau, territory.code)
        self._people = _by_statut(matrices.statuts[rows], matrices.people[rows])
        self._weights = self._people

    def people(self, service: str) -> Shares | None:
        """Share out the inhabitants by the statut of a service in their commune.

        Parameters
        ----------
        service
            Code of a service; one that nobody documents is ``non_renseigne`` everywhere.

        Returns
        -------
        Shares or None
            Inhabitants, whose sum is the population; None when the population is unknown.
        """
        if self._population is None:
            return None
        column = self._positions.get(service)
        if column is None:
            return Shares(0, 0, 0, self._population)
        return self._people[column]

    def parts(self, services: Sequence[str]) -> Shares | None:
        """Share out 1 by the statuts of some services.

        Parameters
        ----------
        services
            Codes of documented services.

        Returns
        -------
        Shares or None
            Means over the services, weighted by population in a territory larger than a commune;
            the part covered is its rate. None without any service, or without people to weigh with.
        """
        whole = 1 if self._is_commune else self._population
        if not services or not whole:
            return None
        # Some twenty axes of a few services: NumPy would cost more than it saves.
        columns = [self._weights[self._positions[service]] for service in services]
        return Shares(
            *(sum(column) / (len(services) * whole) for column in zip(*columns, strict=True))
        )


def _of_one(statuts: Sequence[int], weight: float) -> list[Shares]:
    """Give, for each service, the whole weight of a commune to the statut it has there."""
    shares = {s: Shares(*(weight if s == other else 0.0 for other in _STATUTS)) for s in _STATUTS}
    return [shares[statut] for statut in statuts]


def _by_statut(statuts: NDArray[np.int8], weights: NDArray[np.float64]) -> list[Shares]:
    """Add up, for each service, the weights (n,) of the communes where it has each statut."""
    sums = [(weights @ (statuts == statut)).tolist() for statut in _STATUTS]
    return [Shares(*row) for row in zip(*sums, strict=True)]
