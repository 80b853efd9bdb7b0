"""Filters held against the same condition in Python, on the features themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
from cql2 import parse_text

from tests.geo_service.ogc.asking import features, ids

Predicate = Callable[[dict[str, Any]], bool]


async def holds(
    ogc: httpx.AsyncClient, collection: str, text: str, predicate: Predicate, **more: str
) -> None:
    """Check a filter in both languages: the features are those of the predicate.

    The predicate reads the properties, with ``geometry`` added; it is true of at least one feature
    and false of another, so that it tells something.
    """
    everything = await features(ogc, collection)
    expected = [
        one["id"]
        for one in everything
        if predicate({**one["properties"], "geometry": one["geometry"]})
    ]
    assert 0 < len(expected) < len(everything), text
    assert await ids(ogc, collection, filter=text, **more) == expected, text
    written = orjson.dumps(parse_text(text).to_json()).decode()
    assert await ids(ogc, collection, filter=written, filter_lang="cql2-json", **more) == expected
