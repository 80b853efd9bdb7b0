"""OGC 20-057 (OGC API – Tiles, Part 1), annex A, OpenAPI: tests name their abstract tests."""

from __future__ import annotations

import httpx
import pytest

from tests.geo_service.ogc.asking import get
from tests.geo_service.ogc.tiled import PLACES
from tests.geo_service.ogc.tilesets_asked import (
    address,
)

CONFORMANCE = ("http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/oas30",)

pytestmark = pytest.mark.anyio


async def test_openapi(tiled: httpx.AsyncClient) -> None:
    """/conf/oas30/completeness, /conf/oas30/operation-id."""
    document = await get(tiled, "/api")
    named = {item["get"]["operationId"]: path for path, item in document["paths"].items()}
    tile = "{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"
    expected = {
        "getTileMatrixSetsList": "/tileMatrixSets",
        "getTileMatrixSet": "/tileMatrixSets/{tileMatrixSetId}",
        "dataset.vector.getTileSetsList": "/tiles",
        "dataset.vector.getTileSet": "/tiles/{tileMatrixSetId}",
        "dataset.vector.getTile": f"/tiles/{tile}",
        "collection.vector.getTileSetsList": "/collections/{collectionId}/tiles",
        "collection.vector.getTileSet": "/collections/{collectionId}/tiles/{tileMatrixSetId}",
        "collection.vector.getTile": f"/collections/{{collectionId}}/tiles/{tile}",
    }
    assert {name: path for name, path in named.items() if "getTile" in name} == expected
    zoom, row, column = address(PLACES[0], 5)
    values = {"tileMatrixSetId": "WebMercatorQuad", "collectionId": "communes"}
    for path in expected.values():
        filled_in = path.format(**values, tileMatrix=zoom, tileRow=row, tileCol=column)
        answer = await tiled.get(f"/ogc{filled_in}")
        assert answer.status_code == 200
        content = document["paths"][path]["get"]["responses"]["200"]["content"]
        assert answer.headers["content-type"] in content
