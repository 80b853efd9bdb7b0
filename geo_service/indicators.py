"""One figure for every territory of a niveau, from the matrices in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo_service.matrices import ABSENT, NON_RENSEIGNE, PARTAGE, STATUTS, CommuneMatrices
from geo_service.territories import Territories

#: Statuts that each part of a whole counts.
PARTS: dict[str, tuple[int, ...]] = {
    "taux": tuple(range(PARTAGE, len(STATUTS))),
    "part_population": tuple(range(PARTAGE, len(STATUTS))),
    "part_absente": (ABSENT,),
    "part_non_renseignee": (NON_RENSEIGNE,),
}

Values = list[float | None]

#: Communes counted at a time: their statuts then stay in the cache of the processor.
_BLOCK: Final = 2048


def codes_of(matrices: CommuneMatrices, territories: Territories, niveau: str) -> list[str]:
    """Codes of the territories of a niveau that are on the map, sorted."""
    if niveau == "commune":
        return [str(code) for code in matrices.codes[matrices.mapped]]
    return sorted(
        code
        for at, code in territories.by_key
        if at == niveau and matrices.mapped[matrices.members(niveau, code)].any()
    )


def parts(
    matrices: CommuneMatrices,
    territories: Territories,
    niveau: str,
    services: Sequence[str],
    statuts: tuple[int, ...],
    *,
    codes: Sequence[str] | None = None,
) -> Values:
    """Part of each territory where some services have one of these statuts.

    Parameters
    ----------
    niveau
        Any that is made of communes.
    services
        Documented services.
    statuts
        Statuts of the matrices.
    codes
        Territories of the niveau; all those of :func:`codes_of` by default.

    Returns
    -------
    list
        Part of 1 for each: of the services in a commune, of the services
        weighted by population in a larger territory; None without any service, or without people
        to weigh with. See :class:`geo_service.shares.TerritoryShares`.
    """
    if codes is None:
        codes = codes_of(matrices, territories, niveau)
        rows = np.arange(len(matrices.codes))
    else:
        members = [matrices.members(niveau, code) for code in codes]
        rows = np.concatenate([*members, np.zeros(0, dtype=np.intp)]).astype(np.intp)
    if not services:
        return [None] * len(codes)
    counted = np.isin(range(len(STATUTS)), statuts)
    columns = [matrices.service_position[service] for service in services]
    counts = np.zeros(len(matrices.codes), dtype=np.intp)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        here = counted.take(matrices.statuts[block].take(columns, axis=1))
        counts[block] = np.count_nonzero(here, axis=1)
    if niveau == "commune":
        return [float(counts[matrices.position[code]] / len(services)) for code in codes]
    weights = matrices.people * counts
    found: Values = []
    for code in codes:
        people = territories.by_key[niveau, code].population
        total = float(weights[matrices.members(niveau, code)].sum())
        found.append(total / (len(services) * people) if people else None)
    return found


def part_of_people(
    matrices: CommuneMatrices,
    territories: Territories,
    niveau: str,
    service: str,
    *,
    codes: Sequence[str] | None = None,
) -> Values:
    """Part of the people of each territory covered by a service.

    Parameters
    ----------
    niveau
        Any that is made of communes.
    service
        Any service.
    codes
        Territories of the niveau; all those of :func:`codes_of` by default.

    Returns
    -------
    list
        None where nobody said anything of it, which is a question and no gap of 0 %, and where
        there is nobody.
    """
    codes = codes_of(matrices, territories, niveau) if codes is None else codes
    column = matrices.service_position.get(service)
    if column is None:
        return [None] * len(codes)
    statuts = matrices.statuts[:, column]
    found = parts(matrices, territories, niveau, [service], PARTS["part_population"], codes=codes)
    for index, code in enumerate(codes):
        here = statuts[matrices.members(niveau, code)]
        silent = here.max() < PARTAGE and here.min() == NON_RENSEIGNE
        if silent or not territories.by_key[niveau, code].population:
            found[index] = None
    return found


def distances(matrices: CommuneMatrices, service: str) -> Values:
    """Distance in km of each commune of the map to a service; None where there is no lieu of it."""
    column = matrices.service_position.get(service)
    if column is None:
        return [None] * int(matrices.mapped.sum())
    values: NDArray[np.float32] = matrices.distances[matrices.mapped, column]
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 (NaN)


def statuts_of_communes(matrices: CommuneMatrices, service: str) -> list[str]:
    """Statut of a service in each commune of the map."""
    column = matrices.service_position.get(service)
    if column is None:
        return [STATUTS[NON_RENSEIGNE]] * int(matrices.mapped.sum())
    return [STATUTS[statut] for statut in matrices.statuts[matrices.mapped, column].tolist()]
