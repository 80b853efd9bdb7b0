"""OGC 19-079r2 (Features, Part 3), annex A: filter, and filter on features."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.geo_service.ogc.asking import COLLECTIONS, EPSG, features, get, ids, refusal, relations
from tests.geo_service.ogc.oracle import holds
from tests.geo_service.ogc.test_core import pages

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
)

pytestmark = pytest.mark.anyio

COMMUNES = "/collections/communes/items"


async def test_filter_param(ogc: httpx.AsyncClient) -> None:
    """/conf/filter/filter-param, /conf/features-filter/filter-on-items: in each collection."""
    for collection in COLLECTIONS:
        first = (await features(ogc, collection))[0]
        name = "id" if "id" in first["properties"] else "code"
        if collection == "lacunes":
            name = "commune"
        text = f"{name} = '{first['properties'][name]}'"
        found = await features(ogc, collection, filter=text)
        assert first["id"] in [one["id"] for one in found]
        assert all(one["properties"][name] == first["properties"][name] for one in found)


async def test_filter_lang_param(ogc: httpx.AsyncClient) -> None:
    """/conf/filter/filter-lang-param: text when it is not said."""
    tree = {"op": "=", "args": [{"property": "nom"}, "Rennes"]}
    for language, text in (
        (None, "nom = 'Rennes'"),
        ("cql2-text", "nom = 'Rennes'"),
        ("cql2-json", json.dumps(tree)),
    ):
        more = {} if language is None else {"filter_lang": language}
        assert await ids(ogc, "communes", filter=text, **more) == ["35238"]
    assert "filter-lang" in await refusal(ogc, COMMUNES, filter="TRUE", filter_lang="ecql")
    assert "filter" in await refusal(ogc, COMMUNES, filter_lang="cql2-text")
    assert "filter" in await refusal(ogc, COMMUNES, filter="nom = 'x'", filter_lang="cql2-json")
    assert "filter" in await refusal(ogc, COMMUNES, filter=json.dumps(tree))


async def test_filter_crs_param(ogc: httpx.AsyncClient) -> None:
    """/conf/filter/filter-crs-param: coordinates and their order are those of that CRS."""
    for text, uri in (
        ("S_INTERSECTS(geometry, POINT(-1.68 48.11))", None),
        ("S_INTERSECTS(geometry, POINT(48.11 -1.68))", f"{EPSG}4326"),
        ("S_INTERSECTS(geometry, POINT(351500 6789800))", f"{EPSG}2154"),
        ("S_INTERSECTS(geometry, BBOX(351400, 6789700, 351600, 6789900))", f"{EPSG}2154"),
        ("S_INTERSECTS(geometry, BBOX(48.1, -1.69, 48.12, -1.67))", f"{EPSG}4326"),
    ):
        more = {} if uri is None else {"filter_crs": uri}
        assert await ids(ogc, "communes", filter=text, **more) == ["35238"]


async def test_response_and_mixing(ogc: httpx.AsyncClient) -> None:
    """/conf/filter/response, /conf/filter/mixing-expressions: all parameters must hold."""
    found = await ids(
        ogc,
        "communes",
        filter="population > 10000",
        bbox="-2,48,-1,49",
        departement="35",
        datetime="2020-01-01T00:00:00Z",
        sortby="population",
    )
    assert found == ["35051", "35238"]
    page = await get(ogc, COMMUNES, filter="population > 10000", limit="1")
    assert page["numberMatched"] == 8
    assert page["numberReturned"] == 1


@pytest.mark.parametrize("collection", ["communes", "lieux", "lacunes"])
async def test_pages_of_a_filter(ogc: httpx.AsyncClient, collection: str) -> None:
    text = "departement <> '42'"
    expected = await ids(ogc, collection, filter=text)
    for more in ("", "&sortby=-nom", "&bbox=-5,44,5,49"):
        address = f"/ogc/collections/{collection}/items?limit=2&filter={text}{more}"
        found = await pages(ogc, address)
        assert len(found) == len(set(found))
        assert set(found) <= set(expected)
        if not more:
            assert found == expected
        page = (await ogc.get(address)).json()
        assert page["numberMatched"] == len(found)
        assert (relations(page["links"], "next") != []) is (len(found) > 2)


REFUSED = [
    "",
    "nom",
    "nom =",
    "nom = 'x",
    "inconnue = 1",
    "population = 'x'",
    "nom > 3",
    "nom = TRUE",
    "f(nom) = 1",
    "nom LIKE 3",
    "population LIKE 'x'",
    "population BETWEEN 'a' AND 'b'",
    "population IN ('a')",
    "population + nom > 3",
    "CASEI(population) = 'x'",
    "geometry = POINT(1 2)",
    "codes_postaux = 'x'",
    "codes_postaux = ('x')",
    "S_INTERSECTS(nom, POINT(1 2))",
    "S_INTERSECTS(geometry, nom)",
    "S_INTERSECTS(geometry)",
    "S_INTERSECTS(geometry, POINT(1 2), POINT(1 2))",
    "S_INTERSECTS(geometry, POINT(200 2))",
    "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))",
    "S_INTERSECTS(geometry, BBOX(1, 2, 3))",
    "S_INTERSECTS(geometry, BBOX(1, 3, 2, 1))",
    "T_AFTER(nom, DATE('2020-01-01'))",
    "population > DATE('2020-01-01')",
    "nom = DATE('2020-99-01')",
    "A_CONTAINS(nom, ('x'))",
    "A_CONTAINS(codes_postaux, (1, 2))",
    "population ^ 900 > 1",
    "population = 1e999",
    "nom LIKE 'x\\'",
    "NOT population",
    "population AND nom = 'x'",
    "1; DROP TABLE territoires",
    "nom = 'x' -- y",
    "TRUE = 1",
    "S_WITHIN(geometry, GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(1 2, 3 4)))",
]


@pytest.mark.parametrize("text", [text for text in REFUSED if text])
async def test_filters_that_are_none(ogc: httpx.AsyncClient, text: str) -> None:
    """/conf/filter/filter-param: 400, and the sentence names the filter."""
    told = await refusal(ogc, COMMUNES, filter=text)
    assert "filtre" in told.lower() or "« filter »" in told
    # The database alone knows which power is too great, of a number that is known.
    if "^" not in text:
        other = text.replace("population", "precision_m").replace("codes_postaux", "services")
        await refusal(ogc, "/collections/lieux/items", filter=other)


TREES: list[Any] = [
    {},
    [],
    3,
    "x",
    {"op": "foo", "args": []},
    {"op": "and", "args": []},
    {"op": "=", "args": [1]},
    {"op": "=", "args": [{"property": "nom"}, {"x": 1}]},
    {"op": "in", "args": [{"property": "nom"}, []]},
    {
        "op": "s_intersects",
        "args": [{"property": "geometry"}, {"type": "Polygon", "coordinates": [[]]}],
    },
    {
        "op": "s_intersects",
        "args": [{"property": "geometry"}, {"type": "Point", "coordinates": []}],
    },
    {"op": "t_after", "args": [{"interval": ["..", ".."]}]},
    {"op": "not", "args": [{"property": "nom"}]},
    {"property": "nom"},
]


@pytest.mark.parametrize("tree", TREES, ids=str)
async def test_trees_that_are_none(ogc: httpx.AsyncClient, tree: Any) -> None:
    await refusal(ogc, COMMUNES, filter=json.dumps(tree), filter_lang="cql2-json")


DEEP = {
    "brackets": "(" * 5_000 + "nom = 'x'" + ")" * 5_000,
    "negations": "NOT " * 5_000 + "nom = 'x'",
    "signs": "population = " + "-" * 9_000 + "1",
    "spaced signs": "population = " + "- " * 9_000 + "1",
    "powers": "population = " + "2^" * 5_000 + "1",
    "sums": "population = " + "1+" * 5_000 + "1",
    "foldings": "CASEI(" * 3_000 + "nom" + ")" * 3_000 + "='x'",
    "members": "population IN (" + ",".join(map(str, range(5_000))) + ")",
    "long": "nom = '" + "a" * 31_000 + "'",
    "many": " OR ".join(["nom = 'x'"] * 2_500),
    "lists": "A_CONTAINS(codes_postaux," + "(" * 4_000 + "'x'" + ")" * 4_000 + ")",
}


@pytest.mark.parametrize("name", DEEP)
async def test_filters_too_great_are_refused_at_once(ogc: httpx.AsyncClient, name: str) -> None:
    told = await refusal(ogc, COMMUNES, filter=DEEP[name])
    assert "« filter »" in told


#: Found by the search for faults: an error inside n brackets was told after 2ⁿ readings.
SLOW = {
    "open": "p ((p (((((((((p (((((((((((((p ((((((((LL",
    "inside": "(" * 30 + "nom = 'x' AND" + ")" * 30,
    "long": "(" * 8 + "population = 1 AND " * 1_000 + "AND" + ")" * 8,
}


@pytest.mark.parametrize("name", SLOW)
async def test_brackets_that_would_take_hours_are_refused(
    ogc: httpx.AsyncClient, name: str
) -> None:
    told = await refusal(ogc, COMMUNES, filter=SLOW[name])
    assert "cql2-json" in told


async def test_brackets_that_people_write_are_read(ogc: httpx.AsyncClient) -> None:
    deep = "(" * 10 + "code = '35238'" + ")" * 10
    assert await ids(ogc, "communes", filter=deep) == ["35238"]
    long = " OR ".join(f"((population = {number}) AND (nom <> 'x'))" for number in range(250))
    assert await ids(ogc, "communes", filter=long) == ["48900", "48901", "48903"]


async def test_coordinates_that_are_no_numbers_are_told(ogc: httpx.AsyncClient) -> None:
    told = await refusal(ogc, COMMUNES, filter="S_INTERSECTS(geometry, POINT(14. 6-8.1))")
    assert "CQL2" in told


async def test_trees_too_deep_are_refused_at_once(ogc: httpx.AsyncClient) -> None:
    for opening, closing in (('{"op":"not","args":[', "]}"), ("[", "]"), ('{"a":', "}")):
        text = opening * 1_000 + "true" + closing * 1_000
        await refusal(ogc, COMMUNES, filter=text, filter_lang="cql2-json")


async def test_ten_thousand_characters_are_answered(ogc: httpx.AsyncClient) -> None:
    text = " OR ".join(f"population = {number}" for number in range(400))
    assert len(text) > 6_000
    assert await ids(ogc, "communes", filter=text) == ["48900", "48901", "48903"]
    ring = ", ".join(f"{-1.7 + 0.04 * (k / 300)} 48.10" for k in range(300))
    text = f"S_INTERSECTS(geometry, POLYGON(({ring}, -1.66 48.12, -1.7 48.12, -1.7 48.10)))"
    assert await ids(ogc, "communes", filter=text) == ["35238"]


async def test_values_are_never_read_as_sql(ogc: httpx.AsyncClient) -> None:
    for text in ("nom = 'x'' OR TRUE --'", "nom = '%(v0)s'", "nom = '%'", "nom = '\"; --'"):
        assert await ids(ogc, "communes", filter=text) == []
    await holds(ogc, "communes", "nom LIKE '%<script>%'", lambda row: "<script>" in row["nom"])
