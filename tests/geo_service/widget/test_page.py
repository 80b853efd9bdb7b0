"""The page of a widget: what it shows, to whom, and what a visitor sees when it cannot."""

from __future__ import annotations

import re

import httpx
import pytest

from geo_service.app import create_app
from geo_service.watcher import AtlasWatcher
from tests.geo_service import little_atlas
from tests.geo_service.site.reading import Read

pytestmark = pytest.mark.anyio

ADDRESSES = (
    "/widget/commune/35238",
    "/widget/commune/48900",
    "/widget/epci/243500139?langue=en",
    "/widget/departement/48?theme=partage",
    "/widget/region/76?enjeu=education&fond=sombre",
    "/widget/pays/france?fond=clair",
    "/widget/groupe/villes-choisies",
    f"/widget/commune/48095?service={little_atlas.SITE}",
    "/widget/commune/98818",
)


def policy(answer: httpx.Response) -> dict[str, str]:
    parts = answer.headers["content-security-policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_widget_is_a_whole_page(site, address):
    page = await site.get(address)
    assert page.status_code == 200, page.text
    read = Read(page.text)
    assert read.faults() == []
    outside = [a for a in read.root.iter("a") if a.get("target") != "_blank"]
    assert outside == []
    assert read.texts("//footer")
    if "98818" not in address:
        rows = read.root.xpath("//details//tbody/tr")
        assert len(rows) >= 1
        assert read.texts("//figcaption//li")


async def test_anybody_may_frame_a_widget_and_nothing_else(site):
    framed = await site.get("/widget/commune/35238")
    assert policy(framed)["frame-ancestors"] == "*"
    assert "unsafe" not in framed.headers["content-security-policy"]
    assert "set-cookie" not in framed.headers
    for address in ("/", "/integrer", "/oembed?url=x", "/widget.js", "/nimporte"):
        assert policy(await site.get(address))["frame-ancestors"] == "'none'", address


async def test_its_stylesheets_are_those_its_policy_names(site):
    from geo_service.widget.rendering import source_expression  # noqa: PLC0415

    page = await site.get("/widget/commune/35238?couleur=8a1c5c")
    styles = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert len(styles) == 2
    assert ".widget{color:red}" in styles[0]
    assert "--accent:#8a1c5c" in styles[1]
    for style in styles:
        assert source_expression(style) in policy(page)["style-src"]


async def test_figures_are_those_of_the_api(site):
    covered = (await site.get("/api/territoires/commune/35238/couverture")).json()
    present = sum(s["statut"] in {"present", "partage"} for s in covered["services"])
    (sentence,) = Read((await site.get("/widget/commune/35238")).text).texts("//p[@class='phrase']")
    assert f"{present} services présents ou partagés sur {covered['documentes']}" in sentence


async def test_silence_is_not_a_gap(site):
    (sentence,) = Read((await site.get("/widget/commune/98818")).text).texts("//p[@class='phrase']")
    assert "Ce n’est pas un manque, c’est une question" in sentence


async def test_labels_are_in_the_language_asked_and_names_stay_french(site):
    read = Read((await site.get("/widget/departement/48?langue=en")).text)
    assert read.root.get("lang") == "en"
    assert set(read.root.xpath("//tbody//th/@lang")) == {"fr"}
    for french in read.root.xpath("//*[@lang='fr']"):
        french.drop_tree()
    text = read.root.text_content()
    assert "Digital public services" in text
    assert "See the figures as a table" in text
    assert not re.search(r"Taux|Tableau|Ouvrir|Source :|communes de", text)


async def test_names_and_titles_stay_text(site):
    page = await site.get("/widget/commune/48900", params={"titre": '"><script>x</script>'})
    read = Read(page.text)
    assert read.root.xpath("//script[not(@src)]") == []
    assert read.root.findtext(".//h1") == '"><script>x</script>'
    plain = Read((await site.get("/widget/commune/48900")).text)
    assert little_atlas.HOSTILE in plain.root.findtext(".//h1")


async def test_a_name_written_from_right_to_left_turns_nothing_else(site):
    title = "\u202eedneM\u202c \u05de\u05e0\u05d3"
    page = await site.get("/widget/commune/48095", params={"titre": title})
    heading = Read(page.text).root.findtext(".//h1")
    assert heading == "\u2068edneM \u05de\u05e0\u05d3\u2069"


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/widget/commune/99999", 404, "Aucun territoire"),
        ("/widget/planete/terre", 404, "Le niveau"),
        ("/widget/commune/35238?service=rien", 400, "n’est pas un code du référentiel"),
        ("/widget/commune/35238?v=7", 400, "les versions sont 1"),
        ("/widget/commune/35238?couleur=red;}", 400, "chiffres hexadécimaux"),
        ("/widget/commune/35238?hauteur=1e9", 400, "pixels"),
        ("/widget/commune/35238?fond=rouge", 400, "auto, clair, sombre"),
        ("/widget/commune/35238?langue=de", 400, "fr, en"),
    ],
)
async def test_a_fault_is_a_card_that_fits_in_a_frame(site, address, status, said):
    page = await site.get(address)
    assert page.status_code == status
    assert policy(page)["frame-ancestors"] == "*"
    assert page.headers["cache-control"] == "no-store"
    read = Read(page.text)
    assert read.faults() == []
    assert said in read.root.text_content().replace("\u00a0", " ")
    assert "/api/" not in read.root.text_content()
    assert all(href.startswith("http://atlas.test/") for href in read.links().values())


async def test_a_card_names_the_territory_that_is_likely_meant(site):
    read = Read((await site.get("/widget/commune/243500139?langue=en")).text)
    assert read.root.get("lang") == "en"
    (address,) = read.links().values()
    assert address == "http://atlas.test/epci/243500139"


async def test_the_card_of_an_atlas_that_is_away(tmp_path, dist):
    away = AtlasWatcher(lambda: "postgresql://atlas@127.0.0.1:1/atlas", tmp_path)
    await away.look()
    transport = httpx.ASGITransport(create_app(away, dist))
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas.test") as client:
        page = await client.get("/widget/commune/35238")
    assert page.status_code == 503
    assert page.headers["retry-after"]
    assert policy(page)["frame-ancestors"] == "*"
    assert "La carte revient dans un instant" in page.text


async def test_widgets_are_validated(site):
    first = await site.get("/widget/commune/35238?fond=clair")
    same = await site.get(
        "/widget/commune/35238?v=1&fond=clair&utm_source=x",
        headers={"If-None-Match": first.headers["etag"]},
    )
    assert same.status_code == 304
    assert "frame-ancestors *" in same.headers["content-security-policy"]
    other = await site.get("/widget/commune/35238?fond=sombre")
    assert other.headers["etag"] != first.headers["etag"]


async def test_the_script_has_one_address_for_ever(site, dist):
    script = await site.get("/widget.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["access-control-allow-origin"] == "*"
    assert "max-age=600" in script.headers["cache-control"]
    assert script.content == (dist / "assets" / "widget-1a2b.js").read_bytes()
    etag = script.headers["etag"]
    assert (await site.get("/widget.js", headers={"If-None-Match": etag})).status_code == 304


@pytest.mark.parametrize("page", ["/epci/243500139", "/commune/35238"])
async def test_the_page_of_a_territory_leads_to_its_own_widget(api: httpx.AsyncClient, page: str):
    text = (await api.get(page)).text
    (link,) = re.findall(r'href="(/integrer\?[^"]+)"', text)
    shown = (await api.get(link.replace("&amp;", "&"))).text
    niveau, code = page.strip("/").split("/")
    assert f"/widget/{niveau}/{code}" in shown
    assert f'value="{niveau}/{code}"' in shown
