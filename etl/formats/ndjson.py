"""NDJSON: one JSON object by line; a line that is none is refused alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from etl.formats import encoding as encodings
from etl.formats import geojson
from etl.formats.base import Format, FormatOptions, Limits, RawPart, RawTable
from etl.formats.flatten import Columns, Item, Number, flatten, records
from etl.formats.gathering import Fault, gather

#: RFC 8142 starts each object of a text sequence of GeoJSON with this character.
_RECORD_SEPARATOR = "\x1e"


def open_ndjson(path: Path, options: FormatOptions, limits: Limits) -> RawTable:
    """Open a file of one object by line, GeoJSON features included; reads it to find its columns.

    Raises
    ------
    FormatError
        If a line is too long, or there are too many columns.
    """
    encoding = encodings.recognise(path, options.encodage)
    columns = Columns(path, limits)
    layer = geojson.Layer(path)
    kind: Format = "ndjson"
    for item in _items(path, encoding, limits, layer):
        columns.see(item)
        if isinstance(item, geojson.Row):
            kind = "geojson"
    names = columns.names

    def read(rows: int) -> Iterator[RawPart]:
        items = _items(path, encoding, limits, layer)
        return gather(records(items, names), names, rows, limits)

    return RawTable(path, kind, names, {"encodage": encoding.shown}, read=read)


def _items(
    path: Path, encoding: encodings.Encoding, limits: Limits, layer: geojson.Layer
) -> Iterator[Item]:
    decoder = json.JSONDecoder(parse_float=Number, parse_int=Number)
    for block in encodings.lines(path, encoding, limits):
        for line in block:
            text = line.strip(f"{_RECORD_SEPARATOR} \t\r\n\ufeff")
            if text:
                yield _item(text, decoder, layer, limits)


def _item(text: str, decoder: json.JSONDecoder, layer: geojson.Layer, limits: Limits) -> Item:
    try:
        value = decoder.decode(text)
        if isinstance(value, dict):
            return layer.row(value) if value.get("type") == "Feature" else flatten(value)
        reason = "La ligne n'est pas un objet JSON."
    except json.JSONDecodeError:
        reason = "La ligne n'est pas du JSON correct : elle est peut-être coupée."
    except RecursionError:
        reason = f"La ligne emboîte plus de {limits.depth} niveaux de listes ou d'objets."
    return Fault("ligne_illisible", reason, text)
