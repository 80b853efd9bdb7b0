"""The home page and the sources say what the API says."""

from __future__ import annotations

import pytest

from geo_service.site.sources import web_address
from tests.geo_service.site.reading import Read

pytestmark = pytest.mark.anyio


async def test_the_country_in_figures(site):
    read = Read((await site.get("/")).text)
    covered = (await site.get("/api/territoires/pays/france/couverture")).json()
    shown = read.texts("//dl[@class='chiffres']/div")
    assert f"des {covered['documentes']} services documentés" in shown[0]
    listed = {s["libelle"]: s for s in covered["services"]}
    for text in shown[1:]:
        name = next(label for label in listed if text.startswith(label))
        share = f"{100 * listed[name]['part_population']:.1f}".replace(".", ",")
        assert share.removesuffix(",0") in text


async def test_every_region_can_be_opened(site):
    read = Read((await site.get("/")).text)
    found = (await site.get("/api/territoires?niveau=region&limit=50")).json()["territoires"]
    links = read.links()
    assert found
    for region in found:
        assert links[region["nom"]] == f"/region/{region['code']}"


async def test_sources_and_words_are_those_of_the_api(site):
    read = Read((await site.get("/sources")).text)
    sources = (await site.get("/api/sources")).json()["sources"]
    headings = read.texts("//ul[@class='sources']/li/h3")
    assert [" ".join(source["nom"].split()) for source in sources] == [
        heading.removesuffix(" (données synthétiques)") for heading in headings
    ]
    words = (await site.get("/api/definitions")).json()["definitions"]
    for word in words:
        (text,) = read.texts(f"//div[@id='definition-{word['code']}']/dd")
        assert text == " ".join(word["texte"].split())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://exemple.fr/a", "https://exemple.fr/a"),
        ("http://exemple.fr", "http://exemple.fr"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//exemple.fr", None),
        ("exemple.fr", None),
        ("http://[", None),
        ("", None),
        (None, None),
    ],
)
def test_only_addresses_of_pages_are_followed(text, address):
    assert web_address(text) == address
