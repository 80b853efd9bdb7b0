"""Borders, against a brute force over pairs of polygons and against the map of France."""

from __future__ import annotations

import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from boundaries import coverage
from boundaries.build import Territories
from boundaries.load import copy_territories
from boundaries.neighbours import COLUMNS, LEVELS, neighbourhoods, shared_borders

#: Nine squares of a degree in three rows, each of which has neighbours on its sides and corners.
GRID = np.array([shapely.box(x, 44 + y, x + 1, 45 + y) for y in range(3) for x in range(3)])
GEOD = Geod(ellps="GRS80")


def brute_force(geometries: np.ndarray) -> dict[tuple[int, int], float]:
    """Pairs of polygons whose intersection has a length, in km."""
    found = {}
    for one in range(len(geometries)):
        for other in range(one + 1, len(geometries)):
            common = shapely.intersection(geometries[one], geometries[other])
            if shapely.length(common):
                found[one, other] = GEOD.geometry_length(common) / 1000
    return found


def as_dict(geometries: np.ndarray) -> dict[tuple[int, int], float]:
    one, other, km = shared_borders(geometries)
    return dict(zip(zip(one.tolist(), other.tolist(), strict=True), km.tolist(), strict=True))


def test_a_common_point_is_no_border() -> None:
    pairs = set(as_dict(GRID))
    assert (0, 1) in pairs
    assert (0, 3) in pairs
    assert (0, 4) not in pairs
    assert len(pairs) == 12


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from("abcd"), min_size=9, max_size=9))
def test_borders_are_those_of_a_brute_force(labels: list[str]) -> None:
    """Unions of squares, in one piece or more, with holes or none."""
    _, unions = coverage.dissolve(GRID, pd.Series(labels, dtype="str"))
    found, expected = as_dict(unions), brute_force(unions)
    assert set(found) == set(expected)
    for pair, km in expected.items():
        # Edges of a degree: the local radii are exact to 1e-4 there, far better on real ones.
        assert found[pair] == pytest.approx(km, rel=1e-3)


def test_lengths_are_those_of_the_ellipsoid() -> None:
    line = shapely.segmentize(shapely.LineString([(3.0, 44.0), (3.05, 44.02)]), 0.005)
    left = shapely.Polygon([*line.coords, (3.0, 44.1)])
    right = shapely.Polygon([*line.coords, (3.05, 43.9)])
    one, other, km = shared_borders(np.array([left, right]))
    assert (one.tolist(), other.tolist()) == ([0], [1])
    assert km[0] == pytest.approx(GEOD.geometry_length(line) / 1000, rel=1e-6)


def test_a_country(territories: Territories, publication_conn: psycopg.Connection) -> None:
    found = neighbourhoods(territories.territoires, territories.appartenances)
    assert found.columns.tolist() == COLUMNS
    frame = pd.DataFrame(territories.territoires)
    for niveau in LEVELS:
        level = frame[(frame["niveau"] == niveau) & frame["geom"].notna()]
        codes = level["code"].tolist()
        expected = {
            pair: km
            for (i, j), km in brute_force(level["geom"].to_numpy()).items()
            for pair in ((codes[i], codes[j]), (codes[j], codes[i]))
        }
        mine = found[found["niveau"] == niveau]
        pairs = dict(
            zip(zip(mine["code"], mine["voisin"], strict=True), mine["longueur_km"], strict=True)
        )
        assert set(pairs) == set(expected), niveau
        for pair, km in expected.items():
            assert pairs[pair] == pytest.approx(km, rel=1e-3)
    copy_territories(publication_conn, territories)
    rows = publication_conn.execute(f"SELECT {', '.join(COLUMNS)} FROM voisinages").fetchall()
    assert sorted(rows) == sorted(found.itertuples(index=False, name=None))


@pytest.mark.national
def test_the_map_of_france(national: Territories) -> None:
    found = neighbourhoods(national.territoires, national.appartenances)
    around = found.groupby(["niveau", "code"])["voisin"].agg(set)
    # Mende and its neighbours, on IGN's map.
    assert around["commune", "48095"] == {
        *("48013", "48016", "48018", "48030", "48042", "48081", "48127", "48137"),
    }
    assert around["departement", "48"] == {"07", "12", "15", "30", "43"}
    assert around["departement", "75"] == {"92", "93", "94"}
    assert around["region", "11"] == {"24", "27", "28", "32", "44"}
    assert ("region", "94") not in around.index  # Corse is an island
    assert ("commune", "29155") not in around.index  # so is Ouessant
    assert around["departement", "2A"] == {"2B"}
    # Each border is there from both sides, at the same length but for the order of the sums.
    sides = found.merge(
        found, left_on=["niveau", "code", "voisin"], right_on=["niveau", "voisin", "code"]
    )
    assert len(sides) == len(found)
    assert np.allclose(sides["longueur_km_x"], sides["longueur_km_y"], rtol=1e-12)
    # On a plane map the mean number of neighbours is below six (Euler), and near it inland.
    mean = (found["niveau"] == "commune").sum() / 34_875
    assert 5.5 < mean < 6
