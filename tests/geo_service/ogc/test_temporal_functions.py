"""OGC 21-065r2 (CQL2), annex A: temporal functions, held against Allen's algebra."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import httpx
import pytest

from tests.geo_service.ogc.asking import features, ids

CONFORMANCE = ("http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions",)

pytestmark = pytest.mark.anyio

Span = tuple[dt.date, dt.date]

#: What each says of the first and last days a0, a1 of one and b0, b1 of the other.
FUNCTIONS: dict[str, Callable[[Span, Span], bool]] = {
    "T_AFTER": lambda a, b: a[0] > b[1],
    "T_BEFORE": lambda a, b: a[1] < b[0],
    "T_CONTAINS": lambda a, b: a[0] < b[0] and a[1] > b[1],
    "T_DISJOINT": lambda a, b: a[1] < b[0] or a[0] > b[1],
    "T_DURING": lambda a, b: a[0] > b[0] and a[1] < b[1],
    "T_EQUALS": lambda a, b: a == b,
    "T_FINISHEDBY": lambda a, b: a[0] < b[0] and a[1] == b[1],
    "T_FINISHES": lambda a, b: a[0] > b[0] and a[1] == b[1],
    "T_INTERSECTS": lambda a, b: max(a[0], b[0]) <= min(a[1], b[1]),
    "T_MEETS": lambda a, b: a[1] == b[0],
    "T_METBY": lambda a, b: a[0] == b[1],
    "T_OVERLAPPEDBY": lambda a, b: b[0] < a[0] < b[1] < a[1],
    "T_OVERLAPS": lambda a, b: a[0] < b[0] < a[1] < b[1],
    "T_STARTEDBY": lambda a, b: a[0] == b[0] and a[1] > b[1],
    "T_STARTS": lambda a, b: a[0] == b[0] and a[1] < b[1],
}
SPANS = (
    ("2018-01-01", "2018-06-01"),
    ("2018-06-01", "2019-01-01"),
    ("2018-06-01", "2020-01-01"),
    ("2019-01-01", "2020-01-01"),
    ("2019-01-01", "2020-12-31"),
    ("2019-01-01", "2021-01-01"),
    ("2019-02-01", "2020-12-31"),
    ("2018-02-01", "2020-12-31"),
    ("2019-02-01", "2020-02-01"),
    ("2018-01-01", "2022-01-01"),
    ("2020-01-01", "2022-01-01"),
    ("2020-12-31", "2022-01-01"),
    ("2021-12-31", "2022-01-01"),
    ("..", "2019-06-01"),
    ("2019-06-01", ".."),
    ("..", ".."),
)


def day(text: str, default: dt.date) -> dt.date:
    return default if text == ".." else dt.date.fromisoformat(text)


@pytest.mark.parametrize("name", FUNCTIONS)
async def test_intervals(ogc: httpx.AsyncClient, name: str) -> None:
    """/conf/temporal-functions: intervals of properties, of literals, open ones."""
    told = set()
    everything = [
        one
        for one in await features(ogc, "actions")
        if one["properties"]["date_debut"] and one["properties"]["date_fin"]
    ]
    assert everything
    for start, end in SPANS:
        other = (day(start, dt.date.min), day(end, dt.date.max))
        for one in everything:
            own = (
                dt.date.fromisoformat(one["properties"]["date_debut"]),
                dt.date.fromisoformat(one["properties"]["date_fin"]),
            )
            expected = [one["id"]] if FUNCTIONS[name](own, other) else []
            told.add(bool(expected))
            text = f"{name}(INTERVAL(date_debut, date_fin), INTERVAL('{start}', '{end}'))"
            # An end that is not known does not make the other unknown: those are looked at apart.
            both = f"{text} AND date_debut IS NOT NULL AND date_fin IS NOT NULL"
            assert await ids(ogc, "actions", filter=both) == expected, text
    assert told == {True, False}


@pytest.mark.parametrize("name", ["T_AFTER", "T_BEFORE", "T_DISJOINT", "T_EQUALS", "T_INTERSECTS"])
async def test_instants(ogc: httpx.AsyncClient, name: str) -> None:
    """/conf/temporal-functions: dates, timestamps, properties."""
    everything = await features(ogc, "actions")
    for text, when in (
        ("DATE('2025-03-01')", dt.date(2025, 3, 1)),
        ("TIMESTAMP('2019-01-01T00:00:00Z')", dt.date(2019, 1, 1)),
        ("DATE('2020-01-01')", dt.date(2020, 1, 1)),
    ):
        expected = [
            one["id"]
            for one in everything
            if one["properties"]["date_debut"]
            and FUNCTIONS[name](
                (own := dt.date.fromisoformat(one["properties"]["date_debut"]), own), (when, when)
            )
        ]
        assert await ids(ogc, "actions", filter=f"{name}(date_debut, {text})") == expected


async def test_during(ogc: httpx.AsyncClient) -> None:
    text = "T_DURING(date_debut, INTERVAL('2025-01-01T00:00:00Z', '2025-12-31T23:59:59Z'))"
    assert await ids(ogc, "actions", filter=text) == ["a:1"]
