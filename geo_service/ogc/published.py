"""What is known of the collections of one publication, kept as long as it is open."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any
from weakref import WeakKeyDictionary

from geo_service.atlas import PublishedAtlas
from geo_service.matrices import ABSENT
from geo_service.ogc.collections import COLLECTIONS, Collection
from geo_service.ogc.feature_build import open_files
from geo_service.ogc.lists import Index, Lists

#: Counts of selections kept.
_KEPT_COUNTS = 2_000
#: Queries of selections that run at once in a process: the other pages must stay quick.
_AT_ONCE = 4


class Published:
    """Counts and extents of the collections of a publication.

    Attributes
    ----------
    counts
        Features of each selection counted lately, by its listing; None where counting took too
        long.
    extents
        Spatial and temporal extent of each collection, by id, once asked.
    indexes
        Places of the territories of each collection, once asked.
    lists
        Lists of territories selected lately.
    files
        Ready-made features, by collection.
    selecting
        Held while a selection is read.
    """

    def __init__(self, atlas: PublishedAtlas) -> None:
        self.counts: OrderedDict[str, int | None] = OrderedDict()
        self.extents: dict[str, dict[str, Any]] = {}
        self.files = open_files(atlas.folder)
        self.lists = Lists()
        self.indexes: dict[str, Index] = {}
        self.selecting = asyncio.Semaphore(_AT_ONCE)
        self._totals = _totals(atlas)

    def total(self, collection: Collection) -> int:
        """Features of a whole collection."""
        return self._totals[collection.id]

    def keep_count(self, listing: str, count: int | None) -> None:
        """Remember a count; those unused for the longest time make room."""
        self.counts[listing] = count
        if len(self.counts) > _KEPT_COUNTS:
            self.counts.popitem(last=False)


def _totals(atlas: PublishedAtlas) -> dict[str, int]:
    """Count the features of each collection from what is in memory: no table is read."""
    known = atlas.metadata
    niveaux: dict[str, int] = {}
    for niveau, _ in known.territories.by_key:
        niveaux[niveau] = niveaux.get(niveau, 0) + 1
    others = {
        "actions": int(known.actions.counts.sum()),
        "lieux": int(known.lieux.counts.sum()),
        "lacunes": int((known.matrices.statuts == ABSENT).sum()),
    }
    return {
        name: others[name] if collection.niveau is None else niveaux.get(collection.niveau, 0)
        for name, collection in COLLECTIONS.items()
    }


_PUBLISHED: WeakKeyDictionary[PublishedAtlas, Published] = WeakKeyDictionary()


def published(atlas: PublishedAtlas) -> Published:
    """Give what is known of a publication's collections."""
    found = _PUBLISHED.get(atlas)
    if found is None:
        found = _PUBLISHED[atlas] = Published(atlas)
    return found
