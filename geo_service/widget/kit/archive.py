"""The small archive of a kit: the tiles of a territory and of its neighbours."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from geo_service.atlas import PublishedAtlas
from geo_service.territories import Territory
from geo_service.widget.kit.features import Wanted, keep_territories
from tiles.directory import Bounds, tile_range
from tiles.errors import TilesError
from tiles.writer import Tile, write_archive

#: Layers of the tileset « territoires » that a kit keeps, with the niveau of their territories.
LAYERS: Final = {
    "regions": "region",
    "departements": "departement",
    "epcis": "epci",
    "communes": "commune",
}
_GROUPS: Final = {"groupes": "groupe"}
#: Bytes of tiles above which the deepest zooms are left out: the whole archive is fetched at once
#: by servers that give no part of a file, on the network of a telephone.
HEAVIEST: Final = 8_000_000
#: Part of the box of a territory shown around it.
MARGIN: Final = 0.25


class Source(Protocol):
    """What an archive of a publication must give."""

    @property
    def zooms(self) -> tuple[int, int]: ...  # noqa: D102
    def get(self, z: int, x: int, y: int) -> bytes | None: ...  # noqa: D102


@dataclass(frozen=True)
class Extract:
    """What was written.

    Attributes
    ----------
    zooms
        First and last zoom.
    bounds
        West, south, east, north in degrees of what can be looked at.
    tiles, octets
        How many tiles, and the size of the archive.
    """

    zooms: tuple[int, int]
    bounds: Bounds
    tiles: int
    octets: int


def widened(box: Bounds) -> Bounds:
    """Add a margin around a box, in degrees."""
    west, south, east, north = box
    width, height = (east - west) * MARGIN, (north - south) * MARGIN
    return (
        max(west - width, -180.0),
        max(south - height, -85.0),
        min(east + width, 180.0),
        min(north + height, 85.0),
    )


def wanted_of(atlas: PublishedAtlas, territory: Territory) -> dict[str, frozenset[str]]:
    """Choose what a kit draws: a territory's communes, those that touch them, and what holds them.

    Parameters
    ----------
    atlas
        The publication.
    territory
        Any territory made of communes.

    Returns
    -------
    dict
        Codes by niveau, of territories with an outline.
    """
    matrices, known = atlas.metadata.matrices, atlas.metadata.territories
    level = atlas.metadata.levels["commune"]
    rows = matrices.members(territory.niveau, territory.code)
    communes = {str(code) for code in matrices.codes[rows]}
    for code in sorted(communes):
        at = level.position[code]
        mine = slice(level.borders.starts[at], level.borders.starts[at + 1])
        communes.update(str(other) for other in level.codes[level.borders.others[mine]])
    drawn = {code for code in communes if matrices.mapped[matrices.position[code]]}
    found: dict[str, set[str]] = {niveau: set() for niveau in LAYERS.values()}
    found["commune"] = drawn
    for code in drawn:
        for niveau, parent in known.parents["commune", code]:
            if niveau in found:
                found[niveau].add(parent)
    if territory.niveau == "groupe":
        found["groupe"] = {territory.code}
    return {niveau: frozenset(codes) for niveau, codes in found.items()}


def write_extract(archive: Source, target: Path, box: Bounds, wanted: Wanted, name: str) -> Extract:
    """Write the archive of a kit.

    Parameters
    ----------
    archive
        The tileset « territoires » of the publication.
    target
        The file; its folder exists.
    box
        West, south, east, north in degrees of the territory.
    wanted
        Codes of the territories to keep, by niveau.
    name
        What the archive is of, for those who open it elsewhere.

    Raises
    ------
    TilesError
        If there is nothing to draw.
    """
    bounds = widened(box)
    layers = {**LAYERS, **(_GROUPS if "groupe" in wanted else {})}
    first, deepest = archive.zooms
    tiles: list[Tile] = []
    last, weight = first, 0
    for zoom in range(first, deepest + 1):
        found: list[Tile] = []
        for z, x, y, data in _zoom_tiles(archive, zoom, bounds, layers, wanted):
            weight += len(data)
            if weight > HEAVIEST:
                break
            found.append((z, x, y, data))
        if weight > HEAVIEST:
            break
        tiles += found
        last = zoom
    if not tiles:
        raise TilesError(f"L’archive de tuiles {target.name} serait vide : rien à dessiner.")
    west, south, east, north = box
    written = write_archive(
        target,
        tiles,
        bounds=bounds,
        center=((west + east) / 2, (south + north) / 2, first),
        metadata={"name": name, "format": "pbf"},
    )
    return Extract((first, last), bounds, written.tuiles, written.octets)


def _zoom_tiles(
    archive: Source, zoom: int, bounds: Bounds, layers: dict[str, str], wanted: Wanted
) -> Iterator[Tile]:
    """Tiles of a zoom that have something of what is wanted, compressed without a date."""
    west, north, east, south = tile_range(bounds, zoom)
    for x in range(west, east + 1):
        for y in range(north, south + 1):
            data = archive.get(zoom, x, y)
            if data is None:
                continue
            kept = keep_territories(gzip.decompress(data), layers, wanted)
            if kept:
                yield zoom, x, y, gzip.compress(kept, mtime=0)


def has_outline(atlas: PublishedAtlas, territory: Territory) -> bool:
    """Tell whether any commune of a territory can be drawn."""
    matrices = atlas.metadata.matrices
    rows = matrices.members(territory.niveau, territory.code)
    return bool(np.any(matrices.mapped[rows]))
