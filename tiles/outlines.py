"""The outlines and the names of the territories, cut into tiles: all that borders alone decide.

It is the costly part of the tileset ``territoires``, and the same from one publication to the next
as long as the borders, the populations and the groupes are; :mod:`tiles.vector` puts the rates to
it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from tiles import queries
from tiles.errors import TilesError
from tiles.vector import features_of


@dataclass(frozen=True, slots=True)
class Outlines:
    """The outlines of one niveau on one tile.

    Attributes
    ----------
    address
        Zoom, column and row of the tile.
    niveau
        Level of the territories.
    codes
        Codes of the territories, sorted.
    shapes
        Feature of each, without attributes (:func:`tiles.vector.features_of`).
    """

    address: tuple[int, int, int]
    niveau: str
    codes: tuple[str, ...]
    shapes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """All outlines, and the layer of label points of each tile that has some (uncompressed)."""

    outlines: list[Outlines]
    labels: list[tuple[tuple[int, int, int], bytes]]


def draw(conns: Sequence[psycopg.Connection[Any]], zooms: range) -> Drawing:
    """Cut the outlines of the table ``contours`` into tiles, one query a zoom; place the labels.

    Parameters
    ----------
    conns
        Connections that see the same committed tables; their ``search_path`` finds ``contours`` and
        ``territoires``.
    zooms
        The zooms of the tileset.
    """
    tasks: list[queries.Task] = [("decoupe.sql", {"zoom": zoom}) for zoom in reversed(zooms)]
    *cut, labels = queries.run([*tasks, ("etiquettes.sql", {})], conns)
    return Drawing(
        [
            Outlines((zoom, x, y), niveau, tuple(codes), tuple(features_of(mvt)))
            for zoom, rows in zip(reversed(zooms), cut, strict=True)
            for x, y, niveau, codes, mvt in rows
        ],
        [((zoom, x, y), mvt) for zoom, x, y, mvt in labels],
    )


def check(conn: psycopg.Connection[Any], drawing: Drawing) -> None:
    """Refuse a drawing where a territory of the table ``contours`` is on no tile of a zoom.

    Raises
    ------
    TilesError
        It names the territories.
    """
    drawn: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    for outlines in drawing.outlines:
        drawn[outlines.address[0], outlines.niveau].update(outlines.codes)
    counted = conn.execute(
        "SELECT zoom, niveau, count(*) FROM contours GROUP BY zoom, niveau ORDER BY zoom, niveau"
    )
    for zoom, niveau, count in counted.fetchall():
        if len(drawn[zoom, niveau]) == count:
            continue
        known = conn.execute(
            "SELECT code FROM contours WHERE zoom = %s AND niveau = %s", [zoom, niveau]
        )
        lost = sorted({code for (code,) in known} - drawn[zoom, niveau])
        raise TilesError(
            f"Au zoom {zoom}, des territoires ne sont sur aucune tuile : "
            f"{', '.join(f'{niveau} {code}' for code in lost)[:500]}."
        )
