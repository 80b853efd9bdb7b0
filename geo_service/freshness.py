"""Data that were old when a publication was made, or that were made up.

The age is told as of the day of the publication, not of today: an answer is then a function of the
publication and of the address, and its ETag stays true. A publication made every night is at most
a day off.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from etl.french import day
from etl.synthetic import WARNING

#: Months from which data are said to be old.
OLD_MONTHS = 18
_YEAR = 12


def is_old(data: date, made: date) -> bool:
    """Tell whether data of a day were more than :data:`OLD_MONTHS` old on another."""
    months = (made.year - data.year) * _YEAR + made.month - data.month
    return (months, made.day) > (OLD_MONTHS, data.day)


def judge(source: Mapping[str, Any], made: date, *, made_up: bool) -> dict[str, Any]:
    """Say whether a source is old, or made up.

    Parameters
    ----------
    source
        Its ``statut``, ``role`` and ``date_donnees``; one that is absent has no data to be old.
    made
        Day the publication was made.
    made_up
        Whether it is one of made-up data (its territories are real).

    Returns
    -------
    dict
        ``ancienne``, ``synthetique``, and ``avertissement``: the French sentence to show, None for
        recent data.
    """
    data = source["date_donnees"]
    old = source["statut"] == "chargee" and is_old(data, made)
    synthetique = made_up and source["role"] != "territoires"
    sentences = [WARNING] if synthetique else []
    if old:
        sentences.append(
            f"Ces données, du {day(data)}, avaient plus de {OLD_MONTHS} mois quand cette "
            f"publication a été faite, le {day(made)}."
        )
    return {
        "ancienne": old,
        "synthetique": synthetique,
        "avertissement": " ".join(sentences) or None,
    }
