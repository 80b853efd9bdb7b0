"""Figures as they are written in French sentences."""

from __future__ import annotations

import datetime as dt

from boundaries.resolution import in_words

#: Between thousands, and before the percent sign (Imprimerie nationale).
NARROW = "\u202f"


def figure(count: int) -> str:
    """Write a whole number, thousands parted by narrow no-break spaces."""
    return f"{count:,}".replace(",", NARROW)


def percentage(share: float, decimals: int = 1) -> str:
    """Write a share of 0 to 1 as a percentage, without useless zeros; small is not none."""
    least = 10.0**-decimals
    if 0 < share * 100 < least:
        return f"< {_percent(least, decimals)}"
    return _percent(share * 100, decimals)


def _percent(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}".replace(".", ",")
    return f"{text.rstrip('0').rstrip(',') if ',' in text else text}{NARROW}%"


def plural(count: int, one: str, several: str) -> str:
    """Write a number and its noun; French says the plural from 2 on."""
    return f"{figure(count)} {one if count < 2 else several}"  # noqa: PLR2004


def day(date: dt.date) -> str:
    """Write a date in full; only the first day of a month is an ordinal."""
    return in_words(date.isoformat())
