"""The E2SFCA index with the catchment that a request asks for, in the communes of a territory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries import crs
from etl.accessibility.catchment import Catchment
from geo_service.atlas import PublishedAtlas
from geo_service.database import Rows as Records
from geo_service.errors import Problem
from geo_service.matrices import CommuneMatrices
from geo_service.sql import load

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

#: Most pairs lieu × commune of a request: some two seconds, and 3.4 million within 20 km of all the
#: mairies of France.
MAX_PAIRS = 12_000_000
#: Communes from which a computation takes more than a moment: a région, the country.
_LARGE = 1_500
_METRES = 1000.0


@dataclass(frozen=True)
class _Points:
    """Points in the legal projections: EPSG codes, (n, 2) metres, capacities.

    ``position`` is the row of a commune in the matrices, -1 for a lieu.
    """

    position: Rows
    srid: NDArray[np.int64]
    metres: Floats
    capacity: Floats


class _Kept:
    """Points of a publication, read and projected once; one large computation at a time."""

    def __init__(self) -> None:
        self.large = asyncio.Semaphore(1)
        self._known: dict[str | None, _Points] = {}
        self._reading = asyncio.Lock()

    async def points(self, atlas: PublishedAtlas, service: str | None) -> _Points:
        """Points of the lieux of a service, or of the communes."""
        if service not in self._known:
            async with self._reading:
                if service not in self._known:
                    found = await atlas.database.fetch(
                        load("accessibilite_points"), {"service": service}
                    )
                    self._known[service] = await asyncio.to_thread(
                        _points, found, atlas.metadata.matrices.position
                    )
        return self._known[service]


#: What is kept of each publication that is open: 1 MB for the communes, less for a service.
_KEPT: WeakKeyDictionary[PublishedAtlas, _Kept] = WeakKeyDictionary()


async def custom_index(
    atlas: PublishedAtlas, service: str, rows: Rows, catchment: Catchment
) -> Floats:
    """Compute the index of some communes; everything within two radii of them has its part.

    Parameters
    ----------
    atlas
        The publication.
    service
        A service that has lieux.
    rows
        Rows of the communes in the matrices.
    catchment
        Zones and weights.

    Returns
    -------
    ndarray
        Shape of `rows`, per 10 000 inhabitants; 0 for a commune that is not on the map.

    Raises
    ------
    Problem
        400, if it is too much to compute.
    """
    kept = _KEPT.setdefault(atlas, _Kept())
    communes = await kept.points(atlas, None)
    lieux = await kept.points(atlas, service)
    if len(rows) < _LARGE:
        return await asyncio.to_thread(
            _index, atlas.metadata.matrices, communes, lieux, rows, catchment
        )
    async with kept.large:
        return await asyncio.to_thread(
            _index, atlas.metadata.matrices, communes, lieux, rows, catchment
        )


def _points(found: Records, position: Mapping[str, int]) -> _Points:
    degrees = np.array([(row["x"], row["y"]) for row in found], dtype=np.float64).reshape(-1, 2)
    srid = np.array([row["srid"] for row in found], dtype=np.int64)
    metres = np.empty_like(degrees)
    for zone in np.unique(srid):
        here = srid == zone
        points = crs.project(shapely.points(degrees[here]), crs.GEOGRAPHIC, int(zone))
        metres[here] = shapely.get_coordinates(points)
    capacity = np.array(
        [1.0 if row["capacite"] is None else row["capacite"] for row in found], dtype=np.float64
    )
    rows = np.array([position.get(row["code"], -1) for row in found], dtype=np.intp)
    return _Points(rows, srid, metres, capacity)


def _index(
    matrices: CommuneMatrices, communes: _Points, lieux: _Points, rows: Rows, catchment: Catchment
) -> Floats:
    # Only here: scipy takes half a second to load, and most processes never need it.
    from etl.accessibility import e2sfca  # noqa: PLC0415

    position = communes.position
    people = np.nan_to_num(matrices.population[position])
    whole = np.zeros(len(matrices.codes))
    asked = np.zeros(len(matrices.codes), dtype=np.bool_)
    asked[rows] = True
    wanted = asked[position]
    radius = catchment.radius_km * _METRES
    pairs = 0
    work = []
    for zone in np.unique(communes.srid[wanted]):
        members = communes.metres[wanted & (communes.srid == zone)]
        near = (lieux.srid == zone) & _around(lieux.metres, members, radius)
        sharing = (communes.srid == zone) & _around(communes.metres, members, 2 * radius)
        pairs += e2sfca.count_pairs(lieux.metres[near], communes.metres[sharing], radius / _METRES)
        work.append((near, sharing))
    if pairs > MAX_PAIRS:
        raise Problem(
            400,
            f"Le rayon demandé ({catchment.radius_km:g} km) rapproche "
            f"{f'{pairs:,}'.replace(',', ' ')} couples de communes et de lieux, c’est trop pour "
            "une réponse. Diminuez « rayon_km », ou demandez un territoire plus petit.",
            {"parametres": [{"nom": "rayon_km", "motif": "calcul_trop_long"}]},
        )
    for near, sharing in work:
        whole[position[sharing]] = e2sfca.index(
            communes.metres[sharing],
            people[sharing],
            lieux.metres[near],
            lieux.capacity[near],
            catchment,
        )
    found: Floats = whole[rows]
    return found


def _around(points: Floats, members: Floats, distance: float) -> NDArray[np.bool_]:
    """Points in the box of the members, widened by a distance."""
    low, high = members.min(axis=0) - distance, members.max(axis=0) + distance
    inside: NDArray[np.bool_] = ((points >= low) & (points <= high)).all(axis=1)
    return inside
