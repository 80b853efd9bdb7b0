"""OGC 17-069r4 (Features, Part 1), annex A.5: HTML."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx
import pytest

from tests.geo_service import little_atlas
from tests.geo_service.ogc.asking import COLLECTIONS, features, get

CONFORMANCE = ("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",)

pytestmark = pytest.mark.anyio

PATHS = (
    "/",
    "/conformance",
    "/api",
    "/collections",
    *(
        f"/collections/{collection}{end}"
        for collection in COLLECTIONS
        for end in ("", "/items", "/queryables", "/sortables")
    ),
    "/collections/communes/items/35238",
    "/collections/communes/items/98818",
)

#: Elements that end by themselves (HTML Living Standard §13.1.2).
VOID = {"meta", "link", "input", "br", "hr", "img"}


class Reader(HTMLParser):
    """Reads a page, and what would make it no HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.labelled: set[str] = set()
        self.fields: set[str] = set()
        self.headings: list[int] = []
        self.lang = ""
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "html":
            self.lang = known.get("lang") or ""
        if known.get("id"):
            self.ids.append(str(known["id"]))
        if tag in {"a", "link"} and known.get("href"):
            self.addresses.append(str(known["href"]))
        if tag == "label":
            self.labelled.add(str(known["for"]))
        if tag in {"input", "select"} and known.get("type") != "hidden":
            self.fields.add(str(known.get("id")))
        if tag[0] == "h" and tag[1:].isdigit():
            self.headings.append(int(tag[1:]))
        assert tag != "script"
        assert not any(name.startswith("on") or name == "style" for name in known)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("path", PATHS)
async def test_definition_and_content(ogc: httpx.AsyncClient, path: str) -> None:
    """/conf/html/definition, /conf/html/content: pages that browsers ask for, read by all."""
    accept = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    answer = await ogc.get(f"/ogc{path}", headers=accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text == (await ogc.get(f"/ogc{path}?f=html")).text
    assert answer.text.startswith("<!doctype html>")
    reader = Reader()
    reader.feed(answer.text)
    assert reader.open == []
    assert reader.lang == "fr"
    assert len(set(reader.ids)) == len(reader.ids)
    assert reader.fields <= reader.labelled
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    # Nothing is asked of a third party, and every link leads somewhere.
    for address in reader.addresses:
        assert address.startswith(("http://atlas.test/", "/", "#", "data:,"))
        if "/ogc/" in address:
            assert (await ogc.get(address)).status_code == 200, address


async def test_pages_tell_what_documents_tell(ogc: httpx.AsyncClient) -> None:
    for collection in COLLECTIONS:
        text = (await ogc.get(f"/ogc/collections/{collection}/items?f=html&limit=100")).text
        for feature in await features(ogc, collection):
            assert f"items/{feature['id']}" in text.replace("%3A", ":")
    declared = (await get(ogc, "/conformance"))["conformsTo"]
    page = (await ogc.get("/ogc/conformance?f=html")).text
    assert all(uri in page for uri in declared)
    page = (await ogc.get("/ogc/collections?f=html")).text
    assert all(f"/collections/{collection}" in page for collection in COLLECTIONS)


async def test_text_of_sources_is_never_markup(ogc: httpx.AsyncClient) -> None:
    for path in (
        "/collections/communes/items?f=html&limit=50",
        "/collections/communes/items/48900?f=html",
    ):
        page = (await ogc.get(f"/ogc{path}")).text
        assert little_atlas.HOSTILE not in page
        assert "&lt;script&gt;" in page
    page = (
        await ogc.get(
            "/ogc/collections/communes/items",
            params={"f": "html", "filter": "nom = '\"><script>'"},
        )
    ).text
    assert "<script>" not in page


async def test_the_form_gives_the_same_list(ogc: httpx.AsyncClient) -> None:
    """Empty fields of a form are as good as none."""
    page = await ogc.get("/ogc/collections/communes/items?f=html&filter=&sortby=&limit=3")
    assert page.status_code == 200
    assert "Page suivante" in page.text
    last = await ogc.get("/ogc/collections/communes/items?f=html&limit=100")
    assert "C’est la dernière page." in last.text


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("text/html", True),
        ("text/html;q=0.5, application/json", False),
        ("application/geo+json;q=0.2, text/html", True),
        ("*/*", False),
        ("", False),
        ("text/html;q=0", False),
        ("text/html;q=abc", False),
    ],
)
async def test_negotiation(ogc: httpx.AsyncClient, accept: str, html: bool) -> None:
    answer = await ogc.get("/ogc/collections", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith("text/html") is html
