"""A Chromium, pages that watch themselves, and what several journeys need."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.chromium import open_chromium
from tests.support import ROOT

#: Milliseconds given to anything waited for: the machine may be busy, speed is not asserted here.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


DESKTOP = (1280, 800)
PHONE = (390, 844)
SCREENSHOTS = Path(__file__).parent / "screenshots"

Visit = Callable[..., Page]


# The browser ends with this package: Playwright's event loop must not meet that of other tests.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with open_chromium() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def site(national_server: str) -> str:
    """Address of the atlas, its pages built."""
    built = ROOT / "geo_service" / "web" / "dist" / ".vite" / "manifest.json"
    assert built.is_file(), "Les pages ne sont pas construites : lancez « make setup »."
    return national_server


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    """Open an address of the atlas in a new page.

    Every page is watched: a request to another host, an error of a script or a refusal of the
    content security policy fails the test, unless it said ``troubled=True``. Nothing moves, unless
    the test asks for it (``reduced_motion="no-preference"``): a map drawn without a graphics card
    takes seconds for each picture of a movement.
    """
    faults: list[str] = []
    contexts = []
    here = urlsplit(site).netloc

    def open_page(
        path: str = "/",
        size: tuple[int, int] = DESKTOP,
        *,
        troubled: bool = False,
        prepare: Callable[[Page], None] | None = None,
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            base_url=site,
            viewport={"width": size[0], "height": size[1]},
            locale="fr-FR",
            **{"reduced_motion": "reduce", **options},
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()

        def requested(request: Any) -> None:
            parts = urlsplit(request.url)
            if parts.scheme not in {"data", "blob"} and parts.netloc != here:
                faults.append(f"requête vers un tiers : {request.url}")

        page.on("request", requested)
        if not troubled:
            page.on("pageerror", lambda error: faults.append(f"erreur : {error}"))
            page.on(
                "console",
                lambda said: faults.append(said.text) if said.type == "error" else None,
            )
        if prepare is not None:
            prepare(page)
        page.goto(path, wait_until="domcontentloaded")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def results(page: Page) -> Locator:
    """Territories the open search box offers."""
    return page.get_by_role("listbox", name="Territoires trouvés").get_by_role("option")


def picture(page: Page, name: str, **options: Any) -> None:
    """Keep a screenshot to be looked at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", **options)


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


def colours_of(part: Locator) -> dict[str, int]:
    """Pixels of each colour in a part of a page, as a person sees it."""
    png = base64.b64encode(part.screenshot()).decode()
    counts: dict[str, int] = part.page.evaluate(_COUNT_COLOURS, png)
    return counts
