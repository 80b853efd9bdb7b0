"""The interactive map of a page, as tests open and read it."""

from __future__ import annotations

import base64
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support import ROOT

AXE = ROOT / "geo_service" / "web" / "node_modules" / "axe-core" / "axe.min.js"

#: WCAG 2.2, levels A and AA, and axe's good practices.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

#: Pixels below which a colour may be an accident of anti-aliasing.
SEEN = 300


def opener(page: Page) -> Locator:
    """Give the button over the drawing."""
    return page.get_by_role("button", name="Explorer la carte")


def explore(page: Page) -> Page:
    """Open the map and wait until it has drawn itself."""
    opener(page).click()
    return settled(page)


def settled(page: Page) -> Page:
    """Wait until the map has drawn all it was asked to."""
    page.wait_for_selector('.ex-carte[data-etat="idle"]')
    return page


def level(page: Page) -> str | None:
    """Level of territory the map draws."""
    return page.get_attribute(".ex-carte", "data-niveau")


def legend(page: Page) -> Locator:
    """Give the legend of the map."""
    return page.get_by_role("group", name="Légende")


def listing(page: Page) -> Locator:
    """Give the list of what is in view."""
    return page.get_by_role("listbox", name=re.compile("À l’écran"))


def card(page: Page) -> Locator:
    """Give the card of what was chosen."""
    return page.get_by_role("region", name="Territoire choisi")


def said(page: Page) -> Locator:
    """Give the live region of the map."""
    return page.locator('.ex-carte > [aria-live="polite"]')


def legend_colours(page: Page) -> list[str]:
    """Colours of the legend, from the lowest class."""
    rects = legend(page).locator("li rect[fill^='#']")
    return [rects.nth(i).get_attribute("fill") or "" for i in range(rects.count())]


#: Count the pixels of each colour of a PNG, in the page: colours as ``#rrggbb``.
_COUNT_COLOURS = """async (png) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const counts = {};
  for (let i = 0; i < data.length; i += 4) {
    const hex = [data[i], data[i + 1], data[i + 2]].map((c) => c.toString(16).padStart(2, "0"));
    const colour = `#${hex.join("")}`;
    counts[colour] = (counts[colour] ?? 0) + 1;
  }
  return counts;
}"""


def colours(page: Page) -> dict[str, int]:
    """Pixels of each colour on the map, as a person sees it."""
    png = base64.b64encode(page.locator(".ex-toile").screenshot()).decode()
    counts: dict[str, int] = page.evaluate(_COUNT_COLOURS, png)
    return counts


def drawing_is_shown(page: Page) -> None:
    """Wait until the drawing of the server is what one sees."""
    expect(page.locator(".carte-dessin > svg").first).to_be_visible()


def violations(page: Page, within: str) -> list[str]:
    """What axe finds in a part of the page, one line per faulty element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        "async ([part, tags]) => (await axe.run(part, { runOnly: tags })).violations",
        [within, RULES],
    )
    return [
        f"{violation['id']} : {node['html'][:120]} ({node['failureSummary']})"
        for violation in found
        for node in violation["nodes"]
    ]
