"""Who shares a border with whom, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow

from geo_service.sql import load


@dataclass(frozen=True)
class Borders:
    """Who touches whom, as the rows of a sparse matrix (CSR).

    Attributes
    ----------
    starts
        (n + 1,) where the neighbours of each territory begin.
    others
        (m,) rows of the neighbours, sorted for each territory.
    km
        (m,) length of the common border.
    """

    starts: NDArray[np.intp]
    others: NDArray[np.intp]
    km: NDArray[np.float64]


def sparse(codes: Sequence[str], borders: Iterable[tuple[str, str, float]]) -> Borders:
    """Index borders by the rows of their territories.

    Parameters
    ----------
    codes
        Codes of the territories, in the order of the rows.
    borders
        ``code, neighbour, km``, from both sides.
    """
    position = {code: row for row, code in enumerate(codes)}
    pairs = sorted((position[one], position[other], km) for one, other, km in borders)
    firsts = np.array([pair[0] for pair in pairs], dtype=np.intp)
    return Borders(
        starts=np.searchsorted(firsts, np.arange(len(codes) + 1)).astype(np.intp),
        others=np.array([pair[1] for pair in pairs], dtype=np.intp),
        km=np.array([pair[2] for pair in pairs], dtype=np.float64),
    )


def read_borders(
    connection: Connection[TupleRow],
) -> defaultdict[str, list[tuple[str, str, float]]]:
    """Read the borders of a publication, by niveau: ``code, neighbour, km``, from both sides."""
    borders: defaultdict[str, list[tuple[str, str, float]]] = defaultdict(list)
    for niveau, code, voisin, km in connection.execute(load("index_voisinages")):
        borders[niveau].append((code, voisin, km))
    return borders
