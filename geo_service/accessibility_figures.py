"""Figures of the access to services in a territory, from the arrays in memory.

All services asked are worked out at once, one row of an array each: a request about twenty of them
costs little more than about one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from etl.accessibility import distribution, inequality
from geo_service.accessibility import CLUSTERS, FAR_AMONG_FAR, Accessibility
from geo_service.matrices import CommuneMatrices
from geo_service.rounding import INDEX, KM, SHARE, rounded, share

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]

#: Quantiles of the distance told, per cent of the population.
PERCENTS: Final = (10, 25, 50, 75, 90, 95)
#: Zones of under-served communes told, the most populated of the territory first.
ZONES: Final = 50

#: Writes a commune, given its row in the matrices and what is told of it.
Named = Callable[[int, dict[str, float]], dict[str, Any]]


@dataclass(frozen=True)
class Members:
    """The k communes of a territory and m services.

    Attributes
    ----------
    access
        That of the publication.
    rows
        Shape (k,), rows of the communes.
    cells
        Index of the m services × k communes in its arrays (s, n), as :func:`numpy.ix_` gives it.
    codes
        Shape (k,), their INSEE codes.
    km
        Shape (m, k), distances; NaN where there is none.
    reached
        Shape (m, k), whether there is one.
    people
        Shape (k,), inhabitants of each, 0 where unknown.
    known
        Shape (k,), whether they are known.
    index
        Shape (m, k), E2SFCA of the catchment that is asked.
    """

    access: Accessibility
    rows: Rows
    cells: tuple[Rows, Rows]
    codes: NDArray[np.object_]
    km: Floats
    reached: Booleans
    people: Ints
    known: Booleans
    index: Floats

    @classmethod
    def of(
        cls,
        matrices: CommuneMatrices,
        access: Accessibility,
        services: Sequence[str],
        rows: Rows,
        index: Floats | None = None,
    ) -> Members:
        """Take the communes of a territory; `index` (m, k) replaces the published index."""
        asked = np.array([access.position[code] for code in services], dtype=np.intp)
        columns = np.array([matrices.service_position[code] for code in services], dtype=np.intp)
        km = matrices.distances[rows[None, :], columns[:, None]].astype(np.float64)
        population = matrices.population[rows]
        known = ~np.isnan(population)
        cells = (asked[:, None], rows[None, :])
        if index is None:
            index = access.index[cells].astype(np.float64)
        return cls(
            access,
            rows,
            cells,
            matrices.codes[rows],
            km,
            ~np.isnan(km),
            np.where(known, population, 0).astype(np.int64),
            known,
            index,
        )


def service_figures(
    members: Members, limits_km: Sequence[float], named: Named
) -> list[dict[str, Any]]:
    """Work out all the figures told of each service.

    Parameters
    ----------
    members
        Communes and services.
    limits_km
        Distances beyond which people are counted, km.
    named
        Writes a commune, given its place among the members.

    Returns
    -------
    list of dict
        For each service: ``communes``, ``lieux``, ``distances``, ``seuils``, ``e2sfca``,
        ``grappes``.
    """
    parts = zip(
        communes(members),
        places(members),
        distances(members, named),
        thresholds(members, limits_km),
        index_figures(members, named),
        clusters(members),
        strict=True,
    )
    names = ("communes", "lieux", "distances", "seuils", "e2sfca", "grappes")
    return [dict(zip(names, part, strict=True)) for part in parts]


def communes(members: Members) -> list[dict[str, int]]:
    """Count what is measured and what is not: nothing is left out without being told."""
    reached, people, access = members.reached, members.people, members.access
    imprecise = access.imprecise[members.cells]
    elsewhere = access.elsewhere[members.cells]
    counts = {
        "mesurees": reached.sum(axis=1),
        "sans_distance": (~reached).sum(axis=1),
        "population_sans_distance": ~reached @ people,
        "sans_population": (reached & (people == 0)).sum(axis=1),
        "population_inconnue": np.full(len(reached), (~members.known).sum()),
        "mesurees_du_centre": (reached & access.from_centre[members.rows]).sum(axis=1),
        "lieu_proche_imprecis": (reached & imprecise).sum(axis=1),
        "population_lieu_proche_imprecis": imprecise @ people,
        "lieu_proche_autre_terre": (reached & elsewhere).sum(axis=1),
        "population_lieu_proche_autre_terre": elsewhere @ people,
    }
    return [{"total": len(members.rows), **row} for row in _by_service(counts)]


def places(members: Members) -> list[dict[str, int]]:
    """Count the lieux of the territory, and those only known by their commune."""
    access = members.access
    return _by_service(
        {
            "total": access.places[members.cells].sum(axis=1),
            "imprecis": access.imprecise_places[members.cells].sum(axis=1),
        }
    )


def distances(members: Members, named: Named) -> list[dict[str, Any]]:
    """Quantiles, mean and largest of the distances, over the people who live at them."""
    # Where there is no distance there is nobody to count.
    km, people = np.where(members.reached, members.km, 0), members.reached * members.people
    quantiles = distribution.weighted_quantiles(km, people, PERCENTS).tolist()
    means = distribution.weighted_mean(km, people).tolist()
    farthest = np.where(members.reached, members.km, -1).argmax(axis=1).tolist()
    measured = people.sum(axis=1).tolist()
    found = []
    for service, at in enumerate(farthest):
        far = None
        if members.reached[service, at]:
            far = named(at, {"distance_km": round(float(members.km[service, at]), KM)})
        found.append(
            {
                "population": measured[service],
                "moyenne_km": rounded(means[service], KM),
                "quantiles_km": {
                    f"p{percent}": rounded(value, KM)
                    for percent, value in zip(PERCENTS, quantiles[service], strict=True)
                },
                "plus_eloignee": far,
            }
        )
    return found


def thresholds(members: Members, limits_km: Sequence[float]) -> list[list[dict[str, Any]]]:
    """People, and communes, strictly beyond each distance, among those who have a distance."""
    wholes = (members.reached @ members.people).tolist()
    far = distribution.beyond(members.km, members.people, limits_km)
    return [
        [
            {
                "km": limit,
                "communes": towns,
                "population": people,
                "part_population": share(people, whole),
            }
            for limit, towns, people in zip(limits_km, all_towns, all_people, strict=True)
        ]
        for whole, all_towns, all_people in zip(
            wholes, far.communes.tolist(), far.population.tolist(), strict=True
        )
    ]


def index_figures(members: Members, named: Named) -> list[dict[str, Any]]:
    """Distribution of the index over the people of the communes measured, and its inequality."""
    measured = members.access.measured[members.cells]
    values, people = np.where(measured, members.index, 0), measured * members.people
    medians = distribution.weighted_quantiles(values, people, [50])[:, 0].tolist()
    means = distribution.weighted_mean(values, people).tolist()
    ginis = inequality.gini(values, people).tolist()
    without = (people * (values == 0)).sum(axis=1).tolist()
    inhabited = people > 0
    lowest = np.where(inhabited, values, np.inf).argmin(axis=1).tolist()
    highest = np.where(inhabited, values, -1).argmax(axis=1).tolist()

    def commune(service: int, at: int) -> dict[str, Any] | None:
        if not inhabited[service, at]:
            return None
        return named(at, {"valeur": round(float(members.index[service, at]), INDEX)})

    return [
        {
            "moyenne": rounded(means[service], INDEX),
            "mediane": rounded(medians[service], INDEX),
            "plus_faible": commune(service, lowest[service]),
            "plus_forte": commune(service, highest[service]),
            "population_sans_acces": without[service],
            "gini": rounded(ginis[service], SHARE),
        }
        for service in range(len(means))
    ]


def lorenz(members: Members) -> dict[str, list[float]] | None:
    """Lorenz curve of the index of the first service, shares of people and of index."""
    measured = members.access.measured[members.cells][0]
    curve = inequality.lorenz(members.index[0][measured], members.people[measured])
    if curve is None:
        return None
    return {
        "population": np.round(curve[0], SHARE).tolist(),
        "indice": np.round(curve[1], SHARE).tolist(),
    }


def clusters(members: Members) -> list[dict[str, Any]]:
    """Communes by kind of cluster, and the zones of communes far among far."""
    kinds = members.access.cluster[members.cells]
    far = kinds == FAR_AMONG_FAR
    zone = np.where(far, members.access.zone[members.cells], 0)
    counts = _by_service(
        {
            **{name: (kinds == at).sum(axis=1) for at, name in enumerate(CLUSTERS)},
            "non_testees": (kinds < 0).sum(axis=1),
        }
    )
    people = (far @ members.people).tolist()
    return [
        {
            "communes": counts[service],
            "population_loin_loin": people[service],
            # Most territories have none: looking for different ones costs more than the rest.
            "zones_total": len(np.unique(here[here > 0])) if counts[service][_FAR] else 0,
        }
        for service, here in enumerate(zone)
    ]


#: Name of the kind of :data:`FAR_AMONG_FAR`.
_FAR: Final = CLUSTERS[FAR_AMONG_FAR]


def zones(members: Members, matrices: CommuneMatrices) -> list[dict[str, Any]]:
    """Zones, for the first service, of communes far among far, that the territory is a part of."""
    everywhere = members.access.zone[members.cells[0][0, 0]]
    here = everywhere[members.rows]
    everyone = np.nan_to_num(matrices.population)
    found = []
    for number in np.unique(here[here > 0]):
        part = here == number
        whole = everywhere == number
        found.append(
            {
                "zone": int(number),
                "communes": int(whole.sum()),
                "population": int(everyone[whole].sum()),
                "communes_ici": int(part.sum()),
                "population_ici": int(members.people[part].sum()),
                "distance_max_km": round(float(members.km[0][part].max()), KM),
                "codes": members.codes[part].tolist(),
            }
        )
    found.sort(key=lambda zone: (-zone["population_ici"], zone["zone"]))
    return found[:ZONES]


def measure(accessibility: Accessibility) -> dict[str, str | None]:
    """How the distances were measured."""
    return {
        "mode": accessibility.mode,
        "moteur": accessibility.moteur,
        "profil": accessibility.profil,
    }


def _by_service(columns: dict[str, NDArray[Any]]) -> list[dict[str, int]]:
    """Turn named columns (m,) into a dict for each service."""
    names = tuple(columns)
    rows = np.stack(list(columns.values()), axis=1).tolist()
    return [dict(zip(names, row, strict=True)) for row in rows]
