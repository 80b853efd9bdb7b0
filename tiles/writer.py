"""Writing a PMTiles archive: one file that appears whole or not at all.

The format is PMTiles version 3 (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md).
The ``pmtiles`` package lays the bytes out: given tiles in the order of their ids it makes a
clustered archive where equal tiles are stored once, with no date inside, so that equal tiles give
equal bytes.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from tiles.errors import TilesError

#: Beyond this a phone on a slow network waits too long for one tile (bytes, compressed or not).
LARGEST_TILE = 500_000

#: A tile: zoom, column, row and its gzip bytes.
Tile = tuple[int, int, int, bytes]


@dataclass(frozen=True)
class ArchiveInfo:
    """What was written."""

    path: Path
    sha256: str
    octets: int
    tuiles: int
    plus_grosse_tuile: int
    zooms: tuple[int, int]


def too_large(name: str, address: tuple[int, int, int], size: int, when: str) -> TilesError:
    """Refusal of a tile of an archive whose size (bytes) is above :data:`LARGEST_TILE`."""
    return TilesError(
        f"La tuile {'/'.join(map(str, address))} de {name} pèse {size} octets {when}, plus que "
        f"les {LARGEST_TILE} permis : généralisez davantage les contours de ce zoom."
    )


def write_archive(
    target: Path,
    tiles: Iterable[Tile],
    *,
    bounds: tuple[float, float, float, float],
    center: tuple[float, float, int],
    metadata: Mapping[str, Any],
) -> ArchiveInfo:
    """Write an archive of gzipped vector tiles, then put it in place of `target` at once.

    Parameters
    ----------
    target
        The ``.pmtiles`` file; its folder exists.
    tiles
        In any order, each address once.
    bounds
        West, south, east, north in degrees (EPSG:4326).
    center
        Longitude, latitude in degrees, and zoom that a viewer opens at.
    metadata
        The JSON object of the archive; its keys are written in the order given.

    Raises
    ------
    TilesError
        No tile at all, or one too large.
    """
    ordered = sorted((zxy_to_tileid(z, x, y), data, (z, x, y)) for z, x, y, data in tiles)
    if not ordered:
        raise TilesError(f"L’archive de tuiles {target.name} serait vide : rien à dessiner.")
    _, largest, address = max(ordered, key=lambda tile: len(tile[1]))
    if len(largest) > LARGEST_TILE:
        raise too_large(target.name, address, len(largest), "une fois compressée")
    west, south, east, north = bounds
    longitude, latitude, zoom = center
    header = {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": round(west * 1e7),
        "min_lat_e7": round(south * 1e7),
        "max_lon_e7": round(east * 1e7),
        "max_lat_e7": round(north * 1e7),
        "center_zoom": zoom,
        "center_lon_e7": round(longitude * 1e7),
        "center_lat_e7": round(latitude * 1e7),
    }
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            writer = Writer(file)
            for tile_id, data, _ in ordered:
                writer.write_tile(tile_id, data)
            writer.finalize(header, dict(metadata))
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        with temporary.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        octets = temporary.stat().st_size
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return ArchiveInfo(
        path=target,
        sha256=digest,
        octets=octets,
        tuiles=len(ordered),
        plus_grosse_tuile=len(largest),
        zooms=(ordered[0][2][0], ordered[-1][2][0]),
    )
