"""The rank among comparables, drawn as rates on a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Any, Final

from geo_service.diagnostics.sentences import percent
from geo_service.territories import Territory

#: Size of the drawing, its margins, and the step between territories of one rate, stacked.
WIDTH: Final = 400
_MARGIN: Final = 20
_STEP: Final = 13
_BASE: Final = 26
#: Rates drawn at one place: half a percentage point.
_PLACES: Final = 200
#: Comparables that the page of comparison opens on.
_SIDE_BY_SIDE: Final = 3


@dataclass(frozen=True)
class Strip:
    """Rates on a line, stacked where they are equal; the territory itself at the foot.

    Attributes
    ----------
    others
        Where each comparable is.
    own
        Where the territory is.
    median
        Where the median of the comparables is.
    ticks
        Rates written under the line.
    """

    others: list[tuple[float, float]]
    own: tuple[float, float]
    median: float
    ticks: list[tuple[float, str]]
    height: int
    base: int
    width: int = WIDTH


def strip(compared: Mapping[str, Any]) -> Strip | None:
    """Draw a territory among its comparables.

    Parameters
    ----------
    compared
        What :func:`geo_service.api.comparables.comparables_answer` gives.

    Returns
    -------
    Strip or None
        None where there is nobody to compare with.
    """
    if not compared["comparables"] or compared["taux"] is None:
        return None
    rates = [float(item["taux"]) for item in compared["comparables"]]
    own, median = float(compared["taux"]), float(compared["taux_median"])
    low = floor(min(*rates, own) * 10) / 10
    high = max(ceil(max(*rates, own) * 10) / 10, low + 0.1)

    def along(rate: float) -> float:
        return round(_MARGIN + (WIDTH - 2 * _MARGIN) * (rate - low) / (high - low), 1)

    stacked: Counter[int] = Counter({round(own * _PLACES): 1})
    heaps = []
    for rate in sorted(rates):
        place = round(rate * _PLACES)
        heaps.append((along(rate), stacked[place]))
        stacked[place] += 1
    base = _BASE + (max(stacked.values()) - 1) * _STEP
    count = max(1, round((high - low) * 10))
    step = max(1, ceil(count / 5))
    ticks = [low + index / 10 for index in range(0, count + 1, step)]
    return Strip(
        [(x, base - level * _STEP) for x, level in heaps],
        (along(own), base),
        along(median),
        [(along(tick), percent(tick)) for tick in ticks],
        base + 40,
        base,
    )


def side_by_side(territory: Territory, compared: Mapping[str, Any]) -> str:
    """Give the address that sets a territory beside its first comparables."""
    keys = [territory.code, *(item["code"] for item in compared["comparables"][:_SIDE_BY_SIDE])]
    return "/comparer?territoires=" + ",".join(f"{territory.niveau}/{code}" for code in keys)
