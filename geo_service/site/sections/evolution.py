"""The rate over the publications: a small chart, drawn here, and what its table says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from geo_service.diagnostics.sentences import percent

#: Size of the drawing, and its margins: left for the percentages, right for the last label.
WIDTH: Final = 400
HEIGHT: Final = 180
_LEFT: Final = 48
_RIGHT: Final = 24
_TOP: Final = 16
_BOTTOM: Final = 34
#: Least height of the scale: a tenth, so that a small movement is not drawn as a large one.
_LEAST_SPAN: Final = 0.1
#: Days between labels of the axis that do not touch, as a part of the width.
_APART: Final = 0.3


@dataclass(frozen=True)
class Dot:
    """A publication on the chart: ``label`` is its day where there is room to write it."""

    x: float
    y: float
    comparable: bool
    label: str | None


@dataclass(frozen=True)
class Chart:
    """The chart of a rate.

    Attributes
    ----------
    dots
        Publications, the oldest first: the last one of each day.
    line
        Points of the line that joins those whose services are the same as today's.
    ticks
        Lines of the scale: their height, and what is written beside.
    """

    dots: list[Dot]
    line: str
    ticks: list[tuple[float, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    bottom: int = HEIGHT - _BOTTOM


def chart(points: Sequence[Mapping[str, Any]]) -> Chart | None:
    """Draw the rate over time.

    Parameters
    ----------
    points
        ``evolution`` of a diagnosis, the oldest first.

    Returns
    -------
    Chart or None
        None when there are not two days with a rate: there is nothing to draw.
    """
    days = {point["date"]: point for point in points if point["taux"] is not None}
    if len(days) < 2:  # noqa: PLR2004 (a line has two ends)
        return None
    dates = [dt.date.fromisoformat(day).toordinal() for day in days]
    rates = [float(point["taux"]) for point in days.values()]
    low, high = _scale(rates)
    room_x, room_y = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    start, length = dates[0], dates[-1] - dates[0]

    def height(rate: float) -> float:
        return round(_TOP + room_y * (high - rate) / (high - low), 1)

    dots: list[Dot] = []
    written = -1.0
    for date, rate, (day, point) in zip(dates, rates, days.items(), strict=True):
        along = (date - start) / length
        # The last day is always written: those too near it are not.
        label = None
        if date == dates[-1] or (along - written >= _APART and along <= 1 - _APART):
            label, written = _short(day), along
        dots.append(Dot(round(_LEFT + room_x * along, 1), height(rate), point["comparable"], label))
    line = " ".join(f"{dot.x},{dot.y}" for dot in dots if dot.comparable)
    middle = (low + high) / 2
    return Chart(dots, line, [(height(rate), percent(rate)) for rate in (low, middle, high)])


def _scale(rates: Sequence[float]) -> tuple[float, float]:
    """Choose the rates of the foot and of the top of the scale, in whole twentieths."""
    low, high = int(min(rates) * 20) / 20, -int(-max(rates) * 20 // 1) / 20
    while high - low < _LEAST_SPAN:
        low, high = max(0.0, low - 0.05), min(1.0, high + 0.05)
    return round(low, 2), round(high, 2)


def _short(day: str) -> str:
    year, month, number = day.split("-")
    return f"{number}/{month}/{year}"
