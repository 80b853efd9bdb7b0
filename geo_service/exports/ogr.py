"""FlatGeobuf and GeoPackage, written to a file by GDAL from columns of Arrow."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyogrio

from geo_service.exports.columns import GEOMETRY, record_batch, schema_of
from geo_service.exports.model import Batch, Dataset, Origin

#: A date of today, or the turns of threads, would make other bytes each time. The date is put right
#: once the file is made: GDAL has one for the whole process.
_SAME_BYTES = {
    "OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z",
    "OGR_GPKG_ALLOW_THREADED_RTREE": "NO",
}
pyogrio.set_gdal_config_options(_SAME_BYTES)


def write_flatgeobuf(
    path: Path, dataset: Dataset, origin: Origin, batches: Iterable[Batch]
) -> None:
    """Write FlatGeobuf, its provenance in the metadata of its header.

    With a spatial index the features are in the order of a Hilbert curve, not in that of the rows;
    GDAL keeps them in a second temporary file beside the first until it knows that order.

    Parameters
    ----------
    path
        File to make.
    dataset, origin
        The table and its provenance.
    batches
        Its rows.
    """
    assert dataset.geometry is not None  # noqa: S101 (refused by download)
    options = {
        "SPATIAL_INDEX": "NO" if dataset.geometry.missing else "YES",
        "TEMPORARY_DIR": str(path.parent),
        "TITLE": dataset.name,
        "DESCRIPTION": _description(origin),
    }
    _write(path, "FlatGeobuf", dataset, batches, options, layer_metadata=_metadata(origin))


def write_geopackage(
    path: Path, dataset: Dataset, origin: Origin, batches: Iterable[Batch]
) -> None:
    """Write a GeoPackage of one layer with its spatial index.

    The provenance is in ``gpkg_metadata``, where GDAL and QGIS read it; dates are those of the
    publication.

    Parameters
    ----------
    path
        File to make.
    dataset, origin
        The table and its provenance.
    batches
        Its rows.
    """
    options = {
        "FID": "fid",
        "GEOMETRY_NAME": "geom",
        "IDENTIFIER": dataset.name,
        "DESCRIPTION": _description(origin),
    }
    _write(path, "GPKG", dataset, batches, options, layer_metadata=_metadata(origin))
    made = f"{origin.made.isoformat()}T00:00:00.000Z"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE gpkg_contents SET last_change = ?", (made,))
        connection.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", (made,))


def _write(
    path: Path,
    driver: str,
    dataset: Dataset,
    batches: Iterable[Batch],
    options: dict[str, str],
    **metadata: dict[str, str],
) -> None:
    geometry = dataset.geometry
    schema = schema_of(dataset, lists=False)

    def columns() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield record_batch(batch, dataset, schema)

    layer: dict[str, Any] = {}
    if geometry is not None:
        layer = {
            "geometry_name": GEOMETRY,
            "geometry_type": geometry.kind,
            "crs": f"EPSG:{geometry.srid}",
        }
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, columns()),
        path,
        layer=dataset.name.replace("-", "_"),
        driver=driver,
        layer_options=options,
        **layer,
        **metadata,
    )


def _metadata(origin: Origin) -> dict[str, str]:
    found = origin.provenance
    return {
        "publication": str(found["publication"]),
        "millesime": str(found["millesime"]),
        "provenance": orjson.dumps(origin.members).decode(),
    }


def _description(origin: Origin) -> str:
    found = origin.provenance
    return (
        f"Atlas de l’internet citoyen, publication {found['publication']}, "
        f"millésime {found['millesime']}."
    )


#: What writes each format, by its name in the addresses.
WRITERS = {"fgb": write_flatgeobuf, "gpkg": write_geopackage}
