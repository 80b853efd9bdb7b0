from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries import coverage, crs
from boundaries.errors import BoundariesError
from tests.boundaries.topology import made_of, overlap, segments

#: Nine squares in three rows.
GRID = np.array([shapely.box(x, y, x + 1, y + 1) for y in range(3) for x in range(3)])


def with_ninth(polygon: shapely.Polygon) -> np.ndarray:
    grid = GRID.copy()
    grid[8] = polygon
    return grid


def test_a_sound_coverage_is_left_as_it_is() -> None:
    assert coverage.broken(GRID).size == 0
    assert coverage.repair(GRID) is GRID


def test_an_overlap_is_found_and_removed_and_the_rest_untouched() -> None:
    shifted = with_ninth(shapely.box(1.9, 2, 3, 3))
    assert {7, 8} <= set(coverage.broken(shifted)) <= {4, 5, 7, 8}
    repaired = coverage.repair(shifted)
    assert overlap(repaired) == pytest.approx(0, abs=1e-12)
    assert coverage.broken(repaired).size == 0
    far = [0, 1, 2, 3, 6]
    same = shapely.equals_identical(
        shapely.normalize(repaired[far]), shapely.normalize(shifted[far])
    )
    assert same.all()
    assert shapely.area(repaired).sum() == pytest.approx(9)


def test_a_vertex_on_a_neighbours_edge_is_shared() -> None:
    """As in Belgodère: invisible in degrees, an overlap in metres."""
    bent = with_ninth(shapely.Polygon([(2, 2), (2.3, 2 + 1e-13), (3, 2), (3, 3), (2, 3)]))
    assert coverage.broken(bent).size
    repaired = coverage.repair(bent)
    assert coverage.broken(crs.project(repaired, 4326, 3857)).size == 0


def test_a_lake_is_not_filled() -> None:
    lake = shapely.Point(1.5, 1.5).buffer(0.2)
    grid = with_ninth(shapely.box(1.9, 2, 3, 3))
    grid[4] = shapely.difference(grid[4], lake)
    holes = coverage.holes(coverage.repair(grid))
    assert [shapely.area(hole) for hole in holes] == pytest.approx([lake.area])


def test_a_coverage_beyond_repair_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapely, "coverage_clean", lambda shapes, **_: shapes)
    with pytest.raises(BoundariesError, match="ne se raccordent pas"):
        coverage.repair(with_ninth(shapely.box(1.9, 2, 3, 3)))


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=9, max_size=9))
def test_dissolve_is_the_union_of_each_group(labels: list[str | None]) -> None:
    keys, unions = coverage.dissolve(GRID, pd.Series(labels, dtype="str"))
    assert keys.tolist() == sorted({label for label in labels if label})
    for key, union in zip(keys, unions, strict=True):
        members = GRID[[label == key for label in labels]]
        assert shapely.equals(union, shapely.union_all(members))
    if len(keys):
        assert made_of(unions, GRID)


@settings(deadline=None)
@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_a_moved_square_is_always_noticed_and_repaired(dx: float, dy: float) -> None:
    moved = GRID.copy()
    moved[4] = shapely.affinity.translate(GRID[4], dx, dy)
    if max(abs(dx), abs(dy)) > 1e-6:
        assert coverage.broken(moved).size
    repaired = coverage.repair(moved)
    assert coverage.broken(repaired).size == 0
    assert overlap(repaired) == pytest.approx(0, abs=1e-9)


def test_multi_keeps_order_and_shape() -> None:
    mixed = np.array([GRID[0], shapely.MultiPolygon([GRID[1], GRID[5]]), GRID[2]])
    multi = coverage.multi(mixed)
    assert [shape.geom_type for shape in multi] == ["MultiPolygon"] * 3
    assert shapely.equals(multi, mixed).all()
    assert len(segments(multi)) == len(segments(mixed))


def test_area_on_the_ellipsoid() -> None:
    # A degree square at the equator: 111.3 km by 110.6 km.
    assert coverage.area_km2(np.array([shapely.box(0, 0, 1, 1)])) == pytest.approx(12308.8, abs=0.1)


def test_the_oracles_see_what_they_should() -> None:
    union = np.array([shapely.union_all(GRID)])
    assert made_of(union, GRID)
    assert not made_of(with_ninth(shapely.box(2, 2, 3, 3.1)), GRID)
    assert overlap(with_ninth(shapely.box(1.5, 2, 3, 3))) == pytest.approx(0.5)
    assert len(segments(GRID)) == 24
