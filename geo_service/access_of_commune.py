"""Figures of the access to services in one commune: what those of many come to when there is one.

:mod:`geo_service.accessibility_figures` sorts and adds up communes. Of one commune every quantile
is its own distance, and nothing is to be sorted: its figures are read off the arrays, service by
service, for a tenth of the processor. Thirty-five thousand territories out of thirty-six are so.
The tests hold both ways equal, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan
from typing import Any, NamedTuple

import numpy as np

from geo_service.accessibility import CLUSTERS, FAR_AMONG_FAR, Accessibility
from geo_service.accessibility_figures import QUANTILES, Named
from geo_service.matrices import CommuneMatrices
from geo_service.rounding import INDEX, KM, rounded, share


class _Service(NamedTuple):
    """What the arrays hold of one service in the commune."""

    km: float
    e2sfca: float
    measured: bool
    cluster: int
    zone: int
    imprecise: bool
    elsewhere: bool
    places: int
    imprecise_places: int


def service_figures(
    matrices: CommuneMatrices,
    access: Accessibility,
    services: Sequence[str],
    row: int,
    *,
    limits_km: Sequence[float],
    named: Named,
) -> list[dict[str, Any]]:
    """Work out the figures of a commune, for each service.

    Parameters
    ----------
    matrices, access
        Those of the publication.
    services
        Codes of services that have lieux.
    row
        Row of the commune in the matrices.
    limits_km
        Distances beyond which people are counted, km.
    named
        Writes the commune, whose place among itself alone is 0.

    Returns
    -------
    list of dict
        As :func:`geo_service.accessibility_figures.service_figures` gives for a territory of that
        one commune, with the index of the publication.
    """
    known = not isnan(matrices.population[row])
    people = int(matrices.people[row])
    centre = bool(access.from_centre[row])
    return [
        {
            "communes": _communes(at, people, known=known, centre=centre),
            "lieux": {"total": at.places, "imprecis": at.imprecise_places},
            "distances": _distances(at, people, named),
            "seuils": _thresholds(at, people, limits_km),
            "e2sfca": _index(at, people, named),
            "grappes": _clusters(at, people),
        }
        for at in _read(matrices, access, services, row)
    ]


def _read(
    matrices: CommuneMatrices, access: Accessibility, services: Sequence[str], row: int
) -> Iterator[_Service]:
    """Take the commune's column of each array, as numbers of Python."""
    asked = np.array([access.position[code] for code in services], dtype=np.intp)
    columns = [matrices.service_position[code] for code in services]
    arrays = (
        *(access.index, access.measured, access.cluster, access.zone),
        *(access.imprecise, access.elsewhere, access.places, access.imprecise_places),
    )
    return map(
        _Service,
        matrices.distances[row, columns].tolist(),
        *(array[asked, row].tolist() for array in arrays),
    )


def _communes(at: _Service, people: int, *, known: bool, centre: bool) -> dict[str, int]:
    reached = _reached(at)
    return {
        "total": 1,
        "mesurees": int(reached),
        "sans_distance": int(not reached),
        "population_sans_distance": 0 if reached else people,
        "sans_population": int(reached and people == 0),
        "population_inconnue": int(not known),
        "mesurees_du_centre": int(reached and centre),
        "lieu_proche_imprecis": int(reached and at.imprecise),
        "population_lieu_proche_imprecis": people if at.imprecise else 0,
        "lieu_proche_autre_terre": int(reached and at.elsewhere),
        "population_lieu_proche_autre_terre": people if at.elsewhere else 0,
    }


def _distances(at: _Service, people: int, named: Named) -> dict[str, Any]:
    reached = _reached(at)
    km = rounded(at.km, KM)
    lived_at = km if people else None
    return {
        "population": people if reached else 0,
        "moyenne_km": lived_at,
        "quantiles_km": dict.fromkeys(QUANTILES, lived_at),
        "plus_eloignee": named(0, {"distance_km": round(at.km, KM)}) if reached else None,
    }


def _thresholds(at: _Service, people: int, limits_km: Sequence[float]) -> list[dict[str, Any]]:
    reached = people if _reached(at) else 0
    found = []
    for limit in limits_km:
        # NaN is beyond nothing.
        far = at.km > limit
        beyond = people if far else 0
        found.append(
            {
                "km": limit,
                "communes": int(far),
                "population": beyond,
                "part_population": share(beyond, reached),
            }
        )
    return found


def _index(at: _Service, people: int, named: Named) -> dict[str, Any]:
    lived_in = at.measured and people > 0
    value = round(at.e2sfca, INDEX)
    here = named(0, {"valeur": value}) if lived_in else None
    return {
        "moyenne": value if lived_in else None,
        "mediane": value if lived_in else None,
        "plus_faible": here,
        "plus_forte": here,
        "population_sans_acces": people if lived_in and at.e2sfca == 0 else 0,
        # All the people of a commune have its value: nobody has more than another.
        "gini": 0.0 if lived_in and at.e2sfca > 0 else None,
    }


def _clusters(at: _Service, people: int) -> dict[str, Any]:
    far = at.cluster == FAR_AMONG_FAR
    counts = {name: int(at.cluster == kind) for kind, name in enumerate(CLUSTERS)}
    return {
        "communes": {**counts, "non_testees": int(at.cluster < 0)},
        "population_loin_loin": people if far else 0,
        "zones_total": int(far and at.zone > 0),
    }


def _reached(at: _Service) -> bool:
    """Whether there is a distance."""
    return not isnan(at.km)
