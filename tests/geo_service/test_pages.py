"""The pages of the web application as the server gives them."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.french import figure
from geo_service.app import create_app
from geo_service.pages import describe, fill
from geo_service.territories import Territory
from geo_service.watcher import AtlasWatcher
from tests.geo_service import little_atlas

pytestmark = pytest.mark.anyio

DOCUMENT = """<!doctype html><html lang="fr"><head><title>Atlas</title>
<meta
  name="description"
  content="Rien."
/></head><body><script type="module" src="/assets/app-1a2b.js"></script></body></html>"""


class Head(HTMLParser):
    """Reads what a browser would of a document's head."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.title, self.description, self.scripts, self._in_title = "", "", 0, False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self._in_title = tag == "title"
        self.scripts += tag == "script"
        if tag == "meta" and dict(attrs).get("name") == "description":
            self.description = dict(attrs)["content"]

    def handle_endtag(self, tag):
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data):
        if self._in_title:
            self.title += data


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "assets" / "app-1a2b.js").write_text("console.log(1);" * 200, encoding="utf-8")
    (tmp_path / "marque.svg").write_text("<svg/>", encoding="utf-8")
    return tmp_path


@pytest.fixture
async def site(watcher: AtlasWatcher, dist: Path):
    transport = httpx.ASGITransport(create_app(watcher, dist))
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas.test") as client:
        yield client


async def test_the_page_of_a_territory_is_about_it(site):
    home = await site.get("/")
    assert Head(home.text).title == "Atlas"
    page = await site.get("/commune/35051")
    assert page.status_code == 200
    head = Head(page.text)
    assert head.title == "Cesson-Sévigné – Atlas de l’internet citoyen"
    assert "19\u202f000 habitants en 2023" in head.description
    assert "50\u00a0%" in head.description
    assert "2 services présents sur 4 documentés" in head.description
    assert head.scripts == 1


async def test_pages_are_validated(site):
    page = await site.get("/epci/243500139")
    assert page.headers["cache-control"] == "public, no-cache"
    same = await site.get("/epci/243500139", headers={"If-None-Match": page.headers["etag"]})
    assert same.status_code == 304
    assert (await site.get("/")).headers["etag"] != page.headers["etag"]


async def test_a_hostile_name_stays_text(site):
    page = await site.get("/commune/48900")
    head = Head(page.text)
    assert head.scripts == 1
    assert head.title.startswith(little_atlas.HOSTILE)
    assert little_atlas.HOSTILE in head.description


@given(st.text(), st.text())
def test_any_text_survives_in_the_head(title, description):
    head = Head(fill(DOCUMENT.encode(), title, description).decode())
    assert head.scripts == 1
    # Browsers, like this parser, change only line ends and null characters.
    if not set(title + description) & set("\r\n\0\x0c\x0b\x1c\x1d\x1e\x85"):
        assert (head.title, head.description) == (title, description)


async def test_pages_load_nothing_from_elsewhere(site):
    policy = (await site.get("/")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert (await site.get("/")).headers["referrer-policy"]


async def test_old_and_unknown_codes(site):
    moved = await site.get("/commune/35999?service=x")
    assert (moved.status_code, moved.headers["location"]) == (301, "/commune/35238?service=x")
    unknown = await site.get("/commune/243500139")
    assert unknown.status_code == 404
    assert unknown.headers["content-type"].startswith("text/html")
    assert '<a href="/epci/243500139">l’EPCI Rennes Métropole</a>' in unknown.text
    for address in ("/planete/1", "/nimporte", "/a/b/c"):
        lost = await site.get(address)
        assert lost.status_code == 404
        assert "Page introuvable" in lost.text
    slashed = await site.get("/commune/35238/?service=x")
    assert (slashed.status_code, slashed.headers["location"]) == (301, "/commune/35238?service=x")
    hostile = await site.get("/commune/%3Cscript%3E")
    assert hostile.status_code == 404
    assert "<script>" not in hostile.text


async def test_built_files_are_kept_for_ever(site, dist):
    zipped = await site.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip"})
    plain = await site.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert "immutable" in zipped.headers["cache-control"]
    assert zipped.headers["content-type"].startswith("text/javascript")
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.text == plain.text
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert (await site.get("/marque.svg")).headers["content-type"] == "image/svg+xml"
    for outside in ("/assets/../index.html", "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets/", "/.."):
        assert (await site.get(outside)).status_code in {200, 404}
        assert "root:" not in (await site.get(outside)).text
    # Built again while the service runs.
    (dist / "assets" / "app-1a2b.js").write_text("console.log(2);" * 300, encoding="utf-8")
    assert "log(2)" in (await site.get("/assets/app-1a2b.js")).text


async def test_without_a_build_it_says_what_to_do(watcher: AtlasWatcher, tmp_path: Path):
    transport = httpx.ASGITransport(create_app(watcher, tmp_path / "absent"))
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas.test") as client:
        page = await client.get("/commune/35238")
    assert page.status_code == 503
    assert "npm run build" in page.text


def test_french_of_descriptions():
    assert figure(1_234_567) == "1\u202f234\u202f567"
    unknown = Territory("commune", "1", "Nulle-Part", None, None, None, 1, None, 0, 0)
    assert describe(unknown) == (
        "Nulle-Part, population inconnue : aucun service numérique documenté pour le moment."
    )
