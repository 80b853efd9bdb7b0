"""When something is away: what the visitor reads, and the way back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit, picture, results

pytestmark = [pytest.mark.browser, pytest.mark.national]


def test_search_away_then_back(visit: Visit) -> None:
    """No answer at all: a French sentence; the form goes on, and so does the search afterwards."""

    def cut(page: Page) -> None:
        page.route("**/api/**", lambda route: route.abort())

    page = visit("/", troubled=True, prepare=cut)
    box = page.locator("#recherche-accueil")
    box.press_sequentially("rennes")
    expect(page.locator(".resultats-vide")).to_contain_text("Le serveur de l’atlas ne répond pas")
    page.unroute_all(behavior="wait")
    box.press_sequentially("-")
    expect(results(page).first).to_contain_text("Rennes")


def test_refusal_is_shown_in_its_own_words(visit: Visit) -> None:
    """The server's own French explanation reaches the screen."""
    words = "La base de données est indisponible. Réessayez dans quelques secondes."

    def refuse(page: Page) -> None:
        page.route(
            "**/api/territoires**",
            lambda route: route.fulfill(
                status=503,
                content_type="application/problem+json",
                json={"title": "Indisponible", "status": 503, "detail": words},
            ),
        )

    page = visit("/", troubled=True, prepare=refuse)
    page.locator("#recherche-accueil").press_sequentially("rennes")
    expect(page.locator(".resultats-vide")).to_contain_text(words)


def test_scripts_that_do_not_come(visit: Visit) -> None:
    """A page whose script is lost is the page without JavaScript."""

    def cut(page: Page) -> None:
        page.route("**/assets/*.js", lambda route: route.abort())

    page = visit("/commune/48095", troubled=True, prepare=cut)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mende")
    expect(page.locator("figure[data-carte] svg").first).to_be_visible()


def test_unknown_territory(visit: Visit) -> None:
    """A code that no territory has: a page that says so, with a way out."""
    page = visit("/commune/99999", troubled=True)
    expect(page.get_by_role("main")).to_contain_text("99999")
    picture(page, "introuvable-1280")
    page.get_by_role("link", name="Revenir à l’accueil").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("votre commune")


def test_a_territory_of_another_level_is_proposed(visit: Visit) -> None:
    """An EPCI's number asked as a commune's."""
    page = visit("/commune/243500139", troubled=True)
    page.get_by_role("main").get_by_role("link", name="Rennes Métropole").click()
    page.wait_for_url("**/epci/243500139")
