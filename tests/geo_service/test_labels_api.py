"""Labels over HTTP."""

from __future__ import annotations

import csv
import io

import httpx
import pytest

from tests.geo_service.test_contract import RENNES

pytestmark = pytest.mark.anyio


async def test_a_territory_shows_its_labels_the_latest_first(api: httpx.AsyncClient) -> None:
    labels = (await api.get(RENNES)).json()["labels"]
    assert [(label["annee"], label["arobases"]) for label in labels] == [(2025, 5), (2024, 4)]
    assert labels[0]["arobase_verte"] is True
    assert labels[0]["mentions"] == ["Inclusion"]
    assert (await api.get("/api/territoires/commune/35051")).json()["labels"] == []


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["35238", "244200770", "98818", "35238"]),
        ("?annee=2025", ["35238", "244200770", "98818"]),
        ("?niveau=epci", ["244200770"]),
        ("?arobases_min=4", ["35238", "35238"]),
        ("?arobase_verte=true", ["35238"]),
        ("?annee=2025&niveau=commune&arobases_min=2", ["35238"]),
        ("?annee=2020", []),
    ],
)
async def test_filters_combine(api: httpx.AsyncClient, query: str, codes: list[str]) -> None:
    answer = (await api.get(f"/api/labels{query}")).json()
    assert [label["code"] for label in answer["labels"]] == codes
    assert answer["total"] == len(codes)
    assert answer["annees"] == [
        {"annee": 2025, "territoires": 3},
        {"annee": 2024, "territoires": 1},
    ]


async def test_pages_follow_one_another_as_the_file_says(api: httpx.AsyncClient) -> None:
    seen: list[tuple[str, int]] = []
    cursor = ""
    while True:
        page = (await api.get(f"/api/labels?limit=1&cursor={cursor}")).json()
        seen += [(label["code"], label["annee"]) for label in page["labels"]]
        if page["suivant"] is None:
            break
        cursor = page["suivant"]
    text = (await api.get("/api/labels?format=csv")).text
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    rows = list(csv.DictReader(io.StringIO(body.lstrip("\ufeff"))))
    assert [(row["code"], int(row["annee"])) for row in rows] == seen
    assert len(seen) == 4


async def test_a_year_is_a_layer_of_points(api: httpx.AsyncClient) -> None:
    layer = (await api.get("/api/labels?annee=2025&format=geojson")).json()
    points = {feature["properties"]["code"]: feature["geometry"] for feature in layer["features"]}
    assert points["35238"]["type"] == "Point"
    assert points["35238"]["coordinates"] == pytest.approx([-1.68, 48.11])
    # A collectivité without polygon is in the list, and nowhere on the map.
    assert points["98818"] is None
