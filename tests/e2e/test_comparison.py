"""Two to four territories side by side."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import violations
from tests.e2e.conftest import DESKTOP, PHONE, Visit, picture

pytestmark = [pytest.mark.browser, pytest.mark.national]

FOUR = "/comparer?territoires=commune/48095,commune/12202,commune/15014,commune/35238"
ADDRESSES = [
    FOUR,
    "/comparer",
    "/comparer?territoires=commune/48095&ajouter=saint-denis",
    f"{FOUR},commune/75056",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_rules_of_accessibility(visit: Visit, address: str, scheme: str) -> None:
    """Four, none, one being chosen, one too many."""
    page = visit(address, DESKTOP, color_scheme=scheme)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert violations(page) == []


def test_a_comparison_is_made_without_script(visit: Visit) -> None:
    """Search, choose, search again, choose, take one away."""
    page = visit("/comparer", PHONE, java_script_enabled=False)
    for name in ("Mende", "Rodez"):
        form = page.locator("form[data-ajouter]")
        form.get_by_role("searchbox").fill(name)
        form.get_by_role("button", name="Chercher").click()
        page.locator("ul.choix").get_by_role("link", name=name, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Comparer Mende et Rodez")
    expect(page.get_by_role("table", name="Chiffres clés")).to_be_visible()
    page.get_by_role("link", name="Retirer Rodez").click()
    expect(page).to_have_url(re.compile(r"/comparer\?territoires=commune/48095$"))


def test_a_territory_chosen_in_the_list_is_added(visit: Visit) -> None:
    """By keyboard alone, in the list that opens under the field."""
    page = visit("/comparer?territoires=commune/48095")
    field = page.get_by_role("combobox", name="Nom du territoire, code postal ou code INSEE")
    field.focus()
    page.keyboard.type("rodez")
    page.get_by_role("option", name=re.compile("^Rodez")).first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Comparer Mende et Rodez")


def test_offline_the_search_says_so(visit: Visit) -> None:
    """A message under the field; the form itself is still there."""
    page = visit(
        "/comparer?territoires=commune/48095",
        troubled=True,
        prepare=lambda page: page.route(
            re.compile(r"/api/territoires\?"), lambda route: route.abort("internetdisconnected")
        ),
    )
    form = page.locator("form[data-ajouter]")
    form.get_by_role("combobox").fill("rodez")
    expect(form.locator(".resultats-vide")).to_be_visible()
    expect(form.get_by_role("button", name="Chercher")).to_be_enabled()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_overflows(visit: Visit, width: int) -> None:
    """Columns scroll in their region, names stay in view."""
    page = visit(FOUR, (width, 900))
    page.get_by_role("button", name=re.compile("Copier le tableau")).first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    header = page.get_by_role("table", name="Chiffres clés").locator("tbody th").first
    before = header.bounding_box()
    header.evaluate("(cell) => { cell.closest('.table').scrollLeft = 300; }")
    assert header.bounding_box() == before
    picture(page, f"comparer-{width}", full_page=True)
