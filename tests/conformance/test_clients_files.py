"""GeoPandas, pandas and DuckDB reading what the service gives, from its address or as files."""

from __future__ import annotations

import io
import urllib.request
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_spatial
import geopandas as gpd
import pandas as pd
import pytest

from tests.conformance.conftest import ISLAND, Site, Tell

pytestmark = pytest.mark.national

GEOPANDAS = f"GeoPandas {version('geopandas')}"
PANDAS = f"pandas {version('pandas')}"
DUCKDB = f"DuckDB {version('duckdb')}"

Reader = Callable[[Path], pd.DataFrame]

_CODES: dict[str, Any] = {"dtype": {"code": str}}

#: How each format of files is read, and by whom.
FORMATS: dict[str, tuple[str, Reader]] = {
    "geojson": (GEOPANDAS, gpd.read_file),
    "geojsonseq": (GEOPANDAS, gpd.read_file),
    "geojsonl": (GEOPANDAS, gpd.read_file),
    "fgb": (GEOPANDAS, gpd.read_file),
    "gpkg": (GEOPANDAS, gpd.read_file),
    "parquet": (GEOPANDAS, gpd.read_parquet),
    "csv": (PANDAS, partial(pd.read_csv, **_CODES)),
    "xlsx": (PANDAS, partial(pd.read_excel, engine="calamine", **_CODES)),
}

#: The communes of Corse, in CQL2 text.
ISLANDERS = f"filter=departement%20IN%20(%27{ISLAND[0]}%27,%27{ISLAND[1]}%27)"


def got(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        body: bytes = answer.read()
    return body


def test_geopandas_reads_items(site: Site, islanders: int, same: Tell):
    """The address itself, as people type it in a notebook."""
    frame = gpd.read_file(f"{site.url}/ogc/collections/communes/items?limit=1000&{ISLANDERS}")
    same(GEOPANDAS, "communes de Corse, une page", frame["code"].nunique(), islanders)
    assert frame.crs.equals("EPSG:4326", ignore_axis_order=True)


def test_geopandas_reads_metres(site: Site, islanders: int, same: Tell):
    """The same in the French legal projection: areas are those that the atlas gives."""
    crs = "http://www.opengis.net/def/crs/EPSG/0/2154"
    body = got(f"{site.url}/ogc/collections/communes/items?limit=1000&{ISLANDERS}&crs={crs}")
    # GeoJSON has no word for a CRS: the Content-Crs header says it.
    frame = gpd.read_file(io.BytesIO(body)).set_crs(2154, allow_override=True)
    same(GEOPANDAS, "communes de Corse, en Lambert-93", len(frame), islanders)
    assert abs(frame.area.sum() / 1e6 / frame["superficie_km2"].sum() - 1) < 1e-3


@pytest.fixture(scope="session")
def exported(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Get the same table, all the communes with their outlines, in any format."""
    folder = tmp_path_factory.mktemp("fichiers")

    def get(name: str) -> Path:
        path = folder / f"communes.{name}"
        if not path.exists():
            url = f"{site.url}/api/indicateurs/commune?indicateur=population&format={name}"
            path.write_bytes(got(url))
        return path

    return get


@pytest.fixture(scope="session")
def drawn(site: Site) -> int:
    """How many communes have an outline."""
    return site.one(
        "SELECT count(*) FROM territoires WHERE niveau = 'commune' AND geom IS NOT NULL"
    )


@pytest.fixture(scope="session")
def people(site: Site) -> int:
    """How many people live in them."""
    return site.one(
        "SELECT sum(population) FROM territoires WHERE niveau = 'commune' AND geom IS NOT NULL"
    )


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read(
    exported: Callable[[str], Path], drawn: int, people: int, same: Tell, name: str
):
    client, read = FORMATS[name]
    frame = read(exported(name))
    same(client, f"toutes les communes, {name}", frame["code"].nunique(), drawn)
    assert len(frame) == drawn
    assert frame["population"].sum() == people
    if isinstance(frame, gpd.GeoDataFrame):
        assert frame.crs.equals("EPSG:4326", ignore_axis_order=True)
        assert frame.geometry.notna().all()


def test_duckdb_reads_geoparquet(
    exported: Callable[[str], Path], drawn: int, people: int, same: Tell
):
    """Without any extension: the columns, and the rectangle of each outline."""
    with duckdb.connect() as conn:
        row = conn.execute(
            "SELECT count(DISTINCT code), sum(population), min(bbox.xmin) FROM read_parquet(?)",
            [str(exported("parquet"))],
        ).fetchone()
    assert row is not None
    same(DUCKDB, "toutes les communes, GeoParquet", row[0], drawn)
    assert row[1] == people
    assert row[2] < -61


def test_duckdb_finds_places(
    exported: Callable[[str], Path], site: Site, same: Tell, tmp_path: Path
):
    """With its spatial extension, signed by DuckDB: the outlines are geometries, and indexed."""
    extension = next(
        Path(duckdb_extension_spatial.__path__[0]).glob("extensions/*/spatial.duckdb_extension")
    )
    with duckdb.connect() as conn:
        conn.execute(f"LOAD '{extension}'")
        row = conn.execute(
            "SELECT count(*) FROM read_parquet(?) WHERE "
            "ST_Intersects(geometry, ST_MakeEnvelope(-2.0, 47.9, -1.3, 48.4))",
            [str(exported("parquet"))],
        ).fetchone()
    expected = site.one(
        "SELECT count(*) FROM territoires WHERE niveau = 'commune' "
        "AND ST_Intersects(geom, ST_MakeEnvelope(-2.0, 47.9, -1.3, 48.4, 4326))"
    )
    assert row is not None
    same(f"{DUCKDB}, spatial", "communes d’un rectangle", row[0], expected)
