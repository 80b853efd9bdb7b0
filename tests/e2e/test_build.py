"""What the build sends over the network, and in which order."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Visit, settled
from tests.support import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.national]

DIST = ROOT / "geo_service" / "web" / "dist"

#: Bytes of JavaScript after gzip: in all, and before the map is asked for.
ALL_SCRIPTS = 400_000
FIRST_SCRIPTS = 60_000


def weight(files: Iterable[Path]) -> int:
    """Bytes of these files after gzip."""
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


@pytest.mark.usefixtures("site")
def test_scripts_are_light() -> None:
    """All the JavaScript, MapLibre and its worker included."""
    assert weight(DIST.rglob("*.js")) <= ALL_SCRIPTS


def test_text_comes_before_the_map(visit: Visit) -> None:
    """The map's code is asked for once the diagnosis is on screen."""
    seen: list[str] = []

    def watch(page: Page) -> None:
        page.on("request", lambda request: seen.append(request.url))

    page = settled(visit("/commune/35238", prepare=watch))
    scripts = [url for url in seen if url.endswith(".js")]
    heavy = next(i for i, url in enumerate(scripts) if re.search(r"/(carte|maplibre)", url))
    first = [DIST / "assets" / url.rsplit("/", 1)[1] for url in scripts[:heavy]]
    assert weight(first) <= FIRST_SCRIPTS
    coverage = next(i for i, url in enumerate(seen) if url.endswith("/couverture"))
    assert coverage < seen.index(scripts[heavy])
    assert page.locator("#diagnostic h1").inner_text() == "Rennes"


@pytest.mark.usefixtures("site")
def test_nothing_inline() -> None:
    """No inline script or style: the content security policy refuses them."""
    document = (DIST / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", document) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", document) == []
