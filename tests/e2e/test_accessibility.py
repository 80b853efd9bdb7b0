"""Each view against the rules of axe-core, light and dark."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, Visit, settled
from tests.support import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.national]

AXE = ROOT / "geo_service" / "web" / "node_modules" / "axe-core" / "axe.min.js"

#: WCAG 2.2, levels A and AA, and axe's good practices.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

ADDRESSES = ["/", "/commune/35238", "/departement/48?service=accueil-mairie"]


def violations(page: Page) -> list[str]:
    """What axe finds, one line per faulty element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        "async (tags) => (await axe.run({ runOnly: tags })).violations", RULES
    )
    return [
        f"{violation['id']} : {node['html'][:120]} ({node['failureSummary']})"
        for violation in found
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_views(visit: Visit, address: str, scheme: str) -> None:
    """Map, diagnosis and tables."""
    page = settled(visit(address, DESKTOP, color_scheme=scheme))
    page.get_by_role("region", name="Lieux et actions").locator("h3").first.wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_dialog_and_results(visit: Visit, size: tuple[int, int]) -> None:
    """The dialog of services, then the list of found territories."""
    page = settled(visit("/", size))
    page.get_by_role("button", name=re.compile("La carte montre")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Chercher un territoire").press_sequentially("mende")
    page.get_by_role("listbox").wait_for()
    assert violations(page) == []
