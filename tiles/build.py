"""Building the archives of a publication from its tables.

One set-based query a zoom cuts all outlines of that zoom (``sql/*.sql``); zooms are shared between
the connections given. Equal tables give equal bytes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import psycopg
from deflate import gzip_compress

from tiles import outlines, queries
from tiles.errors import TilesError
from tiles.outlines import Drawing
from tiles.vector import EXTENT, Layer
from tiles.writer import LARGEST_TILE, ArchiveInfo, Tile, too_large, write_archive

#: Zooms of the tileset of places; each place is a point of its own from the second number on.
LIEUX_ZOOMS = range(4, 13)
LIEUX_ALONE = 10

#: Where places are grouped: side of the squares that hold one point, in 4096ths of a tile.
GROUP_SIDE = 512
#: Where single points of a tile weigh more than this (bytes, not compressed) they are grouped too,
#: in squares of 8 pixels of a 512-pixel tile.
CROWDED = LARGEST_TILE * 9 // 10
CROWDED_SIDE = 64

#: Level of compression of libdeflate: half the time of zlib's 9, and smaller; the next takes three
#: times as long for 0.7 % less.
GZIP_LEVEL = 9

#: Layers of outlines in drawing order. Groupes overlap one another.
LAYERS = {
    "region": "regions",
    "departement": "departements",
    "epci": "epcis",
    "commune": "communes",
    "arrondissement": "arrondissements",
    "groupe": "groupes",
}

#: Attributes of the outlines: of one's own, then shared by many (`tiles.vector.Layer`).
_OWN = {"code": "String", "nom": "String", "population": "Number"}
_SHARED = {"taux": "Number", "services_presents": "Number", "services_documentes": "Number"}
_LABEL_FIELDS = {
    "niveau": "String",
    "code": "String",
    "nom": "String",
    "population": "Number",
    "rang": "Number",
}

#: Gives what a step made of the same borders earlier, or makes it now and keeps it.
Keep = Callable[[str, Callable[[], Any]], Any]


def make_now(_step: str, make: Callable[[], Any]) -> Any:
    """Keep nothing."""
    return make()


def build_territoires(
    conn: psycopg.Connection[Any],
    target: Path,
    *,
    attribution: str,
    publication: str,
    helpers: Sequence[psycopg.Connection[Any]] = (),
    keep: Keep = make_now,
) -> ArchiveInfo:
    """Write the archive of territories: outlines by level, and one label point for each.

    Parameters
    ----------
    conn
        Its ``search_path`` finds ``contours``, ``territoires`` and ``taux``.
    target
        The ``.pmtiles`` file to put in place.
    attribution
        Names of the producers with the dates of their data, shown on every map.
    publication
        Identifier of the publication, kept in the archive.
    helpers
        More connections that see the same committed tables, to work on other zooms meanwhile.
    keep
        Called with a name and with what makes the outlines cut into tiles: it may give those of an
        earlier run whose ``contours`` and ``territoires`` were the same.

    Raises
    ------
    TilesError
        Nothing to draw, a territory on no tile, a territory without a label, a tile too large.
    """
    ranges = {
        niveau: (first, last)
        for niveau, first, last in conn.execute(
            "SELECT niveau, min(zoom), max(zoom) FROM contours GROUP BY niveau"
        )
    }
    unknown = sorted(set(ranges) - set(LAYERS))
    if unknown:
        raise TilesError(f"Aucune couche de tuiles n’est prévue pour : {', '.join(unknown)}.")
    if not ranges:
        raise TilesError("Aucun contour à dessiner : la table des contours est vide.")
    _refuse_unlabelled(conn)
    first = min(low for low, _ in ranges.values())
    last = max(high for _, high in ranges.values())
    conns = [conn, *helpers]
    drawing: Drawing = keep("decoupe", lambda: outlines.draw(conns, range(first, last + 1)))
    outlines.check(conn, drawing)
    levels, themes = _described(conn)
    order = list(LAYERS)
    layers = [
        (found.address, levels[found.niveau].encode(found.codes, found.shapes))
        for found in sorted(drawing.outlines, key=lambda found: order.index(found.niveau))
    ]
    fields = {**_OWN, **_SHARED, **{f"taux_{theme}": "Number" for theme in themes}}
    described = [
        _layer(LAYERS[niveau], ranges[niveau], fields) for niveau in order if niveau in ranges
    ]
    described.append(_layer("etiquettes", (first, last), _LABEL_FIELDS))
    metadata = _metadata(
        "territoires",
        "Contours des territoires de France et part des services numériques présents",
        attribution,
        publication,
        described,
    )
    bounds, center = _frame(conn, first)
    tiles = _join([*layers, *drawing.labels], target.name)
    return write_archive(target, tiles, bounds=bounds, center=center, metadata=metadata)


def _described(conn: psycopg.Connection[Any]) -> tuple[dict[str, Layer], list[str]]:
    """Attributes of the territories by level, and the thèmes that have rates."""
    (rows,) = queries.run([("attributs.sql", {})], [conn])
    rates = [orjson.loads(row[-1] or b"{}") for row in rows]
    themes = sorted(set().union(*rates))
    grouped = defaultdict(list)
    for (niveau, code, nom, population, *shared, _), by_theme in zip(rows, rates, strict=True):
        ours = [*shared, *map(by_theme.get, themes)]
        grouped[niveau].append((code, (code, nom, population), ours))
    keys = [*_SHARED, *(f"taux_{theme}" for theme in themes)]
    return {
        niveau: Layer(name, list(_OWN), keys, grouped[niveau]) for niveau, name in LAYERS.items()
    }, themes


def build_lieux(
    conn: psycopg.Connection[Any],
    target: Path,
    *,
    attribution: str,
    publication: str,
    helpers: Sequence[psycopg.Connection[Any]] = (),
) -> ArchiveInfo:
    """Write the archive of places: one point each from zoom 10 on, grouped with counts before.

    Tiles heavier than :data:`CROWDED` are grouped at any zoom, in small squares. The sum of
    ``nombre`` over the tiles of a zoom is the number of places, at every zoom.

    Parameters are those of :func:`build_territoires`; the tables read are ``lieux``,
    ``lieux_services``, ``services``, ``enjeux`` and, for the frame of the map, ``territoires``.

    Raises
    ------
    TilesError
        No place at all, one lost on the way, a tile too large.
    """
    (expected,) = queries.one(conn, "SELECT count(*) FROM lieux")
    services = [code for (code,) in conn.execute("SELECT DISTINCT service FROM lieux_services")]
    themes = [
        code
        for (code,) in conn.execute(
            "SELECT DISTINCT theme FROM enjeux JOIN services ON services.enjeu = enjeux.code"
            " WHERE services.code = ANY(%s)",
            [services],
        )
    ]
    near = {"first": LIEUX_ALONE, "last": LIEUX_ZOOMS[-1], "crowded": CROWDED}
    tiles = _lieux([conn, *helpers], near)
    drawn = Counter[int]()
    for zoom, *_, count in tiles:
        drawn[zoom] += count
    for zoom in LIEUX_ZOOMS:
        if drawn[zoom] != expected:
            raise TilesError(f"Au zoom {zoom}, {drawn[zoom]} lieux dessinés sur {expected}.")
    fields = {"id": "String", "nom": "String", "services": "String", "nombre": "Number"}
    fields["approximatif"] = "Boolean"
    fields |= {f"theme_{code}": "Number" for code in sorted(themes)}
    fields |= {f"service_{code}": "Number" for code in sorted(services)}
    metadata = _metadata(
        "lieux",
        "Lieux où sont rendus les services numériques, regroupés aux petites échelles",
        attribution,
        publication,
        [_layer("lieux", (LIEUX_ZOOMS[0], LIEUX_ZOOMS[-1]), fields)],
    )
    bounds, center = _frame(conn, LIEUX_ZOOMS[0])
    packed = _join([((zoom, x, y), mvt) for zoom, x, y, mvt, _ in tiles], target.name)
    return write_archive(target, packed, bounds=bounds, center=center, metadata=metadata)


def _lieux(conns: Sequence[psycopg.Connection[Any]], near: Mapping[str, int]) -> queries.Rows:
    """Make the tiles of places: grouped far away, one by one near, where they are not too many.

    Crowded tiles are grouped in small squares, in larger ones where even these weigh too much.
    """
    far = {"first": LIEUX_ZOOMS[0], "last": LIEUX_ALONE - 1, "side": GROUP_SIDE}
    everywhere = {"columns": None, "rows": None}
    tiles, alone = queries.run(
        [("lieux_groupes.sql", {**far, **everywhere}), ("lieux.sql", near)], conns
    )
    tiles += [row for row in alone if row[3] is not None]
    crowded = [row for row in alone if row[3] is None]
    side = CROWDED_SIDE
    while crowded:
        tasks: list[queries.Task] = []
        for zoom in sorted({row[0] for row in crowded}):
            here = [row for row in crowded if row[0] == zoom]
            wanted = {"columns": [row[1] for row in here], "rows": [row[2] for row in here]}
            tasks.append(
                ("lieux_groupes.sql", {"first": zoom, "last": zoom, "side": side, **wanted})
            )
        made = [row for rows in queries.run(tasks, conns) for row in rows]
        crowded = [row for row in made if len(row[3]) > LARGEST_TILE and side < EXTENT]
        tiles += [row for row in made if row not in crowded]
        side *= 2
    return tiles


def _refuse_unlabelled(conn: psycopg.Connection[Any]) -> None:
    """Refuse territories that have an outline and no point to put their name at."""
    (missing,) = queries.one(
        conn,
        "SELECT string_agg(DISTINCT c.niveau || ' ' || c.code, ', ') FROM contours AS c"
        " LEFT JOIN territoires AS t ON t.niveau = c.niveau AND t.code = c.code"
        " WHERE t.centre IS NULL",
    )
    if missing:
        raise TilesError(f"Territoires sans centre où poser leur nom : {missing[:500]}.")


def _frame(
    conn: psycopg.Connection[Any], first_zoom: int
) -> tuple[tuple[float, float, float, float], tuple[float, float, int]]:
    """Bounds of all territories, and where a viewer opens: amid the communes, overseas or not.

    The median longitude and latitude of the communes, unlike the middle of the bounds, which lies
    in the Atlantic. Two zooms in, a metropolitan country fits a screen.
    """
    west, south, east, north = queries.one(
        conn,
        "SELECT min(emprise[1]), min(emprise[2]), max(emprise[3]), max(emprise[4])"
        " FROM territoires",
    )
    if west is None:
        raise TilesError("Aucun territoire n’a d’emprise : le cadre de la carte est inconnu.")
    longitude, latitude = queries.one(
        conn,
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_X(centre)),"
        " percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_Y(centre))"
        " FROM territoires WHERE niveau = 'commune' AND centre IS NOT NULL",
    )
    if longitude is None:
        longitude, latitude = (west + east) / 2, (south + north) / 2
    return (west, south, east, north), (longitude, latitude, first_zoom + 2)


def _join(layers: Iterable[tuple[tuple[int, int, int], bytes]], name: str) -> list[Tile]:
    """Put the layers of each tile end to end, in the order given, and compress them.

    A tile is its layers one after the other: so protobuf merges repeated fields. The gzip bytes
    hold no date nor file name: equal tiles give equal bytes.

    Raises
    ------
    TilesError
        A tile is too large for a phone to unpack, however small it travels.
    """
    parts: defaultdict[tuple[int, int, int], list[bytes]] = defaultdict(list)
    for address, mvt in layers:
        parts[address].append(mvt)
    for address, mvts in parts.items():
        if (size := sum(map(len, mvts))) > LARGEST_TILE:
            raise too_large(name, address, size, "avant compression")
    with ThreadPoolExecutor() as pool:
        packed = pool.map(
            lambda mvts: bytes(gzip_compress(b"".join(mvts), GZIP_LEVEL)), parts.values()
        )
        return [(*address, data) for address, data in zip(parts, packed, strict=True)]


def _layer(name: str, zooms: tuple[int, int], fields: Mapping[str, str]) -> dict[str, Any]:
    return {"id": name, "fields": dict(fields), "minzoom": zooms[0], "maxzoom": zooms[1]}


def _metadata(
    name: str,
    description: str,
    attribution: str,
    publication: str,
    layers: list[dict[str, Any]],
) -> dict[str, Any]:
    """Make the JSON object of an archive, with the keys of TileJSON 3 and PMTiles 3."""
    return {
        "name": name,
        "description": description,
        "attribution": attribution,
        "type": "overlay",
        "format": "pbf",
        "generator": f"atlas-internet-citoyen {version('atlas-internet-citoyen')}",
        "publication": publication,
        "vector_layers": layers,
    }
