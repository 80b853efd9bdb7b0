"""Lieux and actions: a list, then one of them, and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import violations
from tests.e2e.conftest import DESKTOP, PHONE, Visit, picture

pytestmark = [pytest.mark.browser, pytest.mark.national]

ADDRESSES = [
    "/commune/48095/lieux",
    "/commune/35238/actions",
    "/lieu/france-services:2983",
    "/action/mairies:site-35238",
    "/lieu/nulle-part",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_rules_of_accessibility(visit: Visit, address: str, scheme: str) -> None:
    """Lists, one of each, and one that is not there."""
    page = visit(address, PHONE, troubled=True, color_scheme=scheme)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_from_a_list_to_a_place_without_script(visit: Visit) -> None:
    """Choose a service, open a lieu, come to its commune."""
    page = visit("/commune/48095/lieux", DESKTOP, java_script_enabled=False)
    choice = page.get_by_label("Service", exact=True)
    label = choice.locator("option[value=france-services]").inner_text()
    choice.select_option("france-services")
    page.get_by_role("button", name="Afficher").click()
    cards = page.locator("li.carton")
    count = re.search(r"\((\d+)\)", label)
    assert count is not None
    expect(cards).to_have_count(int(count.group(1)))
    name = cards.first.get_by_role("heading").inner_text()
    cards.first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    expect(page.locator(".si-point")).to_have_count(1)
    picture(page, "lieu-1280", full_page=True)
    page.get_by_role("navigation", name="Vous êtes ici").get_by_role("link", name="Mende").click()
    expect(page).to_have_url(re.compile(r"/commune/48095$"))


def test_the_site_of_an_action_is_another_site(visit: Visit) -> None:
    """Its link says so to browsers and search engines."""
    page = visit("/action/mairies:site-35238")
    link = page.get_by_role("link", name=re.compile("En savoir plus sur"))
    expect(link).to_have_attribute("rel", re.compile("noopener.*nofollow"))
    expect(link).to_have_attribute("href", re.compile("^https?://"))
