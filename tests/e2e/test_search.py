"""The search box, by mouse, by keyboard alone, and without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PHONE, Visit, picture, results

pytestmark = [pytest.mark.browser, pytest.mark.national]


def box(page: Page) -> Locator:
    """The search box of the home page."""
    return page.get_by_role("combobox", name="Le nom de votre commune ou son code postal")


def title(page: Page, name: str) -> None:
    """Wait for the page of a territory."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_a_name_typed_in_a_hurry(visit: Visit) -> None:
    """No capital, no accent, "st" for "saint"."""
    page = visit()
    box(page).press_sequentially("st etienne")
    first = results(page).first
    expect(first).to_contain_text("Saint-Étienne")
    expect(first).to_contain_text("Loire")
    first.click()
    page.wait_for_url("**/commune/42218")
    title(page, "Saint-Étienne")
    assert page.title().startswith("Saint-Étienne")


@pytest.mark.parametrize(
    ("typed", "found"), [("48000", "Mende"), ("35238", "Rennes"), ("243500139", "Rennes Métropole")]
)
def test_codes_are_understood(visit: Visit, typed: str, found: str) -> None:
    """Postcode, INSEE code, SIREN."""
    page = visit()
    box(page).press_sequentially(typed)
    expect(results(page).filter(has_text=found).first).to_be_visible()


def test_keyboard_alone(visit: Visit) -> None:
    """Arrows and Enter."""
    page = visit()
    field = box(page)
    field.focus()
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("mende")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    assert active is not None
    expect(page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    expect(page.locator(f"#{active}")).to_contain_text("Mende")
    picture(page, "recherche-ouverte-1280")
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/commune/48095")
    title(page, "Mende")


def test_enter_without_choosing_lists_what_was_found(visit: Visit) -> None:
    """Enter pressed before any answer: the page of results, which links to the first."""
    page = visit("/", PHONE)
    box(page).fill("quimper")
    box(page).press("Enter")
    page.wait_for_url("**/recherche?q=quimper")
    page.get_by_role("main").get_by_role("link", name="Quimper", exact=True).click()
    page.wait_for_url("**/commune/29232")


def test_every_page_has_the_box(visit: Visit) -> None:
    """From any page to any other."""
    page = visit("/sources")
    page.get_by_role("combobox", name="Chercher une commune").press_sequentially("cayenne")
    results(page).first.click()
    page.wait_for_url("**/commune/97302")


def test_nothing_found_is_said(visit: Visit) -> None:
    """A name that is nowhere: a sentence, on screen and to screen readers."""
    page = visit()
    box(page).press_sequentially("zzzzzz")
    expect(page.locator(".resultats-vide")).to_contain_text("Aucun territoire ne correspond")
    expect(page.locator(".chercher-grand [role=status]")).to_contain_text("Aucun territoire")


def test_without_javascript(visit: Visit) -> None:
    """The form answers by itself."""
    page = visit("/", java_script_enabled=False)
    field = page.get_by_label("Le nom de votre commune ou son code postal")
    field.fill("mende")
    page.get_by_role("button", name="Voir ma commune").click()
    page.get_by_role("main").get_by_role("link", name="Mende", exact=True).click()
    title(page, "Mende")
