"""The map: what it draws, and what one does on it."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit, colours, heading, level, picture, settled

pytestmark = [pytest.mark.browser, pytest.mark.national]

#: Pixels below which a colour may be an accident of anti-aliasing.
SEEN = 300


def legend_colours(page: Page) -> list[str]:
    """Plain colours of the legend, from the lowest class."""
    rects = page.locator("#legende rect[fill]")
    return [rects.nth(i).get_attribute("fill") or "" for i in range(rects.count())]


def shift_zoom(page: Page, button: str) -> None:
    """Press a zoom button and wait for the map."""
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_selector('#carte[data-map-state="busy"]')
    settled(page)


def test_home_draws_the_regions(visit: Visit) -> None:
    """The first view colours the régions with the colours of the legend."""
    page = settled(visit())
    assert level(page) == "region"
    expect(page.locator("#legende h2")).to_have_text("Taux de couverture, par région")
    seen = colours(page)
    wanted = legend_colours(page)
    assert len(wanted) >= 3
    # A class may hold overseas régions only, out of this view.
    assert sum(seen.get(colour, 0) > SEEN for colour in wanted) >= len(wanted) - 2
    # Lowest class, at least: "the sea everywhere" would pass for a map otherwise.
    assert sum(seen.get(colour, 0) for colour in wanted) > 40_000
    heading(page, "France")
    picture(page, "accueil-1280")


def test_levels_follow_the_zoom(visit: Visit) -> None:
    """From régions to communes as one zooms, and back."""
    page = settled(visit())
    met = [level(page)]
    for _ in range(8):
        shift_zoom(page, "Zoomer")
        if level(page) != met[-1]:
            met.append(level(page))
        if met[-1] == "commune":
            break
    assert met == ["region", "departement", "epci", "commune"]
    seen = colours(page)
    assert sum(seen.get(colour, 0) for colour in legend_colours(page)) > 40_000
    picture(page, "communes-1280")


def test_a_level_can_be_chosen(visit: Visit) -> None:
    """Départements at the scale of the country; communes bring the map closer."""
    page = settled(visit())
    page.get_by_label("Niveau").select_option("departement")
    page.wait_for_selector('#carte[data-map-level="departement"]')
    expect(page.locator("#legende h2")).to_have_text("Taux de couverture, par département")
    page.get_by_label("Niveau").select_option("commune")
    page.wait_for_selector('#carte[data-map-level="commune"]')
    settled(page)
    for _ in range(2):
        shift_zoom(page, "Dézoomer")
    expect(page.locator("#niveau-note")).to_contain_text("Zoomez pour voir les communes")


def test_click_opens_the_territory(visit: Visit, site: str) -> None:
    """A click on the map opens the territory under it; the address follows."""
    page = settled(visit())
    box = page.locator("#carte-toile").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.63, box["y"] + box["height"] * 0.55)
    page.wait_for_url(re.compile(r"/region/\d\d$"))
    code = page.url.rsplit("/", 1)[1]
    heading(page, httpx.get(f"{site}/api/territoires/region/{code}").json()["nom"])
    settled(page)
    assert level(page) != "region"


def test_pointer_names_the_territory(visit: Visit) -> None:
    """Under the pointer: a name and its value."""
    page = settled(visit())
    box = page.locator("#carte-toile").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.63, box["y"] + box["height"] * 0.55)
    label = page.locator(".bulle")
    expect(label).to_be_visible()
    expect(label).to_contain_text("%")


def test_a_service_shows_statuts(visit: Visit) -> None:
    """A service chosen in the list: statuts at the communes, each with its meaning."""
    page = settled(visit("/departement/48"))
    page.get_by_role("button", name=re.compile("La carte montre")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("non documenté").first).to_be_attached()
    dialog.get_by_role("link", name="Site internet de la commune").first.click()
    page.wait_for_url("**/departement/48?service=site-internet-commune")
    expect(dialog).to_be_hidden()
    expect(page.locator("#legende h2")).to_have_text("Statut du service, par commune")
    expect(page.locator("#legende li")).to_have_count(4)
    for word in ("Présent", "Partagé", "Absent", "Non renseigné"):
        expect(page.locator("#legende")).to_contain_text(word)
    expect(page.locator("#indicateur")).to_have_text("Site internet de la commune")
    settled(page)
    seen = colours(page)
    present, _shared, absent = legend_colours(page)
    assert seen.get(present, 0) > SEEN
    assert seen.get(absent, 0) > SEEN
    picture(page, "service-lozere-1280")


def test_overseas_is_one_press_away(visit: Visit) -> None:
    """Each overseas département is drawn small, and opens."""
    page = settled(visit())
    frames = page.get_by_role("navigation", name="Aller en métropole ou outre-mer")
    expect(frames.get_by_role("link")).to_have_count(6)
    for name in ("Guadeloupe", "Martinique", "Guyane", "La Réunion", "Mayotte"):
        expect(frames.get_by_role("link", name=name).locator("path").first).to_be_attached()
    frames.get_by_role("link", name="La Réunion").click()
    page.wait_for_url("**/region/04")
    heading(page, "La Réunion")
    page.wait_for_selector('#carte[data-map-state="busy"]')
    settled(page)
    assert sum(colours(page).get(colour, 0) for colour in legend_colours(page)) > SEEN
    picture(page, "reunion-1280")


def test_dark_scheme(visit: Visit) -> None:
    """The page and the map follow the system's dark scheme, legend colours kept."""
    page = settled(visit("/region/53", color_scheme="dark"))
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(18, 34, 42)"
    assert sum(colours(page).get(colour, 0) for colour in legend_colours(page)) > SEEN
    picture(page, "bretagne-sombre-1280")
