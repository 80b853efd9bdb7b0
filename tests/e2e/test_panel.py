"""The diagnosis: words and tables agree with the API, and the address opens them."""

from __future__ import annotations

import re
from itertools import pairwise

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Visit, heading, picture, settled

pytestmark = [pytest.mark.browser, pytest.mark.national]

LOZERE = "/departement/48?service=site-internet-commune"


def digits(text: str) -> int:
    """Read the first number of a French text."""
    found = re.search(r"\d[\d\u202f\u00a0]*", text)
    assert found is not None, text
    return int(re.sub(r"\D", "", found.group()))


def test_direct_address_of_a_commune(visit: Visit, site: str) -> None:
    """Words, statuts and rate of a commune opened by its address, as the API gives them."""
    page = visit("/commune/35238")
    heading(page, "Rennes")
    answer = httpx.get(f"{site}/api/territoires/commune/35238/couverture").json()
    rate = page.locator(".phare-taux").inner_text()
    assert digits(rate) == round(answer["taux"] * 100)
    table = page.get_by_role("table", name="Services documentés")
    documented = [service for service in answer["services"] if service["documente"]]
    assert table.locator("tbody tr").count() == len(documented)
    words = {
        "present": "Présent",
        "partage": "Partagé",
        "absent": "Absent",
        "non_renseigne": "Non renseigné",
    }
    for service in documented:
        row = table.get_by_role("row").filter(has_text=service["libelle"])
        expect(row).to_contain_text(words[service["statut"]])
    summary = page.locator(".chapeau").first
    expect(summary).to_contain_text("À Rennes")
    expect(summary).to_contain_text(f"sur {answer['documentes']}")
    for parent in ("France", "Bretagne", "Ille-et-Vilaine", "Rennes Métropole"):
        expect(page.get_by_role("link", name=parent, exact=True)).to_be_visible()
    settled(page)
    picture(page, "rennes-1280")


def test_gaps_of_a_service(visit: Visit, site: str) -> None:
    """The list of communes without a service: the total, then page after page of it."""
    page = visit(LOZERE)
    gaps = page.get_by_role("region", name="Où cela manque")
    answer = httpx.get(
        f"{site}/api/territoires/departement/48/lacunes",
        params={"service": "site-internet-commune"},
    ).json()
    expect(gaps.locator("strong").first).to_contain_text(f"{answer['total']}")
    rows = gaps.locator("tbody tr")
    expect(rows).to_have_count(min(15, answer["total"]))
    while gaps.get_by_role("button", name="Voir plus de communes").count():
        before = rows.count()
        gaps.get_by_role("button", name="Voir plus de communes").click()
        expect(rows).not_to_have_count(before)
    expect(rows).to_have_count(answer["total"])
    populations = [digits(text) for text in gaps.locator("tbody td").all_inner_texts()]
    assert populations == sorted(populations, reverse=True)
    assert sum(populations) == answer["population"]


def test_downloads_answer(visit: Visit) -> None:
    """Each download link of the panel gives a file."""
    page = visit(LOZERE)
    page.get_by_role("link", name="Liste en CSV").wait_for()
    links = page.locator("#diagnostic a[download]")
    assert links.count() == 4
    for i in range(links.count()):
        href = links.nth(i).get_attribute("href")
        assert href is not None
        answer = page.request.get(href)
        assert answer.ok, f"{href} : {answer.status}"
        assert len(answer.body()) > 100


def test_back_and_forward(visit: Visit) -> None:
    """The browser's buttons go back over the territories that were opened."""
    page = visit("/commune/48095")
    heading(page, "Mende")
    page.get_by_role("link", name="Lozère", exact=True).click()
    page.wait_for_url("**/departement/48")
    heading(page, "Lozère")
    page.get_by_role("link", name="Occitanie", exact=True).click()
    heading(page, "Occitanie")
    page.go_back()
    page.wait_for_url("**/departement/48")
    heading(page, "Lozère")
    page.go_back()
    heading(page, "Mende")
    page.go_forward()
    heading(page, "Lozère")


def test_indicator_stays_from_place_to_place(visit: Visit) -> None:
    """Going up to the région keeps the service; "Tout revoir" leaves it."""
    page = visit(LOZERE)
    heading(page, "Lozère")
    page.get_by_role("link", name="Occitanie", exact=True).click()
    page.wait_for_url("**/region/76?service=site-internet-commune")
    heading(page, "Occitanie")
    page.get_by_role("link", name="Tout revoir").click()
    page.wait_for_url(re.compile(r"/region/76$"))


def test_the_country_has_its_table(visit: Visit, site: str) -> None:
    """The map of régions, as a table of 18 rows with the same values."""
    page = visit()
    table = page.get_by_role("table", name=re.compile("Régions, de la mieux"))
    expect(table.locator("tbody tr")).to_have_count(18)
    values = httpx.get(f"{site}/api/indicateurs/region").json()
    rates = dict(zip(values["codes"], values["valeurs"], strict=True))
    row = table.get_by_role("row").filter(has_text="La Réunion")
    assert digits(row.locator("td").first.inner_text()) == round(rates["04"] * 100)


def test_starter_list_is_announced(visit: Visit) -> None:
    """The provisional référentiel is named on screen, and explained with the sources."""
    page = visit()
    expect(page.locator("#avis-depart")).to_be_visible()
    expect(page.get_by_role("region", name="Sources et dates")).to_contain_text(
        "Référentiel de départ"
    )
    expect(page.get_by_role("region", name="Sources et dates")).to_contain_text("données du")


def test_arrondissement_leads_to_its_commune(visit: Visit) -> None:
    """A part of Paris is outlined, and says where its services are counted."""
    page = visit("/arrondissement/75115")
    heading(page, "Paris 15e Arrondissement")
    expect(page.locator(".chapeau")).to_contain_text("la commune entière")
    settled(page)
    page.locator(".chapeau").get_by_role("link", name="Paris").click()
    page.wait_for_url("**/commune/75056")
    heading(page, "Paris")


def test_headings_make_a_plan(visit: Visit) -> None:
    """One h1, no level skipped inside the diagnosis."""
    page = visit("/commune/35238")
    heading(page, "Rennes")
    assert page.locator("h1").count() == 1
    levels = page.locator("#diagnostic :is(h1, h2, h3, h4)").evaluate_all(
        "all => all.map((h) => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def titles_are_text(page: Page, title: str) -> None:
    """A title from a file is shown as it is, and made nothing."""
    expect(page.get_by_text(title)).to_be_visible()
    assert page.evaluate("window.piege") is None


def test_text_from_files_is_only_text(visit: Visit) -> None:
    """An action titled with a script, a link that is one: shown as text, or not at all."""
    title = "<img src=x onerror='window.piege=1'><script>window.piege=1</script>"

    def trap(page: Page) -> None:
        def answer(route: Route) -> None:
            route.fulfill(
                json={
                    "total": 1,
                    "actions": [
                        {
                            "id": "x",
                            "titre": title,
                            "description": None,
                            "url": "javascript:window.piege=1",
                            "porteur": {"niveau": "commune", "code": "35238", "nom": "Rennes"},
                            "services": [],
                            "type": "projet",
                            "source": "x",
                        }
                    ],
                }
            )

        page.route("**/actions?*", answer)

    page = visit("/commune/35238", prepare=trap)
    titles_are_text(page, title)
    assert page.locator("#diagnostic").get_by_role("link", name="En savoir plus").count() == 0
