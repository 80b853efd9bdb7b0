"""Where a row is: its commune from its code or its point, and how far the two disagree.

The declared code comes first, whatever its year; the point checks it. A code nobody knows is
replaced by the commune the point lies in. A point too far from its commune is not believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from boundaries import crs
from boundaries.cog import Resolver
from etl.signalements import Signalements

#: Bounds of coordinates in degrees.
_LON_MAX, _LAT_MAX = 180, 90

#: Beyond this distance from its declared commune (km) a point is held to be wrong, and the lieu is
#: put at the centre of the commune. Nearer, the place may be just over the border, the border drawn
#: coarsely, or the address placed at the middle of its postcode: the point is kept and flagged. Of
#: the 1 934 mairies whose point is outside their commune, 306 are farther, two thirds of these by
#: more than 10 km: homonyms and wrong départements.
SEUIL_KM = 5.0

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
GeometryArray = npt.NDArray[np.object_]

_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class Communes:
    """Communes of the atlas, as arrays of the same length sorted by code.

    Attributes
    ----------
    codes : pandas.Index of str
    noms : numpy.ndarray of str
    geoms : numpy.ndarray of shapely.MultiPolygon
        EPSG:4326.
    centres : numpy.ndarray of shapely.Point
        A point inside each, EPSG:4326.
    srids : numpy.ndarray of int
        Legal projected CRS, metres.
    """

    codes: pd.Index[str]
    noms: npt.NDArray[np.object_]
    geoms: GeometryArray
    centres: GeometryArray
    srids: npt.NDArray[np.int64]

    @classmethod
    def of(cls, territoires: gpd.GeoDataFrame) -> Communes:
        """Take the communes out of a frame with the columns of the table ``territoires``."""
        frame = territoires[territoires["niveau"] == "commune"].sort_values("code")
        return cls(
            codes=pd.Index(frame["code"]),
            noms=frame["nom"].to_numpy(dtype=object),
            geoms=np.asarray(frame["geom"], dtype=object),
            centres=np.asarray(frame["centre"], dtype=object),
            srids=frame["srid_legal"].to_numpy(dtype="int64"),
        )

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index of the outlines."""
        return shapely.STRtree(self.geoms)

    def at(self, points: GeometryArray) -> npt.NDArray[np.int64]:
        """Position of the commune each point lies in, -1 for none; on a border, the lowest code."""
        found = np.full(len(points), -1, dtype="int64")
        rows, positions = self.tree.query(points, predicate="intersects")
        order = np.argsort(-positions, kind="stable")
        found[rows[order]] = positions[order]
        return found

    def distance_km(self, points: GeometryArray, positions: npt.NDArray[np.int64]) -> FloatArray:
        """Distance of each point to the outline of a commune, in the legal CRS of its zone.

        Parameters
        ----------
        points : numpy.ndarray of shapely.Point, shape (n,)
            EPSG:4326.
        positions : numpy.ndarray of int, shape (n,)
            Position of the commune of each point.

        Returns
        -------
        numpy.ndarray of float, shape (n,)
            Kilometres; 0 inside. For a point so far that the projection has no answer, the
            geodesic distance to the centre of the commune.
        """
        km = np.zeros(len(points))
        outside = np.flatnonzero(~shapely.intersects(self.geoms[positions], points))
        srids = self.srids[positions[outside]]
        for srid in np.unique(srids):
            rows = outside[srids == srid]
            outlines = crs.project(self.geoms[positions[rows]], crs.GEOGRAPHIC, int(srid))
            projected = crs.project(points[rows], crs.GEOGRAPHIC, int(srid))
            reached = np.isfinite(shapely.get_x(projected) + shapely.get_y(projected))
            km[rows] = np.nan
            km[rows[reached]] = shapely.distance(outlines[reached], projected[reached]) / 1000
        far = outside[np.isnan(km[outside])]
        centres = self.centres[positions[far]]
        _, _, metres = _GEOD.inv(
            shapely.get_x(points[far]),
            shapely.get_y(points[far]),
            shapely.get_x(centres),
            shapely.get_y(centres),
        )
        km[far] = np.asarray(metres) / 1000
        return km


def resolve_codes(
    resolver: Resolver,
    codes: pd.Series[str],
    lignes: pd.Series[int],
    champ: str,
    signalements: Signalements,
) -> pd.Series[str]:
    """Turn declared codes of communes, of any year, into today's.

    A code of four digits whose leading zero was lost by a spreadsheet gets it back; that and an old
    code are recorded as repairs.

    Returns
    -------
    pandas.Series of str
        Same index; missing where the code is empty or nobody knows it.
    """
    codes = codes.str.strip().str.upper()
    lost = codes.str.fullmatch(r"\d{4}")
    full = codes.where(~lost, "0" + codes)
    current = resolver.resolve_many(full)
    repaired = lost & current.notna()
    signalements.add(
        "zero_perdu",
        lignes[repaired],
        champ,
        "Le code « {valeur} » a perdu son zéro : lu « {corrige} ».",
        codes[repaired],
        corrige=full[repaired],
    )
    old = current.notna() & (current != full)
    signalements.add(
        "code_ancien",
        lignes[old],
        champ,
        "Le code « {valeur} » n'est plus celui d'une commune : remplacé par « {actuel} ».",
        full[old],
        actuel=current[old],
    )
    return current


def points_of(lon: FloatArray, lat: FloatArray) -> tuple[GeometryArray, BoolArray]:
    """Points of coordinates in degrees, and which of them can be points on the Earth.

    Missing values, values out of range and (0, 0), what a failed geocoding leaves, cannot.
    """
    lon = np.asarray(lon, dtype="float64")
    lat = np.asarray(lat, dtype="float64")
    with np.errstate(invalid="ignore"):
        usable = (np.abs(lon) <= _LON_MAX) & (np.abs(lat) <= _LAT_MAX) & ~((lon == 0) & (lat == 0))
    points = np.asarray(shapely.points(np.where(usable, lon, 0), np.where(usable, lat, 0)))
    return points, usable


def locate(
    rows: pd.DataFrame,
    *,
    communes: Communes,
    resolver: Resolver,
    signalements: Signalements,
    champ_code: str,
    champ_point: str,
) -> gpd.GeoDataFrame:
    """Give each row a commune and a point, or refuse it.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``ligne``; ``code`` (str, empty when not declared); ``lon`` and ``lat``, degrees, missing
        when not given; optionally ``repli_lon`` and ``repli_lat``, a point known to be only the
        centre of the commune or of one that joined it.
    communes, resolver
        Where communes are, and what codes mean.
    signalements
        Receives what was refused, repaired and flagged.
    champ_code, champ_point : str
        Names of the columns of the source, for the remarks.

    Returns
    -------
    geopandas.GeoDataFrame
        Index of the rows kept, with ``commune``; ``localisation``, 'point' or 'centre_commune';
        ``ecart_km``, distance of the given point to the commune, 0 inside, missing without a
        point; ``geom``, EPSG:4326.
    """
    points, usable = points_of(rows["lon"].to_numpy(), rows["lat"].to_numpy())
    fallback, has_fallback = _fallback(rows)
    current = resolve_codes(resolver, rows["code"], rows["ligne"], champ_code, signalements)
    position = communes.codes.get_indexer(pd.Index(current))

    unknown = np.flatnonzero(position < 0)
    some_point = np.where(usable, points, fallback)[unknown]
    position[unknown] = np.where((usable | has_fallback)[unknown], communes.at(some_point), -1)
    _tell_unknown(
        rows.iloc[unknown],
        position=position[unknown],
        located=(usable | has_fallback)[unknown],
        communes=communes,
        signalements=signalements,
        champ_code=champ_code,
        champ_point=champ_point,
    )

    kept = np.flatnonzero(position >= 0)
    where, lignes = position[kept], rows["ligne"].to_numpy()[kept]
    given, point = usable[kept], points[kept]
    km = np.full(len(kept), np.nan)
    km[given] = communes.distance_km(point[given], where[given])
    far = given & (km > SEUIL_KM)
    _tell_outside(
        lignes,
        km=km,
        outside=given & (km > 0),
        far=far,
        where=where,
        communes=communes,
        signalements=signalements,
        champ_point=champ_point,
    )
    signalements.add(
        "point_absent",
        lignes[~given],
        champ_point,
        "Pas de point précis : le lieu est placé au centre de sa commune ({commune}).",
        commune=communes.noms[where[~given]],
    )
    centre = ~given | far
    inside = has_fallback[kept] & shapely.intersects(communes.geoms[where], fallback[kept])
    stand_in = np.where(inside, fallback[kept], communes.centres[where])
    return gpd.GeoDataFrame(
        {
            "commune": communes.codes.to_numpy(dtype=object)[where],
            "localisation": np.where(centre, "centre_commune", "point"),
            "ecart_km": np.round(km, 3),
            "geom": np.where(centre, stand_in, point),
        },
        geometry="geom",
        crs=crs.GEOGRAPHIC,
        index=rows.index[kept],
    )


def _fallback(rows: pd.DataFrame) -> tuple[GeometryArray, BoolArray]:
    if "repli_lon" not in rows:
        empty = np.full(len(rows), np.nan)
        return points_of(empty, empty)
    return points_of(rows["repli_lon"].to_numpy(), rows["repli_lat"].to_numpy())


def _tell_unknown(
    rows: pd.DataFrame,
    *,
    position: npt.NDArray[np.int64],
    located: BoolArray,
    communes: Communes,
    signalements: Signalements,
    champ_code: str,
    champ_point: str,
) -> None:
    """Record what became of the rows whose code says nothing."""
    found = position >= 0
    declared = (rows["code"].str.strip() != "").to_numpy()
    lignes, codes = rows["ligne"].to_numpy(), rows["code"].to_numpy()
    signalements.add(
        "commune_par_le_point",
        lignes[found],
        champ_code,
        "Code de commune « {valeur} » absent ou inconnu : ses coordonnées sont à {commune}.",
        codes[found],
        commune=communes.noms[position[found]],
    )
    lost = located & ~found
    signalements.add(
        "point_hors_territoire",
        lignes[lost],
        champ_point,
        "Le code de commune « {valeur} » n'est pas connu, et le point ({lat}, {lon}) n'est dans "
        "aucune commune de l'atlas.",
        codes[lost],
        lat=rows["lat"].to_numpy()[lost],
        lon=rows["lon"].to_numpy()[lost],
    )
    wrong = ~located & declared
    signalements.add(
        "commune_inconnue",
        lignes[wrong],
        champ_code,
        "Le code « {valeur} » n'est celui d'aucune commune de l'atlas, et la ligne n'a pas de "
        "coordonnées. Corrigez le code.",
        codes[wrong],
    )
    nothing = ~located & ~declared
    signalements.add(
        "sans_localisation",
        lignes[nothing],
        champ_code,
        "La ligne n'a ni code de commune ni coordonnées. Ajoutez l'un ou l'autre.",
    )


def _tell_outside(
    lignes: npt.NDArray[np.int64],
    *,
    km: FloatArray,
    outside: BoolArray,
    far: BoolArray,
    where: npt.NDArray[np.int64],
    communes: Communes,
    signalements: Signalements,
    champ_point: str,
) -> None:
    """Record the points that lie outside their commune, and those not believed."""
    shown = [_distance(value) for value in km[outside]]
    signalements.add(
        "point_hors_commune",
        lignes[outside],
        champ_point,
        "Le point est à {valeur} de sa commune déclarée ({commune}).",
        shown,
        commune=communes.noms[where[outside]],
    )
    signalements.add(
        "point_remplace",
        lignes[far],
        champ_point,
        f"À plus de {SEUIL_KM:.0f} km de la commune, le point n'est pas retenu : le lieu est placé "
        "au centre de celle-ci ({commune}).",
        [_distance(value) for value in km[far]],
        commune=communes.noms[where[far]],
    )


def _distance(km: float) -> str:
    """Write a distance in French: metres under one kilometre."""
    if km < 1:
        return f"{max(round(km * 1000), 1)} m"
    return f"{km:.1f} km".replace(".", ",")
