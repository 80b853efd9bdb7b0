"""Figures of the access to services in a territory, from the arrays in memory.

All services asked are worked out at once, one row of an array each: a request about twenty of them
costs little more than about one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

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
#: Their names, and the place of the median.
QUANTILES: Final = tuple(f"p{percent}" for percent in PERCENTS)
_MEDIAN: Final = PERCENTS.index(50)
#: Zones of under-served communes told, the most populated of the territory first.
ZONES: Final = 50
#: Services × communes up to which all kinds of communes are counted in one product: beyond, they
#: would be a hundred megabytes.
_FEW: Final = 20_000
#: Name of the kind of :data:`FAR_AMONG_FAR`.
_FAR: Final = CLUSTERS[FAR_AMONG_FAR]

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
    unknown
        Communes whose inhabitants are not known: how many.
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
    unknown: int
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
        unknown = np.isnan(matrices.population[rows])
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
            matrices.people[rows].astype(np.int64),
            int(np.count_nonzero(unknown)),
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
    counts = _counts(members, limits_km)
    parts = zip(
        (_communes(members, count) for count in counts),
        _places(members),
        *_distributions(members, named),
        (_thresholds(limits_km, count) for count in counts),
        _clusters(members, counts),
        strict=True,
    )
    return [
        {
            "communes": communes,
            "lieux": places,
            "distances": distances,
            "seuils": thresholds,
            "e2sfca": index,
            "grappes": clusters,
        }
        for communes, places, distances, index, thresholds, clusters in parts
    ]


#: Communes of a kind, and their people.
_Count = dict[str | float, tuple[int, int]]


def _counts(members: Members, limits_km: Sequence[float]) -> list[_Count]:
    """Count the communes of each kind and their people, for each service.

    The kinds are named, but for those beyond a distance, which go by that distance.
    """
    access, cells, reached = members.access, members.cells, members.reached
    imprecise, elsewhere = access.imprecise[cells], access.elsewhere[cells]
    cluster = access.cluster[cells]
    kinds: dict[str | float, Booleans] = {
        "reached": reached,
        "out of reach": ~reached,
        "deserted": reached & (members.people == 0),
        "from the centre": reached & access.from_centre[members.rows],
        "reached imprecisely": reached & imprecise,
        "imprecise": imprecise,
        "reached elsewhere": reached & elsewhere,
        "elsewhere": elsewhere,
        **{name: cluster == at for at, name in enumerate(CLUSTERS)},
        "not tested": cluster < 0,
        # NaN is beyond nothing.
        **{limit: members.km > limit for limit in limits_km},
    }
    weights = np.stack([np.ones(len(members.rows)), members.people], axis=1)
    # Whole numbers far below 2⁵³: exact, in whatever order they are added.
    if reached.size <= _FEW:
        sums = np.stack(list(kinds.values())) @ weights
    else:
        sums = np.stack([kind @ weights for kind in kinds.values()])
    by_service = sums.astype(np.int64).transpose(1, 0, 2).tolist()
    return [dict(zip(kinds, row, strict=True)) for row in by_service]


def _communes(members: Members, count: _Count) -> dict[str, int]:
    """Count what is measured and what is not: nothing is left out without being told."""
    return {
        "total": len(members.rows),
        "mesurees": count["reached"][0],
        "sans_distance": count["out of reach"][0],
        "population_sans_distance": count["out of reach"][1],
        "sans_population": count["deserted"][0],
        "population_inconnue": members.unknown,
        "mesurees_du_centre": count["from the centre"][0],
        "lieu_proche_imprecis": count["reached imprecisely"][0],
        "population_lieu_proche_imprecis": count["imprecise"][1],
        "lieu_proche_autre_terre": count["reached elsewhere"][0],
        "population_lieu_proche_autre_terre": count["elsewhere"][1],
    }


def _places(members: Members) -> list[dict[str, int]]:
    """Count the lieux of the territory, and those only known by their commune."""
    access = members.access
    totals = access.places[members.cells].sum(axis=1).tolist()
    imprecise = access.imprecise_places[members.cells].sum(axis=1).tolist()
    return [
        {"total": total, "imprecis": some} for total, some in zip(totals, imprecise, strict=True)
    ]


def beyond(
    matrices: CommuneMatrices, services: Sequence[str], rows: Rows, limits_km: Sequence[float]
) -> list[list[dict[str, Any]]]:
    """Work out ``seuils`` alone: for the country, some 10 ms where all the figures take 500.

    Parameters
    ----------
    matrices
        Those of the publication.
    services, rows
        Codes of m services, and rows of the communes of a territory.
    limits_km
        Distances beyond which people are counted, km.

    Returns
    -------
    list of list of dict
        For each service, ``seuils`` as :func:`service_figures` gives them.
    """
    columns = np.array([matrices.service_position[code] for code in services], dtype=np.intp)
    # In double precision as everywhere: a limit rounded to single would count other communes.
    km = matrices.distances[rows[:, None], columns[None, :]].astype(np.float64)
    weights = np.stack([np.ones(len(rows)), matrices.people[rows]])
    kinds: dict[str | float, Booleans] = {"reached": ~np.isnan(km)}
    kinds |= {limit: km > limit for limit in limits_km}
    sums = {kind: (weights @ cells).astype(np.int64).T.tolist() for kind, cells in kinds.items()}
    return [
        _thresholds(limits_km, {kind: tuple(of[at]) for kind, of in sums.items()})
        for at in range(len(services))
    ]


def _thresholds(limits_km: Sequence[float], count: _Count) -> list[dict[str, Any]]:
    """People, and communes, strictly beyond each distance, among those who have a distance."""
    whole = count["reached"][1]
    return [
        {
            "km": limit,
            "communes": count[limit][0],
            "population": count[limit][1],
            "part_population": share(count[limit][1], whole),
        }
        for limit in limits_km
    ]


class _Distribution(NamedTuple):
    """A figure (m, k) of the communes for each service, over people (m, k)."""

    values: Floats
    people: Ints
    quantiles: Floats
    means: list[float]


def _distributions(
    members: Members, named: Named
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Tell how the distances, and the index, are distributed over the people of the communes.

    Both at once: sorting twice as many figures costs little more than sorting them.
    """
    # Where there is no distance, or no index, there is nobody to count.
    measured = members.access.measured[members.cells]
    values = np.stack(
        [np.where(members.reached, members.km, 0), np.where(measured, members.index, 0)]
    )
    people = np.stack([members.reached, measured]) * members.people
    quantiles = distribution.weighted_quantiles(values, people, PERCENTS)
    means = distribution.weighted_mean(values, people).tolist()
    km, index = map(_Distribution, values, people, quantiles, means)
    return _distances(members, km, named), _index(members, index, named)


def _distances(members: Members, over: _Distribution, named: Named) -> list[dict[str, Any]]:
    """Quantiles, mean and largest of the distances, over the people who live at them."""
    farthest = np.where(members.reached, members.km, -1).argmax(axis=1).tolist()
    # Distances are in single precision: a hundred times one is exact, and so is its rounding.
    told = np.round(over.quantiles, KM).tolist()
    found = []
    for service, (at, lived, mean) in enumerate(
        zip(farthest, over.people.sum(axis=1).tolist(), over.means, strict=True)
    ):
        far = None
        if members.reached[service, at]:
            far = named(at, {"distance_km": round(float(members.km[service, at]), KM)})
        found.append(
            {
                "population": lived,
                "moyenne_km": rounded(mean, KM),
                "quantiles_km": dict(zip(QUANTILES, told[service], strict=True))
                if lived
                else dict.fromkeys(QUANTILES),
                "plus_eloignee": far,
            }
        )
    return found


def _index(members: Members, over: _Distribution, named: Named) -> list[dict[str, Any]]:
    """Distribution of the index over the people of the communes measured, and its inequality."""
    values, people = over.values, over.people
    medians = over.quantiles[:, _MEDIAN].tolist()
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
            "moyenne": rounded(mean, INDEX),
            "mediane": rounded(medians[service], INDEX),
            "plus_faible": commune(service, lowest[service]),
            "plus_forte": commune(service, highest[service]),
            "population_sans_acces": without[service],
            "gini": rounded(ginis[service], SHARE),
        }
        for service, mean in enumerate(over.means)
    ]


def _clusters(members: Members, counts: Sequence[_Count]) -> list[dict[str, Any]]:
    """Communes by kind of cluster, and the zones of communes far among far."""
    access = members.access
    told = []
    for asked, count in zip(members.cells[0][:, 0].tolist(), counts, strict=True):
        far, people = count[_FAR]
        zones = 0
        # Most territories have none: looking for different ones costs more than the rest.
        if far:
            kinds = access.cluster[asked, members.rows]
            here = access.zone[asked, members.rows][kinds == FAR_AMONG_FAR]
            zones = len(np.unique(here[here > 0]))
        told.append(
            {
                "communes": {
                    **{name: count[name][0] for name in CLUSTERS},
                    "non_testees": count["not tested"][0],
                },
                "population_loin_loin": people,
                "zones_total": zones,
            }
        )
    return told


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


def zones(members: Members, matrices: CommuneMatrices) -> list[dict[str, Any]]:
    """Zones, for the first service, of communes far among far, that the territory is a part of."""
    everywhere = members.access.zone[members.cells[0][0, 0]]
    here = everywhere[members.rows]
    everyone = matrices.people
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
