"""Tiles made from the tables: lieux that a filter keeps, and a territory's own tiles.

- ``/tiles/lieux/{z}/{x}/{y}.mvt?service=&enjeu=&theme=&niveau=&code=``: as in the archive;
- ``/tiles/territoires/{niveau}/{code}/{z}/{x}/{y}.mvt``: an outline, its communes and their rates;
- ``/tiles/lieux.json?…`` and ``/tiles/territoires/{niveau}/{code}.json``: their TileJSON.

Each tile is one set-based query, whose cost is bounded: zooms are those of the archive, two queries
run at once in a process, few may wait, each is stopped after a while, and what was made is kept in
memory as long as the publication is current. Those who ask for one tile at once wait for one query.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from deflate import gzip_compress, gzip_decompress

from tiles import build, tilejson
from tiles.cache import ByteCache
from tiles.conditions import accepts_gzip, matches
from tiles.directory import Directory, tile_bounds, tile_range
from tiles.filter import LieuxFilter, Terms, read_filter
from tiles.problems import CORS, ProblemError, Scope, Send, away, header, length, send_answer
from tiles.requests import (
    CACHE,
    TILE_TYPE,
    VARY,
    Publication,
    archive_of,
    outside,
    tile_numbers,
)
from tiles.tables import (
    NIVEAUX,
    Tables,
    TablesAwayError,
    Territory,
    TooCostlyError,
    read_terms,
    read_territory,
    script,
)
from tiles.vector import EXTENT
from tiles.writer import LARGEST_TILE

#: Bytes of tiles kept by a process, and territories remembered.
CACHE_BYTES = 24 * 2**20
TERRITORIES = 2_000
#: Queries that run at once in a process, and those that may wait for their turn.
AT_ONCE = 2
WAITING = 32
#: Seconds after which a client may ask again when there are too many.
RETRY_AFTER = 2

_LEVEL = 6
_NIVEAU, _CODE, _TERRITORY_PARTS, _TILE_PARTS = 3, 4, 5, 8
_LIEUX_PARTS = 6

_NOT_A_TILE = "Cette adresse n’existe pas : celle d’une tuile finit par « .mvt »."

T = TypeVar("T")


@dataclass
class _Kept:
    """What is known of one publication."""

    publication: Publication
    tables: Tables

    def __post_init__(self) -> None:
        self.terms: Terms | None = None
        self.territories: OrderedDict[tuple[str, str], Territory | None] = OrderedDict()
        self.tiles: ByteCache[tuple[Any, ...]] = ByteCache(CACHE_BYTES)
        self.making: dict[tuple[Any, ...], asyncio.Task[bytes]] = {}


class FilteredTiles:
    """Answers the addresses of the tiles made from the tables.

    Parameters
    ----------
    tables_of
        Gives the reader of the tables of a publication.
    """

    def __init__(self, tables_of: Callable[[Any], Tables]) -> None:
        self._tables_of = tables_of
        self._kept: _Kept | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    def concerns(self, path: str, query_string: bytes) -> bool:
        """Whether an address is one of these; the others are those of archives."""
        parts = path.split("/")
        if parts[2] == "territoires":
            return len(parts) in {_TERRITORY_PARTS, _TILE_PARTS}
        if not query_string:
            return False
        return path == "/tiles/lieux.json" or (parts[2] == "lieux" and len(parts) == _LIEUX_PARTS)

    async def answer(
        self, scope: Scope, send: Send, publication: Publication, *, trust_forwarded: bool
    ) -> None:
        """Answer a request that :meth:`concerns` these tiles.

        Raises
        ------
        ProblemError
            What is to be told to the client.
        """
        kept = self._kept
        if kept is None or kept.publication is not publication:
            kept = self._kept = _Kept(publication, self._tables_of(publication))
        try:
            parts = scope["path"].split("/")
            if parts[2] == "territoires":
                await self._territory(scope, send, kept, parts, trust_forwarded)
            else:
                await self._lieux(scope, send, kept, parts, trust_forwarded)
        except TablesAwayError as error:
            raise away(
                "La base de données ne répond pas pour le moment. Réessayez dans quelques "
                "secondes : le service revient de lui-même.",
                RETRY_AFTER,
            ) from error
        except TooCostlyError as error:
            raise away(
                "Cette tuile demande trop de calcul pour le moment. Réessayez plus tard, ou "
                "demandez un zoom plus grand ou un territoire plus petit.",
                RETRY_AFTER,
            ) from error

    # --- lieux ---------------------------------------------------------------------------------

    async def _lieux(
        self, scope: Scope, send: Send, kept: _Kept, parts: list[str], trust_forwarded: bool
    ) -> None:
        wanted = read_filter(scope["query_string"])
        archive = archive_of(kept.publication, "lieux")
        terms = await self._terms(kept)
        wanted.check(terms)
        territory = None
        if wanted.niveau is not None and wanted.code is not None:
            if wanted.niveau not in NIVEAUX:
                raise ProblemError(
                    400,
                    f"Le paramètre « niveau » = « {wanted.niveau[:60]} » est refusé : les valeurs "
                    f"possibles sont {', '.join(NIVEAUX)}.",
                )
            territory = await self._find(kept, wanted.niveau, wanted.code)
            if territory is None:
                raise ProblemError(400, _unknown(wanted.niveau, wanted.code))
        if scope["path"] == "/tiles/lieux.json":
            template = "/tiles/lieux/{z}/{x}/{y}.mvt" + (f"?{wanted.query}" if wanted.query else "")
            origin = tilejson.origin(scope, trust_forwarded)
            document = tilejson.of_archive(
                archive, "lieux", f"{origin}{template}", kept.publication.id
            )
            if territory is not None and territory.bounds is not None:
                document["bounds"] = list(territory.bounds)
                document["center"] = list(territory.center)
            return await tilejson.send(scope, send, document, trust_forwarded=trust_forwarded)
        if not parts[5].endswith(".mvt"):
            raise ProblemError(404, _NOT_A_TILE)
        address = tile_numbers(parts[3], parts[4], parts[5].removesuffix(".mvt"))
        if not archive.covers(*address):
            raise outside(archive.zooms, *address)
        services = wanted.services(terms)
        key = ("lieux", None if services is None else tuple(services), wanted.niveau, wanted.code)
        data = await self._tile(
            kept, (*key, *address), lambda: _lieux_tile(kept.tables, wanted, services, address)
        )
        return await _send_tile(scope, send, data)

    # --- a territory ---------------------------------------------------------------------------

    async def _territory(
        self, scope: Scope, send: Send, kept: _Kept, parts: list[str], trust_forwarded: bool
    ) -> None:
        if scope["query_string"]:
            raise ProblemError(400, "Les tuiles d’un territoire ne prennent aucun paramètre.")
        niveau, code = parts[_NIVEAU], parts[_CODE]
        described = len(parts) == _TERRITORY_PARTS
        if described and not code.endswith(".json"):
            raise ProblemError(
                404,
                "Cette adresse n’existe pas. La description des tuiles d’un territoire est à "
                "/tiles/territoires/{niveau}/{code}.json.",
            )
        code = code.removesuffix(".json") if described else code
        archive = archive_of(kept.publication, "territoires")
        territory = await self._find(kept, niveau, code) if niveau in NIVEAUX else None
        if territory is None:
            raise ProblemError(404, _unknown(niveau, code))
        if territory.bounds is None:
            raise ProblemError(
                404, f"Aucun contour n’est connu pour « {territory.nom} » : rien à dessiner."
            )
        if described:
            template = f"/tiles/territoires/{niveau}/{code}/{{z}}/{{x}}/{{y}}.mvt"
            origin = tilejson.origin(scope, trust_forwarded)
            document = tilejson.of_archive(
                archive, code, f"{origin}{template}", kept.publication.id
            )
            document |= {
                "name": territory.nom,
                "description": f"Contour et communes, avec leur couverture : {territory.nom}",
                "bounds": list(territory.bounds),
                "center": list(territory.center),
                "vector_layers": _territory_layers(archive),
            }
            return await tilejson.send(scope, send, document, trust_forwarded=trust_forwarded)
        if not parts[7].endswith(".mvt"):
            raise ProblemError(404, _NOT_A_TILE)
        z, x, y = tile_numbers(parts[5], parts[6], parts[7].removesuffix(".mvt"))
        low, high = archive.zooms
        first_x, first_y, last_x, last_y = tile_range(territory.bounds, z)
        if not (low <= z <= high and first_x <= x <= last_x and first_y <= y <= last_y):
            raise outside(archive.zooms, z, x, y)
        data = await self._tile(
            kept,
            ("territoire", niveau, code, z, x, y),
            lambda: _territory_tile(kept.tables, niveau, code, (z, x, y)),
        )
        return await _send_tile(scope, send, data)

    # --- what is kept --------------------------------------------------------------------------

    async def _terms(self, kept: _Kept) -> Terms:
        if kept.terms is None:
            kept.terms = await self._in_turn(read_terms(kept.tables))
        return kept.terms

    async def _find(self, kept: _Kept, niveau: str, code: str) -> Territory | None:
        key = (niveau, code)
        if key not in kept.territories:
            kept.territories[key] = await self._in_turn(read_territory(kept.tables, *key))
            if len(kept.territories) > TERRITORIES:
                kept.territories.popitem(last=False)
        return kept.territories[key]

    async def _tile(
        self, kept: _Kept, key: tuple[Any, ...], make: Callable[[], Coroutine[Any, Any, bytes]]
    ) -> bytes:
        """Give a tile in gzip, empty when there is nothing on it: kept, being made, or made now."""
        found = kept.tiles.get(key)
        if found is not None:
            return found
        task = kept.making.get(key)
        if task is None:
            task = kept.making[key] = asyncio.create_task(self._make(kept, key, make))
            task.add_done_callback(lambda _: kept.making.pop(key))
        # Who goes away does not take the tile from the others.
        return await asyncio.shield(task)

    async def _make(
        self, kept: _Kept, key: tuple[Any, ...], make: Callable[[], Coroutine[Any, Any, bytes]]
    ) -> bytes:
        mvt = await self._in_turn(make())
        packed = bytes(await asyncio.to_thread(gzip_compress, mvt, _LEVEL)) if mvt else b""
        kept.tiles.keep(key, packed)
        return packed

    async def _in_turn(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work of the database once few others do.

        Raises
        ------
        ProblemError
            503 when too many wait already.
        """
        if self._waiting >= WAITING:
            work.close()
            raise away(
                "Trop de tuiles filtrées sont demandées à la fois. Réessayez dans quelques "
                "secondes.",
                RETRY_AFTER,
            )
        self._waiting += 1
        try:
            await self._turns.acquire()
        except BaseException:
            work.close()
            raise
        finally:
            self._waiting -= 1
        try:
            return await work
        finally:
            self._turns.release()


def _unknown(niveau: str, code: str) -> str:
    return (
        f"Aucun territoire de niveau « {niveau[:20]} » n’a le code « {code[:20]} » parmi ceux qui "
        f"ont des tuiles ({', '.join(NIVEAUX)}). Cherchez-le par son nom : /api/territoires?q=…"
    )


def _territory_layers(archive: Directory) -> list[dict[str, Any]]:
    """Layers of a territory's own tiles, with the attributes of the communes of the archive."""
    communes = next(
        (layer for layer in archive.metadata["vector_layers"] if layer["id"] == "communes"), None
    )
    if communes is None:
        return []
    low, high = archive.zooms
    return [communes, {**communes, "id": "territoire", "minzoom": low, "maxzoom": high}]


async def _lieux_tile(
    tables: Tables,
    wanted: LieuxFilter,
    services: list[str] | None,
    address: tuple[int, int, int],
) -> bytes:
    """Make a tile of lieux; squares grow where even grouped places would weigh too much."""
    z, x, y = address
    # The margin is for points that fall on the other side of an edge when they are projected.
    west, south, east, north = tile_bounds(z, x, y, 1 / EXTENT)
    alone = z >= build.LIEUX_ALONE
    side = build.CROWDED_SIDE if alone else build.GROUP_SIDE
    values = {
        "zoom": z, "x": x, "y": y,
        "west": west, "south": south, "east": east, "north": north,
        "services": services, "niveau": wanted.niveau, "code": wanted.code,
        "grid": z if alone else build.LIEUX_ALONE - 1,
        "alone": build.LIEUX_ALONE, "crowded": build.CROWDED,
    }  # fmt: skip
    while True:
        (row,) = await tables.fetch(script("tuile_lieux"), {**values, "side": side})
        mvt = bytes(row["mvt"] or b"") if row["lieux"] else b""
        if len(mvt) <= LARGEST_TILE or side >= EXTENT:
            return mvt
        side *= 2


async def _territory_tile(
    tables: Tables, niveau: str, code: str, address: tuple[int, int, int]
) -> bytes:
    z, x, y = address
    # Outlines are generalised: some reach a little beyond what the tables say of them.
    west, south, east, north = tile_bounds(z, x, y, 0.1)
    (row,) = await tables.fetch(
        script("tuile_territoire"),
        {
            "zoom": z, "x": x, "y": y, "niveau": niveau, "code": code,
            "west": west, "south": south, "east": east, "north": north,
        },
    )  # fmt: skip
    return bytes(row["mvt"] or b"")


async def _send_tile(scope: Scope, send: Send, data: bytes) -> None:
    if not data:
        return await send_answer(send, 204, [CACHE, VARY, *CORS])
    gzipped = accepts_gzip(header(scope, b"accept-encoding"))
    digest = hashlib.blake2b(data, digest_size=10).hexdigest()
    etag = f'"{digest}{"-gz" if gzipped else ""}"'
    headers = [(b"etag", etag.encode()), CACHE, VARY, *CORS]
    if matches(header(scope, b"if-none-match"), etag):
        return await send_answer(send, 304, headers)
    body = data if gzipped else bytes(gzip_decompress(data))
    headers.append(TILE_TYPE)
    if gzipped:
        headers.append((b"content-encoding", b"gzip"))
    headers.append(length(len(body)))
    return await send_answer(send, 200, headers, b"" if scope["method"] == "HEAD" else body)
