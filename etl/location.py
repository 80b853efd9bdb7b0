"""Where a row is: its commune from its code or its point, and how far the two disagree.

The declared code comes first, whatever its year; the point checks it. A code nobody knows is
replaced by the commune the point lies in. A point too far from its commune is not believed.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from boundaries import crs
from boundaries.cog import Resolver
from etl.communes import Communes, FloatArray, GeometryArray
from etl.signalements import Signalements

#: Bounds of coordinates in degrees.
_LON_MAX, _LAT_MAX = 180, 90

#: Beyond this distance from its declared commune (km) a point is held to be wrong, and the lieu is
#: put at the centre of the commune. Nearer, the place may be just over the border, the border drawn
#: coarsely, or the address placed at the middle of its postcode: the point is kept and flagged. Of
#: the 1 934 mairies whose point is outside their commune, 306 are farther, three quarters of these
#: by more than 10 km.
SEUIL_KM = 5.0

BoolArray = npt.NDArray[np.bool_]


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
        resolver=resolver,
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
    resolver: Resolver,
    signalements: Signalements,
    champ_code: str,
    champ_point: str,
) -> None:
    """Record what became of the rows whose code says nothing, or not enough."""
    found = position >= 0
    declared = (rows["code"].str.strip() != "").to_numpy()
    lignes, codes = rows["ligne"].to_numpy(), rows["code"].to_numpy()
    signalements.add(
        "commune_par_le_point",
        lignes[found],
        champ_code,
        "Code de commune « {valeur} » absent, inconnu ou partagé : ses coordonnées sont à "
        "{commune}.",
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
    shared = rows["code"].str.strip().str.upper().isin(list(resolver.divided)).to_numpy()
    several = ~located & shared
    signalements.add(
        "commune_partagee",
        lignes[several],
        champ_code,
        "Le territoire du code « {valeur} » est aujourd'hui partagé entre {choix}, et la ligne n'a "
        "pas de coordonnées. Mettez le code de l'une d'elles.",
        codes[several],
        choix=[", ".join(resolver.divided[code.strip().upper()]) for code in codes[several]],
    )
    wrong = ~located & declared & ~shared
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
