"""Parquet, row group by row group; GeoParquet 1.1 where there are geometries.

Coordinates are x, y, whatever the axes of the CRS: https://geoparquet.org/releases/v1.1.0/.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from geo_service.exports.columns import GEOMETRY, record_batch, schema_of
from geo_service.exports.model import DEGREES, Batch, Dataset, Origin

#: Column of the boxes of geometries that are not points: readers skip row groups by it.
BBOX = "bbox"
_SIDES = ("xmin", "ymin", "xmax", "ymax")
#: Rows, and bytes, from which a row group is written.
_GROUP_ROWS, _GROUP_BYTES = 16_384, 4 * 2**20


class _Sink(io.RawIOBase):
    """File that gives what was written to it since it was last emptied."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def tell(self) -> int:
        return self._size

    def take(self) -> bytes:
        """Empty it."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


class ParquetEncoder:
    """Parquet compressed by Zstandard, with ``provenance`` in its metadata.

    A column ``bbox`` covers the geometries that are not points. The types and the bounds of the
    geometries are known at the end: they are written with the footer.
    """

    def __init__(self, dataset: Dataset, origin: Origin) -> None:
        self._dataset = dataset
        self._schema = schema_of(dataset, lists=True)
        self._covered = dataset.geometry is not None and dataset.geometry.kind != "Point"
        # Where PyArrow shows it at once; what is only known at the end, it shows with the footer.
        about = {"provenance": orjson.dumps(origin.members)}
        whole = self._schema.with_metadata(about)
        if self._covered:
            box = pa.struct([(side, pa.float64()) for side in _SIDES])
            whole = whole.append(pa.field(BBOX, box))
        self._sink = _Sink()
        self._writer = pq.ParquetWriter(
            pa.PythonFile(self._sink, mode="w"), whole, compression="zstd"
        )
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0
        self._types: set[str] = set()
        self._bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])

    def begin(self) -> bytes:
        """Write the mark of the format."""
        return self._sink.take()

    def batch(self, batch: Batch) -> bytes:
        """Keep some rows, and write them once they make a row group."""
        columns = record_batch(batch, self._dataset, self._schema)
        if self._dataset.geometry is not None:
            columns = self._measured(batch, columns)
        self._waiting.append(columns)
        self._rows += columns.num_rows
        self._bytes += columns.nbytes
        if self._rows >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._write_group()
        return self._sink.take()

    def end(self) -> bytes:
        """Write the last row group and the footer."""
        self._write_group()
        if self._dataset.geometry is not None:
            self._writer.add_key_value_metadata({"geo": orjson.dumps(self._geo())})
        self._writer.close()
        return self._sink.take()

    def _write_group(self) -> None:
        if self._waiting:
            group = pa.Table.from_batches(self._waiting)
            self._writer.write_table(group, row_group_size=max(group.num_rows, 1))
        self._waiting = []
        self._rows = self._bytes = 0

    def _measured(self, batch: Batch, columns: pa.RecordBatch) -> pa.RecordBatch:
        """Note the types and bounds of geometries; add their boxes."""
        shapes = shapely.from_wkb(np.array(batch.geometries or [], dtype=object))
        present = shapes[~shapely.is_missing(shapes)]
        self._types |= {shape.geom_type for shape in present}
        bounds = shapely.bounds(shapes).reshape(-1, 4)
        self._bounds[:2] = np.fmin.reduce([self._bounds[:2], *bounds[:, :2]])
        self._bounds[2:] = np.fmax.reduce([self._bounds[2:], *bounds[:, 2:]])
        if not self._covered:
            return columns
        missing = np.isnan(bounds[:, 0])
        sides = [pa.array(bounds[:, at], pa.float64()) for at in range(len(_SIDES))]
        boxes = pa.StructArray.from_arrays(sides, names=list(_SIDES), mask=pa.array(missing))
        return columns.append_column(BBOX, boxes)

    def _geo(self) -> dict[str, Any]:
        geometry = self._dataset.geometry
        assert geometry is not None  # noqa: S101 (asked for tables with geometry alone)
        crs = "OGC:CRS84" if geometry.srid == DEGREES else f"EPSG:{geometry.srid}"
        primary: dict[str, Any] = {
            "encoding": "WKB",
            "geometry_types": sorted(self._types),
            "crs": CRS.from_user_input(crs).to_json_dict(),
        }
        if np.isfinite(self._bounds).all():
            primary["bbox"] = self._bounds.tolist()
        if self._covered:
            primary["covering"] = {"bbox": {side: [BBOX, side] for side in _SIDES}}
        return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: primary}}
