"""Whatever is broken on purpose must be noticed, and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import geopandas as gpd
import pytest
import shapely

from boundaries.build import Territories
from boundaries.checks import check
from boundaries.errors import BoundariesError


def redrawn(
    territories: Territories,
    code: str,
    change: Callable[[shapely.Geometry], shapely.Geometry],
    niveau: str = "commune",
) -> Territories:
    """The territories with one outline changed, and nothing else."""
    frame = territories.territoires.copy()
    row = ((frame["niveau"] == niveau) & (frame["code"] == code)).to_numpy().argmax()
    outlines = frame["geom"].to_numpy().copy()
    outlines[row] = change(outlines[row])
    frame["geom"] = gpd.GeoSeries(outlines, index=frame.index, crs=4326)
    return replace(territories, territoires=frame)


def test_figures(territories: Territories) -> None:
    figures = check(territories)
    lake = figures.pop("trous_km2")
    area = figures.pop("superficie_km2")
    assert figures == {
        "arrondissement": 2,
        "commune": 7,
        "departement": 4,
        "epci": 3,
        "ept": 1,
        "pays": 1,
        "region": 3,
        "sans_contour": 2,
        "population": 9300,
        "trous": 1,
    }
    assert lake == pytest.approx(2.73, abs=0.05)
    assert area == pytest.approx(1000, rel=0.1)


def test_a_shifted_commune_is_named(territories: Territories) -> None:
    moved = redrawn(
        territories, "15003", lambda outline: shapely.affinity.translate(outline, 0.001, 0)
    )
    with pytest.raises(BoundariesError, match=r"se chevauchent.*Parente \(15003\)"):
        check(moved)


def test_a_hand_wide_gap_is_named(territories: Territories) -> None:
    """A commune drawn half a metre short of its neighbours: no overlap, only a gap."""
    shrunk = redrawn(territories, "15003", lambda outline: shapely.buffer(outline, -5e-6))
    with pytest.raises(BoundariesError, match="laissent un vide"):
        check(shrunk)


def test_a_duplicated_commune_is_named(territories: Territories) -> None:
    frame = territories.territoires
    twice = gpd.pd.concat([frame, frame.iloc[[2]]], ignore_index=True)
    with pytest.raises(BoundariesError, match=r"figurent deux fois : Rétablie \(15004\)"):
        check(replace(territories, territoires=twice))


@pytest.mark.parametrize(
    "outline",
    [
        shapely.from_wkt("MULTIPOLYGON (((2 45, 3 46, 3 45, 2 46, 2 45)))"),
        shapely.MultiPolygon(),
        None,
    ],
    ids=["bow-tie", "empty", "missing"],
)
def test_an_invalid_outline_is_named(
    outline: shapely.Geometry | None, territories: Territories
) -> None:
    torn = redrawn(territories, "200000002", lambda _: outline, niveau="epci")
    with pytest.raises(BoundariesError, match=r"vide ou invalide : .*\(200000002\)"):
        check(torn)


def test_a_commune_of_france_without_outline_is_named(territories: Territories) -> None:
    torn = redrawn(territories, "15003", lambda _: None)
    with pytest.raises(BoundariesError, match=r"1 communes sans contour .*Parente \(15003\)"):
        check(torn)
    torn = redrawn(territories, "15", lambda _: None, niveau="departement")
    with pytest.raises(BoundariesError, match=r"vide ou invalide : Cantal \(15\)"):
        check(torn)


def test_a_centre_outside_is_named(territories: Territories) -> None:
    away = redrawn(territories, "97101", lambda outline: shapely.affinity.translate(outline, 5, 0))
    with pytest.raises(BoundariesError, match="Les Abymes"):
        check(away)


def test_a_commune_out_of_its_departement_is_named(territories: Territories) -> None:
    members = territories.appartenances
    fewer = members[~((members["niveau"] == "departement") & (members["commune"] == "77001"))]
    with pytest.raises(BoundariesError, match=r"niveau departement.*Melun \(77001\)"):
        check(replace(territories, appartenances=fewer))


def test_a_membership_of_nothing_is_named(territories: Territories) -> None:
    members = territories.appartenances.copy()
    members.loc[members["code"] == "200000001", "code"] = "200999999"
    with pytest.raises(BoundariesError, match="200999999"):
        check(replace(territories, appartenances=members))


@pytest.mark.parametrize("column", ["population", "superficie_km2"])
@pytest.mark.parametrize("niveau", ["epci", "departement", "pays", "arrondissement"])
def test_a_figure_that_is_no_sum_is_refused(
    column: str, niveau: str, territories: Territories
) -> None:
    frame = territories.territoires.copy()
    row = frame.index[frame["niveau"] == niveau][0]
    frame.loc[row, column] += 1
    with pytest.raises(BoundariesError, match=r"population|superficie"):
        check(replace(territories, territoires=frame))
