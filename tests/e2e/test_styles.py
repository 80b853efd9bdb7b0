"""Ready-made styles on somebody's own page: drawn by MapLibre, with nothing from elsewhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route

from geo_service.styles.palette import DARK, LIGHT
from tests.e2e.conftest import Visit, colours_of, picture
from tests.support import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.national]

#: MapLibre as its package ships it, not as the atlas's own pages have it.
LIBRARY = ROOT / "geo_service" / "web" / "node_modules" / "maplibre-gl" / "dist"
HERE = "/page-d-un-site/"

_PAGE = """<!doctype html>
<html lang="fr">
  <meta charset="utf-8">
  <title>Une page</title>
  <link rel="stylesheet" href="maplibre-gl.css">
  <style>html, body, #carte-toile { margin: 0; height: 100% }</style>
  <div id="carte-toile"></div>
  <script type="module">
    import { Map, setWorkerUrl } from "./maplibre-gl.mjs";
    setWorkerUrl(new URL("maplibre-gl-worker.mjs", location).href);
    const [style, longitude, latitude, zoom] = location.hash.slice(1).split(",");
    const map = window.carte = new Map({
      container: "carte-toile",
      style: `/styles/${style}.json`,
      center: [Number(longitude), Number(latitude)],
      zoom: Number(zoom),
      fadeDuration: 0,
    });
    map.on("error", (event) => console.error(event.error.message));
    map.once("idle", () => { document.body.dataset.carte = "dessinee"; });
  </script>
</html>
"""

#: Style, longitude, latitude, zoom, layer whose features are seen, and a text among them.
VIEWS = [
    ("territoires", 2.5, 46.6, 4.8, "region-nom", "nom", "Île-de-France"),
    ("territoires-sombre", 6.3, 45.6, 8.6, "commune-nom", "nom", "Chambéry"),
    ("couverture", 2.5, 46.6, 6, "departement-nom", "nom", "Nièvre"),
    ("couverture-sombre", 4.3, 45.4, 9, "commune-nom", "nom", "Saint-Étienne"),
    ("lieux", 4.84, 45.76, 8.4, "lieux-nombre", "nombre", None),
    ("lieux", -2.75, 47.66, 13, "lieux", "nom", None),
    ("lieux-sombre", 2.35, 48.86, 12.6, "lieux", "nom", None),
]


def show(visit: Visit, style: str, longitude: float, latitude: float, zoom: float) -> Page:
    """Open a page that draws a style, and wait for the whole map."""

    def answer(route: Route) -> None:
        name = urlsplit(route.request.url).path.removeprefix(HERE)
        if name:
            route.fulfill(path=LIBRARY / name)
        else:
            route.fulfill(content_type="text/html; charset=utf-8", body=_PAGE)

    def prepare(page: Page) -> None:
        page.route(f"**{HERE}**", answer)

    page = visit(f"{HERE}#{style},{longitude},{latitude},{zoom}", (900, 650), prepare=prepare)
    page.wait_for_selector('body[data-carte="dessinee"]')
    return page


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view[0]}-{view[3]}")
def test_styles_draw_names_places_and_colours(visit: Visit, view: tuple[Any, ...]) -> None:
    """Names and counts are drawn with our fonts: no error, no request to a third party."""
    style, longitude, latitude, zoom, layer, attribute, name = view
    page = show(visit, style, longitude, latitude, zoom)
    found = page.evaluate(
        "([layer, attribute]) => carte.queryRenderedFeatures({ layers: [layer] })"
        ".map((feature) => feature.properties[attribute])",
        [layer, attribute],
    )
    assert len(found) > 3
    assert name is None or name in found
    # An icon that the sprite lacks, a range of glyphs that fails: MapLibre would have said so on
    # the console, which fails the visit. What is drawn has the ink of its words.
    loaded = page.evaluate(
        "performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)"
    )
    assert any(path.startswith("/fonts/Atlas%20Texte%20") for path in loaded)
    assert any(path.startswith("/sprites/atlas") for path in loaded)
    ink = (DARK if style.endswith("-sombre") else LIGHT).ink
    seen = colours_of(page.locator("#carte-toile"))
    assert sum(count for colour, count in seen.items() if near(colour, ink)) > 60
    attribution = page.locator(".maplibregl-ctrl-attrib a", has_text="sources et dates").first
    assert str(attribution.get_attribute("href")).endswith("/api/sources")
    picture(page, f"style-{style}-{zoom}")


def near(colour: str, wanted: str) -> bool:
    """Whether two colours differ by a few levels at most, as anti-aliased letters do."""
    pairs = ((int(colour[k : k + 2], 16), int(wanted[k : k + 2], 16)) for k in (1, 3, 5))
    return all(abs(one - other) <= 24 for one, other in pairs)


def test_rates_have_the_colours_of_the_legend(visit: Visit) -> None:
    """The classes seen are those the style tells, and there are several."""
    page = show(visit, "couverture", 2.5, 46.6, 6.0)
    legend = page.evaluate("carte.getStyle().metadata['atlas:legende'].map((c) => c.couleur)")
    seen = colours_of(page.locator("#carte-toile"))
    assert sum(seen.get(colour, 0) > 2000 for colour in legend) >= 2
    rates = page.evaluate(
        "carte.queryRenderedFeatures({ layers: ['departements-taux'] })"
        ".map((feature) => feature.properties.taux)"
    )
    assert len(rates) > 20
    assert all(0 <= rate <= 1 for rate in rates)
