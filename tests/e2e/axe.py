"""What axe-core finds in a page."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.support import ROOT

_AXE = ROOT / "geo_service" / "web" / "node_modules" / "axe-core" / "axe.min.js"

#: WCAG 2.2, levels A and AA, and axe's good practices.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, within: str = "html") -> list[str]:
    """Give one line for each faulty element of a page, or of a part of it (a CSS selector)."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        "async ([part, tags]) => (await axe.run(part, { runOnly: tags })).violations",
        [within, RULES],
    )
    return [
        f"{violation['id']} : {node['html'][:120]} ({node['failureSummary']})"
        for violation in found
        for node in violation["nodes"]
    ]
