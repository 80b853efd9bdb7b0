"""Instants and intervals of time, as ``datetime`` and CQL2 write them (RFC 3339)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from geo_service.ogc.exchange import refused, shown

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIMESTAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})"
)


@dataclass(frozen=True)
class Instant:
    """An instant, or a whole day.

    Attributes
    ----------
    start
        UTC, without zone; the first instant of a day.
    day
        Day it is in, in UTC.
    """

    start: dt.datetime
    day: dt.date


def read_instant(text: object, name: str = "filter") -> Instant:
    """Read a date or a timestamp.

    Parameters
    ----------
    text
        ``2026-01-31`` or ``2026-01-31T12:00:00Z``.
    name
        The parameter it comes from.

    Raises
    ------
    Problem
        400 if it is neither.
    """
    if isinstance(text, str):
        try:
            if _DATE.fullmatch(text):
                day = dt.date.fromisoformat(text)
                return Instant(dt.datetime.combine(day, dt.time()), day)
            if _TIMESTAMP.fullmatch(text):
                # Fractions beyond the microsecond are no more than PostgreSQL keeps.
                whole = re.sub(r"(\.\d{6})\d+", r"\1", text.upper())
                found = dt.datetime.fromisoformat(whole).astimezone(dt.UTC).replace(tzinfo=None)
                return Instant(found, found.date())
        except (ValueError, OverflowError):
            pass
    raise refused(
        name,
        f"« {shown(text)} » n’est pas une date (2026-01-31) ni un instant (2026-01-31T12:00:00Z).",
    )


def read_datetime(text: str) -> tuple[dt.date | None, dt.date | None]:
    """Read the parameter ``datetime`` (17-069r4 §7.15.4).

    Parameters
    ----------
    text
        An instant, or an interval ``start/end`` where an end may be ``..`` or empty.

    Returns
    -------
    tuple
        First and last day, in UTC; None where it is open. Features have days, not hours.

    Raises
    ------
    Problem
        400 if it is neither, or if its end is before its start.
    """
    ends = text.split("/")
    if len(ends) == 1:
        day = read_instant(text, "datetime").day
        return day, day
    if len(ends) != 2:  # noqa: PLR2004 (its two ends)
        raise refused("datetime", "un intervalle a un début et une fin, séparés par « / ».")
    instants = [None if end in {"", ".."} else read_instant(end, "datetime") for end in ends]
    start, end = instants
    if start is not None and end is not None and start.start > end.start:
        raise refused("datetime", "la fin de l’intervalle est avant son début.")
    return (
        None if start is None else start.day,
        None if end is None else end.day,
    )
