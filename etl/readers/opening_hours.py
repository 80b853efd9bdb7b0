"""Opening hours in plain French: « lundi au vendredi : 9 h – 12 h, 14 h – 17 h 30 »."""

from __future__ import annotations

import re
from collections.abc import Sequence

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

#: A time of the day in 24 hours, ``09:30`` or ``09:30:00``.
_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)(?::[0-5]\d)?")

#: Days from a first to a last (positions in `DAYS`), and their slots (start, end).
Slot = tuple[str, str]
Period = tuple[int, int, tuple[Slot, ...]]


def _time(value: str) -> tuple[int, int]:
    match = _TIME.fullmatch(value.strip())
    if match is None:
        raise ValueError(f"no time of the day: {value!r}")
    return int(match[1]), int(match[2])


def _french(hours: int, minutes: int) -> str:
    """Write a time with no-break spaces: « 9 h », « 17 h 30 »."""
    return f"{hours}\u00a0h" + (f"\u00a0{minutes:02d}" if minutes else "")


def _start(slot: Slot) -> tuple[int, int]:
    return _time(slot[0])


def _slot(slot: Slot) -> str:
    start, end = _time(slot[0]), _time(slot[1])
    if start >= end:
        raise ValueError(f"a slot ends before it starts: {slot}")
    return f"{_french(*start)}\u00a0–\u00a0{_french(*end)}"


def format_periods(periods: Sequence[Period]) -> str | None:
    """Write the opening hours of a week.

    Parameters
    ----------
    periods : sequence of (int, int, slots)
        Periods without slot are days of closure and are left out.

    Returns
    -------
    str or None
        None if the place never opens.

    Raises
    ------
    ValueError
        If a day or a time makes no sense.
    """
    parts = []
    for first, last, slots in sorted(periods):
        if not 0 <= first <= last < len(DAYS):
            raise ValueError(f"no days of a week: {first} to {last}")
        if not slots:
            continue
        if first == last:
            days = DAYS[first]
        else:
            link = "et" if last == first + 1 else "au"
            days = f"{DAYS[first]} {link} {DAYS[last]}"
        parts.append(f"{days} : {', '.join(_slot(s) for s in sorted(slots, key=_start))}")
    text = " ; ".join(parts)
    return text[0].upper() + text[1:] if text else None


def format_days(days: Sequence[tuple[Slot, ...]]) -> str | None:
    """Write the opening hours given day by day from Monday, joining equal days that follow.

    Raises
    ------
    ValueError
        If a time makes no sense.
    """
    periods: list[Period] = []
    for day, slots in enumerate(days):
        if periods and periods[-1][1] == day - 1 and periods[-1][2] == slots:
            periods[-1] = (periods[-1][0], day, slots)
        else:
            periods.append((day, day, slots))
    return format_periods(periods)
