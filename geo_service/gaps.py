"""Communes where services are missing or far, found in the matrices in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geo_service.matrices import NON_RENSEIGNE, STATUTS, CommuneMatrices

Order = Literal["population", "distance"]

#: Statuts from the one to be told first, when several services of a commune are concerned: a gap,
#: then a question, then what is there.
_WORST_FIRST = ("absent", "non_renseigne", "partage", "present")
_SEVERITY = np.array([_WORST_FIRST.index(statut) for statut in STATUTS], dtype=np.int8)


@dataclass(frozen=True)
class Gaps:
    """The communes found, in the order asked.

    Attributes
    ----------
    rows
        (k,) rows of the communes in the matrices.
    services
        (c,) codes of the services looked at.
    concerned
        (k, c) which services of a commune the filters keep; at least one for each commune.
    statuts, distances
        (k, c) see :class:`geo_service.matrices.CommuneMatrices`.
    population
        (k,) inhabitants; NaN when unknown.
    """

    rows: NDArray[np.intp]
    services: tuple[str, ...]
    concerned: NDArray[np.bool_]
    statuts: NDArray[np.int8]
    distances: NDArray[np.float32]
    population: NDArray[np.float64]

    def people(self) -> int | None:
        """Inhabitants of all these communes, each counted once; None if that of none is known."""
        known = self.population[~np.isnan(self.population)]
        return None if len(self.rows) and not len(known) else int(known.sum())

    def by_service(self) -> list[tuple[str, int, int]]:
        """Service, communes and inhabitants concerned, for every service that is missing somewhere.

        The first has most people. A commune counts for each of its services.
        """
        communes = self.concerned.sum(axis=0)
        people = np.nan_to_num(self.population) @ self.concerned
        found = [
            (service, int(communes[column]), int(people[column]))
            for column, service in enumerate(self.services)
            if communes[column]
        ]
        return sorted(found, key=lambda item: (-item[2], -item[1], item[0]))

    def worst_statuts(self, page: slice) -> list[str]:
        """Statut to tell of each commune of a page: the worst of its services concerned."""
        severity = np.where(
            self.concerned[page], _SEVERITY[self.statuts[page]], len(_WORST_FIRST)
        ).min(axis=1, initial=len(_WORST_FIRST))
        return [_WORST_FIRST[index] for index in severity]

    def farthest(self, page: slice) -> list[str | None]:
        """Service concerned whose nearest lieu is the farthest; None where no distance is known."""
        distances = np.where(self.concerned[page], self.distances[page], np.nan)
        known = ~np.isnan(distances)
        columns = np.where(known, distances, -1).argmax(axis=1) if distances.size else []
        return [
            self.services[column] if known[row, column] else None
            for row, column in enumerate(columns)
        ]


def find_gaps(
    matrices: CommuneMatrices,
    rows: NDArray[np.intp],
    services: Sequence[str],
    *,
    statut: int | None = None,
    farther_than: float | None = None,
    population_min: int | None = None,
    population_max: int | None = None,
    order: Order = "population",
) -> Gaps:
    """Find the communes that have a service of this statut, this far; all filters must hold.

    Parameters
    ----------
    rows
        Communes to look at.
    services
        Services to look at; one that nobody documents is ``non_renseigne`` everywhere.
    statut
        Statut of a service in the matrices.
    farther_than
        Distance in km to the nearest lieu of the service; an unknown distance is never farther.
    population_min, population_max
        Bounds of the population, included; an unknown population is within none.
    order
        Most populated first, or farthest from a service concerned first. Then by population, an
        unknown one last, then by code.

    Returns
    -------
    Gaps
        Statut and distance are those of one and the same service.
    """
    kept = np.zeros(len(matrices.codes), dtype=np.bool_)
    kept[rows] = True
    if population_min is not None:
        kept &= matrices.population >= population_min
    if population_max is not None:
        kept &= matrices.population <= population_max
    found = matrices.by_population[kept[matrices.by_population]]
    statuts = np.full((len(found), len(services)), NON_RENSEIGNE, dtype=np.int8)
    distances = np.full(statuts.shape, np.nan, dtype=np.float32)
    documented = [index for index, code in enumerate(services) if code in matrices.service_position]
    if documented:
        columns = np.array([matrices.service_position[services[index]] for index in documented])
        statuts[:, documented] = matrices.statuts[np.ix_(found, columns)]
        distances[:, documented] = matrices.distances[np.ix_(found, columns)]
    concerned = np.ones(statuts.shape, dtype=np.bool_) if statut is None else statuts == statut
    if farther_than is not None:
        concerned &= distances > farther_than
    some = np.flatnonzero(concerned.any(axis=1))
    if order == "distance":
        far = np.fmax.reduce(np.where(concerned, distances, np.nan)[some], axis=1, initial=np.nan)
        some = some[np.argsort(-far, kind="stable")]
    found = found[some]
    return Gaps(
        found,
        tuple(services),
        concerned[some],
        statuts[some],
        distances[some],
        matrices.population[found],
    )
