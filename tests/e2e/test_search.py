"""The search box, by mouse and by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit, heading, picture, results, settled

pytestmark = [pytest.mark.browser, pytest.mark.national]


def ask(page: Page, text: str) -> None:
    """Type in the search box and wait for what it finds."""
    page.get_by_role("combobox", name="Chercher un territoire").press_sequentially(text)


def test_a_name_typed_in_a_hurry(visit: Visit) -> None:
    """No capital, no accent, "st" for "saint"."""
    page = visit()
    ask(page, "st etienne")
    first = results(page).first
    expect(first).to_contain_text("Saint-Étienne")
    expect(first).to_contain_text("Loire")
    first.click()
    page.wait_for_url("**/commune/42218")
    heading(page, "Saint-Étienne")
    assert page.title().startswith("Saint-Étienne")
    settled(page)


@pytest.mark.parametrize(
    ("typed", "found"), [("48000", "Mende"), ("35238", "Rennes"), ("243500139", "Rennes Métropole")]
)
def test_codes_are_understood(visit: Visit, typed: str, found: str) -> None:
    """Postcode, INSEE code, SIREN."""
    page = visit()
    ask(page, typed)
    expect(results(page).filter(has_text=found).first).to_be_visible()


def test_keyboard_alone(visit: Visit) -> None:
    """Arrows, Enter, and the focus on the title of what opened."""
    page = visit()
    box = page.get_by_role("combobox", name="Chercher un territoire")
    box.focus()
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("mende")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert active is not None
    expect(page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    expect(page.locator(f"#{active}")).to_contain_text("Mende")
    picture(page, "recherche-1280")
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/commune/48095")
    heading(page, "Mende")
    expect(page.locator("#diagnostic h1")).to_be_focused()


def test_enter_without_waiting(visit: Visit) -> None:
    """Enter pressed before any answer opens the first one."""
    page = visit()
    box = page.get_by_role("combobox", name="Chercher un territoire")
    box.fill("quimper")
    box.press("Enter")
    page.wait_for_url("**/commune/29232")


def test_nothing_found_is_said(visit: Visit) -> None:
    """A name that is nowhere: a sentence, on screen and to screen readers."""
    page = visit()
    ask(page, "zzzzzz")
    expect(page.locator(".resultats-vide")).to_contain_text("Aucun territoire ne correspond")
    expect(page.locator("#chercher [role=status]")).to_contain_text("Aucun territoire")
