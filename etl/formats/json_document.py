"""JSON documents: an array of objects, or an object that holds one; GeoJSON is one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import InvalidOperation
from pathlib import Path

import ijson

from etl.formats import geojson
from etl.formats.base import FormatError, FormatOptions, Limits, RawPart, RawTable, where
from etl.formats.encoding import Encoding, recognise
from etl.formats.flatten import Columns, Item, flatten, records
from etl.formats.gathering import Fault, gather
from etl.formats.json_guard import Guard

#: Items kept while the columns are sought: most files hold no more, and are parsed once.
_KEPT_ITEMS = 20_000
_KEPT_BYTES = 20_000_000


def open_json(path: Path, options: FormatOptions, limits: Limits) -> RawTable:
    """Open a JSON or GeoJSON document. It is parsed once more to find its columns.

    Raises
    ------
    FormatError
        If the document is damaged, nested too deep, holds no array of objects or several.
    """
    encoding = recognise(path, options.encodage)
    chemin = options.chemin
    if chemin is None:
        chemin = _find(path, encoding, limits)
    layer = None
    if chemin == geojson.FEATURES:
        with _parsed(path, encoding, limits) as guard:
            layer = geojson.Layer.of(path, guard)

    def items() -> Iterator[Item]:
        with _parsed(path, encoding, limits) as guard:
            prefix = f"{chemin}.item" if chemin else "item"
            for item in ijson.items(guard, prefix):
                guard.item()
                if not isinstance(item, dict):
                    yield Fault("ligne_illisible", "L'élément n'est pas un objet.", str(item))
                elif layer is not None:
                    yield layer.row(item)
                else:
                    yield flatten(item)

    columns = Columns(path, limits)
    kept: list[Item] | None = []
    for item in items():
        columns.see(item)
        if kept is not None:
            kept.append(item)
            if len(kept) > _KEPT_ITEMS or path.stat().st_size > _KEPT_BYTES:
                kept = None
    names = columns.names

    def read(rows: int) -> Iterator[RawPart]:
        return gather(records(kept if kept is not None else items(), names), names, rows, limits)

    details = {"encodage": encoding.shown}
    if chemin:
        details["chemin"] = chemin
    if layer is not None:
        details["projection"] = layer.crs
    return RawTable(path, "geojson" if layer else "json", names, details, read=read)


@contextmanager
def _parsed(path: Path, encoding: Encoding, limits: Limits) -> Iterator[Guard]:
    """Word the errors of the parser."""
    try:
        with Guard(path, limits, encoding) as guard:
            yield guard
    except ijson.JSONError as error:
        reason = str(error).splitlines()[0] if str(error) else "fin inattendue"
        raise FormatError(
            "json_mal_forme",
            f"{where(path)} n'est pas un JSON correct, ou il est coupé ({reason}). Rien n'a été "
            "chargé. Téléchargez-le de nouveau.",
        ) from None
    except InvalidOperation:
        # `decimal` has no exponent beyond some 10^18; the parser lets that through.
        raise FormatError(
            "json_nombre",
            f"{where(path)} contient un nombre démesuré (un exposant de plus de dix-huit "
            "chiffres). Rien n'a été chargé. Corrigez ce nombre dans le fichier.",
        ) from None


def _find(path: Path, encoding: Encoding, limits: Limits) -> str:
    """Find where the array of objects is: the document itself ('') or keys joined by dots."""
    found: dict[str, None] = {}
    with _parsed(path, encoding, limits) as guard:
        previous: tuple[str, str] = ("", "")
        for prefix, event, _ in ijson.parse(guard):
            if previous == ("", "") and event != "start_map":
                if event == "start_array":
                    return ""
                break
            if event == "start_map" and previous == (prefix.removesuffix(".item"), "start_array"):
                if prefix == f"{geojson.FEATURES}.item":
                    return geojson.FEATURES
                if ".item." not in f".{prefix.removesuffix('.item')}.":
                    found[prefix.removesuffix(".item")] = None
            if event == "end_map":
                guard.item()
            previous = (prefix, event)
    if len(found) == 1:
        return next(iter(found))
    if not found:
        raise FormatError(
            "json_sans_liste",
            f"{where(path)} ne contient pas de liste d'objets : un tableau JSON est attendu, ou "
            "un objet qui en contient un. Vérifiez que c'est le bon fichier.",
        )
    raise FormatError(
        "json_plusieurs_listes",
        f"{where(path)} contient plusieurs listes d'objets : {', '.join(found)[:300]}. Dites "
        f'laquelle lire, par exemple « chemin = "{next(iter(found))}" ».',
    )
