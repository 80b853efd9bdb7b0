"""Debian's Chromium, as every test that needs a browser starts it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

#: What Playwright turns off by itself (its chromiumSwitches.ts), since a list of ours replaces its
#: own; then the drop-downs of an address bar nobody sees: 0.2 s of processor for each context.
_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxAimPopup",
)

#: WebGL without a graphics card, and a browser that asks nobody anything by itself.
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    # Without a card, pages are put together in half the time by the processor itself than by a
    # driver that plays the card; maps are still drawn by WebGL.
    "--disable-gpu-compositing",
    "--disable-background-networking",
    "--disable-component-update",
    f"--disable-features={','.join(_OFF)}",
]


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Start it, headless; it is closed when left."""
    executable = shutil.which("chromium")
    assert executable is not None, "Chromium manque : lancez « make setup »."
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()
