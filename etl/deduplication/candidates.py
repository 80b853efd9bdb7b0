"""Pairs of lieux that may be one: in one commune, from two sources, sharing a mark or near."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import KDTree

IntArray = npt.NDArray[np.int64]

#: Lieux farther apart (metres) are compared only when they share a mark.
RAYON_M = 300.0
#: Nearest lieux that each is compared with: keeps the work linear where thousands are near.
VOISINS = 24
#: A mark that more lieux of a commune share (the town hall's telephone) tells nothing.
PARTAGE_MAX = 40

#: Marks that two lieux of a commune may share: any one makes them worth comparing.
MARQUES = ("identifiant", "siret", "tel", "web", "adresse", "nom")


def pairs(lieux: pd.DataFrame, marks: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Find the pairs worth comparing.

    Parameters
    ----------
    lieux : pandas.DataFrame
        ``commune``, ``source`` (str); ``x``, ``y``, metres in the legal CRS of the zone, missing
        where the point is only a middle of the commune. Any unique index; sorted by the caller.
    marks : pandas.DataFrame
        Same rows; the columns `MARQUES` (str, empty when unknown).

    Returns
    -------
    first, second : numpy.ndarray of int
        Positions, ``first < second``, each pair once, sorted.
    """
    communes = pd.factorize(lieux["commune"])[0].astype("int64")
    sources = pd.factorize(lieux["source"])[0].astype("int64")
    found = [_near(lieux, communes)]
    found += [_sharing(marks[name], communes) for name in MARQUES]
    first = np.concatenate([pair[0] for pair in found])
    second = np.concatenate([pair[1] for pair in found])
    first, second = np.minimum(first, second), np.maximum(first, second)
    kept = (communes[first] == communes[second]) & (sources[first] != sources[second])
    codes = np.unique(first[kept] * len(lieux) + second[kept])
    return codes // max(len(lieux), 1), codes % max(len(lieux), 1)


def _near(lieux: pd.DataFrame, communes: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs of the nearest lieux within `RAYON_M`.

    One tree serves all communes and zones: each commune is lifted to a height of its own, far above
    the radius, so that no two communes meet.
    """
    placed = np.flatnonzero(lieux["x"].notna().to_numpy())
    nothing = np.empty(0, dtype="int64")
    if len(placed) < 2:  # noqa: PLR2004
        return nothing, nothing
    height = communes[placed] * (RAYON_M * 4)
    points = np.column_stack([lieux["x"].to_numpy()[placed], lieux["y"].to_numpy()[placed], height])
    metres, hits = KDTree(points).query(
        points, k=min(VOISINS + 1, len(placed)), distance_upper_bound=RAYON_M
    )
    rows, ranks = np.nonzero(np.isfinite(metres))
    others = hits[rows, ranks]
    apart = others != rows
    return placed[rows[apart]], placed[others[apart]]


def _sharing(mark: pd.Series[str], communes: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs of the lieux of a commune that share a mark, few enough for it to mean something."""
    given = np.flatnonzero((mark != "").to_numpy())
    keys = pd.DataFrame({"commune": communes[given], "mark": mark.to_numpy()[given], "row": given})
    sizes = keys.groupby(["commune", "mark"])["row"].transform("size")
    keys = keys[(sizes > 1) & (sizes <= PARTAGE_MAX)]
    joined = keys.merge(keys, on=["commune", "mark"])
    joined = joined[joined["row_x"] < joined["row_y"]]
    return joined["row_x"].to_numpy(dtype="int64"), joined["row_y"].to_numpy(dtype="int64")
