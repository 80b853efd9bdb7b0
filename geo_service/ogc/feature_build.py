"""Making the files of ready-made features of a publication, and opening them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import psycopg
import structlog
from psycopg.rows import dict_row

from geo_service.ogc.binding import Binder
from geo_service.ogc.collections import COLLECTIONS, Collection, Kind
from geo_service.ogc.crs import DEFAULT
from geo_service.ogc.feature_files import FeatureFile, Ready, UnreadableFileError, Written, write
from geo_service.ogc.features_sql import columns_of, feature, source_of

if TYPE_CHECKING:
    import pyarrow as pa

log = structlog.get_logger(__name__)

#: Collections that have a file: territories, some ten thousand of which the polygons are the bulk.
TERRITORIES = tuple(found for found in COLLECTIONS.values() if found.niveau is not None)

#: Rows read at once.
_BATCH = 2_000


def file_name(collection: Collection) -> str:
    """Name of the file of a collection."""
    return f"{collection.id}.entites"


def _query(collection: Collection) -> tuple[str, Mapping[str, Any]]:
    binder = Binder()
    columns = columns_of(collection, collection.fields, DEFAULT, binder)
    place = collection.geometry
    columns += [
        f"ST_AsBinary({place}) AS wkb",
        f"ST_XMin({place}) AS west",
        f"ST_YMin({place}) AS south",
        f"ST_XMax({place}) AS east",
        f"ST_YMax({place}) AS north",
    ]
    text = (
        f"SELECT {', '.join(columns)} FROM {source_of(collection, binder.joins)} "  # noqa: S608
        f"WHERE {collection.where} ORDER BY {', '.join(collection.key)}"
    )
    return text, binder.values


def fingerprint(collection: Collection) -> str:
    """Hash of what decides the bytes of the features of a collection, its rows left out."""
    names = [(field.name, field.kind) for field in collection.fields]
    text = orjson.dumps([_query(collection)[0], names])
    return hashlib.sha256(text).hexdigest()[:16]


def build(conn: psycopg.Connection[Any], folder: Path) -> dict[str, Written]:
    """Write the files of a publication.

    Parameters
    ----------
    conn
        Its ``search_path`` is the schema of the publication.
    folder
        Folder of the publication.

    Returns
    -------
    dict
        What was written, by name of file.
    """
    found = {}
    for collection in TERRITORIES:
        path = folder / file_name(collection)
        found[path.name] = write(
            path, fingerprint(collection), _schema_of(collection), _read(conn, collection)
        )
    return found


def _schema_of(collection: Collection) -> pa.Schema:
    """Give the types of the columns of a collection."""
    import pyarrow as pa  # noqa: PLC0415  (85 MB of memory: a process that serves does without)

    types: dict[Kind, pa.DataType] = {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "date": pa.date32(),
        "texts": pa.list_(pa.string()),
    }
    return pa.schema([(field.name, types[field.kind]) for field in collection.fields])


def _read(conn: psycopg.Connection[Any], collection: Collection) -> Iterator[Ready]:
    query, values = _query(collection)
    with conn.transaction(), conn.cursor("entites", row_factory=dict_row) as cursor:
        cursor.itersize = _BATCH
        for row in cursor.execute(query.encode(), values):
            bounds = None
            if row["west"] is not None:
                bounds = (row["west"], row["south"], row["east"], row["north"])
            geojson = orjson.dumps(feature(row, collection.fields))
            properties = tuple(row[f"f{place}"] for place in range(len(collection.fields)))
            yield Ready(row["id"], properties, geojson, row["wkb"], bounds)


def open_files(folder: Path) -> dict[str, FeatureFile]:
    """Open the files of a publication.

    Parameters
    ----------
    folder
        Folder of the publication.

    Returns
    -------
    dict
        By collection. One that is not there, or that another version made, is left out: features
        are then read from the tables, slower, and the log says so.
    """
    found = {}
    for collection in TERRITORIES:
        path = folder / file_name(collection)
        try:
            found[collection.id] = FeatureFile(path, fingerprint(collection))
        except (OSError, UnreadableFileError) as error:
            log.warning("entites_absentes", fichier=str(path), erreur=str(error))
    return found


def are_complete(folder: Path) -> bool:
    """Tell whether all the files of a publication are there, as this version makes them."""
    return len(open_files(folder)) == len(TERRITORIES)
