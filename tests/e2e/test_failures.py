"""When something is away: what the visitor reads, and the way back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit, heading, picture, settled

pytestmark = [pytest.mark.browser, pytest.mark.national]


def test_server_away_then_back(visit: Visit) -> None:
    """No answer at all: a French sentence and a button that tries again."""

    def cut(page: Page) -> None:
        page.route("**/api/**", lambda route: route.abort())

    page = visit("/commune/35238", troubled=True, prepare=cut)
    alert = page.locator("#diagnostic [role=alert]")
    expect(alert).to_contain_text("Le serveur de l’atlas ne répond pas")
    picture(page, "serveur-absent-1280")
    page.unroute("**/api/**")
    alert.get_by_role("button", name="Réessayer").click()
    heading(page, "Rennes")
    expect(alert).to_have_count(0)


def test_refusal_is_shown_in_its_own_words(visit: Visit) -> None:
    """The server's own French explanation reaches the screen."""
    words = "La base de données est indisponible. Réessayez dans quelques secondes."

    def refuse(page: Page) -> None:
        page.route(
            "**/api/territoires/**",
            lambda route: route.fulfill(
                status=503,
                content_type="application/problem+json",
                json={"title": "Indisponible", "status": 503, "detail": words},
            ),
        )

    page = visit("/commune/35238", troubled=True, prepare=refuse)
    expect(page.locator("#diagnostic [role=alert]")).to_contain_text(words)


def test_map_without_tiles(visit: Visit) -> None:
    """Tiles away: the map says so, the diagnosis stays, and a retry draws the map."""

    def cut(page: Page) -> None:
        page.route("**/tiles/**", lambda route: route.abort())

    page = visit("/commune/35238", troubled=True, prepare=cut)
    alert = page.locator("#carte-souci [role=alert]")
    expect(alert).to_contain_text("La carte n’a pas pu charger toutes ses données")
    heading(page, "Rennes")
    # Requests that are being cut must end before the tiles come back, or they would hang.
    page.wait_for_load_state("networkidle")
    page.unroute_all(behavior="wait")
    alert.get_by_role("button", name="Réessayer").click()
    settled(page)
    expect(alert).to_have_count(0)


def test_unknown_territory(visit: Visit) -> None:
    """A code that no territory has: a page that says so, with a way out."""
    page = visit("/commune/99999", troubled=True)
    expect(page.locator("body")).to_contain_text("99999")
    page.get_by_role("link", name=re.compile("carte|France", re.IGNORECASE)).first.click()
    heading(page, "France")


def test_without_javascript(visit: Visit) -> None:
    """Useful text and links instead of a blank page."""
    page = visit("/", java_script_enabled=False)
    expect(page.locator("h1")).to_be_visible()
    # Playwright's own reading of a text leaves out what is inside noscript.
    expect(page.locator("#diagnostic")).to_contain_text(
        "désactivé dans votre navigateur", use_inner_text=True
    )
    picture(page, "sans-javascript-1280")
    links = page.locator("#diagnostic a")
    assert links.count() >= 5
    for i in range(links.count()):
        href = links.nth(i).get_attribute("href")
        assert href is not None
        assert page.request.get(href).ok, href


def test_reduced_motion(visit: Visit) -> None:
    """Whoever prefers less motion gets the new view at once."""
    page = settled(visit("/", reduced_motion="reduce"))
    assert page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
    page.locator("#cadres").get_by_role("link", name="Guyane").click()
    heading(page, "Guyane")
    settled(page)
