"""A layer broken on purpose: every fault is told, where it is, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from boundaries import coverage, inspection, known_holes, survey
from boundaries.build import Territories
from boundaries.inspection import Fault, inspect
from boundaries.known_holes import KnownHole
from tests.boundaries import country
from tests.boundaries.topology import made_of, overlap


@pytest.fixture
def communes(territories: Territories, monkeypatch: pytest.MonkeyPatch) -> gpd.GeoDataFrame:
    """The communes of the tiny country, whose lake is a known hole."""
    declare_lake(monkeypatch)
    frame = territories.territoires
    drawn = (frame["niveau"] == "commune") & frame["geom"].notna()
    rows = frame[drawn].reset_index(drop=True)
    return gpd.GeoDataFrame(rows[["code", "nom"]], geometry=rows["geom"].to_numpy(), crs=4326)


def declare_lake(monkeypatch: pytest.MonkeyPatch, km2: float = 2.73) -> None:
    centre = country.LAKE.centroid
    lake = KnownHole("lac", centre.x, centre.y, km2)
    monkeypatch.setattr(known_holes, "KNOWN_HOLES", (lake,))
    monkeypatch.setattr(known_holes, "_POINTS", shapely.points([(centre.x, centre.y)]))


def moved(frame: gpd.GeoDataFrame, code: str, shape: shapely.Geometry) -> gpd.GeoDataFrame:
    shapes = frame.geometry.to_numpy().copy()
    shapes[(frame["code"] == code).to_numpy().argmax()] = shape
    return frame.set_geometry(shapes, crs=frame.crs)


def of(frame: gpd.GeoDataFrame, code: str) -> shapely.Geometry:
    return frame.set_index("code").geometry[code]


def kinds(faults: list[Fault]) -> dict[str, int]:
    return pd.Series([fault.kind for fault in faults]).value_counts().to_dict()


def test_a_sound_layer_has_no_fault(communes: gpd.GeoDataFrame) -> None:
    faults, holes = inspect(communes, "communes")
    assert faults == []
    assert len(holes) == 1


def test_an_unknown_hole_is_told_where_it_is(
    communes: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    (fault,) = inspect(communes, "communes")[0]
    assert fault.kind == "trou"
    assert "Melun (77001)" in fault.detail
    assert fault.m2 == pytest.approx(2.73e6, rel=0.05)


def test_a_forgotten_commune_beside_a_known_lake_is_told(
    communes: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare_lake(monkeypatch, km2=1.0)
    assert kinds(inspect(communes, "communes")[0]) == {"trou": 1}


def test_a_shifted_commune(communes: gpd.GeoDataFrame) -> None:
    shift = shapely.affinity.translate(of(communes, "15003"), 0.01, 0)
    broken = moved(communes, "15003", shift)
    faults, _ = inspect(broken, "communes")
    overlaps = [fault for fault in faults if fault.kind == "chevauchement"]
    assert any("Parente (15003) et Rétablie (15004)" in fault.detail for fault in overlaps)
    # An oracle in degrees: the ground claimed twice, in m² at this latitude.
    twice = overlap(broken.geometry.to_numpy()) * 111_132 * 111_320 * np.cos(np.radians(45.05))
    assert sum(fault.m2 for fault in overlaps) == pytest.approx(twice, rel=0.01)


def test_a_duplicated_commune(communes: gpd.GeoDataFrame) -> None:
    twice = pd.concat([communes, communes[communes["code"] == "15003"]], ignore_index=True)
    faults, _ = inspect(twice, "communes")
    assert kinds(faults) == {"code_double": 1, "chevauchement": 1}
    assert faults[0].detail == "Parente (15003) figure 2 fois"
    area = coverage.area_km2(np.array([of(communes, "15003")])) * 1e6
    assert faults[1].m2 == pytest.approx(area, rel=1e-6)


def test_a_bow_tie(communes: gpd.GeoDataFrame) -> None:
    box = of(communes, "97101").bounds
    west, south, east, north = box
    tie = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    (fault,) = inspect(moved(communes, "97101", tie), "communes")[0]
    assert fault.kind == "contour_invalide"
    assert "Les Abymes (97101) : le tracé se croise en 16.05000, -61.55000" in fault.detail


def test_an_empty_outline(communes: gpd.GeoDataFrame) -> None:
    (fault,) = inspect(moved(communes, "97101", shapely.Polygon()), "communes")[0]
    assert (fault.kind, fault.detail) == ("contour_vide", "Les Abymes (97101)")


def test_a_thin_overlap_is_a_sliver(communes: gpd.GeoDataFrame) -> None:
    grown = shapely.union(of(communes, "15003"), of(communes, "15003").buffer(1e-5))
    faults, _ = inspect(moved(communes, "15003", grown), "communes")
    assert "eclat" in kinds(faults)
    assert set(kinds(faults)) <= {"eclat", "fente"}
    assert any("Rétablie (15004)" in fault.detail for fault in faults)


def test_a_thin_gap_is_told(communes: gpd.GeoDataFrame) -> None:
    shrunk = of(communes, "15003").buffer(-4e-6)
    faults, _ = inspect(moved(communes, "15003", shrunk), "communes")
    assert set(kinds(faults)) <= {"interstice", "fente"}
    assert any("Parente (15003)" in fault.detail for fault in faults)


def test_zones_and_areas(communes: gpd.GeoDataFrame) -> None:
    shapes = communes.geometry.to_numpy()
    found = inspection.zones(communes["code"], shapes)
    assert [(zone.name, zone.communes) for zone in found] == [("métropole", 6), ("971", 1)]
    assert sum(zone.km2 for zone in found) == pytest.approx(coverage.area_km2(shapes))
    source = {zone.name: zone.km2 for zone in found}
    assert inspection.areas_differ(inspection.zones(communes["code"], shapes, source)) == []
    source["971"] *= 1.001
    (fault,) = inspection.areas_differ(inspection.zones(communes["code"], shapes, source))
    assert (fault.kind, fault.layer) == ("superficie", "971")


def test_unshared_edges_are_counted(territories: Territories) -> None:
    frame = territories.territoires[territories.territoires["geom"].notna()]
    by_level = {str(level): rows["geom"].to_numpy() for level, rows in frame.groupby("niveau")}
    assert coverage.unshared(by_level["region"], by_level["commune"]) == 0
    assert made_of(by_level["region"], by_level["commune"])
    moved_by = shapely.affinity.translate(by_level["region"][0], 1e-9, 0)
    edges = len(shapely.get_coordinates(moved_by)) - len(
        shapely.get_rings(shapely.get_parts(moved_by))
    )
    assert coverage.unshared(np.array([moved_by]), by_level["commune"]) == edges


def test_every_kind_of_fault_has_a_name() -> None:
    assert {"eclat", "fente", "trou", "disparu"} < set(inspection.KINDS)


def test_known_holes_are_apart_and_in_france() -> None:
    points = known_holes._POINTS
    boxes = shapely.box(-5.2, 41.3, 9.6, 51.1)
    assert shapely.within(points, boxes).all()
    assert len({hole.nom for hole in known_holes.KNOWN_HOLES}) == len(known_holes.KNOWN_HOLES)


def test_a_file_broken_in_three_ways(communes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """The layer of the issue: a shifted commune, a duplicated one, a bow-tie."""
    broken = moved(
        communes, "15003", shapely.affinity.translate(of(communes, "15003"), 0.002, 0.001)
    )
    west, south, east, north = of(communes, "97101").bounds
    tie = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    broken = moved(broken, "97101", tie)
    broken = pd.concat([broken, broken[broken["code"] == "77001"]], ignore_index=True)
    path = tmp_path / "cassees.gpkg"
    pyogrio.write_dataframe(
        broken, path, layer="communes", geometry_type="MultiPolygon", promote_to_multi=True
    )
    report = survey.inspect_file(path, None, lambda _sentence: None)
    found = kinds(report.faults)
    assert found["code_double"] == found["contour_invalide"] == 1
    assert found["chevauchement"] >= 2
    assert survey.overlap(report) > 0
    assert report.lines[0].territories == 8
