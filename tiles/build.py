"""Building the archives of a publication from its tables.

One set-based query a zoom makes all tiles and all layers of that zoom (``sql/*.sql``); zooms are
shared between the connections given. Equal tables give equal bytes.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from queue import SimpleQueue
from typing import Any, LiteralString, cast

import psycopg

from tiles.errors import TilesError
from tiles.writer import ArchiveInfo, Tile, write_archive

#: Zooms of the tileset of places; each place is a point of its own from the second number on.
LIEUX_ZOOMS = range(4, 13)
LIEUX_ALONE = 10

#: Layers of outlines in drawing order, as in ``sql/territoires.sql``.
LAYERS = {
    "region": "regions",
    "departement": "departements",
    "epci": "epcis",
    "commune": "communes",
    "arrondissement": "arrondissements",
}

_OUTLINE_FIELDS = {"code": "String", "nom": "String", "population": "Number", "taux": "Number"}
_LABEL_FIELDS = {
    "niveau": "String",
    "code": "String",
    "nom": "String",
    "population": "Number",
    "rang": "Number",
}

#: Settings of the queries alone. Geometry functions cost little to compile against what the planner
#: guesses, and sorting stays in memory (the national communes of a zoom take 50 MB).
_SETTINGS: tuple[LiteralString, ...] = (
    "SET LOCAL jit = off",
    "SET LOCAL work_mem = '256MB'",
    "SET LOCAL client_min_messages = warning",
)

#: A script of ``sql/`` and its parameters.
_Task = tuple[str, Mapping[str, Any]]


def build_territoires(
    conn: psycopg.Connection[Any],
    target: Path,
    *,
    attribution: str,
    publication: str,
    helpers: Sequence[psycopg.Connection[Any]] = (),
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
    tasks: list[_Task] = [
        ("territoires.sql", {"zoom": zoom}) for zoom in range(last, first - 1, -1)
    ]
    rows = _run([*tasks, ("etiquettes.sql", {})], [conn, *helpers])
    for zoom, x, _, mvt in rows:
        if x is None:
            raise TilesError(
                f"Au zoom {zoom}, des territoires ne sont sur aucune tuile : {mvt.decode()[:500]}."
            )
    layers = [
        _layer(LAYERS[niveau], ranges[niveau], _OUTLINE_FIELDS)
        for niveau in LAYERS
        if niveau in ranges
    ]
    layers.append(_layer("etiquettes", (first, last), _LABEL_FIELDS))
    metadata = _metadata(
        "territoires",
        "Contours des territoires de France et part des services numériques présents",
        attribution,
        publication,
        layers,
    )
    bounds, center = _frame(conn, first)
    return write_archive(target, _join(rows), bounds=bounds, center=center, metadata=metadata)


def build_lieux(
    conn: psycopg.Connection[Any],
    target: Path,
    *,
    attribution: str,
    publication: str,
    helpers: Sequence[psycopg.Connection[Any]] = (),
) -> ArchiveInfo:
    """Write the archive of places: one point each from zoom 10 on, grouped with counts before.

    Parameters are those of :func:`build_territoires`; the tables read are ``lieux``,
    ``lieux_services``, ``services``, ``enjeux`` and, for the frame of the map, ``territoires``.

    Raises
    ------
    TilesError
        No place at all, one lost on the way, a tile too large.
    """
    (expected,) = _one(conn, "SELECT count(*) FROM lieux")
    services = [code for (code,) in conn.execute("SELECT DISTINCT service FROM lieux_services")]
    themes = [
        code
        for (code,) in conn.execute(
            "SELECT DISTINCT theme FROM enjeux JOIN services ON services.enjeu = enjeux.code"
            " WHERE services.code = ANY(%s)",
            [services],
        )
    ]
    grouped = {"first": LIEUX_ZOOMS[0], "last": LIEUX_ALONE - 1}
    tasks: list[_Task] = [("lieux_groupes.sql", grouped)]
    tasks += [("lieux.sql", {"zoom": zoom}) for zoom in range(LIEUX_ZOOMS[-1], LIEUX_ALONE - 1, -1)]
    rows = _run(tasks, [conn, *helpers])
    drawn = Counter[int]()
    for zoom, *_, count in rows:
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
    return write_archive(target, _join(rows), bounds=bounds, center=center, metadata=metadata)


def _refuse_unlabelled(conn: psycopg.Connection[Any]) -> None:
    """Refuse territories that have an outline and no point to put their name at."""
    (missing,) = _one(
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
    west, south, east, north = _one(
        conn,
        "SELECT min(emprise[1]), min(emprise[2]), max(emprise[3]), max(emprise[4])"
        " FROM territoires",
    )
    if west is None:
        raise TilesError("Aucun territoire n’a d’emprise : le cadre de la carte est inconnu.")
    longitude, latitude = _one(
        conn,
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_X(centre)),"
        " percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_Y(centre))"
        " FROM territoires WHERE niveau = 'commune' AND centre IS NOT NULL",
    )
    if longitude is None:
        longitude, latitude = (west + east) / 2, (south + north) / 2
    return (west, south, east, north), (longitude, latitude, first_zoom + 2)


def _run(tasks: Sequence[_Task], conns: Sequence[psycopg.Connection[Any]]) -> list[tuple[Any, ...]]:
    """Run one query for each task over the connections; rows come in the order of the tasks.

    Tasks start in that order too: the heaviest first keeps all connections busy to the end.
    """
    free: SimpleQueue[psycopg.Connection[Any]] = SimpleQueue()
    for conn in conns:
        free.put(conn)

    def fetch(task: _Task) -> list[tuple[Any, ...]]:
        script, params = task
        query = (files("tiles") / "sql" / script).read_text(encoding="utf-8")
        conn = free.get()
        try:
            with conn.transaction(), conn.cursor(binary=True) as cursor:
                for setting in _SETTINGS:
                    cursor.execute(setting)
                return cursor.execute(query.encode(), params).fetchall()
        finally:
            free.put(conn)

    with ThreadPoolExecutor(len(conns), thread_name_prefix="tuiles") as pool:
        return [row for rows in pool.map(fetch, tasks) for row in rows]


def _join(rows: Iterable[tuple[Any, ...]]) -> list[Tile]:
    """Put the layers of each tile end to end, in the order of the rows, and compress them.

    A tile is its layers one after the other: so protobuf merges repeated fields. The gzip bytes
    hold no date nor file name: equal tiles give equal bytes.
    """
    parts: defaultdict[tuple[int, int, int], list[bytes]] = defaultdict(list)
    for zoom, x, y, mvt, *_ in rows:
        parts[zoom, x, y].append(mvt)
    with ThreadPoolExecutor() as pool:
        packed = pool.map(lambda layers: zlib.compress(b"".join(layers), 9, 31), parts.values())
        return [(*address, data) for address, data in zip(parts, packed, strict=True)]


def _one(conn: psycopg.Connection[Any], query: LiteralString) -> tuple[Any, ...]:
    row = conn.execute(query).fetchone()
    if row is None:
        raise RuntimeError("an aggregate always gives a row")
    return cast("tuple[Any, ...]", row)


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
