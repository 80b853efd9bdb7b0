"""What every page has: validators, security headers, addresses for machines, faults in French."""

from __future__ import annotations

import base64
import hashlib
import re

import httpx
import pytest

from geo_service.app import create_app
from tests.geo_service.site.reading import Read

pytestmark = pytest.mark.anyio

PAGES = (
    "/",
    "/sources",
    "/accessibilite",
    "/recherche",
    "/recherche?q=rennes",
    "/recherche?q=zzzz",
)


@pytest.mark.parametrize("address", PAGES)
async def test_a_page_is_well_made(site, address):
    page = await site.get(address)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    read = Read(page.text)
    assert read.faults() == []
    assert read.title.endswith("Atlas de l’internet citoyen")
    assert read.meta("description")
    assert read.meta("og:url").startswith("http://atlas.test/")
    assert read.root.get("lang") == "fr"


@pytest.mark.parametrize("address", PAGES)
async def test_pages_are_validated(site, address):
    page = await site.get(address)
    assert page.headers["vary"] == "Accept-Encoding"
    same = await site.get(address, headers={"If-None-Match": page.headers["etag"]})
    assert same.status_code == 304
    plain = await site.get(address, headers={"Accept-Encoding": "identity"})
    assert plain.headers["etag"] != page.headers["etag"]
    assert plain.text == page.text


async def test_pages_are_compressed_faults_too(site):
    for address, status in (("/", 200), ("/commune/99999", 404)):
        plain = await site.get(address, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        for accepted, coding in (("gzip, br", "br"), ("gzip", "gzip")):
            packed = await site.get(address, headers={"Accept-Encoding": accepted})
            assert (packed.status_code, packed.headers["content-encoding"]) == (status, coding)
            assert int(packed.headers["content-length"]) < len(plain.content) / 2
            assert packed.headers["vary"] == "Accept-Encoding"
            assert packed.text == plain.text


async def test_another_build_makes_another_page(site, dist):
    before = (await site.get("/")).headers["etag"]
    manifest = dist / ".vite" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"site-1a2b", b"site-9f9f"))
    page = await site.get("/", headers={"If-None-Match": before})
    assert page.status_code == 200
    assert "/assets/site-9f9f.js" in page.text


async def test_the_host_is_part_of_the_page(site):
    """Absolute addresses follow the host: one host's page is never given to another."""
    here = await site.get("/")
    there = await site.get("/", headers={"Host": "atlas.exemple.fr"})
    assert Read(there.text).meta("og:url") == "http://atlas.exemple.fr/"
    assert here.headers["etag"] != there.headers["etag"]
    forged = await site.get("/", headers={"Host": 'x"><script>'})
    assert forged.status_code == 400


async def test_the_policy_allows_this_stylesheet_alone(site):
    page = await site.get("/")
    policy = page.headers["content-security-policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'self' 'sha256-{digest}';" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_headers_of_a_careful_site(site):
    page = await site.get("/")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "geolocation=()" in page.headers["permissions-policy"]
    assert "set-cookie" not in page.headers
    assert "strict-transport-security" not in page.headers
    behind = await site.get("/", headers={"X-Forwarded-Proto": "https"})
    assert behind.headers["strict-transport-security"].startswith("max-age=")


async def test_search_shows_what_tells_namesakes_apart(site):
    read = Read((await site.get("/recherche?q=rennes")).text)
    assert read.links()["Rennes"] == "/commune/35238"
    assert any("Ille-et-Vilaine" in text for text in read.texts("//ol/li"))
    assert read.root.xpath("//input[@id='recherche']/@value") == ["rennes"]


@pytest.mark.parametrize("asked", ["<script>alert(1)</script>", "é" * 500, "\u202egnimoc", "'\""])
async def test_what_is_asked_stays_text(site, asked):
    page = await site.get("/recherche", params={"q": asked})
    assert page.status_code == 200
    read = Read(page.text)
    assert len(read.root.xpath("//script")) == 1
    assert read.faults() == []


async def test_unknown_addresses_are_told_in_french(site):
    for address in ("/planete/1", "/nimporte", "/a/b/c", "/.vite/manifest.json", "/assets/x.js"):
        lost = await site.get(address)
        assert lost.status_code == 404
        assert lost.headers["cache-control"] == "no-store"
        read = Read(lost.text)
        assert read.texts("//h1") == ["Page introuvable"]
        assert read.faults() == []
    slashed = await site.get("/sources/?a=b")
    assert (slashed.status_code, slashed.headers["location"]) == (301, "/sources?a=b")


async def test_built_files_are_kept_for_ever(site, dist):
    zipped = await site.get("/assets/site-1a2b.js", headers={"Accept-Encoding": "gzip"})
    plain = await site.get("/assets/site-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert "immutable" in zipped.headers["cache-control"]
    assert zipped.headers["content-type"].startswith("text/javascript")
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.text == plain.text
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert (await site.get("/marque.svg")).headers["content-type"] == "image/svg+xml"
    for outside in ("/assets/../marque.svg", "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets/", "/.."):
        assert (await site.get(outside)).status_code in {200, 404}
        assert "root:" not in (await site.get(outside)).text
    # Built again while the service runs.
    (dist / "assets" / "site-1a2b.js").write_text("console.log(2);" * 300, encoding="utf-8")
    assert "log(2)" in (await site.get("/assets/site-1a2b.js")).text


async def test_without_a_build_it_says_what_to_do(watcher, tmp_path):
    transport = httpx.ASGITransport(create_app(watcher, tmp_path / "absent"))
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas.test") as client:
        page = await client.get("/")
    assert page.status_code == 503
    assert page.headers["retry-after"]
    assert "npm run build" in page.text
