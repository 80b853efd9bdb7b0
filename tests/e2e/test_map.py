"""The interactive map: opened over the drawing, what it draws, and what one does on it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import PHONE, Visit, picture
from tests.e2e.exploring import (
    SEEN,
    card,
    colours,
    drawing_is_shown,
    explore,
    legend,
    legend_colours,
    level,
    listing,
    opener,
    said,
    settled,
)

pytestmark = [pytest.mark.browser, pytest.mark.national]

#: Addresses that only the interactive map asks for.
_OF_THE_MAP = re.compile(r"/tiles/|/api/|maplibre|carte-|open-|exploration")


def test_it_opens_on_request_in_the_box_of_the_drawing(visit: Visit) -> None:
    """Nothing of it is fetched before; nothing moves; the colours are those of the legend."""
    asked: list[str] = []

    def watch(page: Page) -> None:
        page.on("request", lambda request: asked.append(request.url))

    page = visit("/commune/48095", prepare=watch)
    expect(opener(page)).to_have_attribute("aria-expanded", "false")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if _OF_THE_MAP.search(url)]
    opener(page).scroll_into_view_if_needed()
    before = page.locator(".carte-dessin").bounding_box()
    explore(page)
    assert page.locator(".carte-dessin").bounding_box() == before
    assert page.locator(".ex-toile").bounding_box() == before
    expect(page.locator(".carte-dessin > svg").first).to_be_hidden()
    expect(page.get_by_role("region", name="Carte interactive : Mende")).to_be_focused()
    expect(said(page)).to_have_text("Carte interactive ouverte : Mende.")
    assert level(page) == "commune"
    expect(legend(page)).to_contain_text("Taux de couverture, par commune")
    expect(legend(page)).to_contain_text("Fisher-Jenks")
    seen = colours(page)
    assert sum(seen.get(colour, 0) > SEEN for colour in legend_colours(page)) >= 3
    expect(page).to_have_url(re.compile("/commune/48095#carte-interactive"))
    page.get_by_role("button", name="Revenir au dessin").click()
    drawing_is_shown(page)
    expect(opener(page)).to_be_focused()
    expect(page).to_have_url(re.compile("/commune/48095$"))


def test_levels_follow_the_zoom_or_a_choice(visit: Visit) -> None:
    """From régions to communes as one zooms; a level chosen by hand is kept, or waited for."""
    page = explore(visit("/pays/france"))
    met = [level(page)]
    zoom = page.get_by_role("button", name="Zoomer", exact=True)
    for _ in range(8):
        zoom.click()
        settled(page)
        if level(page) != met[-1]:
            met.append(level(page))
        if met[-1] == "commune":
            break
    assert met == ["region", "departement", "epci", "commune"]
    page.get_by_role("button", name="Métropole").click()
    page.wait_for_selector('.ex-carte[data-niveau="region"]')
    page.get_by_label("Découpage").select_option("departement")
    page.wait_for_selector('.ex-carte[data-niveau="departement"]')
    expect(said(page)).to_have_text("Taux de couverture, par département.")
    page.get_by_label("Découpage").select_option("commune")
    page.wait_for_selector('.ex-carte[data-niveau="commune"]')
    page.get_by_role("button", name="Métropole").click()
    expect(page.locator(".ex-note")).to_contain_text("Zoomez pour voir les communes")


def test_a_service_its_statuts_and_its_places(visit: Visit) -> None:
    """Absent is orange; another service is shown without leaving; a lieu leads to its page."""
    page = explore(visit("/departement/48?service=france-services"))
    expect(page.get_by_label("Ce que la carte montre")).to_have_value("service:france-services")
    page.get_by_label("Découpage").select_option("commune")
    page.wait_for_selector('.ex-carte[data-niveau="commune"]')
    settled(page)
    expect(legend(page).get_by_role("listitem")).to_have_count(4)
    for word in ("Présent", "Partagé", "Absent", "Non renseigné"):
        expect(legend(page)).to_contain_text(word)
    assert colours(page).get("#ec8c4a", 0) > SEEN
    picture(page, "carte-service-1280")
    page.get_by_label("Ce que la carte montre").select_option(label="Bibliothèque publique")
    expect(legend(page)).to_contain_text("Bibliothèque publique")
    expect(page).to_have_url(
        re.compile(r"/departement/48\?service=france-services#.*indicateur=service:")
    )


def test_places_are_listed_and_lead_to_their_pages(visit: Visit) -> None:
    """Near enough, the lieux of a service are on the map and in the list."""
    view = "indicateur=service:france-services&vue=11.50/44.5180/3.5010"
    page = settled(visit(f"/commune/48095#carte-interactive&{view}"))
    page.get_by_label("Lister").select_option("places")
    expect(listing(page).get_by_role("option").first).to_be_visible()
    listing(page).focus()
    page.keyboard.press("Enter")
    link = card(page).get_by_role("link", name="Ouvrir la fiche du lieu")
    expect(link).to_be_focused()
    with page.expect_navigation(url=re.compile("/lieu/")) as navigation:
        page.keyboard.press("Enter")
    assert navigation.value is not None
    assert navigation.value.ok


def test_overseas_is_one_press_away(visit: Visit) -> None:
    """Each overseas département is drawn small, and flown to."""
    page = explore(visit("/commune/48095", reduced_motion="no-preference"))
    frames = page.get_by_role("group", name="Aller en métropole ou outre-mer")
    expect(frames.get_by_role("button")).to_have_count(6)
    for name in ("Guadeloupe", "Martinique", "Guyane", "La Réunion", "Mayotte"):
        expect(frames.get_by_role("button", name=name).locator("path").first).to_be_attached()
    frames.get_by_role("button", name="La Réunion").click()
    expect(said(page)).to_have_text("Carte centrée sur : La Réunion.")
    expect(listing(page)).to_contain_text("Saint-Denis")


def test_by_keyboard_alone(visit: Visit) -> None:
    """Open, go from territory to territory, hear name and value, open one, come back, leave."""
    page = visit("/commune/48095")
    opener(page).focus()
    page.keyboard.press("Enter")
    settled(page)
    expect(page.get_by_role("region", name="Carte interactive : Mende")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Revenir au dessin")).to_be_focused()
    page.keyboard.press("Tab")
    canvas = page.get_by_role("application", name="Carte à parcourir au clavier")
    expect(canvas).to_be_focused()

    # On the map itself: from the middle, then its neighbour to the west.
    page.keyboard.press("Shift+ArrowLeft")
    expect(said(page)).to_have_text(re.compile(r"^Mende\s: \d+\s%$"))
    page.keyboard.press("Shift+ArrowLeft")
    expect(said(page)).not_to_have_text(re.compile("^Mende"))
    expect(said(page)).to_have_text(re.compile(r"^.+\s: \d+\s%$"))
    name = (said(page).text_content() or "").split("\u00a0:")[0]
    page.keyboard.press("Enter")
    expect(card(page)).to_contain_text(name)
    expect(card(page).get_by_role("link", name=f"Ouvrir la fiche : {name}")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()
    expect(canvas).to_be_focused()

    # In the list: letters, arrows, Enter; the link keeps the map open on the next page.
    listing(page).focus()
    page.keyboard.type("barj")
    active = listing(page).get_by_role("option", selected=True)
    expect(active).to_have_text(re.compile(r"^\s*Barjac\s*:\s*\d+\s%\s*$"))
    assert listing(page).get_attribute("aria-activedescendant") == active.get_attribute("id")
    page.keyboard.press("ArrowDown")
    expect(active).not_to_contain_text("Barjac")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    link = card(page).get_by_role("link", name="Ouvrir la fiche : Barjac")
    expect(link).to_be_focused()
    href = link.get_attribute("href") or ""
    assert href.endswith("/commune/48018#carte-interactive")
    page.keyboard.press("Escape")
    expect(listing(page)).to_be_focused()

    # No trap: Tab leaves the figure.
    figure = "document.querySelector('figure[data-carte]').contains(document.activeElement)"
    for _ in range(60):
        page.keyboard.press("Tab")
        if not page.evaluate(figure):
            break
    assert not page.evaluate(figure)
    page.goto(href)
    settled(page)
    expect(page.get_by_role("region", name="Carte interactive : Barjac")).to_be_visible()


def test_a_view_is_shared_by_its_address(visit: Visit) -> None:
    """Indicator, level, camera and the card that was open, on another person's screen."""
    page = explore(visit("/commune/48095"))
    page.get_by_label("Ce que la carte montre").select_option("service:france-services")
    expect(legend(page)).to_contain_text("Statut du service, par commune")
    settled(page)
    box = page.locator(".ex-toile").bounding_box()
    assert box is not None
    page.locator(".ex-toile canvas").click(position={"x": box["width"] / 4, "y": box["height"] / 2})
    expect(card(page)).to_be_visible()
    name = card(page).locator("bdi").text_content() or ""
    expect(said(page)).to_contain_text(name)
    expect(page).to_have_url(re.compile("choix=commune/"))
    address = page.url
    other = settled(visit(address))
    expect(card(other).locator("bdi")).to_have_text(name)
    expect(other.get_by_label("Ce que la carte montre")).to_have_value("service:france-services")


def test_a_finger_on_a_phone(visit: Visit) -> None:
    """A touch opens a card that fits; what is touched is large enough; nothing overflows."""
    page = explore(visit("/commune/48095", PHONE, has_touch=True, is_mobile=True))
    page.locator(".ex-toile canvas").tap()
    expect(card(page)).to_be_visible()
    link = card(page).get_by_role("link")
    box, within = link.bounding_box(), page.locator(".ex-toile").bounding_box()
    assert box is not None
    assert within is not None
    assert box["height"] >= 24
    assert within["x"] <= box["x"]
    assert box["x"] + box["width"] <= within["x"] + within["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    small = page.evaluate(
        "[...document.querySelectorAll('figure[data-carte] :is(button, select, [role=option])')]"
        ".map((e) => [e.textContent, e.getBoundingClientRect()])"
        ".filter(([, r]) => r.width > 0 && Math.min(r.width, r.height) < 24).map(([t]) => t)"
    )
    assert small == []
    picture(page, "carte-390")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Visit, scheme: Any) -> None:
    """Open, with a card and a territory reached, in both schemes."""
    page = explore(visit("/commune/48095", color_scheme=scheme))
    seen = colours(page)
    assert sum(seen.get(colour, 0) > SEEN for colour in legend_colours(page)) >= 3
    listing(page).focus()
    page.keyboard.press("Enter")
    expect(card(page)).to_be_visible()
    assert violations(page, "figure[data-carte]") == []
    picture(page, f"carte-{scheme}-1280")


def test_labels_of_a_year(visit: Visit) -> None:
    """The arobases of a year, on the map and in the list; nothing is offered without any."""

    def answer(route: Route, request: Request) -> None:
        if "geojson" not in request.url:
            years = [{"annee": 2025, "territoires": 1}]
            route.fulfill(json={"annees": years, "total": 1, "labels": []})
            return
        properties = {
            "niveau": "commune",
            "code": "48095",
            "nom": "Mende",
            "annee": 2025,
            "arobases": 4,
            "arobase_verte": True,
        }
        point = {"type": "Point", "coordinates": [3.4990, 44.5180]}
        feature = {"type": "Feature", "geometry": point, "properties": properties}
        route.fulfill(json={"type": "FeatureCollection", "features": [feature]})

    page = explore(
        visit("/commune/48095", prepare=lambda page: page.route("**/api/labels?*", answer))
    )
    green = "#7fc97f"
    assert green not in colours(page)
    page.get_by_label("Label, année").select_option("2025")
    expect(listing(page)).to_contain_text("4 arobases et l’arobase verte en 2025")
    settled(page)
    assert colours(page).get(green, 0) > 50
    expect(page).to_have_url(re.compile("label=2025"))
    unknown = explore(visit("/commune/48095"))
    expect(unknown.get_by_label("Label, année")).to_have_count(0)
