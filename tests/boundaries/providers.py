"""The same contours written as each provider writes them, through pyogrio."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

#: Territories of IGN's deliveries: name, CRS and départements.
DELIVERIES = {
    "LAMB93_FXX": 2154,
    "RGAF09UTM20_GLP": 5490,
    "RGAF09UTM20_MTQ": 5490,
    "UTM22RGFG95_GUF": 2972,
    "RGR92UTM40S_REU": 2975,
    "RGM04UTM38S_MYT": 4471,
}
_OVERSEAS = {"971": "GLP", "972": "MTQ", "973": "GUF", "974": "REU", "976": "MYT"}
_GRAND_PARIS = "200054781"


def country_frame(
    contours: gpd.GeoDataFrame, epcis: dict[str, str], populations: dict[str, int]
) -> gpd.GeoDataFrame:
    """Contours with the fields providers add: departement, region, epci, population, parent."""
    frame = contours.copy()
    overseas = frame["code"].str.startswith("97")
    frame["departement"] = frame["code"].str[:2].mask(overseas, frame["code"].str[:3])
    frame["region"] = frame["departement"].map({"75": "11", "77": "11", "971": "01"}).fillna("84")
    frame["epci"] = frame["code"].map(epcis)
    frame["population"] = frame["code"].map(populations).fillna(0).astype("int64")
    city = frame["code"].str[:2].map({"75": "75056", "69": "69123", "13": "13055"})
    frame["parent"] = city.where(frame["type"] == "ARM", "15001")
    frame["delivery"] = frame["departement"].map(_OVERSEAS).fillna("FXX")
    return frame


def _epci_text(epci: object, none: str) -> str:
    """What IGN writes: "/" between the métropole and its EPT in Grand Paris, NR or NC for none."""
    if pd.isna(epci):
        return none
    return f"{epci}/200057966" if epci == _GRAND_PARIS else str(epci)


def ign_3_layers(frame: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Layers of ADMIN EXPRESS COG CARTO 3.x, with names in capitals."""
    identifier = [f"COMMUNE_{number:016}" for number in range(len(frame))]
    base = frame.assign(
        ID=identifier,
        NOM=frame["nom"],
        NOM_M=frame["nom"].str.upper(),
        INSEE_COM=frame["code"],
        STATUT="Commune simple",
        POPULATION=frame["population"],
        INSEE_CAN="NR",
        INSEE_ARR="1",
        INSEE_DEP=frame["departement"],
        INSEE_REG=frame["region"],
        SIREN_EPCI=[_epci_text(code, "NR") for code in frame["epci"]],
    )
    inside = base.assign(INSEE_COM=frame["parent"], NATURE=frame["type"])
    return {
        "COMMUNE": base[frame["type"] == "COM"][
            [
                "ID",
                "NOM",
                "NOM_M",
                "INSEE_COM",
                "STATUT",
                "POPULATION",
                "INSEE_CAN",
                "INSEE_ARR",
                "INSEE_DEP",
                "INSEE_REG",
                "SIREN_EPCI",
                "geometry",
            ]
        ],
        "ARRONDISSEMENT_MUNICIPAL": inside.assign(INSEE_ARM=frame["code"])[frame["type"] == "ARM"][
            ["ID", "NOM", "NOM_M", "INSEE_ARM", "INSEE_COM", "POPULATION", "geometry"]
        ],
        "COMMUNE_ASSOCIEE_OU_DELEGUEE": inside.assign(INSEE_CAD=frame["code"])[
            frame["type"].isin(["COMD", "COMA"])
        ][["ID", "NOM", "NOM_M", "INSEE_CAD", "INSEE_COM", "NATURE", "POPULATION", "geometry"]],
    }


def ign_4_layers(frame: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Layers of ADMIN EXPRESS COG CARTO 4.0, with long names in small letters."""
    base = frame.assign(
        cleabs=[f"COMMUNE_{number:016}" for number in range(len(frame))],
        nom_officiel=frame["nom"],
        nom_officiel_en_majuscules=frame["nom"].str.upper(),
        code_insee=frame["code"],
        statut="Commune simple",
        code_insee_du_canton="NR",
        code_insee_de_l_arrondissement="1",
        code_insee_du_departement=frame["departement"],
        code_insee_de_la_region=frame["region"],
        codes_siren_des_epci=[_epci_text(code, "NC") for code in frame["epci"]],
        code_insee_de_la_commune_de_rattach=frame["parent"],
        numero_de_l_arrondissement_municipal=1,
        code_postal="NR",
        nature=frame["type"].map({"COMD": "Commune déléguée", "COMA": "Commune associée"}),
    )
    common = ["cleabs", "nom_officiel", "nom_officiel_en_majuscules", "code_insee"]
    inside = ["code_insee_de_la_commune_de_rattach", "population", "geometry"]
    return {
        "commune": base[frame["type"] == "COM"][
            [
                *common,
                "statut",
                "population",
                "code_insee_du_canton",
                "code_insee_de_l_arrondissement",
                "code_insee_du_departement",
                "code_insee_de_la_region",
                "codes_siren_des_epci",
                "code_postal",
                "geometry",
            ]
        ],
        "arrondissement_municipal": base[frame["type"] == "ARM"][
            [*common, "numero_de_l_arrondissement_municipal", "code_postal", *inside]
        ],
        "commune_associee_ou_deleguee": base[frame["type"].isin(["COMD", "COMA"])][
            [*common, "nature", *inside]
        ],
    }


def _epci_layer(names: tuple[str, str, str], table: pd.DataFrame) -> gpd.GeoDataFrame:
    natures = {
        "CC": "Communauté de communes",
        "CA": "Communauté d'agglomération",
        "CU": "Communauté urbaine",
        "METRO": "Métropole",
    }
    rows = pd.DataFrame(
        {
            names[0]: [*table["code"], "200057966"],
            names[1]: [*table["nom"], "Vallée Sud - Grand Paris"],
            names[2]: [*table["nature"].map(natures), "Etablissement public territorial"],
        }
    )
    box = shapely.box(2, 45, 3, 46)
    return gpd.GeoDataFrame(rows, geometry=[box] * len(rows), crs=4326)


def write_ign_3(folder: Path, frame: gpd.GeoDataFrame, epcis: pd.DataFrame) -> Path:
    """One folder a territory, each in its legal CRS, one Shapefile a layer."""
    for delivery, srid in DELIVERIES.items():
        rows = frame[frame["delivery"] == delivery[-3:]]
        place = folder / f"ADECOGC_3-2_SHP_{delivery}"
        layers = ign_3_layers(rows)
        if delivery.endswith("FXX"):
            layers["EPCI"] = _epci_layer(("CODE_SIREN", "NOM", "NATURE"), epcis)
        for name, layer in layers.items():
            if len(layer):
                place.mkdir(parents=True, exist_ok=True)
                pyogrio.write_dataframe(layer.to_crs(srid), place / f"{name}.shp", encoding="UTF-8")
    return folder


def write_ign_3_zip(folder: Path, frame: gpd.GeoDataFrame, epcis: pd.DataFrame) -> Path:
    """The same in one archive."""
    source = write_ign_3(folder / "shp", frame, epcis)
    target = folder / "ADMIN-EXPRESS-COG-CARTO_3-2.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(source.rglob("*.*")):
            archive.write(path, path.relative_to(source))
    return target


def write_ign_4_gpkg(folder: Path, frame: gpd.GeoDataFrame, epcis: pd.DataFrame) -> Path:
    """One GeoPackage for the whole country in degrees, column ``geometrie``."""
    target = folder / "ADE-COG-CARTO_4-0_GPKG_WGS84G_FRA.gpkg"
    layers = ign_4_layers(frame)
    layers["epci"] = _epci_layer(("code_siren", "nom_officiel", "nature"), epcis)
    chefs_lieux = layers["commune"][["cleabs", "code_insee", "nom_officiel", "geometry"]].copy()
    chefs_lieux["geometry"] = shapely.point_on_surface(chefs_lieux.geometry.to_numpy())
    layers["chef_lieu_de_commune"] = chefs_lieux
    for name, layer in layers.items():
        pyogrio.write_dataframe(
            layer, target, layer=name, layer_options={"GEOMETRY_NAME": "geometrie"}
        )
    return target


def write_ign_4_gpkgs(folder: Path, frame: gpd.GeoDataFrame, epcis: pd.DataFrame) -> Path:
    """One GeoPackage a territory, each in its legal CRS."""
    for delivery, srid in DELIVERIES.items():
        rows = frame[frame["delivery"] == delivery[-3:]]
        for name, layer in ign_4_layers(rows).items():
            if len(layer):
                pyogrio.write_dataframe(
                    layer.to_crs(srid), folder / f"ADE-COG-CARTO_4-0_{delivery}.gpkg", layer=name
                )
    return folder


def write_ign_4_parquet(folder: Path, frame: gpd.GeoDataFrame, epcis: pd.DataFrame) -> Path:
    """One GeoParquet a layer, column ``geometrie``; the path is that of the communes."""
    layers = ign_4_layers(frame)
    layers["epci"] = _epci_layer(("code_siren", "nom_officiel", "nature"), epcis)
    for name, layer in layers.items():
        layer.rename_geometry("geometrie").to_parquet(folder / f"{name}.parquet")
    return folder / "commune.parquet"


def write_etalab(folder: Path, frame: gpd.GeoDataFrame, epcis: pd.DataFrame) -> Path:
    """One GeoJSON, cities and their arrondissements in one layer, without déléguées; gzipped."""
    rows = frame[frame["type"].isin(["COM", "ARM"])]
    cities = rows["code"].isin(["75056", "69123", "13055"])
    layer = rows[["code", "nom", "departement", "region", "epci", "geometry"]].assign(
        plm=np.where(cities, True, None),
        commune=rows["parent"].where(rows["type"] == "ARM"),
    )
    plain = folder / "communes-5m.geojson"
    pyogrio.write_dataframe(
        layer, plain, layer_options={"RFC7946": "YES", "COORDINATE_PRECISION": "15"}
    )
    target = folder / "communes-5m.geojson.gz"
    target.write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    return target


def write_plain(folder: Path, frame: gpd.GeoDataFrame, epcis: pd.DataFrame) -> Path:
    """A GeoJSON that anybody may write: ``code`` and ``nom`` alone."""
    rows = frame[frame["type"].isin(["COM", "ARM"])]
    target = folder / "mes-communes.json"
    pyogrio.write_dataframe(
        rows[["code", "nom", "geometry"]],
        target,
        driver="GeoJSON",
        layer_options={"COORDINATE_PRECISION": "15"},
    )
    return target


Writer = Callable[[Path, gpd.GeoDataFrame, pd.DataFrame], Path]

WRITERS: dict[str, Writer] = {
    "ign-3-shapefile": write_ign_3,
    "ign-3-zip": write_ign_3_zip,
    "ign-4-geopackage": write_ign_4_gpkg,
    "ign-4-geopackages": write_ign_4_gpkgs,
    "ign-4-geoparquet": write_ign_4_parquet,
    "etalab-geojson-gz": write_etalab,
    "geojson": write_plain,
}
#: Providers whose files hold the communes déléguées and associées.
WITH_PARTS = (
    "ign-3-shapefile",
    "ign-3-zip",
    "ign-4-geopackage",
    "ign-4-geopackages",
    "ign-4-geoparquet",
)
#: Providers whose files name the EPCI.
WITH_EPCIS = ("ign-3-shapefile", "ign-3-zip", "ign-4-geopackage", "ign-4-geoparquet")
#: Providers whose layers are all in one file.
IN_ONE_FILE = ("ign-3-zip", "ign-4-geopackage", "etalab-geojson-gz", "geojson")
