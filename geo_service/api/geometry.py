"""Geometries of exports: points of rows, polygons of territories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import shapely

from geo_service.atlas import PublishedAtlas
from geo_service.database import Rows
from geo_service.sql import load

#: Formats that carry a geometry.
WITH_GEOMETRY = ("geojson", "parquet")


def points(wanted: str, rows: Rows) -> list[bytes | None] | None:
    """Make the WKB points (EPSG:4326) of rows that have ``lon`` and ``lat``."""
    if wanted not in WITH_GEOMETRY:
        return None
    return [
        None if row["lon"] is None else shapely.to_wkb(shapely.Point(row["lon"], row["lat"]))
        for row in rows
    ]


async def polygons(
    atlas: PublishedAtlas, wanted: str, keys: Sequence[tuple[str, str]]
) -> list[bytes | None] | None:
    """Read the polygon of each territory.

    Parameters
    ----------
    atlas
        The publication.
    wanted
        Format of the export.
    keys
        Niveau and code of each territory.

    Returns
    -------
    list or None
        WKB in EPSG:4326, ``None`` for a territory without polygon, in the order of the keys;
        ``None`` altogether for a format without geometry.
    """
    if wanted not in WITH_GEOMETRY:
        return None
    codes: defaultdict[str, list[str]] = defaultdict(list)
    for niveau, code in keys:
        codes[niveau].append(code)
    found: dict[tuple[str, str], bytes] = {}
    for niveau, members in codes.items():
        for row in await atlas.database.fetch(
            load("geometries"), {"niveau": niveau, "codes": members}
        ):
            found[niveau, row["code"]] = row["geom"]
    return [found.get(key) for key in keys]
