"""Codes that were given out go on working: `codes-v1.json` is never edited."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from lxml import html

pytestmark = pytest.mark.anyio

FILE = Path(__file__).with_name("codes-v1.json")
#: Changing the file is breaking a promise; a new version has a file of its own.
SHA256 = "a5781541b9d6c4ad400abbb5871db5e8be33f745561579211c487239da17b3cf"
CODES = json.loads(FILE.read_text(encoding="utf-8"))
#: Members of an answer that consumers rely on.
PROMISED = ("version", "type", "title", "html", "width", "height", "provider_name")


async def shown(site, address: str):
    """The page that a frame shows in the end, codes of other years being sent on."""
    page = await site.get(address, follow_redirects=True)
    assert page.status_code == 200, page.text
    assert "frame-ancestors *" in page.headers["content-security-policy"]
    return html.document_fromstring(page.text)


def test_the_file_is_the_one_that_was_frozen():
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == SHA256


@pytest.mark.parametrize("code", CODES["iframes"], ids=lambda code: code["title"])
async def test_a_frame_shows_what_it_showed(site, code):
    frame = html.fragment_fromstring(code["html"])
    page = await shown(site, frame.get("src"))
    assert code["title"] in page.findtext(".//h1")
    assert page.get("lang") == code["lang"]
    assert page.xpath("//figure[@data-carte]//svg")


@pytest.mark.parametrize("code", CODES["components"], ids=lambda code: code["address"])
async def test_the_address_a_component_asks_for_answers(site, code):
    """`tests/e2e/test_widget.py` holds the component to these addresses."""
    script = html.fragments_fromstring(code["html"])[0]
    assert (await site.get(script.get("src"))).status_code == 200
    await shown(site, code["address"])


@pytest.mark.parametrize("asked", CODES["oembed"], ids=lambda asked: asked["url"])
async def test_answers_of_oembed(site, asked):
    old = asked["answer"]
    await shown(site, html.fragment_fromstring(old["html"]).get("src"))
    new = (await site.get("/oembed", params={"url": asked["url"]})).json()
    assert set(PROMISED) <= set(new)
    assert (new["version"], new["type"]) == ("1.0", "rich")
    await shown(site, html.fragment_fromstring(new["html"]).get("src"))
