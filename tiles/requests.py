"""What requests for tiles have in common: the publication, the numbers of a tile, headers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Protocol

from tiles.directory import Directory
from tiles.errors import StoreAwayError
from tiles.problems import ProblemError

#: A nightly atlas: a tile is used for five minutes without asking, then asked for by its ETag; for
#: ten minutes more while that goes on, and for a day while nothing answers (RFC 5861). With longer
#: than ten, who comes back the next day would first see yesterday's atlas.
CACHE = (
    b"cache-control",
    b"public, max-age=300, stale-while-revalidate=600, stale-if-error=86400",
)
TILE_TYPE = (b"content-type", b"application/vnd.mapbox-vector-tile")
VARY = (b"vary", b"Accept-Encoding")

_NUMBER = re.compile(r"[0-9]{1,10}")
_DEEPEST_ZOOM = 30


class Publication(Protocol):
    """The atlas readers see."""

    @property
    def id(self) -> str:
        """Its identifier."""

    @property
    def archives(self) -> Mapping[str, Directory]:
        """Its archives, by tileset."""

    @property
    def archives_away(self) -> Collection[str]:
        """Tilesets whose archive is in a store that has not answered yet."""


def archive_of(publication: Publication, tileset: str) -> Directory:
    """Find the archive of a tileset.

    Raises
    ------
    ProblemError
        404 when the publication has no such tileset.
    StoreAwayError
        It has one, in a store that has not answered yet.
    """
    archive = publication.archives.get(tileset)
    if archive is not None:
        return archive
    if tileset in publication.archives_away:
        raise StoreAwayError
    known = ", ".join(sorted(publication.archives)) or "aucun"
    raise ProblemError(
        404, f"Le jeu de tuiles « {tileset[:60]} » n’existe pas. Jeux disponibles : {known}."
    )


def tile_numbers(z: str, x: str, y: str) -> tuple[int, int, int]:
    """Read the address of a tile.

    Raises
    ------
    ProblemError
        400 when there is no such tile in the world.
    """
    numbers = []
    for text, name in ((z, "z"), (x, "x"), (y, "y")):
        if not _NUMBER.fullmatch(text):
            raise ProblemError(
                400, f"Le numéro {name} d’une tuile est un entier positif ; reçu : « {text[:40]} »."
            )
        numbers.append(int(text))
    zoom, column, row = numbers
    if zoom > _DEEPEST_ZOOM or column >> zoom or row >> zoom:
        raise ProblemError(
            400,
            f"La tuile {zoom}/{column}/{row} n’existe pas : z va de 0 à {_DEEPEST_ZOOM}, x et y "
            "de 0 à 2 puissance z moins 1.",
        )
    return zoom, column, row


def outside(zooms: tuple[int, int], z: int, x: int, y: int) -> ProblemError:
    """Make the problem of a tile that is not on the map."""
    return ProblemError(
        404,
        f"La tuile {z}/{x}/{y} est en dehors de la carte, dessinée des zooms {zooms[0]} à "
        f"{zooms[1]} dans les limites données par le TileJSON.",
    )
