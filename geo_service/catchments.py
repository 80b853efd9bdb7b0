"""The E2SFCA index with the catchment that a request asks for, in the communes of a territory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries import crs
from etl.accessibility.catchment import Catchment
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Problem
from geo_service.matrices import CommuneMatrices
from geo_service.sql import load

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

#: Most pairs lieu × commune of a request: some two seconds, and 3.4 million within 20 km of all the
#: mairies of France.
MAX_PAIRS = 12_000_000
_METRES = 1000.0


@dataclass(frozen=True)
class _Points:
    """Points in the legal projections: codes, EPSG codes, (n, 2) metres, capacities."""

    codes: list[str]
    srid: NDArray[np.int64]
    metres: Floats
    capacity: Floats


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
    query = load("accessibilite_points")
    communes = await atlas.database.fetch(query, {"service": None})
    lieux = await atlas.database.fetch(query, {"service": service})

    def compute() -> Floats:
        return _index(atlas.metadata.matrices, _points(communes), _points(lieux), rows, catchment)

    return await asyncio.to_thread(compute)


def _points(found: list[dict[str, object]]) -> _Points:
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
    return _Points([str(row["code"]) for row in found], srid, metres, capacity)


def _index(
    matrices: CommuneMatrices, communes: _Points, lieux: _Points, rows: Rows, catchment: Catchment
) -> Floats:
    # Only here: scipy takes half a second to load, and most processes never need it.
    from etl.accessibility import e2sfca  # noqa: PLC0415

    position = np.array([matrices.position[code] for code in communes.codes], dtype=np.intp)
    people = np.nan_to_num(matrices.population[position])
    whole = np.zeros(len(matrices.codes))
    wanted = np.isin(position, rows)
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
