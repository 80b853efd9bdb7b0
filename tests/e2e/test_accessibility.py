"""The pages that all share, against the rules of axe-core, light and dark, wide and narrow."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import violations
from tests.e2e.conftest import DESKTOP, PHONE, Visit, picture, results

pytestmark = [pytest.mark.browser, pytest.mark.national]

ADDRESSES = {
    "accueil": "/",
    "recherche": "/recherche?q=saint",
    "recherche-vide": "/recherche?q=zzzzzz",
    "sources": "/sources",
    "accessibilite": "/accessibilite",
    "introuvable": "/commune/99999",
}


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
@pytest.mark.parametrize("name", ADDRESSES)
def test_pages(visit: Visit, name: str, size: tuple[int, int], scheme: str) -> None:
    """Each page as it comes."""
    page = visit(ADDRESSES[name], size, color_scheme=scheme, troubled=name == "introuvable")
    assert violations(page) == []
    picture(page, f"{name}-{size[0]}-{scheme}", full_page=True)


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "dark"), (PHONE, "light")])
def test_found_territories(visit: Visit, size: tuple[int, int], scheme: str) -> None:
    """The list of found territories, open."""
    page = visit("/", size, color_scheme=scheme)
    page.locator("#recherche-accueil").press_sequentially("mende")
    expect(results(page).first).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("name", ["accueil", "sources", "recherche"])
@pytest.mark.parametrize("width", [320, 768, 1920])
def test_nothing_overflows(visit: Visit, name: str, width: int) -> None:
    """From 320 pixels, which is a page of 1280 at 400 % (WCAG 2.2, 1.4.10)."""
    page = visit(ADDRESSES[name], (width, 800))
    over = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert over <= 0
