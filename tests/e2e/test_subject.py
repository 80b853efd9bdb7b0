"""One service looked at: what is there, where it is missing, where to open one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import DESKTOP, PHONE, Visit, picture

pytestmark = [pytest.mark.browser, pytest.mark.national]

LOZERE = "/departement/48?service=france-services"
ADDRESSES = [
    f"{LOZERE}&implanter=2",
    "/commune/35238?enjeu=mediation",
    f"{LOZERE}&population_min=beaucoup",
]


def first_column(page: Page, caption: str) -> list[str]:
    """Names of the rows of a table, in the order they are shown."""
    table = page.get_by_role("table", name=re.compile(caption))
    return table.locator("tbody th").all_inner_texts()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_rules_of_accessibility(visit: Visit, address: str, scheme: str) -> None:
    """With a search made, of an enjeu, with a field refused."""
    page = visit(address, DESKTOP, troubled=True, color_scheme=scheme)
    page.get_by_role("button", name=re.compile("Copier le tableau")).first.wait_for()
    assert violations(page) == []


def test_gaps_without_script(visit: Visit) -> None:
    """A visitor without JavaScript filters, turns the page and asks where to open."""
    page = visit(LOZERE, PHONE, java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_contain_text("France services")
    page.get_by_label("Habitants, au moins").fill("500")
    page.get_by_role("button", name="Filtrer").click()
    kept = first_column(page, "communes")
    page.get_by_role("link", name="Effacer les filtres").click()
    page.get_by_role("link", name="Communes suivantes").click()
    assert not set(kept[:3]) & set(first_column(page, "Une page de la liste"))
    page.get_by_role("link", name="Début de la liste").click()
    assert first_column(page, "Une page de la liste")[:3] == kept[:3]

    page.get_by_label("Lieux à ouvrir").select_option("2")
    page.get_by_role("button", name="Chercher où ouvrir").click()
    expect(page.get_by_role("table", name=re.compile("Communes où ouvrir"))).to_be_visible()
    assert len(first_column(page, "Communes où ouvrir")) == 2


def test_an_error_is_told_at_its_field(visit: Visit) -> None:
    """The field is marked, described, and what was typed is still there."""
    page = visit(LOZERE, troubled=True)
    field = page.get_by_label("À plus de (km)")
    field.fill("loin")
    field.press("Enter")
    refused = page.get_by_label("À plus de (km)")
    expect(refused).to_have_value("loin")
    expect(refused).to_have_attribute("aria-invalid", "true")
    expect(refused).to_have_accessible_description(re.compile("un nombre est attendu"))


def test_a_table_is_sorted_by_the_keyboard(visit: Visit) -> None:
    """Names in French order, figures from the largest, announced."""
    page = visit(LOZERE)
    table = page.get_by_role("table", name=re.compile("Une page de la liste"))
    by_name = table.get_by_role("button", name="Commune", exact=True)
    by_name.focus()
    page.keyboard.press("Enter")
    expect(table.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("#annonce")).to_have_text("Tableau trié par Commune, ordre croissant.")
    names = first_column(page, "Une page de la liste")
    assert names == page.evaluate("(n) => [...n].sort(new Intl.Collator('fr').compare)", names)
    expect(by_name).to_be_focused()

    table.get_by_role("button", name="Distance", exact=True).click()
    cells = table.locator("tbody td[data-valeur]:nth-child(3)")
    distances = [
        float(text) for text in cells.evaluate_all("(all) => all.map((c) => c.dataset.valeur)")
    ]
    assert distances == sorted(distances, reverse=True)


def test_a_table_is_copied(visit: Visit) -> None:
    """To the clipboard, as text with tabs; and said when the browser refuses."""
    page = visit(LOZERE, permissions=["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name=re.compile("Copier le tableau : Communes et habit"))
    button.click()
    expect(page.locator("#annonce")).to_contain_text("Copié")
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[1] == "Statut\tCommunes\tHabitants\tPart"
    assert [line.split("\t")[0] for line in lines[2:]] == [
        "présent",
        "partagé",
        "absent",
        "non renseigné",
    ]

    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refus'));"
        " document.execCommand = () => false; }"
    )
    button.click()
    expect(page.locator("#annonce")).to_contain_text("La copie est refusée")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_overflows(visit: Visit, width: int) -> None:
    """Tables scroll by themselves; the page never does."""
    page = visit("/epci/200069151?service=france-services&implanter=3", (width, 900))
    page.get_by_role("button", name=re.compile("Copier le tableau")).first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    picture(page, f"sujet-{width}", full_page=True)
