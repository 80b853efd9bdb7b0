"""The formats of files: how each is written, and how it is named in HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from geo_service.exports.model import Batch, Dataset, Origin
from geo_service.exports.text import CsvEncoder, GeoJsonEncoder, SequenceEncoder


def _write_ogr(
    name: str, path: Path, dataset: Dataset, origin: Origin, batches: Iterable[Batch]
) -> None:
    # GDAL is 35 MB of memory: a process that writes none of its formats does without.
    from geo_service.exports.ogr import WRITERS  # noqa: PLC0415

    WRITERS[name](path, dataset, origin, batches)


def _write_xlsx(path: Path, dataset: Dataset, origin: Origin, batches: Iterable[Batch]) -> None:
    # 10 MB.
    from geo_service.exports.workbook import write_xlsx  # noqa: PLC0415

    write_xlsx(path, dataset, origin, batches)


def _parquet(dataset: Dataset, origin: Origin) -> Encoder:
    # With PyArrow, 30 MB.
    from geo_service.exports.parquet import ParquetEncoder  # noqa: PLC0415

    return ParquetEncoder(dataset, origin)


class Encoder(Protocol):
    """Writes a format that needs no going back: batches in, bytes out, called in that order."""

    def begin(self) -> bytes:
        """Write what comes before the rows."""

    def batch(self, batch: Batch) -> bytes:
        """Write some rows, or keep them for later."""

    def end(self) -> bytes:
        """Write what comes after the rows."""


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes
    ----------
    media_type, extension
        How it is named.
    encoder
        Makes what writes it, for a format sent as it is written.
    writer
        Writes it to a file, for a format that needs one to go back in.
    text
        Whether it is worth compressing.
    geometry
        Whether it is only for tables with geometry.
    """

    media_type: str
    extension: str
    encoder: Callable[[Dataset, Origin], Encoder] | None = None
    writer: Callable[[Path, Dataset, Origin, Iterable[Batch]], None] | None = None
    text: bool = False
    geometry: bool = False


#: Formats by their name in the addresses.
FORMATS = {
    "csv": Format("text/csv; charset=utf-8; header=present", "csv", CsvEncoder, text=True),
    "xlsx": Format(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
        writer=_write_xlsx,
    ),
    "geojson": Format("application/geo+json", "geojson", GeoJsonEncoder, text=True, geometry=True),
    "geojsonseq": Format(
        "application/geo+json-seq",
        "geojsons",
        partial(SequenceEncoder, separated=True),
        text=True,
        geometry=True,
    ),
    "geojsonl": Format(
        "application/x-ndjson",
        "geojsonl",
        partial(SequenceEncoder, separated=False),
        text=True,
        geometry=True,
    ),
    "parquet": Format("application/vnd.apache.parquet", "parquet", _parquet),
    "fgb": Format(
        "application/vnd.flatgeobuf", "fgb", writer=partial(_write_ogr, "fgb"), geometry=True
    ),
    "gpkg": Format(
        "application/geopackage+sqlite3", "gpkg", writer=partial(_write_ogr, "gpkg"), geometry=True
    ),
}
