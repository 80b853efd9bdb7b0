"""HTTP of the tiles and tilesets of OGC API: validators, encodings, errors, pages."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest

from tests.geo_service.ogc.asking import get
from tests.geo_service.ogc.tiled import PLACES, decoded
from tests.geo_service.ogc.tilesets_asked import (
    address,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("root", ["", "/collections/communes", "/collections/lieux"])
async def test_http_of_tiles(tiled: httpx.AsyncClient, root: str) -> None:
    """Strong validators by coding, 304, HEAD, CORS: those of ``/tiles/``."""
    path = f"/ogc{root}/tiles/WebMercatorQuad/{'/'.join(map(str, address(PLACES[0], 5)))}"
    etags = set()
    for coding in ("gzip", "identity"):
        accept = {"Accept-Encoding": coding}
        answer = await tiled.get(path, headers=accept)
        etags.add(answer.headers["etag"])
        assert answer.headers.get("content-encoding") == ("gzip" if coding == "gzip" else None)
        assert answer.headers["vary"] == "Accept-Encoding"
        assert "max-age" in answer.headers["cache-control"]
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "ETag" in answer.headers["access-control-expose-headers"]
        headed = await tiled.head(path, headers=accept)
        assert headed.content == b""
        assert headed.headers == answer.headers
        known = {**accept, "If-None-Match": f'"other", {answer.headers["etag"]}'}
        unchanged = await tiled.get(path, headers=known)
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == answer.headers["etag"]
        known = {**accept, "If-None-Match": '"other"'}
        assert (await tiled.get(path, headers=known)).content == answer.content
    assert len(etags) == 2
    assert all(re.fullmatch(r'"[0-9a-f]+(-gz)?"', etag) for etag in etags)
    refused = await tiled.post(path)
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
    assert (await tiled.options(path)).status_code == 204


async def test_stored_tiles_are_sent_as_they_are(tiled: httpx.AsyncClient) -> None:
    """Nothing is compressed again where a whole archive is asked."""
    zoom, row, column = address(PLACES[0], 6)
    sent = []
    for path in (
        f"/ogc/collections/lieux/tiles/WebMercatorQuad/{zoom}/{row}/{column}",
        f"/tiles/lieux/{zoom}/{column}/{row}.mvt",
    ):
        async with tiled.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            sent.append(b"".join([part async for part in answer.aiter_raw()]))
    assert sent[0] == sent[1]
    assert decoded(gzip.decompress(sent[0]))


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/WorldCRS84Quad/3/2/3",
        "/tiles/WorldCRS84Quad",
        "/tileMatrixSets/WorldCRS84Quad",
        "/collections/communes/tiles/x/3/2/3",
        "/collections/rien/tiles/WebMercatorQuad/3/2/3",
        "/collections/rien/tiles",
        "/collections/lacunes/tiles/WebMercatorQuad",
    ],
)
async def test_unknown_sets_and_collections(tiled: httpx.AsyncClient, path: str) -> None:
    answer = await tiled.get(f"/ogc{path}")
    assert answer.status_code == 404
    problem = answer.json()
    assert problem["instance"] == f"/ogc{path}"
    known = "communes, regions, lieux" if "WebMercatorQuad" in path or "rien" in path else "Quad »"
    assert known in problem["detail"]


async def test_pages(tiled: httpx.AsyncClient) -> None:
    """People get pages."""
    for path, words in (
        ("/tiles", "Tuiles vectorielles"),
        ("/tiles/WebMercatorQuad", "etiquettes"),
        ("/collections/communes/tiles/WebMercatorQuad", "Communes"),
        ("/tileMatrixSets", "Découpages"),
        ("/tileMatrixSets/WebMercatorQuad", "559082264.03"),
    ):
        answer = await tiled.get(f"/ogc{path}", headers={"Accept": "text/html"})
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert words in answer.text


async def test_publication_without_archives(api: httpx.AsyncClient) -> None:
    """Its lists are empty; asking for its tiles says why."""
    assert (await get(api, "/tiles"))["tilesets"] == []
    for path in ("/tiles/WebMercatorQuad", "/tiles/WebMercatorQuad/3/2/3"):
        answer = await api.get(f"/ogc{path}")
        assert answer.status_code == 404
        assert "n’a pas de tuiles" in answer.json()["detail"]
