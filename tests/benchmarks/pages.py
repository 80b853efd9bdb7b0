"""The pages in Chromium on a slow telephone: what is transferred, when text is there, axe's faults.

The network is the "Fast 3G" of Chromium's developer tools (562.5 ms of latency a request, 1.44
Mbit/s down, 675 kbit/s up; since 2024 they call it "Slow 4G"), the processor four times slower.
Largest paint and shifts are those of the browser's own observers (Largest Contentful Paint, Layout
Instability: W3C drafts).
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession
from rich.console import Console
from rich.table import Table

from tests.benchmarks.processes import processor_seconds
from tests.chromium import open_chromium
from tests.e2e.axe import violations
from tests.support import Server

#: Chromium's preset, in its own units: ms and bytes per second.
FAST_3G = {
    "offline": False,
    "latency": 150 * 3.75,
    "downloadThroughput": 1.6e6 / 8 * 0.9,
    "uploadThroughput": 0.75e6 / 8 * 0.9,
}
SLOWER = 4
PHONE = {"width": 390, "height": 844}
#: Loads of each page, of which the median is kept.
TIMES = 3
#: Longest wait for the browser to be at rest, and processor it may use in half a second of it, s.
_REST, _IDLE = 30, 0.03

#: Every kind of page, by name.
PAGES = {
    "accueil": "/",
    "recherche": "/recherche?q=rennes",
    "commune Mende": "/commune/48095",
    "commune Rennes": "/commune/35238",
    "commune sans carte": "/commune/98818",
    "EPCI Rennes Métropole": "/epci/243500139",
    "département Lozère": "/departement/48",
    "région Occitanie": "/region/76",
    "France": "/pays/france",
    "groupe": "/groupe/action-coeur-de-ville",
    "service d’un EPCI": "/epci/200069151?service=france-services",
    "enjeu d’une commune": "/commune/35238?enjeu=mediation",
    "lieux": "/commune/35238/lieux",
    "comparaison": "/comparer?territoires=commune/48095,commune/12202,commune/15014",
    "sources": "/sources",
    "configurateur": "/integrer?niveau=epci&code=243500139",
    "widget": "/widget/epci/243500139",
    "accessibilité": "/accessibilite",
    "introuvable": "/commune/99999",
}

_OBSERVE = """
window.__mesures = { lcp: 0, cls: 0 };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.__mesures.lcp = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) window.__mesures.cls += entry.value;
  }
}).observe({ type: "layout-shift", buffered: true });
"""


def _watch(session: CDPSession) -> dict[str, dict[str, Any]]:
    """Count what each request transfers, by its id."""
    requests: dict[str, dict[str, Any]] = {}

    def answered(event: dict[str, Any]) -> None:
        requests[event["requestId"]] = {"type": event["type"], "bytes": 0}

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] in requests:
            requests[event["requestId"]]["bytes"] = event["encodedDataLength"]

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    return requests


def _wait_for_rest() -> None:
    """Wait until the browser has ended what a new window makes it do.

    For each one Chromium loads hundreds of files of its own (the list under its address bar, even
    without a screen): half a second of a core that no telephone spends while it opens a page.
    """
    family = [os.getpid()]
    used, until = processor_seconds(family), time.monotonic() + _REST
    while time.monotonic() < until:
        time.sleep(0.5)
        now = processor_seconds(family)
        if now - used <= _IDLE:
            return
        used = now


def _load(browser: Browser, address: str) -> dict[str, float]:
    """Open a page once, with an empty cache, on the slow telephone."""
    context = browser.new_context(viewport=PHONE, locale="fr-FR")  # type: ignore[arg-type]
    page = context.new_page()
    page.add_init_script(_OBSERVE)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", FAST_3G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    _wait_for_rest()
    requests = _watch(session)
    page.goto(address, wait_until="networkidle")
    paints = page.evaluate(
        "() => Object.fromEntries(performance.getEntriesByType('paint')"
        ".map((entry) => [entry.name, entry.startTime]))"
    )
    seen = page.evaluate("() => window.__mesures")
    context.close()

    def transferred(kind: str | None = None) -> float:
        return sum(r["bytes"] for r in requests.values() if kind is None or r["type"] == kind)

    return {
        "requetes": len(requests),
        "octets": transferred(),
        "octets_document": transferred("Document"),
        "octets_scripts": transferred("Script"),
        "octets_polices": transferred("Font"),
        "premier_affichage_ms": paints.get("first-contentful-paint", 0.0),
        "plus_grand_affichage_ms": seen["lcp"],
        "decalage": seen["cls"],
    }


def _axe(browser: Browser, address: str) -> dict[str, list[str]]:
    """Faults of a page by colour scheme and width."""
    found = {}
    for scheme in ("light", "dark"):
        for width in (390, 1280):
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, locale="fr-FR"
            )
            page = context.new_page()
            page.goto(address, wait_until="networkidle")
            found[f"{scheme}-{width}"] = violations(page)
            context.close()
    return found


def bench_pages(state: Path, console: Console) -> dict[str, Any]:
    """Measure every kind of page of the published atlas."""
    results: dict[str, Any] = {}
    with Server(state) as base, open_chromium() as browser:
        for name, path in PAGES.items():
            loads = [_load(browser, base + path) for _ in range(TIMES)]
            figures = {key: median(load[key] for load in loads) for key in loads[0]}
            results[name] = {"adresse": path, **figures, "axe": _axe(browser, base + path)}
    table = Table(
        "page", "requêtes", "ko", "document", "scripts", "polices", "1er affichage",
        "plus grand", "décalage", "axe", title="Pages, Fast 3G, processeur 4 fois plus lent",
    )  # fmt: skip
    for name, found in results.items():
        table.add_row(
            name,
            f"{found['requetes']:.0f}",
            *(
                f"{found[key] / 1000:.1f}"
                for key in ("octets", "octets_document", "octets_scripts", "octets_polices")
            ),
            f"{found['premier_affichage_ms']:.0f} ms",
            f"{found['plus_grand_affichage_ms']:.0f} ms",
            f"{found['decalage']:.3f}",
            str(sum(len(faults) for faults in found["axe"].values())),
        )
    console.print(table)
    return results
