"""Layers of GeoPackage files, by batches, in degrees whatever their CRS."""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyogrio
import pyogrio.raw
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
from etl.formats.parquet import points_of
from etl.formats.points import Transform, to_degrees
from etl.formats.workspace import Workspace

_BATCH = 8_192
#: Where SQLite keeps the number of the application (specification 1.4, requirement 2).
_APPLICATION = slice(68, 72)
_BROKEN = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pa.ArrowException,
    shapely.errors.GEOSException,
    UnicodeDecodeError,
)


def open_geopackage(path: Path, options: FormatOptions, limits: Limits) -> RawTable:
    """Open one layer of a GeoPackage.

    Raises
    ------
    FormatError
        If the file is damaged, has several layers and none was chosen, or an unknown CRS.
    """
    with path.open("rb") as stream:
        head = stream.read(_APPLICATION.stop)
    if not head[_APPLICATION].startswith((b"GPKG", b"GP1")):
        raise FormatError(
            "format_inconnu",
            f"{where(path)} est une base SQLite, mais pas un GeoPackage. Exportez-en les données "
            "en GeoPackage ou en CSV.",
        )
    _check_pages(path)
    space = Workspace()
    # GDAL wants the ending, which a download may have lost.
    link = space.path / "donnees.gpkg"
    link.symlink_to(path.resolve())
    try:
        # What GDAL finds odd in a file, and reads all the same, is no news for people.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            layer = _layer(path, link, options.couche)
            info = pyogrio.read_info(link, layer=layer)
    except _BROKEN as error:
        raise _damaged(path, error) from None
    written = [str(field) for field in info["fields"]]
    if len(written) > limits.columns:
        raise too_many_columns(path, len(written), limits)
    crs = info["crs"] if info["geometry_type"] else None
    transform = _transform(path, layer, info)
    located = bool(info["geometry_type"])
    columns = names(written) + ((LONGITUDE, LATITUDE) if located else ())

    def records() -> Iterator[Sequence[str]]:
        try:
            with pyogrio.raw.open_arrow(
                link, layer=layer, batch_size=_BATCH, use_pyarrow=True, read_geometry=located
            ) as (about, batches):
                geometry = about["geometry_name"] or "wkb_geometry"
                for batch in batches:
                    chosen = batch.select(about["fields"].tolist())
                    values = arrow_text.columns(chosen)
                    if located:
                        values += points_of(batch.column(geometry), transform)
                    yield from zip(*values, strict=True)
        # Arrow gives what SQLite says of a page further on as an error of the system.
        except (*_BROKEN, OSError) as error:
            raise _damaged(path, error) from None

    def read(rows: int, space: Workspace = space) -> Iterator[RawPart]:  # noqa: ARG001 (kept)
        yield from gather(records(), columns, rows, limits)

    details = {"couche": layer, **({"projection": str(crs)} if crs else {})}
    return RawTable(path, "geopackage", columns, details, read=read)


def _check_pages(path: Path) -> None:
    """Refuse a base whose pages are damaged: GDAL stops at the first one, as at an end.

    Rows beyond it would be lost without a word.
    """
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as base:
            base.execute("PRAGMA trusted_schema = OFF")
            found = base.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise _damaged(path, error) from None
    except UnicodeDecodeError as error:  # of SQLite's own message, which quotes damaged bytes
        raise _damaged(path, ValueError(error.object.decode(errors="replace"))) from None
    if found != ("ok",):
        raise _damaged(path, ValueError(found[0]))


def _layer(path: Path, link: Path, asked: str | None) -> str:
    found = [str(name) for name, _ in pyogrio.list_layers(link)]
    if asked is not None and asked in found:
        return asked
    if asked is None and len(found) == 1:
        return found[0]
    wanted = f"n'a pas de couche « {asked} »" if asked else "a plusieurs couches ou n'en a aucune"
    raise FormatError(
        "couche_a_choisir",
        f"{where(path)} {wanted}. Couches : {', '.join(found)[:300] or 'aucune'}. Écrivez "
        "« couche = … » avec celle à lire.",
    )


def _transform(path: Path, layer: str, info: dict[str, Any]) -> Transform | None:
    if not info["geometry_type"]:
        return None
    crs = str(info["crs"] or "")
    try:
        if "undefined" not in crs.lower():
            return to_degrees(crs)
    except pyproj.exceptions.CRSError:
        pass  # As an undefined one.
    raise FormatError(
        "projection_inconnue",
        f"{where(path)}, couche « {layer} », ne dit pas sa projection. Enregistrez-la de nouveau "
        "en WGS 84 (EPSG:4326).",
    )


def _damaged(path: Path, error: Exception) -> FormatError:
    reason = f" ({str(error).splitlines()[0][:120]})" if str(error) else ""
    return FormatError(
        "geopackage_abime",
        f"{where(path)} est un GeoPackage abîmé ou incomplet{reason}. Téléchargez-le de nouveau.",
    )
