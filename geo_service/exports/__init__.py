"""Tables in the formats analysts open, written as they are read.

CSV, XLSX, GeoJSON, sequences of GeoJSON, GeoParquet 1.1, FlatGeobuf and GeoPackage. A table is a
:class:`Dataset`: columns, and what reads its rows batch by batch, with their geometry in WKB;
:func:`download` gives the pieces of a file. No format holds more than some batches in memory.

Every file carries its provenance: in columns of CSV, on a sheet of XLSX, in a member of GeoJSON, in
the metadata of Parquet, FlatGeobuf and GeoPackage. Text that a spreadsheet would run as a formula
is neutralised in CSV and XLSX. The same publication and address give the same bytes.
"""

from geo_service.exports.cells import LIST_SEPARATOR, neutral
from geo_service.exports.download import Download, download
from geo_service.exports.formats import FORMATS, Format
from geo_service.exports.model import (
    BATCH,
    Batch,
    Column,
    Dataset,
    Geometries,
    Geometry,
    Kind,
    Origin,
    Table,
    Value,
    parts_of,
)
from geo_service.exports.workshop import Workshop

#: Formats only for tables with geometry, and those that carry one where there is.
SPATIAL = tuple(name for name, form in FORMATS.items() if form.geometry)
WITH_GEOMETRY = (*SPATIAL, "parquet")

__all__ = [
    "BATCH",
    "FORMATS",
    "LIST_SEPARATOR",
    "SPATIAL",
    "WITH_GEOMETRY",
    "Batch",
    "Column",
    "Dataset",
    "Download",
    "Format",
    "Geometries",
    "Geometry",
    "Kind",
    "Origin",
    "Table",
    "Value",
    "Workshop",
    "download",
    "neutral",
    "parts_of",
]
