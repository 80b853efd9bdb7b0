"""The interactive map of a page, as tests open and read it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import colours_of

#: Pixels below which a colour may be an accident of anti-aliasing.
SEEN = 300


def opener(page: Page) -> Locator:
    """Give the button over the drawing."""
    return page.get_by_role("button", name="Explorer la carte")


def explore(page: Page) -> Page:
    """Open the map and wait until it has drawn itself."""
    opener(page).click()
    return settled(page)


def settled(page: Page) -> Page:
    """Wait until the map has drawn all it was asked to."""
    page.wait_for_selector('.ex-carte[data-etat="idle"]')
    return page


def level(page: Page) -> str | None:
    """Level of territory the map draws."""
    return page.get_attribute(".ex-carte", "data-niveau")


def legend(page: Page) -> Locator:
    """Give the legend of the map."""
    return page.get_by_role("group", name="Légende")


def listing(page: Page) -> Locator:
    """Give the list of what is in view."""
    return page.get_by_role("listbox", name=re.compile("À l’écran"))


def card(page: Page) -> Locator:
    """Give the card of what was chosen."""
    return page.get_by_role("region", name="Territoire choisi")


def said(page: Page) -> Locator:
    """Give the live region of the map."""
    return page.locator('.ex-carte > [aria-live="polite"]')


def legend_colours(page: Page) -> list[str]:
    """Colours of the legend, from the lowest class."""
    rects = legend(page).locator("li rect[fill^='#']")
    return [rects.nth(i).get_attribute("fill") or "" for i in range(rects.count())]


def colours(page: Page) -> dict[str, int]:
    """Pixels of each colour on the map, as a person sees it."""
    return colours_of(page.locator(".ex-toile"))


def drawing_is_shown(page: Page) -> None:
    """Wait until the drawing of the server is what one sees."""
    expect(page.locator(".carte-dessin > svg").first).to_be_visible()
