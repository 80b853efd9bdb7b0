"""The order in which a row is given a commune and a point."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from boundaries import crs
from boundaries.cog import Resolver
from etl.communes import Communes, FloatArray, GeometryArray
from etl.location import remarks
from etl.location.addresses import Addresses
from etl.location.codes import resolve_codes
from etl.location.geocoder import Geocoder
from etl.location.naming import Named, named_communes
from etl.location.points import BoolArray, looks_swapped, points_of
from etl.location.precision import LOCALISATIONS, precision_of_points
from etl.signalements import Signalements

#: Beyond this distance from its declared commune (km) a point is held to be wrong, and the lieu is
#: put elsewhere in the commune. Nearer, the place may be just over the border, the border drawn
#: coarsely, or the address placed at the middle of its postcode: the point is kept and flagged. Of
#: the 1 934 mairies whose point is outside their commune, 306 are farther, three quarters of these
#: by more than 10 km.
SEUIL_KM = 5.0

IntArray = npt.NDArray[np.int64]


def locate(
    rows: pd.DataFrame,
    *,
    communes: Communes,
    resolver: Resolver,
    signalements: Signalements,
    champ_code: str,
    champ_point: str,
    champ_commune: str = "commune",
    geocoder: Geocoder | None = None,
) -> gpd.GeoDataFrame:
    """Give each row a commune and a point, or refuse it.

    The commune is that of the declared code, of any year; else the one the point lies in, unless
    the postcode and the name agree on another one farther than `SEUIL_KM`; else the one a geocoder
    finds the address in; else the one that postcode and name mean. The point is the declared one,
    unless it is farther than `SEUIL_KM` from the commune; else that of the address; else a middle
    of the commune.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``ligne``; ``code`` (str, empty when not declared); ``lon`` and ``lat``, degrees, missing
        when not given. Optionally ``repli_lon`` and ``repli_lat``, a point known to be only the
        centre of the commune or of one that joined it; ``nom``, ``adresse``, ``code_postal``,
        ``commune_nom`` and ``departement`` (str, empty when missing).
    communes, resolver
        Where communes are, and what codes mean.
    signalements
        Receives what was refused, repaired and flagged.
    champ_code, champ_point, champ_commune : str
        Names of the columns of the source, for the remarks.
    geocoder
        Finds addresses; None where none is set up.

    Returns
    -------
    geopandas.GeoDataFrame
        Index of the rows kept, with ``commune``; ``localisation``, a key of
        :data:`etl.location.LOCALISATIONS`; ``precision_m``, estimated uncertainty of the point in
        metres; ``ecart_km``, distance of the given point to the commune, 0 inside, missing without
        a point; ``geom``, EPSG:4326.

    Raises
    ------
    EtlError
        If the geocoder is away and the configuration does not let the atlas do without.
    """
    tell = remarks.Remarks(communes, signalements, champ_code, champ_point, champ_commune)
    lignes = rows["ligne"].to_numpy()
    lon, lat = _straightened(rows, tell)
    points, usable = points_of(lon, lat)
    fallback, has_fallback = _fallback(rows)
    current = resolve_codes(resolver, rows["code"], rows["ligne"], champ_code, signalements)
    position = communes.codes.get_indexer(pd.Index(current)).astype("int64")
    addresses = Addresses(rows, geocoder, communes, resolver)

    unknown = np.flatnonzero(position < 0)
    if len(unknown):
        some_point = np.where(usable, points, fallback)[unknown]
        located = (usable | has_fallback)[unknown]
        by_point = np.where(located, communes.at(some_point), -1)
        named = named_communes(rows.iloc[unknown], communes)
        position[unknown] = _settle(by_point, some_point, rows.iloc[unknown], named, tell)
        left = unknown[position[unknown] < 0]
        position[left] = addresses.communes_of(left)
        tell.by_address(rows.iloc[left], position[left])
        still = position[unknown] < 0
        tell.by_name(rows.iloc[unknown[still]], named.take(still))
        position[unknown[still]] = named.position[still]
        lost = position[unknown] < 0
        tell.refused(
            rows.iloc[unknown[lost]],
            located=located[lost],
            point=(lon[unknown[lost]], lat[unknown[lost]]),
            named=named.take(lost),
            divided=resolver.divided,
        )
    tell.nowhere(lignes, lon, lat, points, usable)

    kept = np.flatnonzero(position >= 0)
    where, given, point = position[kept], usable[kept], points[kept]
    km = np.full(len(kept), np.nan)
    km[given] = communes.distance_km(point[given], where[given])
    far = given & (km > SEUIL_KM)
    without = ~given | far
    found = addresses.points_of(kept, where, without)
    inside = has_fallback[kept] & shapely.intersects(communes.geoms[where], fallback[kept])
    centre = np.where(inside, fallback[kept], communes.centres[where])
    localisation = np.where(without, found.localisation, "point").astype(object)
    middle = localisation == "centre_commune"
    tell.outside(lignes[kept], km=km, outside=given & (km > 0), where=where)
    tell.replaced(lignes[kept], km=km, far=far, where=where, localisation=localisation)
    tell.absent(lignes[kept], absent=~given, where=where, localisation=localisation)
    precision = np.where(
        without,
        np.where(middle, communes.rayons_m[where], _constant(localisation)),
        precision_of_points(lon[kept], lat[kept], km),
    )
    return gpd.GeoDataFrame(
        {
            "commune": communes.codes.to_numpy(dtype=object)[where],
            "localisation": localisation,
            "precision_m": precision,
            "ecart_km": np.round(km, 3),
            "geom": np.where(middle, centre, np.where(without, found.points, point)),
        },
        geometry="geom",
        crs=crs.GEOGRAPHIC,
        index=rows.index[kept],
    )


def _constant(localisation: npt.NDArray[np.object_]) -> FloatArray:
    return np.array([LOCALISATIONS[name] or np.nan for name in localisation], dtype="float64")


def _straightened(rows: pd.DataFrame, tell: remarks.Remarks) -> tuple[FloatArray, FloatArray]:
    """Coordinates with the axes of the swapped ones put right."""
    lon, lat = (rows[name].to_numpy(dtype="float64") for name in ("lon", "lat"))
    swapped = looks_swapped(lon, lat, rows["code"])
    tell.swapped(rows["ligne"].to_numpy(), lon, lat, swapped)
    return np.where(swapped, lat, lon), np.where(swapped, lon, lat)


def _fallback(rows: pd.DataFrame) -> tuple[GeometryArray, BoolArray]:
    if "repli_lon" not in rows:
        empty = np.full(len(rows), np.nan)
        return points_of(empty, empty)
    return points_of(rows["repli_lon"].to_numpy(), rows["repli_lat"].to_numpy())


def _settle(
    by_point: IntArray,
    points: GeometryArray,
    rows: pd.DataFrame,
    named: Named,
    tell: remarks.Remarks,
) -> IntArray:
    """Choose between the commune a point lies in and the one that postcode and name mean.

    Only a name found under its own postcode stands against a point; and a postal name is often that
    of the next town's office, so that the point wins where they are near.
    """
    both = np.flatnonzero((by_point >= 0) & named.sure & (named.position != by_point))
    km = tell.communes.distance_km(points[both], named.position[both])
    far = both[km > SEUIL_KM]
    near = both[km <= SEUIL_KM]
    tell.at_odds(rows.iloc[near], by_point[near], named.position[near])
    settled = by_point.copy()
    settled[far] = -1
    by_the_point = settled >= 0
    tell.by_point(rows.iloc[np.flatnonzero(by_the_point)], settled[by_the_point])
    return settled
