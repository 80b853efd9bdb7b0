"""Files of the collections: all the features that pages give, and nothing else."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import geopandas as gpd
import httpx
import openpyxl
import orjson
import pyogrio
import pytest
import shapely

from geo_service.exports import FORMATS, SPATIAL
from geo_service.ogc import files
from tests.geo_service import little_atlas
from tests.geo_service.ogc.asking import COLLECTIONS, EPSG, features, refusal

pytestmark = pytest.mark.anyio

FILTER = "population > 500"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the little atlas in several times."""
    monkeypatch.setattr(files, "BATCH", 3)


async def file(ogc: httpx.AsyncClient, collection: str, wanted: str, **more: str) -> bytes:
    path = f"/ogc/collections/{collection}/items"
    answer = await ogc.get(path, params={"f": wanted, **more})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == FORMATS[wanted].media_type
    name = f"{collection}-{little_atlas.FIRST}.{FORMATS[wanted].extension}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    tag = {"If-None-Match": answer.headers["etag"]}
    assert (await ogc.get(path, params={"f": wanted, **more}, headers=tag)).status_code == 304
    head = await ogc.head(path, params={"f": wanted, **more})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == answer.headers["etag"]
    return answer.content


def read(content: bytes, wanted: str, folder: Path) -> tuple[list[str], list[object]]:
    """Give the identifiers and the geometries of a file."""
    path = folder / f"a.{FORMATS[wanted].extension}"
    path.write_bytes(content)
    if wanted == "csv":
        rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
        shapes = [shapely.from_wkt(row["WKT"]) if row["WKT"] else None for row in rows]
        return [row.get("id") or row["code"] for row in rows], shapes
    if wanted == "xlsx":
        head, *lines = openpyxl.load_workbook(path)["Données"].iter_rows(values_only=True)
        at = head.index("id") if "id" in head else head.index("code")
        shapes = [shapely.from_wkt(line[-1]) if line[-1] else None for line in lines]
        return [line[at] for line in lines], shapes
    if wanted.startswith("geojson"):
        rows = (
            orjson.loads(content)["features"]
            if wanted == "geojson"
            else [orjson.loads(line.lstrip(b"\x1e")) for line in content.splitlines()]
        )
        return [row["id"] for row in rows], [
            row["geometry"] and shapely.geometry.shape(row["geometry"]) for row in rows
        ]
    frame = gpd.read_parquet(path) if wanted == "parquet" else pyogrio.read_dataframe(path)
    column = frame["id"] if "id" in frame else frame["code"]
    return list(column), list(frame.geometry)


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("wanted", FORMATS)
async def test_a_file_has_all_the_features(ogc, collection, wanted, tmp_path):
    expected = {one["id"]: one["geometry"] for one in await features(ogc, collection)}
    ids, shapes = read(await file(ogc, collection, wanted), wanted, tmp_path)
    assert sorted(ids) == sorted(expected)
    if wanted != "fgb":  # in the order of its index
        assert ids == list(expected)
    for identifier, shape in zip(ids, shapes, strict=True):
        there = expected[identifier]
        assert (shape is None) == (there is None)
        if there is not None:
            exact = shapely.geometry.shape(there)
            assert shapely.equals_exact(shape, exact, 1e-6, normalize=True)


async def test_a_collection_links_to_its_files(ogc):
    told = (await ogc.get("/ogc/collections/lieux?f=json")).json()["links"]
    linked = [one for one in told if one["rel"] == "enclosure"]
    assert [one["href"].rpartition("=")[2] for one in linked] == list(FORMATS)
    for one in linked:
        answer = await ogc.get(one["href"])
        assert answer.headers["content-type"] == one["type"]


async def test_a_file_of_a_selection(ogc, tmp_path):
    asked = {"filter": FILTER, "sortby": "-population,nom"}
    expected = [one["id"] for one in await features(ogc, "communes", **asked)]
    assert len(expected) > 3
    for wanted in ("csv", "gpkg"):
        assert read(await file(ogc, "communes", wanted, **asked), wanted, tmp_path)[0] == expected
    first = await file(ogc, "communes", "csv", limit="4", **asked)
    assert read(first, "csv", tmp_path)[0] == expected[:4]


async def test_a_file_of_some_properties_without_geometry(ogc):
    text = await file(ogc, "communes", "csv", properties="nom", skipGeometry="true")
    head = text.decode().splitlines()[0]
    assert head == "id,nom,publication,millesime,sources"
    for wanted in SPATIAL:
        told = await refusal(ogc, "/collections/communes/items", f=wanted, skipGeometry="true")
        assert "csv, xlsx, parquet" in told


async def test_a_file_in_another_crs(ogc, tmp_path):
    for srid in (2154, 4326):
        uri = f"{EPSG}{srid}"
        path = tmp_path / f"{srid}.gpkg"
        path.write_bytes(await file(ogc, "lieux", "gpkg", crs=uri))
        assert pyogrio.read_info(path)["crs"] == f"EPSG:{srid}"
        pages = await features(ogc, "lieux", crs=uri)
        text = orjson.loads(await file(ogc, "lieux", "geojson", crs=uri))["features"]
        for one, other in zip(text, pages, strict=True):
            assert one["geometry"]["coordinates"] == pytest.approx(
                other["geometry"]["coordinates"], abs=0.01
            )
    degrees = pyogrio.read_dataframe(tmp_path / "4326.gpkg").geometry
    metres = pyogrio.read_dataframe(tmp_path / "2154.gpkg").to_crs(4326).geometry
    assert metres.geom_equals_exact(degrees, 1e-6).all()


async def test_what_is_refused_is_refused_before_anything_is_sent(ogc):
    told = await refusal(ogc, "/collections/communes/items", f="shp")
    assert "geojson" in told
    told = await refusal(
        ogc, "/collections/communes/items", f="csv", filter="population ^ 999999 > 1"
    )
    assert "filtre" in told
