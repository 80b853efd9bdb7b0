"""Labels: on a territory's page, and on the map year by year; no list of them is shipped."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Visit, colours, heading, picture, settled

pytestmark = [pytest.mark.browser, pytest.mark.national]

#: The ground of a green arobase on the map (see style.ts).
GREEN = "#7fc97f"
LABEL = {"annee": 2025, "arobases": 4, "arobase_verte": True, "mentions": ["Inclusion"]}


def _labelled(page: Page) -> None:
    """Give Mende a label, made up for the test."""

    def describe(route: Route) -> None:
        body: dict[str, Any] = route.fetch().json()
        route.fulfill(json=body | {"labels": [LABEL | {"source": "essai"}]})

    def list_labels(route: Route) -> None:
        if "geojson" not in route.request.url:
            years = [{"annee": 2025, "territoires": 1}, {"annee": 2024, "territoires": 0}]
            route.fulfill(json={"annees": years, "total": 1, "labels": []})
            return
        point = {"type": "Point", "coordinates": [3.4990, 44.5180]}
        feature = {"type": "Feature", "geometry": point, "properties": {"nom": "Mende", **LABEL}}
        route.fulfill(json={"type": "FeatureCollection", "features": [feature]})

    page.route("**/api/territoires/commune/48095", describe)
    page.route("**/api/labels?*", list_labels)


def test_a_label_is_read_and_shown_on_the_map_of_its_year(visit: Visit) -> None:
    page = visit("/commune/48095", prepare=_labelled)
    heading(page, "Mende")
    listed = page.get_by_role("list", name="Label Territoires, Villes et Villages Internet")
    expect(listed).to_contain_text("Label 2025")
    expect(listed).to_contain_text("4\u00a0arobases, arobase verte")
    expect(listed).to_contain_text("mentions\u00a0: Inclusion")
    settled(page)
    assert GREEN not in colours(page)
    with page.expect_response("**/api/labels?annee=2025*"):
        page.get_by_label("Label de l’année").select_option("2025")
    settled(page)
    assert colours(page).get(GREEN, 0) > 50
    picture(page, "label-1280")
    page.get_by_label("Label de l’année").select_option("")
    settled(page)


def test_without_labels_nothing_is_offered(visit: Visit) -> None:
    page = visit("/commune/48095")
    heading(page, "Mende")
    settled(page)
    expect(page.get_by_label("Label de l’année")).to_be_hidden()
    expect(page.locator(".labels")).to_have_count(0)
