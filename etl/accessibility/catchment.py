"""The catchment of a lieu: how far people come from, and how distance weighs.

Apart from the index itself (``e2sfca``), so that who only names a catchment does not load scipy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: The index is given for that many inhabitants.
PEOPLE = 10_000


@dataclass(frozen=True)
class Catchment:
    """The catchment of a lieu, in zones of equal weight.

    Attributes
    ----------
    zones_km
        Outer limit of each zone, increasing, in km of straight line; the last one is the radius.
    poids
        Weight of each zone, decreasing, 0 excluded to 1.

    Raises
    ------
    ValueError
        With a French sentence, if these are not zones and their weights.
    """

    zones_km: tuple[float, ...]
    poids: tuple[float, ...]

    def __post_init__(self) -> None:
        zones, weights = self.zones_km, self.poids
        if len(zones) != len(weights):
            raise ValueError(
                f"Il faut un poids par zone : {len(zones)} zones et {len(weights)} poids sont "
                "donnés."
            )
        if not zones or not all(np.diff([0.0, *zones]) > 0):
            raise ValueError(
                "Les limites des zones sont des distances croissantes, en kilomètres, au-dessus de "
                "0."
            )
        if any(np.diff(weights) > 0) or not weights[-1] > 0 or weights[0] > 1:
            raise ValueError(
                "Les poids des zones sont des nombres entre 0 (exclu) et 1, du plus grand au plus "
                "petit."
            )

    @property
    def radius_km(self) -> float:
        """Radius of the whole catchment."""
        return self.zones_km[-1]


#: Zones of 0-5, 5-10 and 10-20 km: the distances in which the atlas counts people, and weights
#: 1, 0.68 and 0.22, the Gaussian weights of Luo & Qi (2009, §3.2) for three zones up to 30 minutes.
#: 20 km of straight line are about 26 km of road, half an hour in the country.
DEFAULT = Catchment((5.0, 10.0, 20.0), (1.0, 0.68, 0.22))
