"""Whether two servers gave the same answer: a wrong answer is not a fast one."""

from __future__ import annotations

import gzip
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
import shapely

from tests.benchmarks.peers.questions import Question, Tile
from tests.benchmarks.peers.servers import Peer

#: Questions of a case that are compared.
SAMPLE = 6

#: Units of a tile of 4 096 within which a border may be drawn apart: another generalisation and
#: another rounding put a commune that only touches the tile's edge in or out.
EDGE = 8


@dataclass(frozen=True)
class Answer:
    """What one answer holds, in words that every server shares.

    Attributes
    ----------
    codes
        INSEE codes of the communes in it that have a polygon; of a tile, those well inside its
        square.
    near
        Those that touch its square by no more than :data:`EDGE` units.
    matched
        ``numberMatched``; None for a tile, or when it is not told.
    """

    codes: frozenset[str]
    near: frozenset[str] = frozenset()
    matched: int | None = None


class NoAnswerError(Exception):
    """A server answered something else than what was asked."""


def answer(peer: Peer, question: Question) -> Answer:
    """Ask one server one question.

    Raises
    ------
    NoAnswerError
        If it is an error, or does not read.
    """
    path = peer.address(question)
    request = urllib.request.Request(
        f"http://127.0.0.1:{peer.port}{path}", headers={"Accept-Encoding": "gzip"}
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as got:
            body = got.read()
            if got.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
        return _of_tile(body) if isinstance(question, Tile) else _of_features(json.loads(body))
    except urllib.error.HTTPError as error:
        said = error.read()[:300].decode(errors="replace")
        raise NoAnswerError(f"{peer.name} : {path} : {error.code} {said}") from None
    except (OSError, ValueError, KeyError) as error:
        raise NoAnswerError(f"{peer.name} : {path} : {error!r}") from None


def _of_features(document: dict[str, Any]) -> Answer:
    features = document["features"]
    return Answer(
        frozenset(str(one["id"]) for one in features if one["geometry"] is not None),
        matched=document.get("numberMatched"),
    )


def _of_tile(body: bytes) -> Answer:
    layers = mapbox_vector_tile.decode(body)
    # Ours has other layers beside; a peer's only layer is the communes, whatever its name.
    layer = layers.get("communes") or layers.get("default") or next(iter(layers.values()))
    scale = layer["extent"] / 4_096
    square = shapely.box(0, 0, layer["extent"], layer["extent"])
    inside = square.buffer(-EDGE * scale)
    well, near = set(), set()
    for feature in layer["features"]:
        shape = shapely.make_valid(shapely.geometry.shape(feature["geometry"]))
        code = str(feature["properties"].get("code") or feature["properties"].get("id"))
        if shape.intersects(inside):
            well.add(code)
        else:
            near.add(code)
    return Answer(frozenset(well), frozenset(near))


def disagreement(first: Answer, other: Answer, shapeless: int) -> str | None:
    """Tell how two answers differ; None when they agree.

    Parameters
    ----------
    shapeless
        Communes without a polygon: a rectangle matches them all by OGC 17-069r4 (7.15.3), and none
        in a server that asks PostGIS which polygons it touches.
    """
    lacking = first.codes - other.codes - other.near
    extra = other.codes - first.codes - first.near
    if lacking or extra:
        return (
            f"{len(lacking)} communes manquent ({', '.join(sorted(lacking)[:3])}), "
            f"{len(extra)} sont en trop ({', '.join(sorted(extra)[:3])})"
        )
    if (
        first.matched is not None
        and other.matched is not None
        and abs(first.matched - other.matched) not in {0, shapeless}
    ):
        return f"numberMatched : {first.matched} et {other.matched}"
    return None
