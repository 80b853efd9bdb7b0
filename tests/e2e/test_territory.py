"""The page of a territory in a browser: on a telephone, by keyboard, without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import DESKTOP, PHONE, Visit, picture

pytestmark = [pytest.mark.browser, pytest.mark.national]

#: Pages that differ: their sections, their lengths, what is not known of them.
TERRITORIES = {
    "commune": "/commune/48095",
    "epci": "/epci/243500139",
    "departement": "/departement/48",
    "groupe": "/groupe/action-coeur-de-ville",
    "sans-contour": "/commune/98818",
    "sans-habitants": "/departement/984",
}


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the screen."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def open_all(page: Page) -> None:
    """Unfold everything that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => part.open = true)")


@pytest.mark.parametrize("name", ["commune", "epci", "departement", "groupe", "sans-habitants"])
def test_nothing_overflows(visit: Visit, name: str) -> None:
    """Nothing to scroll sideways but tables, folded or not, from 320 pixels up."""
    page = visit(TERRITORIES[name], (320, 640))
    expect(page.locator("h1")).to_be_visible()
    picture(page, f"territoire-{name}-320", full_page=True)
    open_all(page)
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow(page) <= 0, width


def test_journey_of_a_councillor(visit: Visit) -> None:
    """Read the rate, what is missing and what to do, then go up to the EPCI."""
    page = visit("/commune/48095", PHONE, has_touch=True, is_mobile=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mende")
    expect(page.get_by_text("services présents ou partagés sur").first).to_be_visible()
    contents = page.get_by_role("navigation", name="Dans cette page")
    contents.get_by_role("link", name="Par quoi commencer").tap()
    expect(page.get_by_role("heading", name="Par quoi commencer")).to_be_in_viewport()
    contents.get_by_role("link", name="Comparaison").tap()
    page.get_by_text("territoires comparables, en tableau").tap()
    comparables = page.get_by_role("region", name=re.compile("Territoires les plus proches"))
    expect(comparables.get_by_role("row")).to_have_count(21)
    page.get_by_role("link", name="Cœur de Lozère").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cœur de Lozère")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mende")


def test_contents_stay_at_hand_on_a_large_screen(visit: Visit) -> None:
    """The bar of links stays, and covers no heading it leads to."""
    page = visit("/epci/243500139", DESKTOP)
    contents = page.get_by_role("navigation", name="Dans cette page")
    contents.get_by_role("link", name="Services", exact=True).click()
    heading = page.get_by_role("heading", name="services, thème par thème")
    expect(heading).to_be_in_viewport()
    expect(contents).to_be_in_viewport()
    page.wait_for_function(
        """() => {
          const bar = document.querySelector(".sommaire").getBoundingClientRect();
          const title = document.querySelector("#services-titre").getBoundingClientRect();
          return bar.top === 0 && title.top >= bar.bottom;
        }"""
    )


def test_by_keyboard(visit: Visit) -> None:
    """Skip to the content, choose a service, open a folded table, scroll it: no mouse."""
    page = visit("/commune/48095", DESKTOP)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    summary = page.locator("#comparaison summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#comparaison .table")).to_be_focused()
    chooser = page.get_by_label("Montrer sur la carte")
    chooser.focus()
    chooser.select_option(label="Bibliothèque publique")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/commune/48095?service=bibliotheque-publique")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bibliothèque publique")


def test_without_javascript(visit: Visit) -> None:
    """The same page, whole; what only a script can do is not shown."""
    page = visit("/departement/48", DESKTOP, java_script_enabled=False)
    for heading in ("En clair", "La carte", "Ce qui manque", "Par quoi commencer", "Comparaison"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.locator("figure[data-carte] svg").first).to_be_visible()
    expect(page.get_by_role("button", name="Partager")).to_be_hidden()
    page.get_by_text("intercommunalités", exact=False).locator("visible=true").first.click()
    page.get_by_label("Montrer sur la carte").select_option(label="Espace France services")
    page.get_by_role("button", name="Voir", exact=True).click()
    page.wait_for_url("**/departement/48?service=france-services")


def test_the_address_is_copied(visit: Visit, site: str) -> None:
    """On a computer « Partager » copies the address, and says so."""
    page = visit("/commune/48095", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Partager").click()
    expect(page.get_by_role("button", name="Adresse copiée")).to_be_visible()
    expect(page.locator("#annonce")).to_have_text("Adresse copiée")
    assert page.evaluate("navigator.clipboard.readText()") == f"{site}/commune/48095"


def test_the_sheet_of_a_telephone_is_asked(visit: Visit, site: str) -> None:
    """On a telephone « Partager » opens its own sheet."""

    def prepare(page: Page) -> None:
        page.add_init_script(
            "navigator.share = (told) => { window.shared = told; return Promise.resolve(); };"
        )

    page = visit("/commune/48095", PHONE, prepare=prepare, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="Partager").tap()
    told = page.wait_for_function("window.shared").json_value()
    assert told == {"title": "Mende", "url": f"{site}/commune/48095"}


def test_every_download_answers(visit: Visit) -> None:
    """Each file the page offers is there."""
    page = visit("/epci/200069151")
    found = page.locator("main a[download]").evaluate_all("links => links.map((a) => a.href)")
    assert len(found) > 10
    for address in found:
        assert page.request.get(address).status == 200, address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["commune", "epci", "sans-contour"])
def test_axe_finds_nothing(visit: Visit, name: str, scheme: str) -> None:
    """Everything unfolded, light and dark."""
    page = visit(TERRITORIES[name], DESKTOP, color_scheme=scheme)
    expect(page.locator("h1")).to_be_visible()
    picture(page, f"territoire-{name}-{scheme}", full_page=True)
    open_all(page)
    assert violations(page) == []


def test_axe_finds_nothing_on_a_telephone(visit: Visit) -> None:
    page = visit("/departement/48", PHONE)
    expect(page.locator("h1")).to_be_visible()
    picture(page, "territoire-departement-390", full_page=True)
    assert violations(page) == []
