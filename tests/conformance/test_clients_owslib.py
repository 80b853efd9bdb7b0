"""OWSLib, the Python client of OGC's standards."""

from __future__ import annotations

from importlib.metadata import version
from urllib.parse import parse_qsl, urlsplit

import pytest
from owslib.ogcapi.features import Features

from tests.conformance.conftest import ISLAND, Site, Tell

pytestmark = pytest.mark.national

OWSLIB = f"OWSLib {version('owslib')}"


@pytest.fixture(scope="session")
def service(site: Site) -> Features:
    return Features(f"{site.url}/ogc/")


def test_owslib_finds_the_documents(service: Features):
    assert service.links
    assert service.api()["openapi"].startswith("3.0.")
    declared = service.conformance()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in declared


def test_owslib_finds_the_collections(service: Features):
    assert {"communes", "lieux", "actions", "lacunes"} <= set(service.feature_collections())
    described = service.collection("communes")
    assert described["extent"]["spatial"]["bbox"]
    assert "population" in service.collection_queryables("communes")["properties"]


def test_owslib_reads_pages(service: Features, site: Site, same: Tell):
    first = service.collection_items("epcis", limit=500)
    same(OWSLIB, "epcis, numberMatched", first["numberMatched"], site.territories("epci"))
    codes: set[str] = set()
    page = first
    while True:
        codes |= {feature["id"] for feature in page["features"]}
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            break
        # OWSLib follows no link by itself: it is given back the parameters of the link.
        query = dict(parse_qsl(urlsplit(following[0]).query))
        page = service.collection_items("epcis", **query)
    same(OWSLIB, "epcis, page après page", len(codes), site.territories("epci"))


def test_owslib_filters(service: Features, islanders: int, site: Site, same: Tell):
    found = service.collection_items("communes", limit=1000, departement=ISLAND[0])
    same(OWSLIB, "communes de Corse-du-Sud", len(found["features"]), site.communes_of(ISLAND[0]))
    wanted = f"departement IN ('{ISLAND[0]}', '{ISLAND[1]}')"
    options = {"filter": wanted, "filter-lang": "cql2-text"}
    found = service.collection_items("communes", limit=1000, **options)
    same(OWSLIB, "communes de Corse, CQL2", found["numberMatched"], islanders)


def test_owslib_reads_one_feature(service: Features):
    feature = service.collection_item("communes", "35238")
    assert feature["id"] == "35238"
    assert feature["properties"]["nom"] == "Rennes"
    assert feature["geometry"]["type"] == "MultiPolygon"
