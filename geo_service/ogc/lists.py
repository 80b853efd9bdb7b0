"""Lists of territories kept in memory: where each one selected is, in the order asked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_service.ogc.crs import Box
from geo_service.ogc.feature_files import FeatureFile
from geo_service.ogc.literals import area_of, boxes_of

#: Bytes of lists kept by a publication.
_KEPT: Final = 16 * 2**20

Places = NDArray[np.int32]


class Lists:
    """Lists by what decided them; those unused for the longest time make room."""

    def __init__(self) -> None:
        self._lists: OrderedDict[str, Places] = OrderedDict()
        self._size = 0

    def find(self, listing: str) -> Places | None:
        """Give a list kept."""
        found = self._lists.get(listing)
        if found is not None:
            self._lists.move_to_end(listing)
        return found

    def keep(self, listing: str, places: Places) -> Places:
        """Keep a list, and give it back."""
        if listing not in self._lists:
            self._lists[listing] = places
            self._size += places.nbytes
        while self._size > _KEPT:
            _, dropped = self._lists.popitem(last=False)
            self._size -= dropped.nbytes
        return places


class Index:
    """Places of the territories of a collection.

    Attributes
    ----------
    ids
        Identifiers, in their order.
    position
        Place of each.
    """

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = ids
        self.position = {code: place for place, code in enumerate(ids)}
        self.whole: Places = np.arange(len(ids), dtype=np.int32)

    def places(self, ids: Sequence[str]) -> Places:
        """Find the places of some of them, in the order given."""
        return np.fromiter(map(self.position.__getitem__, ids), dtype=np.int32, count=len(ids))


def touching(file: FeatureFile, box: Box) -> NDArray[np.bool_]:
    """Tell which features a box touches, those without geometry included.

    Parameters
    ----------
    file
        The features.
    box
        West, south, east, north in degrees; west is greater than east across the antimeridian.

    Returns
    -------
    numpy.ndarray
        (n,) in the order of the file. Exact: a geometry is looked at wherever its bounds do not
        tell.
    """
    w, s, e, n = file.sides
    found: NDArray[np.bool_] = np.isnan(w)
    for one in boxes_of(box):
        west, south, east, north = one
        meets = (w <= east) & (e >= west) & (s <= north) & (n >= south)
        places = np.flatnonzero(meets)
        inside = (
            (w[places] >= west) & (e[places] <= east) & (s[places] >= south) & (n[places] <= north)
        )
        found[places[inside]] = True
        doubtful = places[~inside & ~found[places]]
        if len(doubtful):
            area = area_of(one)
            shapely.prepare(area)
            shapes = shapely.from_wkb(file.wkb(doubtful))
            found[doubtful] = shapely.intersects(area, shapes)
    return found
