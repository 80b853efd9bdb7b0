"""OGC 20-057 (OGC API – Tiles, Part 1), annex A, core and MVT: tests name their abstract tests."""

from __future__ import annotations

import httpx
import morecantile
import pytest

from tests.geo_service.ogc.tiled import EXTENT, PLACES, decoded, degrees
from tests.geo_service.ogc.tilesets_asked import (
    MVT,
    address,
    filled,
    last_zoom,
    template,
    tilesets,
)

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
)

pytestmark = pytest.mark.anyio


async def test_tiles_are_there_by_the_template(tiled: httpx.AsyncClient) -> None:
    """/conf/core/tc-op, tc-success, tc-tilematrix-definition, tc-tilerow-definition,
    tc-tilecol-definition; /conf/mvt/content.

    Every place is where its tile's row and column put it, to one unit of the tile's grid.
    """
    seen = 0
    for tileset in await tilesets(tiled):
        zoom = last_zoom(tileset)
        assert "WebMercatorQuad" in template(tileset)
        for place in PLACES:
            where = address(place, zoom)
            answer = await tiled.get(filled(template(tileset), *where))
            assert answer.status_code == 200
            assert answer.headers["content-type"] == MVT
            layers = decoded(answer.content)
            assert set(layers) <= {layer["id"] for layer in tileset["layers"]}
            for features in layers.values():
                (found,) = [one for one in features if one["properties"]["code"] == place[0]]
                assert found["geometry"]["type"] in {"Point", "Polygon"}
                if found["geometry"]["type"] == "Point":
                    tile = morecantile.Tile(where[2], where[1], zoom)
                    longitude, latitude = degrees(found["geometry"]["coordinates"], tile)
                    step = 360 / 2**zoom / EXTENT
                    assert abs(longitude - place[3]) <= step
                    assert abs(latitude - place[4]) <= step
                    seen += 1
    assert seen == 3 * len(PLACES)


async def test_each_collection_has_its_layer_and_no_other(tiled: httpx.AsyncClient) -> None:
    """/conf/core/tc-success: what a tile of a collection shows is of that collection and there."""
    for name, zoom in (("communes", 5), ("regions", 4), ("lieux", 6)):
        where = address(PLACES[0], zoom)
        path = f"/ogc/collections/{name}/tiles/WebMercatorQuad/{'/'.join(map(str, where))}"
        layers = decoded((await tiled.get(path)).content)
        assert list(layers) == [name]
        expected = {place[0] for place in PLACES if address(place, zoom) == where}
        assert {one["properties"]["code"] for one in layers[name]} == expected


async def test_a_layer_taken_out_is_the_layer_of_the_archive(tiled: httpx.AsyncClient) -> None:
    """/conf/mvt/content: one tile, its features as they are stored."""
    zoom, row, column = address(PLACES[0], 5)
    whole = decoded((await tiled.get(f"/tiles/territoires/{zoom}/{column}/{row}.mvt")).content)
    own = await tiled.get(f"/ogc/collections/communes/tiles/WebMercatorQuad/{zoom}/{row}/{column}")
    assert decoded(own.content) == {"communes": whole["communes"]}
    lieux = decoded((await tiled.get(f"/tiles/lieux/{zoom}/{column}/{row}.mvt")).content)
    dataset = await tiled.get(f"/ogc/tiles/WebMercatorQuad/{zoom}/{row}/{column}")
    assert decoded(dataset.content) == whole | lieux
    assert list(decoded(dataset.content)) == ["regions", "communes", "etiquettes", "lieux"]


async def test_tiles_out_of_range_and_empty(tiled: httpx.AsyncClient) -> None:
    """/conf/core/tc-error: 404 or 400 outside the limits, 204 where there is nothing inside."""
    for tileset in await tilesets(tiled):
        href = template(tileset)
        statuses = []
        for limits in tileset["tileMatrixSetLimits"]:
            zoom = int(limits["tileMatrix"])
            drawn = {address(place, zoom) for place in PLACES}
            rows = range(limits["minTileRow"], limits["maxTileRow"] + 1)
            columns = range(limits["minTileCol"], limits["maxTileCol"] + 1)
            for row in rows:
                for column in columns:
                    answer = await tiled.get(filled(href, zoom, row, column))
                    statuses.append(answer.status_code)
                    assert answer.status_code == (200 if (zoom, row, column) in drawn else 204)
            for row, column in (
                (rows[0] - 1, columns[0]),
                (rows[-1] + 1, columns[0]),
                (rows[0], columns[0] - 1),
                (rows[0], columns[-1] + 1),
            ):
                answer = await tiled.get(filled(href, zoom, row, column))
                assert answer.status_code == 404
                assert "en dehors de la carte" in answer.json()["detail"]
        assert set(statuses) == {200, 204}
        zooms = [int(limits["tileMatrix"]) for limits in tileset["tileMatrixSetLimits"]]
        for zoom in (zooms[0] - 1, zooms[-1] + 1, 40):
            answer = await tiled.get(filled(href, zoom, 0, 0))
            assert answer.status_code == 404
            assert f"{zooms[0]} au zoom {zooms[-1]}" in answer.json()["detail"]


@pytest.mark.parametrize(
    "wrong", ["-1/0/0", "3/x/0", "3/1.5/0", "3/%2B1/0", "3/1e1/0", f"3/{'9' * 4000}/1", "3/٣/2"]
)
async def test_impossible_tiles(tiled: httpx.AsyncClient, wrong: str) -> None:
    """/conf/core/tc-error: what is no number is refused."""
    answer = await tiled.get(f"/ogc/tiles/WebMercatorQuad/{wrong}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 1000
    assert "entier positif" in answer.json()["detail"]
