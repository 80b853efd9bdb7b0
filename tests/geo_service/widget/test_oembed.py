"""``/oembed``: whose addresses are answered, with what, in which format."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from lxml import html

pytestmark = pytest.mark.anyio

RENNES = "http://atlas.test/commune/35238"


def frame(answer) -> html.HtmlElement:
    (found,) = html.fragments_fromstring(answer.json()["html"])
    assert found.tag == "iframe"
    return found


async def ask(site, url=RENNES, **more):
    return await site.get("/oembed", params={"url": url, **more})


@pytest.mark.parametrize(
    ("url", "source"),
    [
        (RENNES, "/widget/commune/35238?v=1"),
        (f"{RENNES}/", "/widget/commune/35238?v=1"),
        (f"{RENNES}?enjeu=education&utm_source=x", "/widget/commune/35238?v=1&enjeu=education"),
        (f"{RENNES}?titre=x&fond=sombre", "/widget/commune/35238?v=1"),
        ("http://atlas.test/commune/35999#haut", "/widget/commune/35238?v=1"),
        ("HTTP://ATLAS.TEST:80/epci/243500139", "/widget/epci/243500139?v=1"),
        ("https://atlas.test/pays/france", "/widget/pays/france?v=1"),
        ("http://atlas.test/widget/departement/48?fond=sombre&langue=en&hauteur=500",
         "/widget/departement/48?v=1&langue=en&fond=sombre&hauteur=500"),
    ],
)  # fmt: skip
async def test_addresses_of_ours(site, url, source):
    answer = await ask(site, url)
    assert answer.status_code == 200, answer.text
    assert frame(answer).get("src") == f"http://atlas.test{source}"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (await site.get(source)).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://evilatlas.test/commune/35238",
        "http://atlas.test.evil.fr/commune/35238",
        "http://atlas.test:8080/commune/35238",
        "http://moi@atlas.test/commune/35238",
        "http://atlas.test@evil.fr/commune/35238",
        "//atlas.test/commune/35238",
        "ftp://atlas.test/commune/35238",
        "javascript:alert(1)",
        "http://[atlas.test/commune/35238",
        "http://atlas.test/",
        "http://atlas.test/comparer?territoires=commune/35238",
        "http://atlas.test/commune/99999",
        "http://atlas.test/commune/35238?service=rien",
        "http://atlas.test/widget/commune/35238?couleur=rouge",
        f"{RENNES}?x={'a' * 2500}",
    ],
)
async def test_any_other_address_is_not_found(site, url):
    answer = await ask(site, url)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_frame_keeps_within_what_is_allowed(site):
    answer = await ask(site, maxwidth=400, maxheight=500, dnt=1)
    body = answer.json()
    assert (body["width"], body["height"]) == (400, 500)
    assert (frame(answer).get("width"), frame(answer).get("height")) == ("400", "500")
    assert "hauteur=500" in frame(answer).get("src")
    assert "thumbnail_url" not in body
    wide = (await ask(site, maxwidth=1600, maxheight=900)).json()
    assert (wide["width"], wide["height"]) == (640, 640)
    assert wide["thumbnail_url"] == (
        "http://atlas.test/api/territoires/commune/35238/carte.png?cadre=apercu"
    )
    assert (wide["thumbnail_width"], wide["thumbnail_height"]) == (1200, 630)


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({}, 400),
        ({"url": RENNES, "maxwidth": "-1"}, 400),
        ({"url": RENNES, "maxwidth": "12"}, 400),
        ({"url": RENNES, "maxheight": "grand"}, 400),
        ({"url": RENNES, "maxheight": "9" * 40}, 400),
        ({"url": RENNES, "format": "yaml"}, 501),
    ],
)
async def test_bad_questions(site, parameters, status):
    answer = await site.get("/oembed", params=parameters)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


async def test_xml_says_the_same(site):
    url = "http://atlas.test/widget/commune/48900?titre=<%26>\u0001"
    as_json = (await ask(site, url)).json()
    answer = await ask(site, url, format="xml")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    root = ET.fromstring(answer.content)
    assert root.tag == "oembed"
    told = {child.tag: child.text for child in root}
    assert told == {name: str(value).replace("\u0001", "") for name, value in as_json.items()}


async def test_answers_are_validated(site):
    answer = await ask(site)
    same = await site.get(
        "/oembed", params={"url": RENNES}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert same.status_code == 304


async def test_behind_tls_the_code_is_of_https(site):
    asked = {"url": "https://atlas.test/commune/35238"}
    answer = await site.get("https://atlas.test/oembed", params=asked)
    assert frame(answer).get("src").startswith("https://atlas.test/widget/")
    # The header that anybody can write says nothing: the door reads that of a proxy of ours.
    forged = await site.get("/oembed", params=asked, headers={"X-Forwarded-Proto": "https"})
    assert frame(forged).get("src").startswith("http://atlas.test/widget/")
