"""What the build sends over the network, and when."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Visit
from tests.support import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.national]

DIST = ROOT / "geo_service" / "web" / "dist"

#: Bytes of JavaScript after gzip: in all, and before the map is asked for.
ALL_SCRIPTS = 400_000
FIRST_SCRIPTS = 60_000

PAGES = ("/", "/commune/48095", "/epci/243500139?service=france-services", "/integrer")


def weight(files: Iterable[Path]) -> int:
    """Bytes of these files after gzip."""
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


@pytest.mark.usefixtures("site")
def test_scripts_are_light() -> None:
    """All the JavaScript of the pages, MapLibre and its worker included."""
    assert weight((DIST / "assets").rglob("*.js")) <= ALL_SCRIPTS


@pytest.mark.parametrize("address", PAGES)
def test_the_map_waits_to_be_asked_for(visit: Visit, address: str) -> None:
    """No tile, no value of a map and little script with the page."""
    seen: list[str] = []

    def watch(page: Page) -> None:
        page.on("request", lambda request: seen.append(urlsplit(request.url).path))

    page = visit(address, prepare=watch)
    page.wait_for_load_state("networkidle")
    framed = [path for path in seen if path.startswith("/widget/")]
    assert framed == [] or address == "/integrer"
    assert [path for path in seen if re.match(r"/(tiles|api/indicateurs)", path)] == []
    scripts = {path for path in seen if path.endswith(".js")}
    assert weight(DIST / path.lstrip("/") for path in scripts) <= FIRST_SCRIPTS


@pytest.mark.parametrize("address", PAGES)
def test_nothing_inline_but_the_stylesheet(visit: Visit, address: str) -> None:
    """No inline script, handler or style attribute: the policy would refuse them."""
    page = visit(address, java_script_enabled=False)
    document = page.request.get(address).text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", document) == []
    assert re.findall(r"<[^>]*\s(?:style|on[a-z]+)=", document) == []
