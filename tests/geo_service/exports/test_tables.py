"""Exports: the same rows in every format, openable elsewhere, saying where they come from."""

from __future__ import annotations

import csv
import io
from datetime import date

import geopandas as gpd
import httpx
import openpyxl
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely

from geo_service.exports import SPATIAL, neutral
from tests.geo_service import little_atlas

GAPS = f"/api/territoires/pays/france/lacunes?service={little_atlas.SITE}"
#: Address, key of its rows in JSON, whether it has a geometry.
TABLES = [
    ("/api/territoires?limit=100", "territoires", True),
    ("/api/territoires/departement/48/couverture", "services", False),
    (GAPS, "communes", True),
    (f"{GAPS}&population_min=100000000", "communes", True),
    ("/api/territoires/pays/france/lieux?limit=100", "lieux", True),
    ("/api/territoires/commune/48902/lieux", "lieux", True),
    ("/api/territoires/pays/france/actions", "actions", True),
    ("/api/indicateurs/commune", "codes", True),
    (f"/api/indicateurs/commune?service={little_atlas.SITE}", "codes", True),
    ("/api/indicateurs/ept", "codes", True),
    ("/api/sources", "sources", False),
    (f"/api/publications/{little_atlas.FIRST}/rapport", "lignes", False),
    (
        f"/api/publications/{little_atlas.FIRST}/diff/{little_atlas.SECOND}",
        "changements",
        False,
    ),
]
EACH = pytest.mark.parametrize(("address", "rows", "geometry"), TABLES)
pytestmark = pytest.mark.anyio


def in_format(address: str, wanted: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}format={wanted}"


async def read(api: httpx.AsyncClient, address: str, wanted: str) -> httpx.Response:
    answer = await api.get(in_format(address, wanted))
    assert answer.status_code == 200, answer.text
    assert f".{wanted}" in answer.headers["content-disposition"]
    assert 'rel="describedby"' in answer.headers["link"]
    assert answer.headers["etag"]
    again = await api.get(
        in_format(address, wanted), headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    return answer


@EACH
async def test_every_format_has_the_rows_of_the_json(api, address, rows, geometry):
    expected = (await api.get(address)).json()[rows]

    text = (await read(api, address, "csv")).text
    lines = list(csv.DictReader(io.StringIO(text)))
    assert len(lines) == len(expected)
    for rank, line in enumerate(lines):
        assert line["publication"] == little_atlas.FIRST
        assert line["millesime"] == "2026"
        assert ("DILA, LO 2.0 : mairies (2026-02-01)" in line["sources"]) == (rank == 0)

    book = openpyxl.load_workbook(io.BytesIO((await read(api, address, "xlsx")).content))
    assert book["Données"].max_row == len(expected) + 1
    about = [row[0].value for row in book["Provenance"].rows]
    assert about[:3] == ["Publication", "Millésime", "Adresse demandée"]
    (mairies,) = [row for row in book["Provenance"].values if row[1] == "Mairies"]
    assert [*mairies[:3], mairies[4]] == ["Source", "Mairies", "DILA", "LO 2.0"]
    assert mairies[3].date() == date(2026, 2, 1)
    assert "Définition" in about

    content = (await read(api, address, "parquet")).content
    table = pq.read_table(io.BytesIO(content))
    assert table.num_rows == len(expected)
    origin = orjson.loads(table.schema.metadata[b"provenance"])
    assert origin["publication"] == little_atlas.FIRST
    assert {"nom", "producteur", "licence", "date", "ancienne"} <= set(origin["sources"][0])
    assert [name for name in table.column_names if name not in ("geometry", "bbox")] == list(
        csv.DictReader(io.StringIO(text)).fieldnames or []
    )[:-3]

    if not geometry:
        for wanted in SPATIAL:
            assert (await api.get(in_format(address, wanted))).status_code == 400
        assert b"geo" not in pq.read_metadata(io.BytesIO(content)).metadata
        return
    collection = (await read(api, address, "geojson")).json()
    assert collection["type"] == "FeatureCollection"
    assert len(collection["features"]) == len(expected)
    assert collection["provenance"]["publication"] == little_atlas.FIRST
    frame = gpd.read_parquet(io.BytesIO(content))
    assert frame.crs == "OGC:CRS84"
    for feature, shape in zip(collection["features"], frame.geometry, strict=True):
        if feature["geometry"] is None:  # a collectivité without polygon
            assert shape is None
            assert feature["properties"]["code"] in {row[1] for row in little_atlas.UNMAPPED}
            continue
        other = shapely.geometry.shape(feature["geometry"])
        assert other.is_valid
        assert shapely.equals_exact(other, shape, 1e-6, normalize=True)


async def test_gaps_are_exported_whole_unless_limited(api):
    page = (await api.get(f"{GAPS}&limit=2")).json()
    assert len(page["communes"]) == 2 < page["total"]
    whole = pd.read_csv(io.BytesIO((await read(api, GAPS, "csv")).content), dtype={"code": str})
    assert len(whole) == page["total"]
    assert whole["population"].sum() == page["population"]
    assert list(whole["code"][:2]) == [item["code"] for item in page["communes"]]
    limited = await read(api, f"{GAPS}&limit=2", "csv")
    assert len(limited.text.splitlines()) == 3


@pytest.mark.parametrize("wanted", ["csv", "xlsx", "geojson", "parquet"])
async def test_one_etag_is_one_file(api, wanted):
    one = await api.get(f"{GAPS}&population_min=900&format={wanted}")
    other = await api.get(
        f"/api/territoires/pays/france/lacunes?format={wanted}&population_min=900"
        f"&limit=&service={little_atlas.SITE}",
        headers={"Host": "autre.test"},
    )
    assert one.headers["etag"] == other.headers["etag"]
    assert one.content == other.content


async def test_geometry_is_where_the_commune_is(api):
    answer = await api.get("/api/territoires?q=rennes&niveau=commune&limit=1&format=geojson")
    (feature,) = answer.json()["features"]
    assert feature["properties"]["code"] == "35238"
    assert feature["properties"]["departement"] == "35"
    assert shapely.geometry.shape(feature["geometry"]).bounds == (-1.7, 48.09, -1.66, 48.13)


async def test_nothing_in_a_spreadsheet_is_run(api):
    address = "/api/territoires/departement/48/lacunes?statut=absent"
    text = (await read(api, address, "csv")).text
    names = [line["nom"] for line in csv.DictReader(io.StringIO(text))]
    assert f"'{little_atlas.FORMULA}" in names
    assert little_atlas.HOSTILE in names
    book = openpyxl.load_workbook(io.BytesIO((await read(api, address, "xlsx")).content))
    cells = [cell for row in book["Données"].rows for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert f"'{little_atlas.FORMULA}" in [cell.value for cell in cells]
    # A number is a number, whatever its sign.
    assert neutral(-3.5) == -3.5
