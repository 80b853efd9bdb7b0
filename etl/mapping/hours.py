"""Opening hours as files write them, turned into plain French.

OpenStreetMap's syntax is read as far as places use it: days, times, ``off``, public holidays
(specification: wiki.openstreetmap.org/wiki/Key:opening_hours/specification). Weeks, months and
conditions are not: such a text is flagged, never half understood.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from boundaries.names import normalise
from etl.readers.cleaning import clean_text, without_persons
from etl.readers.opening_hours import Slot, format_days

_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_DAY = r"(?:mo|tu|we|th|fr|sa|su)"
_RANGE = rf"{_DAY}(?:\s*-\s*{_DAY})?"
_OSM_RULE = re.compile(
    rf"(?P<days>(?:{_RANGE}|ph|sh)(?:\s*,\s*(?:{_RANGE}|ph|sh))*)?\s*:?\s*"
    r"(?P<times>off|closed|open|24/7|\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}\+?"
    r"(?:\s*,\s*\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}\+?)*)?",
    re.IGNORECASE,
)
#: Where a comma begins a new rule: before days that times follow, after times.
_NEXT_RULE = re.compile(rf"(?<=\d)\s*,\s*(?={_DAY})", re.IGNORECASE)
_CLOSED_TIMES = ("off", "closed")
_ALWAYS = "24/7"
_ALL_DAY: Slot = ("00:00", "24:00")

_HOUR = r"(\d{1,2})\s*(?:h|:|heures?)\s*(\d{2})?"
_SLOT = re.compile(rf"{_HOUR}\s*(?:-|–|—|à|a|/)?\s*{_HOUR}", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:/|,|;|\bet\b|\bpuis\b|\n|\+)\s*")
_NEVER: Slot = ("00:00", "00:00")

Days = list[tuple[Slot, ...]]


def osm_text(text: str) -> str | None:
    """Turn OpenStreetMap's ``Mo-Fr 09:00-12:00; Sa off`` into French.

    Returns
    -------
    str or None
        None if the place never opens.

    Raises
    ------
    ValueError
        If the text is beyond what is read here, or makes no sense.
    """
    days: Days = [() for _ in _DAYS]
    for rule in text.split(";"):
        for number, part in enumerate(_NEXT_RULE.split(rule.strip())):
            if part:
                _apply(part, days, added=number > 0)
    return format_days([tuple(sorted(set(slots))) for slots in days])


def _apply(rule: str, days: Days, *, added: bool) -> None:
    """Apply one rule: it replaces what was said of its days, or adds to it."""
    match = _OSM_RULE.fullmatch(rule.strip())
    if match is None or not (match["days"] or match["times"]):
        raise ValueError(f"no opening hours: {rule!r}")
    times = (match["times"] or _ALWAYS).lower()
    if times == "open":
        times = _ALWAYS
    if times in _CLOSED_TIMES:
        slots: tuple[Slot, ...] = ()
    elif times == _ALWAYS:
        slots = (_ALL_DAY,)
    else:
        slots = tuple(_osm_slot(part) for part in times.split(","))
    for day in _positions(match["days"]):
        days[day] = days[day] + slots if added else slots


def _osm_slot(text: str) -> Slot:
    start, end = (part.strip().zfill(5) for part in text.strip().rstrip("+").split("-"))
    return start, end


def _positions(text: str | None) -> list[int]:
    """Positions of days; holidays, which are no day of the week, are left out."""
    if text is None:
        return list(range(len(_DAYS)))
    found: list[int] = []
    for part in text.lower().split(","):
        bounds = [bound.strip() for bound in part.split("-")]
        if bounds[0] in ("ph", "sh"):
            continue
        first, last = _DAYS.index(bounds[0]), _DAYS.index(bounds[-1])
        span = range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
        found.extend(span)
    return found


def free_text(text: str) -> str:
    """Clean hours written in words, without the person one may ask for."""
    return without_persons(clean_text(text))


def day_slots(text: str, closed: Collection[str]) -> tuple[Slot, ...]:
    """Read the hours of one day, or half of one: ``8h30-12h``, ``09:00 - 12:00 / 14:00 - 17:00``.

    Parameters
    ----------
    closed : collection of str
        Normalised words for a day without opening; the empty one is always among them.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    if not text or text in closed:
        return ()
    slots = []
    for part in _BETWEEN.split(text.strip()):
        match = _SLOT.fullmatch(part)
        if match is None:
            if normalise(text) in closed:
                return ()
            raise ValueError(f"no slot: {part!r}")
        slot = (f"{match[1]}:{match[2] or '00'}", f"{match[3]}:{match[4] or '00'}")
        if slot != _NEVER:
            slots.append(slot)
    return tuple(slots)


def week_text(days: list[list[str]], closed: Collection[str]) -> str | None:
    """Write a week whose hours are in columns by day, or by half-day.

    A half that begins when the other ends makes one slot with it.

    Parameters
    ----------
    days : list of list of str
        From Monday, the texts of each day.

    Raises
    ------
    ValueError
        If one of them cannot be read.
    """
    return format_days([_joined([day_slots(text, closed) for text in texts]) for texts in days])


def _joined(halves: list[tuple[Slot, ...]]) -> tuple[Slot, ...]:
    slots: list[Slot] = []
    for half in halves:
        if slots and half and slots[-1][1] == half[0][0]:
            slots[-1] = (slots[-1][0], half[0][1])
            slots.extend(half[1:])
        else:
            slots.extend(half)
    return tuple(slots)
