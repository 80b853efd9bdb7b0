"""From the folder where archives are built to the place where servers read them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import psycopg

from etl import publication
from etl.fetch import sha256_of
from tiles.errors import StoreAwayError
from tiles.packing import pack
from tiles.store import ArchiveStore


class Delivery:
    """Deliverer of the tile archives of publications.

    Parameters
    ----------
    store
        Where servers read them.
    folder
        Where they are built, one folder per publication.
    brotli
        Whether tiles are made in brotli too.
    """

    def __init__(self, store: ArchiveStore, folder: Path, brotli: bool) -> None:
        self._store = store
        self._folder = folder
        self._brotli = brotli

    def deliver(self, conn: psycopg.Connection, identifier: str, tilesets: Collection[str]) -> None:
        """Make the brotli tiles of a publication, and put its archives where servers read them.

        Tiles that the active publication has are not packed again.

        Raises
        ------
        TilesError
            An archive is damaged, or did not arrive; ``StoreAwayError`` if the store is away.
        """
        if self._brotli:
            # Those of this very publication are what may be damaged: they are made anew.
            known = publication.list_publications(conn)
            active = next((p.id for p in known if p.active and p.id != identifier), None)
            for tileset in tilesets:
                name = f"{tileset}.pmtiles"
                before = None if active is None else self._folder / active / name
                pack(self._folder / identifier / name, before)
        self._store.publish(identifier, self._folder / identifier, tilesets)

    def intact(self, known: publication.Publication) -> bool:
        """Whether the archives of a publication are as built, and where servers read them."""
        return all(
            (path := self._folder / known.id / f"{name}.pmtiles").is_file()
            and sha256_of(path) == archive["sha256"]
            and self._store.holds(known.id, name, archive["octets"])
            for name, archive in known.archives.items()
            if "tuiles" in archive
        )

    def remove(self, identifier: str, tell: Callable[[str], None]) -> None:
        """Remove what was built and delivered; a store that is away keeps its part, and is told."""
        try:
            self._store.remove(identifier)
        except StoreAwayError:
            tell(
                f"Le stockage ne répond pas : les tuiles de la publication {identifier} y restent."
            )
        shutil.rmtree(self._folder / identifier, ignore_errors=True)
