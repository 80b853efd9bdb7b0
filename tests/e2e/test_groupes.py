"""Territories that are no level of the map: groupes, EPT, collectivités without polygon."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit, heading, picture, results, settled
from tests.support import SHARED_DATA

pytestmark = [pytest.mark.browser, pytest.mark.national]


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="les fichiers des programmes sont absents")
def test_a_commune_leads_to_its_groupes(visit: Visit) -> None:
    """Agen names Action cœur de ville, which is diagnosed as one territory."""
    page = visit("/commune/47001")
    heading(page, "Agen")
    page.locator(".entete").get_by_role("link", name="Action cœur de ville").click()
    page.wait_for_url("**/groupe/action-coeur-de-ville")
    heading(page, "Action cœur de ville")
    expect(page.locator(".entete")).to_contain_text("Programme · ")
    expect(page.locator(".entete")).to_contain_text("(2023)")
    expect(page.locator(".chapeau").first).to_contain_text("Dans le groupe Action cœur de ville")
    settled(page)
    picture(page, "groupe-1280")


def test_a_collectivite_without_polygon_has_its_page(visit: Visit) -> None:
    """Found by search, with its figures and no map."""
    page = visit()
    page.get_by_role("combobox", name="Chercher un territoire").press_sequentially("noumea")
    results(page).first.click()
    page.wait_for_url("**/commune/98818")
    heading(page, "Nouméa")
    header = page.locator(".entete")
    expect(header).to_contain_text("Pas encore de carte")
    expect(header).to_contain_text("(2025)")
    # Nobody has said anything of any service there: that is no rate of 0 %.
    expect(page.locator(".phare-taux")).to_have_text("–")
    settled(page)
    picture(page, "sans-carte-1280")
    header.get_by_role("link", name="Nouvelle-Calédonie").click()
    heading(page, "Nouvelle-Calédonie")
    expect(header).to_contain_text("Collectivité d’outre-mer · ")


def test_a_population_nobody_counted_is_unknown(visit: Visit) -> None:
    """The Kerguelen have no inhabitants known, which is not none."""
    page = visit("/commune/98412")
    heading(page, "Kerguelen")
    expect(page.locator(".entete")).to_contain_text("population inconnue")


def test_an_ept_has_its_page(visit: Visit) -> None:
    """Plaine Commune is a territory as another."""
    page = visit("/ept/200057867")
    heading(page, "Plaine Commune")
    expect(page.locator(".entete")).to_contain_text("Établissement public territorial")
    settled(page)
