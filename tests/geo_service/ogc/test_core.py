"""OGC 17-069r4 (Features, Part 1), annex A.2: the core."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
import shapely
from shapely.geometry import shape

from tests.geo_service.ogc.asking import COLLECTIONS, CRS84, features, get, ids, refusal, relations

CONFORMANCE = ("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",)

pytestmark = pytest.mark.anyio


async def test_http(ogc: httpx.AsyncClient) -> None:
    """/conf/core/http: GET, HEAD and OPTIONS; other methods are refused."""
    answer = await ogc.get("/ogc/conformance")
    headed = await ogc.head("/ogc/conformance")
    assert headed.status_code == 200
    assert headed.content == b""
    assert headed.headers["etag"] == answer.headers["etag"]
    assert headed.headers["content-length"] == answer.headers["content-length"]
    refused = await ogc.post("/ogc/collections")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
    allowed = await ogc.options("/ogc/collections")
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "*"


async def test_unchanged_answers_are_not_sent_again(ogc: httpx.AsyncClient) -> None:
    for path in ("/ogc/", "/ogc/collections/communes/items?limit=3", "/ogc/api"):
        answer = await ogc.get(path)
        etag = answer.headers["etag"]
        assert etag.startswith('"')
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
        assert "max-age" in answer.headers["cache-control"]
        again = await ogc.get(path, headers={"If-None-Match": etag})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == etag
        other = await ogc.get(path, headers={"If-None-Match": '"other"'})
        assert other.status_code == 200
        plain = await ogc.get(path, headers={"Accept-Encoding": "identity"})
        assert plain.headers["etag"] != etag
        assert "content-encoding" not in plain.headers
        assert without_time(plain.json()) == without_time(answer.json())


def without_time(content: dict[str, Any]) -> dict[str, Any]:
    """A document without the one member that tells when it was written."""
    return {name: value for name, value in content.items() if name != "timeStamp"}


async def test_root(ogc: httpx.AsyncClient) -> None:
    """/conf/core/root-op, /conf/core/root-success."""
    for path in ("/ogc/", "/ogc"):
        content = (await ogc.get(path)).json()
        assert content["title"]
        assert content["description"]
        links = content["links"]
        (description,) = relations(links, "service-desc")
        assert description["type"] == "application/vnd.oai.openapi+json;version=3.0"
        (documentation,) = relations(links, "service-doc")
        assert documentation["type"] == "text/html"
        assert relations(links, "conformance")
        assert relations(links, "data")
        assert relations(links, "self")[0]["type"] == "application/json"
        assert relations(links, "alternate")[0]["type"] == "text/html"
        for link in links:
            answer = await ogc.get(link["href"])
            assert answer.status_code == 200, link
            assert answer.headers["content-type"].replace("; charset=utf-8", "") == link["type"]


async def test_api_definition(ogc: httpx.AsyncClient) -> None:
    """/conf/core/api-definition-op, /conf/core/api-definition-success."""
    answer = await ogc.get("/ogc/api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert answer.json()["openapi"].startswith("3.0.")


async def test_conformance(ogc: httpx.AsyncClient) -> None:
    """/conf/core/conformance-op, /conf/core/conformance-success."""
    declared = (await get(ogc, "/conformance"))["conformsTo"]
    assert CONFORMANCE[0] in declared
    assert len(declared) == len(set(declared))


async def test_collections(ogc: httpx.AsyncClient) -> None:
    """/conf/core/fc-md-op, fc-md-success, fc-md-links, fc-md-items, fc-md-items-links."""
    content = await get(ogc, "/collections")
    assert relations(content["links"], "self")
    assert relations(content["links"], "alternate")
    assert tuple(one["id"] for one in content["collections"]) == COLLECTIONS
    for one in content["collections"]:
        assert one["title"]
        assert one["description"]
        types = {link["type"] for link in relations(one["links"], "items")}
        assert {"application/geo+json", "text/html"} <= types


async def test_extents_hold_the_features(ogc: httpx.AsyncClient) -> None:
    """/conf/core/fc-md-extent, and multi: what is outside is not in the collection."""
    for one in (await get(ogc, "/collections"))["collections"]:
        extent = one["extent"]
        assert extent["spatial"]["crs"] == CRS84
        (box,) = extent["spatial"]["bbox"]
        west, south, east, north = box
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90
        around = shapely.box(west - 1e-6, south - 1e-6, east + 1e-6, north + 1e-6)
        found = [one["geometry"] for one in await features(ogc, one["id"])]
        shapes = [shape(geometry) for geometry in found if geometry]
        assert all(around.covers(geometry) for geometry in shapes)
        assert shapely.union_all(shapes).bounds == pytest.approx(
            (west, south, east, north), abs=1e-6
        )
        if one["id"] == "actions":
            interval = extent["temporal"]["interval"]
            assert interval == [["2019-01-01T00:00:00Z", "2025-03-01T23:59:59Z"]]


async def test_one_collection(ogc: httpx.AsyncClient) -> None:
    """/conf/core/sfc-md-op, sfc-md-success: as in the list."""
    for listed in (await get(ogc, "/collections"))["collections"]:
        one = await get(ogc, f"/collections/{listed['id']}")
        for name in ("id", "title", "description", "extent", "crs", "storageCrs", "itemType"):
            assert one[name] == listed[name]
        own = {(link["rel"], link["href"]) for link in one["links"] if link["rel"] != "self"}
        assert own == {
            (link["rel"], link["href"]) for link in listed["links"] if link["rel"] != "self"
        }


async def test_unknown_things_are_told_so(ogc: httpx.AsyncClient) -> None:
    for path in (
        "/collections/commune",
        "/collections/commune/items",
        "/collections/commune/queryables",
        "/collections/communes/items/00000",
        "/collections/lacunes/items/48095",
        "/nulle-part",
    ):
        answer = await ogc.get(f"/ogc{path}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_features(ogc: httpx.AsyncClient, collection: str) -> None:
    """/conf/core/fc-op, fc-response, fc-links, fc-timeStamp, fc-numberMatched/Returned, crs84."""
    before = dt.datetime.now(dt.UTC)
    page = await get(ogc, f"/collections/{collection}/items")
    after = dt.datetime.now(dt.UTC)
    assert page["type"] == "FeatureCollection"
    assert before <= dt.datetime.fromisoformat(page["timeStamp"]) <= after
    assert page["numberReturned"] == len(page["features"]) <= 10
    assert page["numberMatched"] == len(await ids(ogc, collection))
    (own,) = relations(page["links"], "self")
    assert own["type"] == "application/geo+json"
    (alternate,) = relations(page["links"], "alternate")
    assert alternate["type"] == "text/html"
    for feature in page["features"]:
        if feature["geometry"]:
            west, south, east, north = shape(feature["geometry"]).bounds
            assert -180 <= west <= east <= 180
            assert -90 <= south <= north <= 90


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_limit(ogc: httpx.AsyncClient, collection: str) -> None:
    """/conf/core/fc-limit-response; a limit beyond the maximum is brought to it."""
    everything = await ids(ogc, collection)
    for limit in (1, 2, 3):
        assert await ids(ogc, collection, limit=str(limit)) == everything[:limit]
    assert await ids(ogc, collection, limit="1000000000") == everything


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "dix", "1e3", "٣", "9" * 40])
async def test_limits_that_are_none(ogc: httpx.AsyncClient, limit: str) -> None:
    """/conf/core/query-param-invalid."""
    assert "limit" in await refusal(ogc, "/collections/communes/items", limit=limit)


async def pages(ogc: httpx.AsyncClient, address: str) -> list[str]:
    """Follow the links ``next`` to the end."""
    found: list[str] = []
    following: str | None = address
    while following:
        page = (await ogc.get(following)).json()
        assert page["numberReturned"] == len(page["features"])
        found += [one["id"] for one in page["features"]]
        links = relations(page["links"], "next")
        following = links[0]["href"] if links else None
    return found


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_pages_are_the_whole_once(ogc: httpx.AsyncClient, collection: str) -> None:
    everything = await ids(ogc, collection)
    address = f"/ogc/collections/{collection}/items?limit=2"
    assert await pages(ogc, address) == everything
    assert sorted(set(everything)) == sorted(everything)


async def test_after_the_last_feature_there_is_an_empty_page(ogc: httpx.AsyncClient) -> None:
    for collection in ("communes", "lieux"):
        address = f"/ogc/collections/{collection}/items?limit=1"
        while True:
            page = (await ogc.get(address)).json()
            following = relations(page["links"], "next")
            if not following:
                break
            previous, address = address, following[0]["href"]
        last = httpx.URL(address).params["cursor"]
        other = await ogc.get(
            f"/ogc/collections/{collection}/items", params={"limit": "5", "cursor": last}
        )
        assert len(other.json()["features"]) == 1
        assert previous != address


async def test_cursors_belong_to_one_list(ogc: httpx.AsyncClient) -> None:
    page = await get(ogc, "/collections/lieux/items", limit="1")
    cursor = httpx.URL(relations(page["links"], "next")[0]["href"]).params["cursor"]
    path = "/collections/lieux/items"
    assert "autre liste" in await refusal(ogc, path, cursor=cursor, commune="35238")
    for wrong in ("x", cursor[:-3], "é", "W10", "A" * 3000):
        assert "cursor" in await refusal(ogc, path, cursor=wrong)


BOXES = (
    "-1.8,48,-1.5,48.2",
    "-1.70,48.10,-1.66,48.12",
    "3,44,5,46",
    "-1.66,48.11,-1.655,48.12",
    "-180,-90,180,90",
    "-1.5,50,1.5,53",
    "177,65,-177,70",
    "170,40,3.2,44.6",
    "-180,85,180,90",
    "2.35,48.86,2.35,48.86",
    "-1.8,48,-100,-1.5,48.2,9000",
)


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("collection", ["communes", "arrondissements", "actions", "lieux"])
async def test_bbox(ogc: httpx.AsyncClient, collection: str, box: str) -> None:
    """/conf/core/fc-bbox-response: those that touch it, and those without geometry."""
    numbers = [float(number) for number in box.split(",")]
    west, south, east, north = numbers if len(numbers) == 4 else [numbers[i] for i in (0, 1, 3, 4)]
    area = shapely.box(west, south, east, north)
    if west > east:
        area = shapely.union(
            shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)
        )
    expected = [
        one["id"]
        for one in await features(ogc, collection)
        if one["geometry"] is None or shape(one["geometry"]).intersects(area)
    ]
    assert await ids(ogc, collection, bbox=box) == expected
    page = await get(ogc, f"/collections/{collection}/items", bbox=box, limit="1")
    assert page["numberMatched"] == len(expected)


@pytest.mark.parametrize(
    "box",
    [
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "1,50,2,40",
        "1,2,9,3,4,8",
        "nan,1,2,3",
        "-181,0,0,1",
        "0,0,1,91",
        "1;2;3;4",
        "inf,0,1,1",
    ],
)
async def test_boxes_that_are_none(ogc: httpx.AsyncClient, box: str) -> None:
    """/conf/core/query-param-invalid, /conf/core/fc-bbox-definition."""
    for collection in ("communes", "lieux"):
        assert "bbox" in await refusal(ogc, f"/collections/{collection}/items", bbox=box)


TIMES = {
    "2025-03-01T12:00:00Z": {"a:1", "a:3"},
    "2020-06-01": {"a:2", "a:3"},
    "2018-01-01T00:00:00Z/2018-12-31T00:00:00Z": {"a:3"},
    "2020-12-31T23:00:00Z/..": {"a:1", "a:2", "a:3"},
    "2021-01-01T00:00:00Z/": {"a:1", "a:3"},
    "../2019-01-01T00:00:00Z": {"a:2", "a:3"},
    "/2018-12-31T23:59:59Z": {"a:3"},
    "../..": {"a:1", "a:2", "a:3"},
    "2020-12-31T23:30:00-01:00": {"a:3"},
}


@pytest.mark.parametrize("when", TIMES)
async def test_datetime(ogc: httpx.AsyncClient, when: str) -> None:
    """/conf/core/fc-time-response: those of that time, and those without any."""
    assert set(await ids(ogc, "actions", datetime=when)) == TIMES[when]
    # Collections without time take it too: none of their features has any.
    assert await ids(ogc, "communes", datetime=when) == await ids(ogc, "communes")


@pytest.mark.parametrize(
    "when",
    [
        "hier",
        "2025-13-01T00:00:00Z",
        "2025-01-01T00:00:00",
        "2025-01-01T00:00:00Z/2024-01-01T00:00:00Z",
        "2025-01-01/2025-01-02/2025-01-03",
        "2025",
        "2025-02-30",
    ],
)
async def test_times_that_are_none(ogc: httpx.AsyncClient, when: str) -> None:
    """/conf/core/query-param-invalid, /conf/core/fc-time-definition."""
    for collection in ("actions", "communes"):
        assert "datetime" in await refusal(ogc, f"/collections/{collection}/items", datetime=when)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/conformance",
        "/api",
        "/collections",
        "/collections/communes",
        "/collections/communes/items",
        "/collections/communes/items/35238",
        "/collections/lieux/queryables",
        "/collections/lieux/sortables",
    ],
)
async def test_unknown_parameters(ogc: httpx.AsyncClient, path: str) -> None:
    """/conf/core/query-param-unknown."""
    assert "« inconnu »" in await refusal(ogc, path, inconnu="1")
    assert "f" in await refusal(ogc, path, f="xml")
    answer = await ogc.get(f"/ogc{path}?f=json&f=html")
    assert answer.status_code == 400


async def test_a_likely_name_is_suggested(ogc: httpx.AsyncClient) -> None:
    assert "« limit »" in await refusal(ogc, "/collections/communes/items", limits="2")
    assert "« population »" in await refusal(
        ogc, "/collections/communes/items", sortby="-populaton"
    )


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_one_feature(ogc: httpx.AsyncClient, collection: str) -> None:
    """/conf/core/f-op, f-success, f-links."""
    for listed in await features(ogc, collection):
        one = await get(ogc, f"/collections/{collection}/items/{listed['id']}")
        for name in ("type", "id", "geometry", "properties"):
            assert one[name] == listed[name]
        assert relations(one["links"], "self")[0]["type"] == "application/geo+json"
        assert relations(one["links"], "alternate")[0]["type"] == "text/html"
        (parent,) = relations(one["links"], "collection")
        assert parent["href"].endswith(f"/collections/{collection}")
        assert one["publication"]
        assert one["sources"]


async def test_cors(ogc: httpx.AsyncClient) -> None:
    for path in ("/ogc/", "/ogc/collections/communes/items", "/ogc/nulle-part"):
        headers = (await ogc.get(path)).headers
        assert headers["access-control-allow-origin"] == "*"
        exposed = headers["access-control-expose-headers"]
        assert {"ETag", "Link", "Content-Crs"} <= set(exposed.split(", "))


@pytest.mark.parametrize("collection", ["communes", "lieux", "actions", "lacunes"])
async def test_properties_and_geometry_can_be_left_out(
    ogc: httpx.AsyncClient, collection: str
) -> None:
    whole = await features(ogc, collection)
    names = list(whole[0]["properties"])[1:3]
    found = await features(ogc, collection, properties=",".join(names), skipGeometry="true")
    assert [one["id"] for one in found] == [one["id"] for one in whole]
    assert all(one["geometry"] is None for one in found)
    assert [one["properties"] for one in found] == [
        {name: one["properties"][name] for name in names} for one in whole
    ]
    path = f"/collections/{collection}/items"
    assert "properties" in await refusal(ogc, path, properties="inconnue")
    assert "skipGeometry" in await refusal(ogc, path, skipGeometry="oui")


@pytest.mark.parametrize(
    ("collection", "order"),
    [
        ("communes", "population"),
        ("communes", "-population"),
        ("communes", "region,-nom"),
        ("communes", "+epci,-population"),
        ("lieux", "-departement,nom"),
        ("lieux", "date_maj"),
        ("actions", "-date_debut"),
        ("actions", "date_fin,titre"),
        ("lacunes", "-distance_km,population"),
    ],
)
async def test_order(ogc: httpx.AsyncClient, collection: str, order: str) -> None:
    """Nulls come last whatever the direction; pages follow the order."""
    everything = await features(ogc, collection)
    rows = sorted(everything, key=lambda one: one["id"])
    for key in reversed(order.split(",")):
        name = key.lstrip("+-")
        known = [one for one in rows if one["properties"][name] is not None]
        unknown = [one for one in rows if one["properties"][name] is None]
        known.sort(key=lambda one: one["properties"][name], reverse=key.startswith("-"))
        rows = known + unknown
    expected = [one["id"] for one in rows]
    assert await ids(ogc, collection, sortby=order) == expected
    address = f"/ogc/collections/{collection}/items?limit=2&sortby={order.replace('+', '%2B')}"
    assert await pages(ogc, address) == expected


async def test_orders_that_are_none(ogc: httpx.AsyncClient) -> None:
    path = "/collections/communes/items"
    for order in ("inconnue", "codes_postaux", "--nom", "nom,,code", "nom;code", "a,b,c,d,e,f"):
        assert "sortby" in await refusal(ogc, path, sortby=order)


async def test_what_is_too_much_is_refused_at_once(ogc: httpx.AsyncClient) -> None:
    path = "/ogc/collections/communes/items"
    assert (await ogc.get(f"{path}?nom={'a' * 60_000}")).status_code == 400
    many = "&".join(f"p{place}=1" for place in range(200))
    assert (await ogc.get(f"{path}?{many}")).status_code == 400
    assert (await ogc.get(f"{path}?nom=%FF")).status_code == 400
    assert (await ogc.get(f"{path}?nom=%00")).status_code == 400
    assert (await ogc.get(path, headers={"Host": "a b"})).status_code == 400
