"""Which identifiers were already read, part after part, without holding them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

BoolArray = npt.NDArray[np.bool_]
_Hashes = npt.NDArray[np.uint64]


class Seen:
    """A set of texts that keeps eight bytes of each, and only grows.

    Texts are told apart by a 64-bit hash: with ten million of them, the odds that two share one are
    under 3 in a million (birthday bound, n² / 2⁶⁵). Hashes are held in sorted runs, each at least
    twice as long as the next, so that n texts cost n log n whatever the parts they come in.
    """

    def __init__(self) -> None:
        self._runs: list[_Hashes] = []

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    def holds(self, texts: pd.Series[str]) -> BoolArray:
        """Tell which texts are in the set."""
        return self._holds(_hash(texts))

    def add(self, texts: pd.Series[str]) -> BoolArray:
        """Put texts into the set; tell which were there already, or earlier in ``texts``."""
        hashes = _hash(texts)
        again = self._holds(hashes) | pd.Series(hashes).duplicated().to_numpy()
        run = np.unique(hashes[~again])
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = np.union1d(self._runs.pop(), run)
        if len(run):
            self._runs.append(run)
        return again

    def _holds(self, hashes: _Hashes) -> BoolArray:
        found = np.zeros(len(hashes), dtype=bool)
        for run in self._runs:
            at = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
            found |= run[at] == hashes
        return found


def _hash(texts: pd.Series[str]) -> _Hashes:
    values = texts.to_numpy(dtype=object)
    return pd.util.hash_array(values, categorize=False).astype("uint64")


@dataclass
class Places:
    """The lieux a source gave, and what they give.

    Attributes
    ----------
    ids
        Identifiers of its lieux, with the source's prefix.
    services
        Pairs of a lieu and a service, as :func:`pair` writes them.
    """

    ids: Seen = field(default_factory=Seen)
    services: Seen = field(default_factory=Seen)


def pair(lieux: pd.Series[str], services: pd.Series[str]) -> pd.Series[str]:
    """Write what lieux give as one text each."""
    return lieux + "\0" + services
