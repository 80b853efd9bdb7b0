"""GeoJSON features as rows: properties, identifier, point (RFC 7946, and its older ``crs``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ijson
import numpy as np
import pyproj
import shapely

from etl.formats.base import LATITUDE, LONGITUDE, FormatError, where
from etl.formats.flatten import Item, flatten, text
from etl.formats.gathering import Fault
from etl.formats.json_guard import Guard
from etl.formats.points import texts, to_degrees

#: Key of the array of a collection.
FEATURES = "features"
_WGS84 = "EPSG:4326"


class Row(dict[str, str]):
    """The texts of a feature."""


class Layer:
    """What the features of a file have in common.

    Attributes
    ----------
    crs : str
        Of their coordinates; longitude first whatever it says.
    """

    def __init__(self, path: Path, crs: str = _WGS84) -> None:
        self.crs = crs
        try:
            self._transform = to_degrees(crs)
        except pyproj.exceptions.CRSError:
            raise FormatError(
                "projection_inconnue",
                f"{where(path)} annonce une projection inconnue, « {crs[:80]} ». Exportez-le de "
                "nouveau en WGS 84 (EPSG:4326).",
            ) from None

    @classmethod
    def of(cls, path: Path, guard: Guard) -> Layer:
        """Read the CRS that a collection of before RFC 7946 may announce."""
        found = next(ijson.items(guard, "crs.properties.name"), None)
        return cls(path, found if isinstance(found, str) else _WGS84)

    def row(self, feature: Mapping[str, Any]) -> Item:
        """Turn a feature into texts."""
        properties = feature.get("properties") or {}
        if feature.get("type") != "Feature" or not isinstance(properties, dict):
            return Fault(
                "ligne_illisible", "L'élément n'est pas un objet géographique.", text(feature)
            )
        row = Row(flatten(properties))
        if feature.get("id") is not None:
            row.setdefault("id", text(feature["id"]))
        row[LONGITUDE], row[LATITUDE] = self._point(feature.get("geometry"))
        return row

    def _point(self, geometry: object) -> tuple[str, str]:
        """Longitude and latitude; '' where there is no geometry, or no proper one."""
        if not isinstance(geometry, dict):
            return "", ""
        coordinates = geometry.get("coordinates")
        if geometry.get("type") == "Point" and self._transform is None:
            if isinstance(coordinates, list) and len(coordinates) > 1:
                return text(coordinates[0]), text(coordinates[1])
            return "", ""
        try:
            shape = shapely.from_geojson(json.dumps(geometry, default=float))
        except (shapely.errors.GEOSException, TypeError, ValueError):
            return "", ""
        (longitude,), (latitude,) = texts(np.array([shape], dtype=object), self._transform)
        return longitude, latitude
