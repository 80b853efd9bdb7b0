"""Geometries of exports: points of rows, polygons of territories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import shapely

from geo_service.atlas import PublishedAtlas
from geo_service.database import Rows
from geo_service.exports import BATCH, WITH_GEOMETRY, Geometry
from geo_service.sql import load
from geo_service.territories import Key

__all__ = ["WITH_GEOMETRY", "Polygons", "points", "polygons"]


def points(wanted: str, rows: Rows) -> list[bytes | None] | None:
    """Make the WKB points (EPSG:4326) of rows that have ``lon`` and ``lat``."""
    if wanted not in WITH_GEOMETRY:
        return None
    return [
        None if row["lon"] is None else shapely.to_wkb(shapely.Point(row["lon"], row["lat"]))
        for row in rows
    ]


class Polygons:
    """Polygons of territories (WKB in EPSG:4326), read a few at once.

    Parameters
    ----------
    atlas
        The publication.
    keys
        Niveau and code of each territory, in the order of the rows.
    """

    def __init__(self, atlas: PublishedAtlas, keys: Sequence[Key]) -> None:
        self._atlas = atlas
        self._keys = keys

    @property
    def geometry(self) -> Geometry:
        """Multipolygons; some are missing where territories are on no map."""
        return Geometry(missing=not all(self._mapped(*key) for key in self._keys))

    def _mapped(self, niveau: str, code: str) -> bool:
        matrices = self._atlas.metadata.matrices
        if niveau == "commune":
            return bool(matrices.mapped[matrices.position[code]])
        # An arrondissement municipal is counted in its city.
        return niveau == "arrondissement" or bool(
            matrices.mapped[matrices.members(niveau, code)].any()
        )

    def parts(self) -> Iterator[slice]:
        """Cut where :data:`BATCH` communes are outlined: a région weighs as some of them."""
        by_key = self._atlas.metadata.territories.by_key
        start = weight = 0
        for at, key in enumerate(self._keys):
            weight += max(by_key[key].communes, 1)
            if weight >= BATCH:
                yield slice(start, at + 1)
                start, weight = at + 1, 0
        if start < len(self._keys):
            yield slice(start, len(self._keys))

    async def read(self, part: slice) -> Sequence[bytes | None]:
        """Read the polygons of some rows, ``None`` for a territory that has none."""
        keys = self._keys[part]
        codes: defaultdict[str, list[str]] = defaultdict(list)
        for niveau, code in keys:
            codes[niveau].append(code)
        found: dict[Key, bytes] = {}
        for niveau, members in codes.items():
            for row in await self._atlas.database.fetch(
                load("geometries"), {"niveau": niveau, "codes": members}, binary=True
            ):
                found[niveau, row["code"]] = row["geom"]
        return [found.get(key) for key in keys]


async def polygons(atlas: PublishedAtlas, wanted: str, keys: Sequence[Key]) -> Polygons | None:
    """Find the polygon of each territory.

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
    Polygons or None
        What reads them; ``None`` for a format without geometry.
    """
    return Polygons(atlas, keys) if wanted in WITH_GEOMETRY else None
