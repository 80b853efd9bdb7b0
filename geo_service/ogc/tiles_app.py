"""The tiles of OGC API – Tiles: a raw ASGI application, as that of ``/tiles/``.

Addresses: ``/ogc/tiles/{tileMatrixSet}/{tileMatrix}/{tileRow}/{tileCol}`` for the dataset, and
``/ogc/collections/{collection}/tiles/…`` for a collection. The row comes before the column, unlike
``/tiles/{tileset}/{z}/{x}/{y}.mvt``.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from geo_service.database import NothingPublishedError
from geo_service.errors import Problem, away, closest, problem_response, to_problem
from geo_service.etags import header_of
from geo_service.ogc.tiles_sets import (
    MATRIX_SET_ID,
    Publication,
    Tileset,
    Tilesets,
    TileStore,
    tilesets_of,
)
from tiles.conditions import accepts_gzip, matches
from tiles.errors import StoreAwayError
from tiles.requests import CACHE

Headers = list[tuple[bytes, bytes]]

MVT = "application/vnd.mapbox-vector-tile"

_CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Content-Length, Content-Encoding, Retry-After"),
    (b"cross-origin-resource-policy", b"cross-origin"),
]
_PREFLIGHT: Headers = [
    *_CORS,
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"Accept, If-None-Match, Cache-Control, Pragma"),
    (b"access-control-max-age", b"86400"),
    (b"allow", b"GET, HEAD, OPTIONS"),
    (b"content-length", b"0"),
]
_VARY = (b"vary", b"Accept-Encoding")

#: A tile's number is at most 2^30: longer than that is none.
_NUMBER = re.compile(r"[0-9]{1,10}")
_LONGEST_QUERY = 4096
_SHOWN = 60

_DATASET_PARTS = 7
_COLLECTION_PARTS = 9


class TileAddress(NamedTuple):
    """What the path of a tile names, not checked yet."""

    collection: str | None
    matrix_set: str
    matrix: str
    row: str
    column: str


def tile_address(path: str) -> TileAddress | None:
    """Read the path of a tile.

    Parameters
    ----------
    path
        Path of a request.

    Returns
    -------
    TileAddress or None
        None for any other address.
    """
    if not path.startswith("/ogc/"):
        return None
    parts = path.split("/")
    if len(parts) == _DATASET_PARTS and parts[2] == "tiles":
        return TileAddress(None, *parts[3:])
    if len(parts) == _COLLECTION_PARTS and (parts[2], parts[4]) == ("collections", "tiles"):
        return TileAddress(parts[3], *parts[5:])
    return None


class OgcTilesApp:
    """ASGI application of the tiles under ``/ogc/``.

    Parameters
    ----------
    current
        Gives the publication to serve; None while there is none.
    """

    def __init__(self, current: Callable[[], Publication | None]) -> None:
        self._current = current
        self._store = TileStore()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request whose path is that of a tile."""
        del receive  # a body, if any, is not read
        try:
            status, headers, body = await self._answer(scope)
        except Problem as problem:
            answer = problem_response(problem, scope["path"][:200])
            status = answer.status_code
            headers = [*answer.raw_headers, *_CORS]
            body = bytes(answer.body)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if scope["method"] == "HEAD":
            body = b""
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope) -> tuple[int, Headers, bytes]:
        method = scope["method"]
        if method == "OPTIONS":
            return 204, _PREFLIGHT, b""
        if method not in {"GET", "HEAD"}:
            raise Problem(
                405,
                f"Les tuiles se lisent par GET ou HEAD, pas par {method[:20]}.",
                headers={"Allow": "GET, HEAD, OPTIONS"},
            )
        publication = self._current()
        if publication is None:
            raise to_problem(NothingPublishedError())
        address = tile_address(scope["path"])
        if address is None:
            raise RuntimeError(f"no address of a tile: {scope['path']}")
        tileset = _choose(publication, address, scope["query_string"])
        zoom, row, column = _numbers(tileset, address)
        tile = tileset.find(zoom, column, row)
        if tile is None:
            return 204, [CACHE, _VARY, *_CORS], b""
        gzipped = accepts_gzip(header_of(scope, b"accept-encoding").decode("latin-1"))
        etag = f'"{tile.etag}{"-gz" if gzipped else ""}"'
        headers = [(b"etag", etag.encode()), CACHE, _VARY, *_CORS]
        if matches(header_of(scope, b"if-none-match").decode("latin-1"), etag):
            return 304, headers, b""
        try:
            body = await self._store.read(tile)
            if not body:
                return 204, [CACHE, _VARY, *_CORS], b""
            if not gzipped:
                body = zlib.decompress(body, wbits=31)
        except (zlib.error, ValueError):
            raise Problem(
                500,
                f"La tuile {zoom}/{row}/{column} est abîmée sur le disque du service : son "
                "exploitant doit relancer la construction de l’atlas.",
            ) from None
        except StoreAwayError as error:
            raise away(str(error)) from None
        headers.append((b"content-type", MVT.encode()))
        if gzipped:
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(body)).encode()))
        return 200, headers, body


def _choose(publication: Publication, address: TileAddress, query: bytes) -> Tileset:
    """Find the tileset of an address, and refuse what is wrong in it."""
    tilesets = tilesets_of(publication)
    if address.collection is None:
        asked = _parameters(query, {"f", "collections"}).get("collections")
    else:
        asked = None
        _parameters(query, {"f"})
    return choose(tilesets, address.matrix_set, address.collection, asked)


def choose(
    tilesets: Tilesets, matrix_set: str, collection: str | None, selection: str | None
) -> Tileset:
    """Find the tileset of an address.

    Parameters
    ----------
    tilesets
        Those of the publication.
    matrix_set
        Id of the tile matrix set.
    collection
        Id of a collection; None for the dataset.
    selection
        Value of the parameter ``collections``; None for all layers.

    Raises
    ------
    Problem
        404 for a tile matrix set or a collection without tiles, 400 for a wrong selection.
    """
    if matrix_set != MATRIX_SET_ID:
        raise unknown_matrix_set(matrix_set)
    if tilesets.incomplete:
        raise away(str(StoreAwayError()))
    if not tilesets.layers:
        raise Problem(
            404,
            "Cette publication n’a pas de tuiles : leurs archives manquent sur le disque du "
            "service. Son exploitant doit relancer la construction de l’atlas.",
        )
    if collection is not None:
        check_collection(tilesets, collection)
        return tilesets.of([collection])
    return tilesets.dataset if selection is None else chosen_layers(tilesets, selection)


def chosen_layers(tilesets: Tilesets, asked: str) -> Tileset:
    """Read the parameter ``collections`` (20-057, requirements class collections-selection).

    Parameters
    ----------
    tilesets
        Those of the publication.
    asked
        Ids of layers, or addresses of collections, parted by commas.

    Returns
    -------
    Tileset
        Of these layers, drawn in that order.

    Raises
    ------
    Problem
        400 for a name that no layer has, or one given twice.
    """
    names = [part.strip().rpartition("/collections/")[2] for part in asked.split(",")]
    for name in names:
        if name not in tilesets.layers:
            known = ", ".join(tilesets.layers)
            suggestion = closest(name, list(tilesets.layers))
            guess = f" Vouliez-vous dire « {suggestion} » ?" if suggestion else ""
            raise Problem(
                400,
                f"Le paramètre « collections » est refusé : « {name[:_SHOWN]} » n’est pas une "
                f"couche de ces tuiles.{guess} Couches possibles : {known}.",
            )
        if names.count(name) > 1:
            raise Problem(
                400, f"Le paramètre « collections » est refusé : « {name} » y est deux fois."
            )
    return tilesets.of(names)


def unknown_matrix_set(name: str) -> Problem:
    """Say that a tile matrix set is not served here."""
    return Problem(
        404,
        f"Le découpage en tuiles « {name[:_SHOWN]} » n’est pas servi. Le seul qui l’est est "
        f"« {MATRIX_SET_ID} », décrit à /ogc/tileMatrixSets/{MATRIX_SET_ID}.",
    )


def check_collection(tilesets: Tilesets, name: str) -> None:
    """Refuse a collection without tiles, or that does not exist.

    Raises
    ------
    Problem
        404, listing those that have tiles; 503 while their archive is not there yet.
    """
    if name not in tilesets.collections:
        if tilesets.incomplete:
            raise away(str(StoreAwayError()))
        raise Problem(
            404,
            f"La collection « {name[:_SHOWN]} » n’a pas de tuiles. Celles qui en ont : "
            f"{', '.join(tilesets.collections) or 'aucune'}.",
        )


def _parameters(query: bytes, allowed: set[str]) -> dict[str, str]:
    if not query:
        return {}
    if len(query) > _LONGEST_QUERY:
        raise Problem(400, f"L’adresse est trop longue : {_LONGEST_QUERY} octets de paramètres.")
    found: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name not in allowed:
            raise Problem(
                400,
                f"Le paramètre « {name[:_SHOWN]} » n’existe pas ici. Paramètres possibles : "
                f"{', '.join(sorted(allowed))}.",
            )
        if name in found:
            raise Problem(400, f"Le paramètre « {name} » est donné plusieurs fois.")
        found[name] = value
    if found.get("f", "mvt") not in {"mvt", ""}:
        raise Problem(400, "Le paramètre « f » est refusé : ces tuiles n’ont qu’une forme, mvt.")
    return {name: value for name, value in found.items() if value}


def _numbers(tileset: Tileset, address: TileAddress) -> tuple[int, int, int]:
    """Zoom, row and column of a tile within the limits of its tileset."""
    values = []
    for name, text in zip(
        ("tileMatrix", "tileRow", "tileCol"),
        (address.matrix, address.row, address.column),
        strict=True,
    ):
        if not _NUMBER.fullmatch(text):
            raise Problem(
                400,
                f"{name} est un entier positif ; reçu : « {text[:_SHOWN]} ».",
            )
        values.append(int(text))
    zoom, row, column = values
    limits = tileset.limits.get(zoom)
    if limits is None:
        low, high = tileset.zooms
        raise Problem(
            404, f"Ces tuiles vont du zoom (tileMatrix) {low} au zoom {high} ; reçu : {zoom}."
        )
    if not limits.hold(row, column):
        raise Problem(
            404,
            f"La tuile {zoom}/{row}/{column} (zoom, ligne, colonne) est en dehors de la carte : à "
            f"ce zoom, tileRow va de {limits.first_row} à {limits.last_row} et tileCol de "
            f"{limits.first_column} à {limits.last_column}.",
        )
    return zoom, row, column
