"""What is missing in a territory that its comparables have, and what to ask where nobody has said.

A comparable *does better* for a service when a larger part of its inhabitants has it: for communes,
whose part is all or nothing, when it has the service and this one does not. One definition thus
holds at every niveau. A comparable of which nobody said anything does not count as having it.

``absent`` and ``non_renseigne`` are two lists, never one: the first are gaps, to be filled; the
second are questions, to be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo_service.diagnostics.comparables import Comparables, kilometres
from geo_service.levels import Level

#: Comparables given as examples of a recommendation.
EXAMPLES: Final = 3
#: Half width, in degrees of latitude, of the band in which a nearest is looked for first; and how
#: much wider the next one is.
_BAND: Final = 0.15
_WIDER: Final = 4.0
#: Difference of shares below which two are the same: they are quotients of whole numbers.
_SAME: Final = 1e-9
#: Of a recommendation without examples.
_NONE: Final = np.zeros(0, dtype=np.intp)
_NO_KM: Final = np.zeros(0)


@dataclass(frozen=True)
class Recommendation:
    """A service that comparables have.

    Attributes
    ----------
    column
        Column of the service.
    better
        Comparables that do better: their number.
    people
        Inhabitants of the communes concerned here: where the service is absent for a gap, where
        nobody said anything for a question.
    communes
        These communes.
    part
        Share of the population that has the service here.
    part_comparables
        Mean of that share over all the comparables.
    rate, rate_after
        Rate of coverage today, and once all the communes concerned have the service.
    examples
        Up to three rows of comparables that do better, the nearest on the map first.
    examples_km
        Their distances, km.
    neighbour
        Row of the nearest territory of the niveau that does better, when it is no comparable and
        nearer than all of them.
    neighbour_km
        Its distance, km.
    """

    column: int
    better: int
    people: int
    communes: int
    part: float
    part_comparables: float
    rate: float
    rate_after: float
    examples: NDArray[np.intp]
    examples_km: NDArray[np.float64]
    neighbour: int | None
    neighbour_km: float | None


def recommendations(
    found: Comparables, columns: Sequence[int], n: int | None = None
) -> list[Recommendation]:
    """List the services missing here that comparables have, and who has them near.

    Parameters
    ----------
    found
        The territory and its comparables.
    columns
        Columns of the services to look at, in the order of the référentiel.
    n
        Most to give; all by default.

    Returns
    -------
    list of Recommendation
        By decreasing share of the comparables that do better, then people concerned, then order of
        the référentiel. At least one comparable does better for each.
    """
    level, row = found.level, found.row
    kept = _ranked(found, columns, *level.absent(row), n)
    if not kept:
        return []
    around = Surroundings(level, row)
    nearest = [around.nearest(_doing_better(level, item)) for item in kept]
    # All at once: a call to PROJ costs more than what it measures.
    places = np.array([row if place is None else place for place in nearest], dtype=np.intp)
    km = kilometres(level, row, np.concatenate([found.rows, places]))
    theirs, away = km[: len(found.rows)], km[len(found.rows) :].tolist()
    return [
        _with_examples(found, item, theirs, place, far)
        for item, place, far in zip(kept, nearest, away, strict=True)
    ]


def questions(
    found: Comparables, columns: Sequence[int], n: int | None = None
) -> list[Recommendation]:
    """List the services of which nobody said anything here and that comparables have.

    Parameters and order are those of :func:`recommendations`; there are no examples: a question
    needs an answer, not a model.
    """
    level, row = found.level, found.row
    return _ranked(found, columns, *level.unknown(row), n)


def _ranked(
    found: Comparables,
    columns: Sequence[int],
    people: NDArray[np.float64],
    communes: NDArray[np.int32],
    n: int | None,
) -> list[Recommendation]:
    level, row = found.level, found.row
    mine, theirs = level.part(row), level.part(found.rows)
    better = (theirs > mine + _SAME).sum(axis=0).tolist()
    concerned = people.tolist()
    kept = [column for column in columns if concerned[column] > 0 and better[column]]
    # Columns are in the order of the référentiel, which settles ties.
    kept.sort(key=lambda column: (-better[column], -round(concerned[column])))
    if not kept:
        return []
    means = theirs.mean(axis=0)
    gains = np.ones(len(mine)) if level.niveau == "commune" else people / level.population[row]
    rate = float(level.rate[row])
    return [
        Recommendation(
            column=column,
            better=better[column],
            people=round(concerned[column]),
            communes=int(communes[column]),
            part=float(mine[column]),
            part_comparables=float(means[column]),
            rate=rate,
            rate_after=rate + float(gains[column]) / len(mine),
            examples=_NONE,
            examples_km=_NO_KM,
            neighbour=None,
            neighbour_km=None,
        )
        for column in kept[:n]
    ]


def _doing_better(
    level: Level, item: Recommendation
) -> Callable[[NDArray[np.intp]], NDArray[np.bool_]]:
    """Tell which of some rows have a larger part of their people with the service."""

    def better(rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        found_better: NDArray[np.bool_] = level.part(rows, item.column) > item.part + _SAME
        return found_better

    return better


def _with_examples(
    found: Comparables,
    item: Recommendation,
    kilometres_away: NDArray[np.float64],
    nearest: int | None,
    nearest_km: float,
) -> Recommendation:
    """Add who does it, near: comparables first, and the nearest of all when it is none of them."""
    theirs = _doing_better(found.level, item)(found.rows)
    rows, km = found.rows[theirs], kilometres_away[theirs]
    order = np.lexsort((rows, km))[:EXAMPLES]
    shown = nearest is not None and nearest not in rows and nearest_km < km[order[0]]
    return replace(
        item,
        examples=rows[order],
        examples_km=km[order],
        neighbour=nearest if shown else None,
        neighbour_km=nearest_km if shown else None,
    )


class Surroundings:
    """Who is around a territory, looked at no further than is needed to find the nearest.

    Distances are equirectangular: they tell who is nearest, and the distance is then measured
    properly. Whoever is further north or south than a found one cannot be nearer, so that of
    35 000 communes those of a band of latitudes are enough, most of the time.

    Parameters
    ----------
    level
        Territories of its niveau.
    row
        The territory, which is on the map.
    """

    def __init__(self, level: Level, row: int) -> None:
        self._level = level
        self._lon, self._lat = level.place[row].tolist()
        self._half = _BAND
        self._look()

    def nearest(self, wanted: Callable[[NDArray[np.intp]], NDArray[np.bool_]]) -> int | None:
        """Find the nearest territory of a kind; of equally near ones the first row.

        Parameters
        ----------
        wanted
            Tells which of some rows are of the kind.

        Returns
        -------
        int or None
            Its row; None when there is none on the map.
        """
        while True:
            kept = wanted(self._rows)
            squares = self._squares[kept]
            # What lies outside the band is further than half its width.
            if len(squares) and (squares.min() <= self._half**2 or self._everywhere):
                return int(self._rows[kept][squares == squares.min()].min())
            if self._everywhere:
                return None
            self._half *= _WIDER
            self._look()

    @property
    def _everywhere(self) -> bool:
        return len(self._rows) == len(self._level.by_latitude[0])

    def _look(self) -> None:
        rows, latitudes, longitudes = self._level.by_latitude
        reach = self._half + _SAME
        first, last = latitudes.searchsorted([self._lat - reach, self._lat + reach])
        self._rows = rows[first:last]
        east = (longitudes[first:last] - self._lon) * np.cos(np.radians(self._lat))
        north = latitudes[first:last] - self._lat
        self._squares: NDArray[np.float64] = east * east + north * north
