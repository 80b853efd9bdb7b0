"""The interactive map when something is missing: tiles, answers, the network, WebGL, a screen."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import FLAGS
from tests.e2e.conftest import PATIENCE, Visit
from tests.e2e.exploring import (
    drawing_is_shown,
    explore,
    legend,
    listing,
    opener,
    settled,
)

pytestmark = [pytest.mark.browser, pytest.mark.national]

MENDE = "/commune/48095"


def test_tiles_that_do_not_come(visit: Visit) -> None:
    """The drawing stays, the map says so, and tries again when asked."""
    page = visit(MENDE, troubled=True)
    page.route("**/tiles/territoires/**", lambda route: route.abort())
    opener(page).click()
    alert = page.locator("figure[data-carte]").get_by_role("alert")
    expect(alert).to_contain_text("n’a pas pu charger toutes ses données")
    drawing_is_shown(page)
    page.unroute("**/tiles/territoires/**")
    alert.get_by_role("button", name="Réessayer").click()
    settled(page)
    expect(alert).to_have_count(0)
    expect(listing(page)).to_contain_text("Mende")


def test_an_api_that_is_down(visit: Visit) -> None:
    """Its own sentence is shown; the drawing and its table stay."""
    down = {"status": 503, "detail": "L’atlas est en cours de maintenance."}
    page = visit(MENDE, troubled=True)
    page.route(
        "**/api/indicateurs/**",
        lambda route: route.fulfill(status=503, json=down, content_type="application/problem+json"),
    )
    opener(page).click()
    alert = page.locator("figure[data-carte]").get_by_role("alert")
    expect(alert).to_contain_text("L’atlas est en cours de maintenance.")
    drawing_is_shown(page)
    expect(page.locator("figure[data-carte] details")).to_be_visible()
    page.unroute("**/api/indicateurs/**")
    alert.get_by_role("button", name="Réessayer").click()
    settled(page)
    expect(legend(page)).to_contain_text("Taux de couverture, par commune")


def test_without_network(visit: Visit) -> None:
    """Before it opened: said beside the button. After: said on the map, which comes back alone."""
    page = visit(MENDE, troubled=True)
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    opener(page).click()
    expect(page.get_by_role("alert")).to_contain_text("Vous êtes hors connexion")
    drawing_is_shown(page)
    page.context.set_offline(False)
    page.get_by_role("button", name="Réessayer d’ouvrir la carte").click()
    settled(page)
    page.context.set_offline(True)
    page.get_by_label("Ce que la carte montre").select_option("service:france-services")
    alert = page.locator(".ex-carte").get_by_role("alert")
    expect(alert).to_contain_text("Vous êtes hors connexion")
    page.context.set_offline(False)
    expect(legend(page)).to_contain_text("Statut du service")
    settled(page)
    expect(alert).to_have_count(0)


def test_a_stylesheet_that_does_not_come_is_asked_again(visit: Visit) -> None:
    """A failure of the code itself is said beside the button, and tried again."""
    page = visit(MENDE, troubled=True)
    page.route("**/assets/exploration*.css", lambda route: route.abort())
    opener(page).click()
    expect(page.get_by_role("alert")).to_contain_text("n’a pas pu charger")
    drawing_is_shown(page)
    page.unroute("**/assets/exploration*.css")
    page.get_by_role("button", name="Réessayer d’ouvrir la carte").click()
    settled(page)


def test_a_territory_without_data(visit: Visit) -> None:
    """What the answer says nothing of is named so, and is no absence."""

    def prepare(page: Page) -> None:
        page.route(
            "**/api/indicateurs/commune*",
            lambda route: route.fulfill(
                json={
                    "niveau": "commune",
                    "indicateur": "taux",
                    "codes": ["48095", "48018"],
                    "valeurs": [0.39, None],
                    "publication": "essai",
                }
            ),
        )

    page = explore(visit(MENDE, prepare=prepare))
    expect(listing(page).get_by_role("option", name="Mende")).to_contain_text("39 %")
    expect(listing(page).get_by_role("option", name="Barjac")).to_contain_text("non documenté")
    expect(listing(page).get_by_role("option", name="Brenoux")).to_contain_text("aucune donnée")


def test_print_and_still(visit: Visit) -> None:
    """Printed, the figure is its drawing; who wants no motion gets none."""
    page = explore(visit(MENDE))
    page.get_by_role("button", name="Zoomer", exact=True).click()
    settled(page)
    page.emulate_media(media="print")
    expect(page.locator(".ex-carte")).to_be_hidden()
    expect(page.locator(".ex-panneau")).to_be_hidden()
    drawing_is_shown(page)


def test_without_webgl(browser: Browser, site: str) -> None:
    """The device cannot: it is said, the drawing and its table stay, nothing heavy is fetched."""
    flags = [flag for flag in FLAGS if "gl" not in flag.split("=")[0] and "swift" not in flag]
    fetched: list[str] = []
    without = browser.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=[*flags, "--disable-gpu", "--disable-3d-apis"],
    )
    page = without.new_page(base_url=site)
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(MENDE)
    opener(page).click()
    expect(page.get_by_role("alert")).to_contain_text("WebGL manque")
    drawing_is_shown(page)
    without.close()
    assert not [url for url in fetched if "maplibre" in url]
