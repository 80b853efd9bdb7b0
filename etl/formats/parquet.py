"""Parquet and GeoParquet files, by batches."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from etl.formats import arrow_text
from etl.formats.base import (
    LATITUDE,
    LONGITUDE,
    FormatError,
    FormatOptions,
    Limits,
    RawPart,
    RawTable,
    where,
)
from etl.formats.gathering import gather
from etl.formats.header import names, too_many_columns
from etl.formats.points import Transform, texts, to_degrees
from etl.french import figure

#: Rows decoded at once.
_BATCH = 8_192
#: Largest description of a file, at its end, bytes.
_FOOTER_BYTES = 50_000_000
_FOOTER = struct.Struct("<I4s")
#: CRS of GeoParquet where none is written (specification 1.1): longitude, latitude on WGS 84.
_DEFAULT_CRS = "OGC:CRS84"


def open_parquet(path: Path, options: FormatOptions, limits: Limits) -> RawTable:  # noqa: ARG001
    """Open a Parquet or GeoParquet file.

    Raises
    ------
    FormatError
        If the file is damaged, too wide, would fill too much memory, or has an unknown CRS.
    """
    _check_footer(path)
    try:
        with pq.ParquetFile(path) as file:
            schema: pa.Schema = file.schema_arrow
            size = sum(
                file.metadata.row_group(i).total_byte_size
                for i in range(file.metadata.num_row_groups)
            )
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from None
    if size > limits.file_bytes:
        raise FormatError(
            "fichier_trop_grand",
            f"{where(path)} contient plus de {figure(limits.file_bytes // 10**6)} Mo une fois "
            "décompressé : rien n'a été chargé. Vérifiez que c'est le bon fichier.",
        )
    geometry, transform = _geometry(path, schema)
    skipped = [geometry] if geometry else []
    written = arrow_text.names(schema, skipped)
    if len(written) > limits.columns:
        raise too_many_columns(path, len(written), limits)
    columns = names(written) + ((LONGITUDE, LATITUDE) if geometry else ())
    strings = [f.name for f in schema if pa.types.is_string(f.type) and f.name != geometry]

    def records() -> Iterator[Sequence[str]]:
        try:
            with pq.ParquetFile(path, read_dictionary=strings) as file:
                for batch in file.iter_batches(batch_size=_BATCH):
                    values = arrow_text.columns(batch, skipped)
                    if geometry:
                        values += points_of(batch.column(geometry), transform)
                    yield from zip(*values, strict=True)
        except (pa.ArrowException, OSError, shapely.errors.GEOSException) as error:
            raise _damaged(path, error) from None

    def read(rows: int) -> Iterator[RawPart]:
        return gather(records(), columns, rows, limits)

    details = {"geometrie": geometry} if geometry else {}
    return RawTable(path, "parquet", columns, details, read=read)


def points_of(column: pa.Array, transform: Transform | None) -> list[list[str]]:
    """Longitudes and latitudes of a column of WKB."""
    return texts(shapely.from_wkb(np.array(column.to_pylist(), dtype=object)), transform)


def _check_footer(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - _FOOTER.size))
        tail = stream.read()
    length, mark = _FOOTER.unpack(tail) if len(tail) == _FOOTER.size else (0, b"")
    if mark != b"PAR1" or length > min(size, _FOOTER_BYTES):
        raise _damaged(path, None)


def _geometry(path: Path, schema: pa.Schema) -> tuple[str | None, Transform | None]:
    """Name the geometry of a GeoParquet file, and the way from its CRS to degrees."""
    written = (schema.metadata or {}).get(b"geo")
    if written is None:
        return None, None
    try:
        about: dict[str, Any] = json.loads(written)
        name = about["primary_column"]
        column = about["columns"][name]
        crs = column.get("crs", _DEFAULT_CRS)
        if column["encoding"] == "WKB" and name in schema.names and crs is not None:
            return name, to_degrees(json.dumps(crs) if isinstance(crs, dict) else crs)
    except (KeyError, TypeError, ValueError, pyproj.exceptions.CRSError):
        pass  # As another encoding.
    raise FormatError(
        "geometrie_inconnue",
        f"{where(path)} décrit mal sa géométrie ou sa projection (métadonnée « geo »). "
        "Exportez-le de nouveau en GeoParquet 1.1, géométrie en WKB.",
    )


def _damaged(path: Path, error: Exception | None) -> FormatError:
    reason = f" ({str(error).splitlines()[0][:120]})" if error and str(error) else ""
    return FormatError(
        "parquet_abime",
        f"{where(path)} est un Parquet abîmé ou incomplet{reason}. Téléchargez-le de nouveau.",
    )
