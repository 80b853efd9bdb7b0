"""GDAL's OAPIF driver: that of pyogrio's wheel, through GeoPandas, and Debian's own programs."""

from __future__ import annotations

import json
import subprocess

import pyogrio
import pytest

from tests.conformance.conftest import ISLAND, Site, Tell

pytestmark = pytest.mark.national

GDAL = "GDAL " + ".".join(map(str, pyogrio.__gdal_version__))

#: Collections read whole, and the level of territory each holds.
LEVELS = {
    "epcis": "epci",
    "departements": "departement",
    "regions": "region",
    "arrondissements": "arrondissement",
}


@pytest.fixture(scope="session")
def oapif(site: Site) -> str:
    return f"OAPIF:{site.url}/ogc/"


@pytest.fixture(scope="session")
def ogrinfo() -> str:
    """Debian's GDAL, by its version."""
    said = subprocess.run(["ogrinfo", "--version"], check=True, capture_output=True, text=True)
    return "ogrinfo " + said.stdout.split()[1].rstrip(",")


def test_gdal_lists_every_collection(oapif: str, site: Site):
    layers = dict(pyogrio.list_layers(oapif))
    assert set(layers) == {*LEVELS, "communes", "actions", "lieux", "lacunes"}


@pytest.mark.parametrize("collection", LEVELS)
def test_gdal_reads_a_whole_collection(oapif: str, site: Site, same: Tell, collection: str):
    frame = pyogrio.read_dataframe(oapif, layer=collection)
    same(GDAL, f"{collection}, lues", frame["code"].nunique(), site.territories(LEVELS[collection]))
    assert frame.crs.equals("EPSG:4326", ignore_axis_order=True)
    shaped = site.one(
        "SELECT count(*) FROM territoires WHERE niveau = %s AND geom IS NOT NULL",
        LEVELS[collection],
    )
    assert frame.geometry.notna().sum() == shaped


def test_gdal_counts_without_reading(oapif: str, site: Site, same: Tell):
    counted = {
        "communes": site.territories("commune"),
        "actions": site.one("SELECT count(*) FROM actions"),
        "lieux": site.one("SELECT count(*) FROM lieux"),
        "lacunes": site.one(
            "SELECT count(*) FROM couvertures WHERE niveau = 'commune' AND statut = 'absent'"
        ),
    }
    for collection, expected in counted.items():
        info = pyogrio.read_info(oapif, layer=collection, force_feature_count=False)
        same(GDAL, f"{collection}, numberMatched", info["features"], expected)


def test_gdal_reads_all_communes(oapif: str, site: Site, same: Tell):
    """Page after page of 1 000, with all the outlines."""
    frame = pyogrio.read_dataframe(oapif, layer="communes", columns=["code"], PAGE_SIZE=1000)
    same(GDAL, "communes, lues", frame["code"].nunique(), site.territories("commune"))


def test_gdal_sends_its_filters(oapif: str, site: Site, same: Tell):
    """A filter of OGR becomes one of the service, and its pages follow one another."""
    frame = pyogrio.read_dataframe(
        oapif, layer="communes", where=f"departement = '{ISLAND[0]}'", PAGE_SIZE=50
    )
    same(GDAL, "communes de Corse-du-Sud", frame["code"].nunique(), site.communes_of(ISLAND[0]))
    assert set(frame["departement"]) == {ISLAND[0]}
    assert frame.geometry.is_valid.all()


def test_gdal_reads_a_rectangle(oapif: str, site: Site, same: Tell):
    west, south, east, north = box = (6.8, 43.6, 7.6, 44.2)
    frame = pyogrio.read_dataframe(oapif, layer="lieux", bbox=box)
    expected = site.one(
        "SELECT count(*) FROM lieux WHERE ST_Intersects(geom, ST_MakeEnvelope(%s,%s,%s,%s,4326))",
        west, south, east, north,
    )  # fmt: skip
    same(GDAL, "lieux d’un rectangle", len(frame), expected)


def test_debian_gdal_reads_a_department(oapif: str, site: Site, same: Tell, ogrinfo: str):
    said = subprocess.run(
        ["ogrinfo", "-ro", "-q", oapif, "communes", "-where", "departement = '974'",
         "-oo", "PAGE_SIZE=10"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout  # fmt: skip
    same(ogrinfo, "communes de La Réunion", said.count("OGRFeature(communes)"),
         site.communes_of("974"))  # fmt: skip


def test_debian_gdal_converts_a_collection(
    oapif: str, site: Site, same: Tell, ogrinfo: str, tmp_path
):
    path = tmp_path / "regions.geojson"
    subprocess.run(
        ["ogr2ogr", "-f", "GeoJSON", path, oapif, "regions"], check=True, capture_output=True
    )
    features = json.loads(path.read_text())["features"]
    same(ogrinfo, "régions converties", len(features), site.territories("region"))
