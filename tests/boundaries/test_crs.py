from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod

from boundaries import crs

#: A point of each zone, and its département.
PLACES = {
    "48": (3.5, 44.5),
    "2A": (8.9, 41.8),
    "971": (-61.5, 16.2),
    "972": (-61.0, 14.6),
    "973": (-52.7, 4.5),
    "974": (55.5, -21.1),
    "976": (45.15, -12.8),
}


@pytest.mark.parametrize(("departement", "place"), PLACES.items())
def test_legal_projection_nearly_keeps_areas(departement: str, place: tuple[float, float]) -> None:
    square = shapely.box(*place, place[0] + 0.05, place[1] + 0.05)
    projected = crs.project(np.array([square]), crs.GEOGRAPHIC, crs.legal_srid(departement))
    geodesic = abs(Geod(ellps="GRS80").geometry_area_perimeter(square)[0])
    assert shapely.area(projected[0]) == pytest.approx(geodesic, rel=6e-3)


def test_unknown_overseas_territory_has_no_projection() -> None:
    with pytest.raises(KeyError):
        crs.legal_srid("987")


def test_shared_vertices_stay_shared() -> None:
    left, right = shapely.box(2, 45, 3, 46), shapely.box(3, 45, 4, 46)
    a, b = crs.project(np.array([left, right]), crs.GEOGRAPHIC, crs.METROPOLE)
    shared = set(map(tuple, shapely.get_coordinates(a))) & set(
        map(tuple, shapely.get_coordinates(b))
    )
    assert len(shared) == 2
