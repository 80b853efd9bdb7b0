"""The lieu nearest to each commune by road, as a routing engine measures it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from etl.accessibility.nearest import candidates
from etl.accessibility.routing import RoutingEngine

Indices = NDArray[np.intp]

#: How distances are measured, as every answer names it.
BY_ROAD = "itineraire"
#: Tables asked at once.
_AT_ONCE = 4
#: Side of the cells communes are grouped by, degrees: neighbours share their candidates.
_CELL = 0.25


@dataclass(frozen=True)
class _Batch:
    """Row numbers of the communes and of the lieux of one table."""

    origins: Indices
    places: Indices


def nearest_by_road(
    origins: pd.DataFrame,
    places: pd.DataFrame,
    engine: RoutingEngine,
    *,
    count: int,
    positions_max: int,
) -> pd.DataFrame:
    """Find the place nearest to each origin by road.

    Only the `count` places nearest by straight line are routed, with those of the neighbours asked
    in the same table. A place beyond them that a shorter road reaches is not seen: five candidates
    make that rare, more make it rarer and slower.

    Parameters
    ----------
    origins
        Columns ``commune, srid, x, y`` (degrees), ``point`` (projected).
    places
        Columns ``lieu, srid, x, y, point``.
    engine
        Measures.
    count
        Candidates by origin.
    positions_max
        Most points of a table, above `count`.

    Returns
    -------
    pandas.DataFrame
        Columns ``commune, distance_km, duree_min, lieu``: the shortest road, and the time it takes;
        a commune from which no road leads to a candidate is left out.

    Raises
    ------
    EtlError
        If the engine is away or refuses.
    """
    batches = list(_batches(origins, candidates(origins, places, count), positions_max))
    starts, ends = origins[["x", "y"]].to_numpy(), places[["x", "y"]].to_numpy()

    def ask(batch: _Batch) -> pd.DataFrame:
        found = engine.routes(starts[batch.origins], ends[batch.places])
        reached = ~np.isnan(found.km).all(axis=1)
        km = np.where(np.isnan(found.km), np.inf, found.km)[reached]
        rows, best = np.arange(len(km)), km.argmin(axis=1)
        return pd.DataFrame(
            {
                "commune": origins["commune"].to_numpy()[batch.origins[reached]],
                "distance_km": km[rows, best],
                "duree_min": found.minutes[reached][rows, best],
                "lieu": places["lieu"].to_numpy()[batch.places[best]],
            }
        )

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(ask, batches))
    if not found:
        return pd.DataFrame({"commune": [], "distance_km": [], "duree_min": [], "lieu": []})
    return pd.concat(found).sort_values("commune", ignore_index=True)


def _batches(origins: pd.DataFrame, wanted: pd.DataFrame, positions_max: int) -> Iterator[_Batch]:
    """Pack communes close to each other, with all their candidates, in tables that may be asked."""
    by_origin = {int(str(row)): hits for row, hits in wanted.groupby("origin")["place"]}
    cells = np.floor(origins[["y", "x"]].to_numpy() / _CELL)
    order = np.lexsort((np.arange(len(origins)), cells[:, 1], cells[:, 0]))
    rows: list[int] = []
    hits: set[int] = set()
    for row in order.tolist():
        if row not in by_origin:
            continue
        mine = set(by_origin[row].tolist())
        if rows and len(rows) + 1 + len(hits | mine) > positions_max:
            yield _batch(rows, hits)
            rows, hits = [], set()
        rows.append(row)
        hits |= mine
    if rows:
        yield _batch(rows, hits)


def _batch(rows: list[int], hits: set[int]) -> _Batch:
    # Sorted: among places at the same distance the first one of the frame is kept.
    return _Batch(np.array(rows, dtype=np.intp), np.array(sorted(hits), dtype=np.intp))
