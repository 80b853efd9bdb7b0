"""Geometries written in filters and boxes: read, checked, brought to longitudes and latitudes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from boundaries.crs import GEOGRAPHIC, project
from geo_service.ogc.crs import Box, Crs
from geo_service.ogc.exchange import refused, shown

#: Vertices of one geometry of a filter.
MOST_VERTICES = 10_000
_PLANE = 4
_SPACE = 6
_NORTH = 90
_EAST = 180


def read_box(text: str, crs: Crs, name: str = "bbox") -> Box:
    """Read a box given as a parameter.

    Parameters
    ----------
    text
        Four numbers, or six with heights, which are checked and left out: features have none.
    crs
        Their CRS, whose axis order is followed.
    name
        The parameter.

    Returns
    -------
    tuple
        West, south, east, north; west is greater than east across the antimeridian.

    Raises
    ------
    Problem
        400 if it is no box of this CRS.
    """
    parts = text.split(",")
    if len(parts) not in {_PLANE, _SPACE}:
        raise refused(name, f"quatre ou six nombres sont attendus ; reçu : {len(parts)}.")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        raise refused(name, f"« {shown(text)} » n’est pas une suite de nombres.") from None
    return check_box(numbers, crs, name)


def check_box(numbers: list[float], crs: Crs, name: str) -> Box:
    """Check the numbers of a box; see :func:`read_box`."""
    if len(numbers) not in {_PLANE, _SPACE}:
        raise refused(name, f"quatre ou six nombres sont attendus ; reçu : {len(numbers)}.")
    if not all(map(math.isfinite, numbers)):
        raise refused(name, "des nombres finis sont attendus.")
    if len(numbers) == _SPACE:
        first, second, low, third, fourth, high = numbers
        if low > high:
            raise refused(name, "la hauteur la plus basse dépasse la plus haute.")
    else:
        first, second, third, fourth = numbers
    west, south, east, north = (
        (second, first, fourth, third) if crs.swapped else (first, second, third, fourth)
    )
    if south > north:
        raise refused(name, "son sud est au-dessus de son nord.")
    if crs.geographic:
        if south < -_NORTH or north > _NORTH or max(abs(west), abs(east)) > _EAST:
            raise refused(
                name, "les longitudes vont de -180 à 180 degrés, les latitudes de -90 à 90."
            )
    elif west > east:
        raise refused(name, "son ouest est à droite de son est.")
    return west, south, east, north


def boxes_of(box: Box) -> list[Box]:
    """Cut a box of longitudes and latitudes that crosses the antimeridian in two."""
    west, south, east, north = box
    if west <= east:
        return [box]
    return [(west, south, 180.0, north), (-180.0, south, east, north)]


def area_of(box: Box) -> shapely.Geometry:
    """Give a box as a geometry: a line or a point where it has no area."""
    west, south, east, north = box
    if west == east and south == north:
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)


def read_geometry(node: dict[str, Any], crs: Crs) -> bytes:
    """Read a geometry of a filter.

    Parameters
    ----------
    node
        GeoJSON geometry, or ``{"bbox": [...]}``.
    crs
        CRS of its coordinates, whose axis order is followed.

    Returns
    -------
    bytes
        WKB in EPSG:4326, longitude first.

    Raises
    ------
    Problem
        400 if it is no valid geometry, or too large a one.
    """
    geometry = _read_bbox(node["bbox"], crs) if "bbox" in node else _read_geojson(node, crs)
    if not crs.geographic:
        geometry = project(np.array([geometry], dtype=object), crs.srid, GEOGRAPHIC)[0]
        if not np.isfinite(shapely.get_coordinates(geometry)).all():
            raise refused("filter", "une géométrie sort du domaine de « filter-crs ».")
    elif not _on_earth(geometry):
        raise refused(
            "filter", "les longitudes vont de -180 à 180 degrés, les latitudes de -90 à 90."
        )
    wkb: bytes = shapely.to_wkb(geometry)
    return wkb


def is_mixed(node: Any) -> bool:
    """Tell whether a literal is a collection of geometries of several dimensions."""
    if not isinstance(node, dict) or node.get("type") != "GeometryCollection":
        return False
    members = node.get("geometries")
    if not isinstance(members, list):
        return False
    kinds = {
        str(member.get("type")).removeprefix("Multi") if isinstance(member, dict) else ""
        for member in members
    }
    return len(kinds) > 1 or "GeometryCollection" in kinds


def _on_earth(geometry: shapely.Geometry) -> bool:
    west, south, east, north = geometry.bounds
    return bool(west >= -_EAST and east <= _EAST and south >= -_NORTH and north <= _NORTH)


def _read_bbox(numbers: Any, crs: Crs) -> shapely.Geometry:
    if not isinstance(numbers, list) or not all(isinstance(one, int | float) for one in numbers):
        raise refused("filter", "BBOX attend quatre ou six nombres.")
    box = check_box([float(one) for one in numbers], crs, "filter")
    if crs.geographic:
        return shapely.union_all([area_of(one) for one in boxes_of(box)])
    west, south, east, north = box
    # Straight edges in this CRS are curves in degrees.
    return shapely.segmentize(area_of(box), max(east - west, north - south, 1.0) / 64)


def _read_geojson(node: dict[str, Any], crs: Crs) -> shapely.Geometry:
    try:
        geometry = shape(node)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, ShapelyError):
        raise refused("filter", "une géométrie n’est pas lisible.") from None
    if geometry.is_empty:
        raise refused("filter", "une géométrie est vide.")
    count = shapely.get_num_coordinates(geometry)
    if count > MOST_VERTICES:
        raise refused(
            "filter", f"une géométrie a {count} sommets ; {MOST_VERTICES} au plus sont lus."
        )
    geometry = shapely.force_2d(geometry)
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise refused("filter", "une géométrie a des coordonnées infinies.")
    if not geometry.is_valid:
        raise refused(
            "filter", f"une géométrie n’est pas valide ({shapely.is_valid_reason(geometry)[:80]})."
        )
    if crs.swapped:
        geometry = shapely.transform(geometry, lambda xy: xy[:, ::-1])
    if geometry.geom_type == "GeometryCollection":
        # One geometry of one kind where its members allow it: PostGIS compares no collection.
        geometry = shapely.union_all(shapely.get_parts(geometry))
    return geometry
