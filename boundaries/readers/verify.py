"""What must be true of a layer of communes before its codes and coordinates are believed."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from boundaries import crs
from boundaries.errors import BoundariesError
from boundaries.readers.layers import Layer

#: INSEE code of a commune: département (2A and 2B in Corse), then a number.
_CODE = r"(?!00)(?:\d\d|2[AB])\d{3}"
#: A code that went through a spreadsheet: no initial zero, maybe a decimal.
_NUMBER = re.compile(r"\d{4,5}(?:\.0+)?")
#: What UTF-8 read as Latin-1 or Windows-1252 looks like ("Ã©" for "é"), and what cannot be decoded.
_GARBLED = re.compile(
    "[ÃÂÅ][\u0080-\u00bf\u0152\u0153\u2018-\u201d\u2020-\u2022]|\ufffd|[\u0080-\u009f]"
)
#: Degrees: bounds of longitude and latitude, and how far out of its zone a commune may lie.
_LONGITUDE, _LATITUDE, _MARGIN = 180.0, 90.0, 0.5
_OVERSEAS_LENGTH = 3
#: Dimension of a polygon.
_SURFACE = 2


def not_empty(frame: pd.DataFrame, layer: Layer) -> None:
    """Refuse a layer without rows, or with rows without outlines."""
    if frame.empty:
        raise BoundariesError(
            f"{layer.where()} : la couche est vide. Vérifiez l’export, ou téléchargez le fichier "
            "de nouveau."
        )


def codes(frame: pd.DataFrame, layer: Layer, field: str) -> None:
    """Refuse codes that are not five signs of text: initial zeros lost, or other territories'."""
    values = frame["code"]
    if not pd.api.types.is_string_dtype(values):
        example = values.dropna().iloc[0] if values.notna().any() else ""
        raise _numbers(layer, field, f"{example:g}" if np.isreal(example) else str(example))
    texts = values.fillna("").str.strip()
    wrong = texts[~texts.str.fullmatch(_CODE)]
    if wrong.empty:
        return
    example = wrong.iloc[0]
    if _NUMBER.fullmatch(example):
        raise _numbers(layer, field, example)
    raise BoundariesError(
        f"{layer.where(field)} : {len(wrong)} valeurs ne sont pas des codes de communes "
        f"(« {example} », ligne {wrong.index[0] + 1}). Un code INSEE a cinq signes : 01001, 2A004."
    )


def _numbers(layer: Layer, field: str, example: str) -> BoundariesError:
    digits = example.partition(".")[0]
    return BoundariesError(
        f"{layer.where(field)} : les codes ont été lus comme des nombres ({digits} pour "
        f"{digits:0>5}), les zéros du début sont perdus. Exportez ce champ en texte."
    )


def names(frame: pd.DataFrame, layer: Layer, field: str) -> None:
    """Refuse names whose accents were written in one encoding and read in another."""
    texts = frame["nom"].dropna().astype("str")
    wrong = texts[texts.str.contains(_GARBLED)]
    if len(wrong):
        raise BoundariesError(
            f"{layer.where(field)} : {len(wrong)} noms ont des caractères abîmés "
            f"(« {wrong.iloc[0]} », ligne {wrong.index[0] + 1}) : le fichier mêle des encodages, "
            "ou n’est pas dans celui qu’il déclare. Enregistrez-le de nouveau en UTF-8."
        )


def in_degrees(frame: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """Bring a layer to EPSG:4326, unless its CRS is missing or cannot be its own.

    Raises
    ------
    BoundariesError
        When the layer has no CRS, when its coordinates are degrees declared as metres or
        conversely, or when a commune falls out of the zone its code names.
    """
    declared = frame.crs
    if declared is None or declared.name.casefold().startswith(("undefined", "unknown")):
        raise BoundariesError(
            f"{layer.where()} : la couche n’a pas de système de coordonnées (fichier .prj absent, "
            "ou SRID 0). Donnez-le avec un logiciel cartographique : EPSG:2154 pour Lambert-93, "
            "EPSG:4326 pour des longitudes et latitudes."
        )
    bounds = frame.total_bounds
    degrees = bool(
        np.abs(bounds[[0, 2]]).max() <= _LONGITUDE and np.abs(bounds[[1, 3]]).max() <= _LATITUDE
    )
    if degrees is declared.is_projected:
        found, said = ("degrés", "mètres") if degrees else ("mètres", "degrés")
        raise BoundariesError(
            f"{layer.where()} : ses coordonnées sont des {found} ({bounds[0]:.6g} ; "
            f"{bounds[1]:.6g}), mais elle se déclare en {_name(declared)}, en {said}. Corrigez le "
            "système de coordonnées déclaré, sans transformer les coordonnées."
        )
    placed = frame.to_crs(crs.GEOGRAPHIC)
    outside = _outside(placed)
    if outside.size:
        row = placed.iloc[outside[0]]
        west, south, _, _ = row.geometry.bounds
        raise BoundariesError(
            f"{layer.where()} : {outside.size} communes ne sont pas là où leur code le dit "
            f"({row['nom']}, {row['code']}, serait à la longitude {west:.3f}, latitude "
            f"{south:.3f}). Le système de coordonnées déclaré ({_name(declared)}) n’est pas le "
            "bon, ou longitude et latitude sont échangées."
        )
    return placed


def _name(declared: pyproj.CRS) -> str:
    code = declared.to_epsg()
    return f"EPSG:{code}" if code else declared.name


def departement(code: str) -> str:
    """Département, or collectivité overseas, of the code of a commune."""
    return code[:_OVERSEAS_LENGTH] if code.startswith(("97", "98")) else code[:2]


def _outside(frame: gpd.GeoDataFrame) -> NDArray[np.intp]:
    """Positions of the communes outside of the area of use of their zone's datum (EPSG).

    The datum's, since a projection may stop at the edge of its UTM zone (2972 at 54° W, in Guyane).
    """
    srids = frame["code"].map(departement).map(_srid)
    bounds = frame.geometry.bounds.to_numpy()
    wrong = np.zeros(len(frame), dtype=bool)
    for srid in srids.dropna().unique():
        datum = pyproj.CRS.from_epsg(int(srid)).geodetic_crs
        code = datum.to_epsg() if datum else None
        area = pyproj.CRS.from_epsg(code).area_of_use if code else None
        if area is None:
            continue
        rows = (srids == srid).to_numpy()
        wrong[rows] = (
            (bounds[rows, 0] < area.west - _MARGIN)
            | (bounds[rows, 1] < area.south - _MARGIN)
            | (bounds[rows, 2] > area.east + _MARGIN)
            | (bounds[rows, 3] > area.north + _MARGIN)
        )
    return np.flatnonzero(wrong)


def _srid(zone: str) -> int | None:
    try:
        return crs.legal_srid(zone)
    except KeyError:
        return None


def outlines(frame: gpd.GeoDataFrame, layer: Layer) -> None:
    """Refuse rows without an outline, or whose outline is no polygon."""
    geometries = frame.geometry.to_numpy()
    kinds = shapely.get_dimensions(geometries)
    wrong = np.flatnonzero(
        shapely.is_missing(geometries) | shapely.is_empty(geometries) | (kinds != _SURFACE)
    )
    if wrong.size:
        row = frame.iloc[wrong[0]]
        raise BoundariesError(
            f"{layer.where()} : {wrong.size} lignes n’ont pas de contour, ou un contour qui n’est "
            f"pas un polygone ({row['nom']}, {row['code']})."
        )
