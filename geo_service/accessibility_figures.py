"""Figures of the access to a service in a territory, from the columns in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from etl.accessibility import distribution, inequality
from geo_service.accessibility import CLUSTERS, FAR_AMONG_FAR, Accessibility, ServiceAccess
from geo_service.matrices import CommuneMatrices

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Quantiles of the distance told, per cent of the population.
PERCENTS: Final = (10, 25, 50, 75, 90, 95)
#: Decimals of distances (km), of the index, of shares.
KM, INDEX, SHARE = 2, 3, 4
#: Zones of under-served communes told, the most populated of the territory first.
ZONES: Final = 50


@dataclass(frozen=True)
class Members:
    """The communes of a territory, for one service.

    Attributes
    ----------
    matrices
        The communes of the publication.
    access
        Their access to the service.
    rows
        Rows of the territory's communes.
    km
        Distance of each; NaN where there is none.
    people
        Inhabitants of each, 0 where unknown.
    index
        E2SFCA of each, of the catchment that is asked.
    """

    matrices: CommuneMatrices
    access: ServiceAccess
    rows: Rows
    km: Floats
    people: Ints
    index: Floats

    @classmethod
    def of(
        cls,
        matrices: CommuneMatrices,
        access: ServiceAccess,
        service: str,
        rows: Rows,
        index: Floats | None = None,
    ) -> Members:
        """Take the communes of a territory; `index` replaces the published index."""
        return cls(
            matrices,
            access,
            rows,
            matrices.distances[rows, matrices.service_position[service]].astype(np.float64),
            np.nan_to_num(matrices.population[rows]).astype(np.int64),
            access.index[rows].astype(np.float64) if index is None else index,
        )

    @property
    def reached(self) -> NDArray[np.bool_]:
        """Communes that have a distance."""
        return ~np.isnan(self.km)

    def named(self, at: int) -> dict[str, Any]:
        """Code of the commune at a place of :attr:`rows`."""
        return {"code": self.matrices.codes[self.rows[at]]}


def rounded(value: float | None, decimals: int) -> float | None:
    """Round what is known."""
    return None if value is None else round(value, decimals)


def share(part: int, whole: int) -> float | None:
    """Divide; None when there is nobody."""
    return round(part / whole, SHARE) if whole else None


def communes(members: Members, from_centre: NDArray[np.bool_]) -> dict[str, int]:
    """Count what is measured and what is not: nothing is left out without being told."""
    reached, access, rows = members.reached, members.access, members.rows
    known = ~np.isnan(members.matrices.population[rows])
    return {
        "total": len(rows),
        "mesurees": int(reached.sum()),
        "sans_distance": int((~reached).sum()),
        "population_sans_distance": int(members.people[~reached].sum()),
        "sans_population": int((reached & (members.people == 0)).sum()),
        "population_inconnue": int((~known).sum()),
        "mesurees_du_centre": int((reached & from_centre[rows]).sum()),
        "lieu_proche_imprecis": int((reached & access.imprecise[rows]).sum()),
        "population_lieu_proche_imprecis": int(members.people[access.imprecise[rows]].sum()),
        "lieu_proche_autre_terre": int((reached & access.elsewhere[rows]).sum()),
        "population_lieu_proche_autre_terre": int(members.people[access.elsewhere[rows]].sum()),
    }


def places(members: Members) -> dict[str, int]:
    """Count the lieux of the territory, and those only known by their commune."""
    return {
        "total": int(members.access.places[members.rows].sum()),
        "imprecis": int(members.access.imprecise_places[members.rows].sum()),
    }


def distances(members: Members) -> dict[str, Any]:
    """Quantiles, mean and largest of the distances, over the people who live at them."""
    reached = members.reached
    km, people = members.km[reached], members.people[reached]
    quantiles = distribution.weighted_quantiles(km, people, PERCENTS)
    farthest = None
    if len(km):
        at = int(np.flatnonzero(reached)[km.argmax()])
        farthest = {**members.named(at), "distance_km": round(float(km.max()), KM)}
    return {
        "population": int(people.sum()),
        "moyenne_km": rounded(distribution.weighted_mean(km, people), KM),
        "quantiles_km": {
            f"p{percent}": rounded(value, KM)
            for percent, value in zip(PERCENTS, quantiles, strict=True)
        },
        "plus_eloignee": farthest,
    }


def thresholds(members: Members, limits_km: Sequence[float]) -> list[dict[str, Any]]:
    """People, and communes, strictly beyond each distance, among those who have a distance."""
    reached = members.reached
    km, people = members.km[reached], members.people[reached]
    whole = int(people.sum())
    found = [(limit, distribution.beyond(km, people, limit)) for limit in limits_km]
    return [
        {
            "km": limit,
            "communes": far.communes,
            "population": far.population,
            "part_population": share(far.population, whole),
        }
        for limit, far in found
    ]


def index_figures(members: Members) -> dict[str, Any]:
    """Distribution of the index over the people of the communes measured, and its inequality."""
    measured = members.access.measured[members.rows]
    values, people = members.index[measured], members.people[measured]
    median = distribution.weighted_quantiles(values, people, [50])[0]
    inhabited = np.flatnonzero(measured)[people > 0]
    lowest = highest = None
    if len(inhabited):
        least = int(inhabited[members.index[inhabited].argmin()])
        most = int(inhabited[members.index[inhabited].argmax()])
        lowest = {**members.named(least), "valeur": round(float(members.index[least]), INDEX)}
        highest = {**members.named(most), "valeur": round(float(members.index[most]), INDEX)}
    return {
        "moyenne": rounded(distribution.weighted_mean(values, people), INDEX),
        "mediane": rounded(median, INDEX),
        "plus_faible": lowest,
        "plus_forte": highest,
        "population_sans_acces": int(people[values == 0].sum()),
        "gini": rounded(inequality.gini(values, people), SHARE),
    }


def lorenz(members: Members) -> dict[str, list[float]] | None:
    """Lorenz curve of the index, shares of people and of index."""
    measured = members.access.measured[members.rows]
    curve = inequality.lorenz(members.index[measured], members.people[measured])
    if curve is None:
        return None
    return {
        "population": np.round(curve[0], SHARE).tolist(),
        "indice": np.round(curve[1], SHARE).tolist(),
    }


def clusters(members: Members) -> dict[str, Any]:
    """Communes by kind of cluster, and the zones of communes far among far."""
    kinds = members.access.cluster[members.rows]
    far = kinds == FAR_AMONG_FAR
    return {
        "communes": {
            **{name: int((kinds == at).sum()) for at, name in enumerate(CLUSTERS)},
            "non_testees": int((kinds < 0).sum()),
        },
        "population_loin_loin": int(members.people[far].sum()),
        "zones_total": len(np.unique(members.access.zone[members.rows][far])),
    }


def zones(members: Members) -> list[dict[str, Any]]:
    """Zones of communes far among far that the territory has a part of, whole and part."""
    access, rows = members.access, members.rows
    here = access.zone[rows]
    everyone = np.nan_to_num(members.matrices.population)
    found = []
    for number in np.unique(here[here > 0]):
        part = here == number
        whole = access.zone == number
        found.append(
            {
                "zone": int(number),
                "communes": int(whole.sum()),
                "population": int(everyone[whole].sum()),
                "communes_ici": int(part.sum()),
                "population_ici": int(members.people[part].sum()),
                "distance_max_km": round(float(members.km[part].max()), KM),
                "codes": members.matrices.codes[rows[part]].tolist(),
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
