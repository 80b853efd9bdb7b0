"""Formats of text, written batch by batch: CSV, GeoJSON and sequences of GeoJSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import shapely

from geo_service.exports.cells import LIST_SEPARATOR, neutral
from geo_service.exports.model import Batch, Dataset, Geometry, Origin, Value

#: Column of the geometries of CSV: the name GDAL and QGIS take for a geometry by themselves.
WKT = "WKT"
#: Columns of provenance at the end of each CSV row.
CSV_ORIGIN = ("publication", "millesime", "sources")
#: Record separator of RFC 8142.
_RECORD = b"\x1e"


def rounded(geometries: Sequence[bytes | None], decimals: int) -> Any:
    """Read WKB as Shapely geometries, their coordinates rounded."""
    found = shapely.from_wkb(np.array(geometries, dtype=object))
    return shapely.transform(found, lambda points: points.round(decimals))


def as_wkt(geometries: Sequence[bytes | None], geometry: Geometry) -> list[str | None]:
    """Write geometries as WKT, ``None`` for those that are missing."""
    shapes = rounded(geometries, geometry.decimals)
    texts: list[str | None] = shapely.to_wkt(shapes, rounding_precision=geometry.decimals).tolist()
    return texts


class CsvEncoder:
    """RFC 4180 CSV: UTF-8 without byte order mark, commas, CRLF, one header line.

    Columns are added after those of the table: ``WKT`` where there are geometries, then
    ``publication`` and ``millesime`` on each row, so that a row copied elsewhere still says where
    it comes from, and ``sources`` on the first row only: repeated, the credits would be more than
    half of the file.
    """

    def __init__(self, dataset: Dataset, origin: Origin) -> None:
        self._dataset = dataset
        self._every = [origin.provenance["publication"], origin.provenance["millesime"]]
        self._credits = LIST_SEPARATOR.join(_credits(origin.provenance["sources"]))

    def begin(self) -> bytes:
        """Write the header line."""
        names = [column.name for column in self._dataset.columns]
        return _lines([[*names, *[WKT] * bool(self._dataset.geometry), *CSV_ORIGIN]])

    def batch(self, batch: Batch) -> bytes:
        """Write some rows."""
        rows: list[list[Any]] = [list(map(_cell, row)) for row in batch.rows]
        if self._dataset.geometry is not None:
            shapes = as_wkt(batch.geometries or [], self._dataset.geometry)
            for row, shape in zip(rows, shapes, strict=True):
                row.append(shape)
        for row in rows:
            row += [*self._every, self._credits]
            self._credits = ""
        return _lines(rows)

    def end(self) -> bytes:
        """Write nothing: the last row ends the file."""
        return b""


def _cell(value: Value) -> Value:
    safe = neutral(value)
    if isinstance(safe, bool):
        return "true" if safe else "false"
    return safe


def _lines(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _credits(sources: Sequence[Mapping[str, Any]]) -> list[str]:
    """Credit the sources, those of one producer under one licence together."""
    together: dict[tuple[str, str], list[str]] = {}
    for source in sources:
        marks = ", ancienne" * source["ancienne"] + ", données synthétiques" * source["synthetique"]
        name = f"{source['id']} ({source['date']}{marks})"
        together.setdefault((source["producteur"], source["licence"]), []).append(name)
    return [
        f"{producer}, {licence} : {', '.join(names)}"
        for (producer, licence), names in together.items()
    ]


class _Features:
    """Rows as GeoJSON features (RFC 7946)."""

    def __init__(self, dataset: Dataset) -> None:
        assert dataset.geometry is not None  # noqa: S101 (refused by download)
        self._geometry = dataset.geometry
        self._names = [column.name for column in dataset.columns]
        self._id = None
        if dataset.identifier is not None:
            self._id = self._names.index(dataset.identifier)

    def write(self, batch: Batch) -> list[bytes]:
        """Write each row, without its final brace."""
        if not batch.rows:
            return []
        found = rounded(batch.geometries or [], self._geometry.decimals)
        # RFC 7946, 3.1.6: exterior rings are counterclockwise.
        shapes = shapely.to_geojson(shapely.orient_polygons(found))
        return [self._write(row, shape) for row, shape in zip(batch.rows, shapes, strict=True)]

    def _write(self, row: Sequence[Value], shape: str | None) -> bytes:
        own = b""
        if self._id is not None:
            own = b'"id":' + orjson.dumps(row[self._id]) + b","
        return b"".join(
            (
                b'{"type":"Feature",',
                own,
                b'"geometry":',
                shape.encode() if shape else b"null",
                b',"properties":',
                orjson.dumps(dict(zip(self._names, row, strict=True))),
            )
        )


class GeoJsonEncoder:
    """A FeatureCollection (RFC 7946) with a ``provenance`` member."""

    def __init__(self, dataset: Dataset, origin: Origin) -> None:
        self._features = _Features(dataset)
        self._origin = origin
        self._between = b""

    def begin(self) -> bytes:
        """Open the collection."""
        members = orjson.dumps(self._origin.members)
        return b'{"type":"FeatureCollection","provenance":' + members + b',"features":['

    def batch(self, batch: Batch) -> bytes:
        """Write some features."""
        found = self._features.write(batch)
        if not found:
            return b""
        text = self._between + b"},\n".join(found) + b"}"
        self._between = b",\n"
        return text

    def end(self) -> bytes:
        """Close the collection."""
        return b"]}"


class SequenceEncoder:
    """One feature a line, each with ``publication`` and ``millesime``, the first with all the rest.

    Parameters
    ----------
    dataset, origin
        What is written, and where it comes from.
    separated
        Whether each feature starts with a record separator, as RFC 8142 wants; without, the lines
        are those of newline-delimited JSON.
    """

    def __init__(self, dataset: Dataset, origin: Origin, *, separated: bool) -> None:
        self._features = _Features(dataset)
        self._start = _RECORD if separated else b""
        every = {name: origin.provenance[name] for name in ("publication", "millesime")}
        self._every = b"," + orjson.dumps(every)[1:] + b"\n"
        self._first = b',"provenance":' + orjson.dumps(origin.members)

    def begin(self) -> bytes:
        """Write nothing: a sequence has no head."""
        return b""

    def batch(self, batch: Batch) -> bytes:
        """Write some features."""
        lines = []
        for feature in self._features.write(batch):
            lines.append(self._start + feature + self._first + self._every)
            self._first = b""
        return b"".join(lines)

    def end(self) -> bytes:
        """Write nothing: the last line ends the file."""
        return b""
