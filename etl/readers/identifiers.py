"""Identifiers met so far in a source read part by part."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

#: Keys of pandas' hash of strings: any 16 characters, the same for ever.
_HASH_KEY = "atlas-internet-c"


class SeenIdentifiers:
    """Tells which identifiers came in an earlier part, in 8 bytes for each.

    A 64-bit hash stands for each identifier: among four million, the chance that two share one is
    under one in two million.

    Examples
    --------
    >>> seen = SeenIdentifiers()
    >>> seen.add(pd.Series(["a", "b"])).tolist()
    [False, False]
    >>> seen.add(pd.Series(["b", "c", "c"])).tolist()
    [True, False, True]
    """

    def __init__(self) -> None:
        self._sorted: npt.NDArray[np.uint64] = np.empty(0, dtype="uint64")

    def add(self, identifiers: pd.Series[str]) -> npt.NDArray[np.bool_]:
        """Remember identifiers, and tell which were known, from before or higher in this column.

        Parameters
        ----------
        identifiers : pandas.Series of str, shape (n,)

        Returns
        -------
        numpy.ndarray of bool, shape (n,)
        """
        hashes: npt.NDArray[np.uint64] = pd.util.hash_array(
            identifiers.to_numpy(dtype="object"), hash_key=_HASH_KEY, categorize=False
        )
        place = np.searchsorted(self._sorted, hashes)
        known = np.zeros(len(hashes), dtype="bool")
        inside = place < len(self._sorted)
        known[inside] = self._sorted[place[inside]] == hashes[inside]
        repeated: npt.NDArray[np.bool_] = known | pd.Series(hashes).duplicated().to_numpy()
        fresh = np.sort(hashes[~repeated])
        self._sorted = np.insert(self._sorted, np.searchsorted(self._sorted, fresh), fresh)
        return repeated
