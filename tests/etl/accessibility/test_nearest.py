"""Nearest lieu: against brute force, across zones, and properties of distance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from etl.accessibility.nearest import nearest, project

GEOD = Geod(ellps="GRS80")

longitudes = st.floats(-4.5, 8.0)
latitudes = st.floats(42.5, 51.0)
points = st.lists(st.tuples(longitudes, latitudes), min_size=1, max_size=12)


def communes(found: list[tuple[float, float]], srid: int = 2154) -> pd.DataFrame:
    return pd.DataFrame(
        [(f"{i:05d}", srid, x, y) for i, (x, y) in enumerate(found)],
        columns=["commune", "srid", "x", "y"],
    ).assign(point=project)


def places(found: list[tuple[float, float]], srid: int = 2154) -> pd.DataFrame:
    return pd.DataFrame(
        [(f"lieu:{i:02d}", srid, x, y) for i, (x, y) in enumerate(found)],
        columns=["lieu", "srid", "x", "y"],
    ).assign(point=project)


@given(origins=points, targets=points)
def test_the_nearest_is_the_nearest_of_all(
    origins: list[tuple[float, float]], targets: list[tuple[float, float]]
) -> None:
    found = nearest(communes(origins), places(targets)).set_index("commune")
    starts, ends = project(communes(origins)), project(places(targets))
    for i, start in enumerate(starts):
        distances = np.array([start.distance(end) for end in ends]) / 1000
        row = found.loc[f"{i:05d}"]
        assert row["distance_km"] == pytest.approx(distances.min())
        assert row["lieu"] == f"lieu:{int(np.flatnonzero(distances == distances.min())[0]):02d}"


@given(origins=points, targets=points, more=points)
def test_adding_a_lieu_never_lengthens_a_distance(
    origins: list[tuple[float, float]],
    targets: list[tuple[float, float]],
    more: list[tuple[float, float]],
) -> None:
    before = nearest(communes(origins), places(targets))["distance_km"]
    after = nearest(communes(origins), places([*targets, *more]))["distance_km"]
    assert (after <= before + 1e-9).all()


@pytest.mark.parametrize(
    ("srid", "start", "end"),
    [
        (2154, (2.3488, 48.8534), (4.8357, 45.7640)),
        (5490, (-61.7340, 16.0000), (-61.5340, 16.2400)),
        (2972, (-52.3260, 4.9220), (-54.0330, 5.5000)),
        (2975, (55.4480, -20.8790), (55.4780, -21.3390)),
        (4471, (45.2280, -12.7800), (45.1360, -12.8200)),
    ],
)
def test_the_legal_projection_is_within_a_thousandth_of_the_ellipsoid(
    srid: int, start: tuple[float, float], end: tuple[float, float]
) -> None:
    found = nearest(communes([start], srid), places([end], srid))
    _, _, metres = GEOD.inv(*start, *end)
    assert found["distance_km"].item() == pytest.approx(metres / 1000, rel=1.5e-3)


def test_a_commune_is_never_sent_to_another_zone() -> None:
    reunion = places([(55.5, -21.0)], 2975)
    assert nearest(communes([(2.0, 46.0)]), reunion).empty
