"""The same on a phone: everything within the screen's width, the map then the diagnosis."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, Visit, heading, picture, results, settled

pytestmark = [pytest.mark.browser, pytest.mark.national]

ADDRESSES = {
    "accueil": "/",
    "rennes": "/commune/35238",
    "lozere-service": "/departement/48?service=france-services",
    "epci": "/epci/243500139",
}


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the screen."""
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


@pytest.mark.parametrize("name", ADDRESSES)
def test_nothing_overflows(visit: Visit, name: str) -> None:
    """No horizontal scroll at 390 and 320 pixels, panel and dialog open."""
    page = settled(visit(ADDRESSES[name], PHONE))
    page.locator("#diagnostic h2").first.wait_for(state="attached")
    assert overflow(page) == 0
    picture(page, f"{name}-390")
    picture(page, f"{name}-390-entier", full_page=True)
    page.set_viewport_size({"width": 320, "height": 640})
    assert overflow(page) == 0
    page.get_by_role("button", name=re.compile("La carte montre")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert overflow(page) == 0
    picture(page, f"{name}-320-choix")


def test_journey_of_a_councillor(visit: Visit) -> None:
    """Type the commune's name, see its map, read its diagnosis, go up to the EPCI."""
    page = settled(visit("/", PHONE, has_touch=True, is_mobile=True))
    box = page.get_by_role("combobox", name="Chercher un territoire")
    box.tap()
    box.press_sequentially("mende")
    results(page).first.tap()
    page.wait_for_url("**/commune/48095")
    glance = page.locator("#apercu")
    expect(glance).to_contain_text("Mende : taux de couverture")
    expect(page.locator("#carte-toile")).to_be_in_viewport()
    page.wait_for_selector('#carte[data-map-level="commune"]')
    picture(settled(page), "mende-390")
    glance.tap()
    expect(page.locator("#diagnostic h1")).to_be_in_viewport()
    page.get_by_role("link", name=re.compile("Cœur de Lozère")).first.tap()
    heading(page, "Cœur de Lozère")


def test_a_tap_on_the_map(visit: Visit) -> None:
    """A tap opens the territory without taking the map away."""
    page = settled(visit("/", PHONE, has_touch=True, is_mobile=True))
    box = page.locator("#carte-toile").bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.wait_for_url(re.compile(r"/region/\d\d$"))
    expect(page.locator("#apercu")).not_to_contain_text("France :")
    expect(page.locator("#carte-toile")).to_be_in_viewport()
