"""The columns of a feature in SQL, and the feature made of a row."""

from __future__ import annotations

from typing import Any, LiteralString

import orjson

from geo_service.ogc.binding import Binder
from geo_service.ogc.collections import Collection, Field
from geo_service.ogc.crs import Crs


def source_of(collection: Collection, joins: set[str]) -> LiteralString:
    """Write the FROM clause of a collection, with the joins wanted."""
    # In the order they are declared: one may need another.
    wanted = [text for name, text in collection.joins.items() if name in joins]
    return " ".join([collection.source, *wanted])


def _geometry_of(collection: Collection, crs: Crs) -> LiteralString:
    place = collection.geometry
    if crs.srid != 4326:  # noqa: PLR2004 (the CRS of the tables)
        place = f"ST_Transform({place}, {crs.srid})"
    if crs.swapped:
        place = f"ST_FlipCoordinates({place})"
    elif collection.geometry_type == "MultiPolygon":
        # RFC 7946 §3.1.6: exterior rings counterclockwise.
        place = f"ST_ForcePolygonCCW({place})"
    return f"ST_AsGeoJSON({place}, {crs.decimals}, 0)"


def columns_of(
    collection: Collection, fields: tuple[Field, ...], crs: Crs | None, binder: Binder
) -> list[LiteralString]:
    """Write the columns that :func:`feature` reads, geometry in ``crs`` unless it is None."""
    columns: list[LiteralString] = [f"{collection.identifier} AS id"]
    for place, field in enumerate(fields):
        binder.joins.update(field.joins)
        columns.append(f"{field.sql} AS f{place}")
    if crs is not None:
        binder.joins.update(collection.geometry_joins)
        columns.append(f"{_geometry_of(collection, crs)} AS geometry")
    return columns


def feature(row: dict[str, Any], fields: tuple[Field, ...], **more: Any) -> dict[str, Any]:
    """Make a GeoJSON feature of a row."""
    geometry = row.get("geometry")
    return {
        "type": "Feature",
        "id": row["id"],
        "geometry": None if geometry is None else orjson.Fragment(geometry),
        "properties": {field.name: row[f"f{place}"] for place, field in enumerate(fields)},
        **more,
    }
