"""OGC 21-065r2 (CQL2), annex A: spatial functions, held against shapely."""

from __future__ import annotations

import json

import httpx
import pytest
import shapely
from shapely.geometry import mapping, shape

from tests.geo_service import little_atlas
from tests.geo_service.ogc.asking import features, ids

CONFORMANCE = (
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
)

pytestmark = pytest.mark.anyio

#: The polygons as they are in the tables: those of the answers are rounded.
SQUARES = {
    code: shapely.from_wkt(little_atlas._square(lon, lat))
    for code, *_, lon, lat in little_atlas.COMMUNES
}
RENNES = SQUARES["35238"].geoms[0]
WEST, SOUTH, EAST, NORTH = RENNES.bounds
SQUARE = shapely.to_wkt(RENNES, rounding_precision=-1)
SHAPES = (
    "POINT(-1.68 48.11)",
    f"POINT({EAST!r} 48.11)",
    "POINT(-1.6 48.12)",
    "MULTIPOINT((-1.68 48.11), (3.5 44.52))",
    "LINESTRING(-1.75 48.11, -1.5 48.12)",
    f"LINESTRING({WEST!r} {SOUTH!r}, {EAST!r} {SOUTH!r})",
    "MULTILINESTRING((-1.75 48.11, -1.65 48.11), (2 48, 3 49))",
    SQUARE,
    "POLYGON((-1.68 48, 5 48, 5 49, -1.68 49, -1.68 48))",
    (
        "MULTIPOLYGON(((-1.8 48, -1.5 48, -1.5 48.2, -1.8 48.2, -1.8 48)), "
        "((3 44, 4 44, 4 45, 3 45, 3 44)))"
    ),
    "POLYGON((-10 40, 10 40, 10 55, -10 55, -10 40), (0 44, 5 44, 5 46, 0 46, 0 44))",
    (
        "GEOMETRYCOLLECTION(POLYGON((-1.8 48, -1.5 48, -1.5 48.2, -1.8 48.2, -1.8 48)), "
        "POLYGON((3 44, 4 44, 4 45, 3 45, 3 44)))"
    ),
    "GEOMETRYCOLLECTION(POINT(-1.68 48.11), POINT(3.5 44.52))",
)
MIXED = (
    "GEOMETRYCOLLECTION(POINT(4.39 45.43), LINESTRING(-1.75 48.11, -1.5 48.12), "
    "POLYGON((3 44, 4 44, 4 45, 3 45, 3 44)))"
)
FUNCTIONS = (
    "intersects",
    "disjoint",
    "contains",
    "within",
    "touches",
    "crosses",
    "overlaps",
    "equals",
)


GEOMETRY = {"property": "geometry"}


def written(function: str, first: object, second: object) -> dict[str, str]:
    """Parameters of a filter, in JSON: the parser of texts keeps fifteen digits of coordinates."""
    tree = {"op": f"s_{function}", "args": [first, second]}
    return {"filter": json.dumps(tree), "filter_lang": "cql2-json"}


@pytest.mark.parametrize("function", FUNCTIONS)
async def test_functions(ogc: httpx.AsyncClient, function: str) -> None:
    """/conf/basic-spatial-functions, -plus, /conf/spatial-functions: on every kind of geometry."""
    told = set()
    shapes = SHAPES if function not in {"intersects", "disjoint"} else (*SHAPES, MIXED)
    for collection in ("communes", "lieux", "actions"):
        everything = await features(ogc, collection)
        own = {
            one["id"]: SQUARES[one["id"]] if one["id"] in SQUARES else shape(one["geometry"])
            for one in everything
            if one["geometry"]
        }
        for text in shapes:
            other = shapely.from_wkt(text)
            expected = [
                one["id"]
                for one in everything
                if one["id"] in own and getattr(own[one["id"]], function)(other)
            ]
            told.add(bool(expected))
            found = await ids(ogc, collection, **written(function, GEOMETRY, mapping(other)))
            assert found == expected, (collection, text)
            # The other way round.
            expected = [
                one["id"]
                for one in everything
                if one["id"] in own and getattr(other, function)(own[one["id"]])
            ]
            found = await ids(ogc, collection, **written(function, mapping(other), GEOMETRY))
            assert found == expected, (collection, text)
    assert True in told


@pytest.mark.parametrize("text", SHAPES)
async def test_every_kind_of_geometry_in_text(ogc: httpx.AsyncClient, text: str) -> None:
    """/conf/basic-spatial-functions-plus: geometries written in WKT."""
    other = shapely.from_wkt(text)
    expected = [code for code, square in sorted(SQUARES.items()) if square.intersects(other)]
    assert await ids(ogc, "communes", filter=f"S_INTERSECTS(geometry, {text})") == expected


async def test_bbox(ogc: httpx.AsyncClient) -> None:
    """/conf/basic-spatial-functions: BBOX, across the antimeridian too."""
    for box, expected in (
        ("-1.7, 48.09, -1.67, 48.13", ["35238"]),
        ("170, 40, 0, 50", ["35001", "35051", "35238"]),
        ("-1.7, 48.09, 0, -1.67, 48.13, 100", ["35238"]),
    ):
        text = f"S_INTERSECTS(geometry, BBOX({box}))"
        assert await ids(ogc, "communes", filter=text) == expected


async def test_what_has_no_geometry_meets_nothing(ogc: httpx.AsyncClient) -> None:
    world = "BBOX(-180, -90, 180, 90)"
    found = await ids(ogc, "communes", filter=f"S_INTERSECTS(geometry, {world})")
    assert "98818" not in found
    assert len(found) == 12
    assert await ids(ogc, "communes", filter=f"S_DISJOINT(geometry, {world})") == []
