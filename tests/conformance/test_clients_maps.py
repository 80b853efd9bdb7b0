"""MapLibre, pmtiles.js and OpenLayers in Chromium, on pages of another origin than the service."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Request

from tests.conformance.conftest import ISLAND, Site, Tell
from tests.support import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.national]

#: The pages, as ``make setup`` builds them from ``tests/conformance/web``.
BUILT = ROOT / ".build" / "conformance"

#: West, south, east, north: Corse, at zoom 8, where the communes are drawn.
AROUND_CORSE = "8.4,41.2,9.7,43.1"

#: La Réunion, nearer.
AROUND_LA_REUNION = "55.15,-21.42,55.9,-20.83"

#: Milliseconds given to a map: the machine may be busy, speed is not asserted here.
PATIENCE = 120_000

#: Descriptions of tilesets.
TILESETS = {
    "/ogc/collections/communes/tiles/WebMercatorQuad": "tuiles OGC de la collection",
    "/ogc/tiles/WebMercatorQuad": "tuiles OGC du jeu de données",
}

Draw = Callable[..., dict[str, Any]]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        """Say nothing: the browser's requests are watched already."""


@pytest.fixture(scope="session")
def pages() -> Iterator[str]:
    """Address of the pages: another origin than the service."""
    assert (BUILT / "maplibre.html").is_file(), "Pages non construites : lancez « make setup »."
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(BUILT)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def requests() -> list[Request]:
    """What the page asked."""
    return []


@pytest.fixture
def draw(browser: Browser, site: Site, pages: str, requests: list[Request]) -> Iterator[Draw]:
    """Open a page on a source of the service and wait for what it drew."""
    faults: list[str] = []
    hosts = {urlsplit(site.url).netloc, urlsplit(pages).netloc}
    context = browser.new_context(viewport={"width": 920, "height": 920}, locale="fr-FR")
    context.set_default_timeout(PATIENCE)

    def asked(request: Request) -> None:
        parts = urlsplit(request.url)
        requests.append(request)
        if parts.scheme not in {"data", "blob"} and parts.netloc not in hosts:
            faults.append(f"requête vers un tiers : {request.url}")

    def open_page(client: str, **parameters: str) -> dict[str, Any]:
        page = context.new_page()
        page.on("request", asked)
        page.on("pageerror", lambda error: faults.append(f"erreur : {error}"))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto(f"{pages}/{client}.html?{urlencode({'boite': AROUND_CORSE, **parameters})}")
        page.wait_for_function("() => window.resultat")
        found: dict[str, Any] = page.evaluate("() => window.resultat")
        assert found["fautes"] == []
        return found

    yield open_page
    context.close()
    assert faults == []


def corsican(found: dict[str, Any]) -> int:
    return sum(code.startswith(ISLAND) for code in found["codes"])


def test_maplibre_draws_the_tiles(draw: Draw, site: Site, islanders: int, same: Tell):
    found = draw("maplibre", source=f"{site.url}/tiles/territoires.json", couche="communes")
    client = f"MapLibre GL {found['version']}"
    same(client, "communes de Corse, TileJSON", corsican(found), islanders)


def test_maplibre_draws_the_tiles_of_the_ogc_api(
    draw: Draw, site: Site, islanders: int, same: Tell
):
    source = f"{site.url}/ogc/collections/communes/tiles/WebMercatorQuad?f=tilejson"
    found = draw("maplibre", source=source, couche="communes")
    client = f"MapLibre GL {found['version']}"
    same(client, "communes de Corse, TileJSON de l’API OGC", corsican(found), islanders)


def test_maplibre_draws_the_ready_made_style(draw: Draw, site: Site, same: Tell):
    """Its tiles, its fonts and its sprites, all from the service, where it draws communes."""
    style = f"{site.url}/styles/territoires.json"
    found = draw("maplibre", style=style, couche="communes", boite=AROUND_LA_REUNION)
    client = f"MapLibre GL {found['version']}"
    here = sum(code.startswith("974") for code in found["codes"])
    same(client, "communes de La Réunion, style prêt à l’emploi", here, site.communes_of("974"))


def test_pmtiles_reads_the_archive_by_range(
    draw: Draw, site: Site, islanders: int, same: Tell, requests: list[Request]
):
    source = f"{site.url}/tiles/territoires.pmtiles"
    found = draw("maplibre", source=source, couche="communes")
    client = f"pmtiles.js 4.5.0, MapLibre GL {found['version']}"
    same(client, "communes de Corse, archive", corsican(found), islanders)
    ranged = [one for one in requests if one.url == source and one.method == "GET"]
    answers = [one.response() for one in ranged]
    assert ranged
    assert {answer.status for answer in answers if answer} == {206}
    # The archive is not taken whole: its index, then the tiles in view.
    taken = sum(int(answer.headers["content-length"]) for answer in answers if answer)
    whole = int(answers[0].headers["content-range"].rpartition("/")[2])
    assert taken < whole / 5


@pytest.mark.parametrize("path", TILESETS)
def test_openlayers_draws_an_ogc_tileset(
    draw: Draw, site: Site, islanders: int, same: Tell, path: str
):
    found = draw("openlayers", source=site.url + path, couche="communes")
    client = f"OpenLayers {found['version']}"
    same(client, f"communes de Corse, {TILESETS[path]}", corsican(found), islanders)
