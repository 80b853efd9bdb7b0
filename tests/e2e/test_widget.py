"""Widgets as a town's visitors meet them: in pages of another origin, whatever these do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import micawber
import pytest
from lxml import html
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import PATIENCE, SCREENSHOTS
from tests.e2e.foreign import HOSTILE, Town, open_town
from tests.support import COMPILED, ROOT, NationalAtlas

pytestmark = [pytest.mark.browser, pytest.mark.national]

CODES = json.loads(
    (ROOT / "tests" / "geo_service" / "widget" / "codes-v1.json").read_text(encoding="utf-8")
)
#: Bytes a widget may transfer before it is asked for its interactive map.
MOST = 60_000

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with open_town() as found:
        yield found


@pytest.fixture
def open_page(browser: Browser, site: str, town: Town) -> Iterator[Open]:
    """Open an address; a request to anybody but the town and the atlas fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []
    known = {urlsplit(site).netloc, urlsplit(town.origin).netloc}

    def requested(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.netloc not in known:
            faults.append(f"requête vers un tiers : {request.url}")

    def go(address: str, width: int = 800, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("request", requested)
        page.on("pageerror", lambda error: faults.append(f"erreur : {error}"))
        page.goto(address)
        return page

    yield go
    for context in contexts:
        assert context.cookies() == []
        context.close()
    assert faults == []


def inner(page: Page, address: str = "/widget/") -> Frame:
    """The widget of a page, once it is shown; the one of an address where there are several."""
    # Frames in a shadow tree are not among `window.frames`, and come in any order.
    while not (found := [f for f in page.frames[1:] if address in f.url]):
        page.wait_for_event("framenavigated")
    found[0].wait_for_selector("main h1")
    return found[0]


def component(site: str, attributes: str, inside: str = "") -> str:
    return (
        f'<script type="module" src="{site}/widget.js"></script>'
        f"<carte-citoyenne {attributes}>{inside}</carte-citoyenne>"
    )


def stored(frame: Frame | Page) -> list[Any]:
    return frame.evaluate("() => [document.cookie, localStorage.length, sessionStorage.length]")


def test_a_frame_and_a_component_in_a_hostile_page(open_page: Open, town: Town, site: str) -> None:
    """Two widgets on one page, under styles that hide and enlarge all they reach."""
    address = town.add(
        "/hostile",
        component(site, 'niveau="epci" code="243500139"')
        + '<carte-citoyenne niveau="commune" code="48095" hauteur="500"></carte-citoyenne>',
        HOSTILE,
    )
    page = open_page(address)
    first, second = inner(page, "/epci/243500139"), inner(page, "/commune/48095")
    expect(page.locator("carte-citoyenne").first).to_be_visible()
    assert "Rennes Métropole" in (first.text_content("h1") or "")
    assert "Mende" in (second.text_content("h1") or "")
    for frame in (first, second):
        assert frame.evaluate("() => getComputedStyle(document.querySelector('p')).fontSize") == (
            "16px"
        )
        assert stored(frame) == ["", 0, 0]
    heights = page.locator("carte-citoyenne").evaluate_all("all => all.map(e => e.offsetHeight)")
    assert heights[0] >= 640
    assert heights[1] >= 500
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "widget-hostile.png", full_page=True)


def test_nothing_moves_while_it_loads_and_it_grows_for_its_table(
    open_page: Open, town: Town, site: str
) -> None:
    address = town.add("/stable", component(site, 'niveau="epci" code="243500139"') + "<p>Fin</p>")
    page = open_page(address)
    element = page.locator("carte-citoyenne")
    assert element.evaluate("e => e.offsetHeight") == 640
    frame = inner(page)
    page.wait_for_load_state("networkidle")
    assert element.evaluate("e => e.offsetHeight") == 640
    frame.click("summary")
    page.wait_for_function("() => document.querySelector('carte-citoyenne').offsetHeight > 900")
    frame.click("summary")
    page.wait_for_function("() => document.querySelector('carte-citoyenne').offsetHeight === 640")


def test_messages_of_others_are_not_heard(open_page: Open, town: Town, site: str) -> None:
    said = '{source:"carte-citoyenne",v:1,hauteur:5000,titre:"Moi"}'
    town.add("/impostor", f'<script>parent.postMessage({said},"*");top.done=1</script>')
    address = town.add(
        "/victim",
        component(site, 'niveau="commune" code="48095"')
        + '<iframe src="/impostor" title="Autre"></iframe>'
        + f'<script>postMessage({said},"*")</script>',
    )
    page = open_page(address)
    inner(page)
    page.wait_for_function("() => window.done === 1")
    # The messages above were sent before this one, which comes back in its turn.
    page.evaluate("() => new Promise(end => { addEventListener('message', end); postMessage(1) })")
    assert page.locator("carte-citoyenne").evaluate("e => e.offsetHeight") == 640


def test_a_component_follows_its_attributes_and_tells_what_it_lacks(
    open_page: Open, town: Town, site: str
) -> None:
    address = town.add("/attributes", component(site, 'niveau="commune"', '<a href="/m">Lien</a>'))
    page = open_page(address)
    expect(page.get_by_text("Cette carte a besoin de deux attributs")).to_be_visible()
    expect(page.get_by_role("link", name="Lien")).to_be_visible()
    page.locator("carte-citoyenne").evaluate(
        "e => { e.setAttribute('code', '35238'); e.setAttribute('langue', 'en'); }"
    )
    assert "Digital public services" in (inner(page).text_content("h1") or "")
    expect(page.get_by_role("link", name="Lien")).to_be_hidden()


def test_components_frozen_ask_for_what_they_asked(open_page: Open, town: Town, site: str) -> None:
    for at, code in enumerate(CODES["components"]):
        body = code["html"].replace(CODES["origin"], site)
        page = open_page(town.add(f"/frozen-{at}", body))
        assert inner(page).url == site + code["address"].replace("#", "%23")


def test_an_atlas_that_is_away(open_page: Open, town: Town, site: str) -> None:
    """The script came, the page of the map does not: what the town wrote is shown."""
    address = town.add(
        "/away", component(site, 'niveau="commune" code="35238"', '<a href="/m">La carte</a>')
    )
    page = open_page("about:blank")
    page.route("**/widget/**", lambda route: route.abort())
    page.goto(address)
    expect(page.get_by_text("La carte n’a pas pu être chargée.")).to_be_visible()
    expect(page.get_by_role("link", name="La carte")).to_be_visible()
    page.unroute("**/widget/**")
    page.get_by_role("button", name="Réessayer").click()
    assert "Rennes" in (inner(page).text_content("h1") or "")


def test_without_javascript(open_page: Open, town: Town, site: str) -> None:
    frame_code = CODES["iframes"][0]["html"].replace(CODES["origin"], site)
    inside = '<a href="https://exemple.fr/">Carte de Rennes</a>'
    address = town.add(
        "/plain", frame_code + component(site, 'niveau="commune" code="35238"', inside)
    )
    page = open_page(address, java_script_enabled=False)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Rennes")
    expect(frame.locator(".carte-dessin svg").first).to_be_visible()
    expect(frame.get_by_role("button")).to_have_count(0)
    frame.locator("summary").click()
    expect(frame.get_by_role("table")).to_be_visible()
    expect(page.get_by_role("link", name="Carte de Rennes")).to_be_visible()


def test_a_strict_policy_of_the_town_and_of_the_atlas(
    open_page: Open, town: Town, site: str
) -> None:
    """What the configurator tells webmasters to allow is enough; other pages refuse the frame."""
    body = component(site, 'niveau="commune" code="35238"')
    address = town.add("/policy", body)
    town.policy = f"default-src 'none'; frame-src {site}; script-src {site}; img-src data:"
    try:
        assert "Rennes" in (inner(open_page(address)).text_content("h1") or "")
    finally:
        town.policy = ""
    page = open_page(town.add("/refused", f'<iframe src="{site}/integrer" title="x"></iframe>'))
    page.wait_for_load_state("networkidle")
    # The browser shows a page of its own in place of ours.
    assert page.main_frame.child_frames[0].url.startswith("chrome-error:")


def test_keyboard_and_interactive_map(open_page: Open, town: Town, site: str) -> None:
    page = open_page(town.add("/keyboard", component(site, 'niveau="epci" code="243500139"')))
    frame = inner(page)
    button = frame.get_by_role("button", name="Explorer la carte")
    button.focus()
    page.keyboard.press("Enter")
    frame.locator("canvas.maplibregl-canvas").wait_for()
    back = frame.get_by_role("button", name="Revenir au dessin")
    back.focus()
    page.keyboard.press("Enter")
    expect(button).to_be_focused()
    expect(frame.locator(".carte-dessin > svg").first).to_be_visible()
    assert stored(frame) == ["", 0, 0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_rules_of_accessibility(open_page: Open, site: str, scheme: str) -> None:
    for path in (
        "/widget/epci/243500139",
        "/widget/departement/48?langue=en&couleur=ffcc00",
        "/widget/commune/48095?service=site-internet-commune",
        "/widget/commune/99999",
        "/integrer?territoire=epci/243500139&couleur=%23ffcc00",
        "/integrer?q=rennes&hauteur=3",
    ):
        page = open_page(site + path, color_scheme=scheme)
        for summary in page.locator("summary").all():
            summary.click()
        assert violations(page) == [], path


@pytest.mark.parametrize(
    "path", ["commune/48095", "epci/243500139", "departement/60", "pays/france"]
)
def test_bytes_transferred(open_page: Open, town: Town, site: str, path: str) -> None:
    """All that crosses the network before the interactive map is asked for, headers included."""
    page = open_page("about:blank")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{site}/widget/{path}")
    page.wait_for_load_state("networkidle")
    assert len(sizes) >= 2
    assert sum(sizes) < MOST, sizes


def test_oembed_consumers(site: str, open_page: Open, town: Town) -> None:
    """A library asks our end point; WordPress encloses what it finds; both show the map."""
    registry = micawber.ProviderRegistry()
    registry.register(rf"{site}/\S+", micawber.Provider(f"{site}/oembed"))
    code = micawber.parse_text_full(f"{site}/epci/243500139?enjeu=education", registry)
    page = open_page(town.add("/micawber", code))
    assert "Rennes Métropole" in (inner(page).text_content("h1") or "")
    # As WordPress shows the frames of sites it does not know.
    bare = html.fragment_fromstring(code)
    body = (
        f'<iframe src="{bare.get("src")}#?secret=abc" sandbox="allow-scripts" title="x"></iframe>'
    )
    listen = "<script>window.told=[];addEventListener('message',e=>told.push(e.data))</script>"
    page = open_page(town.add("/wordpress", listen + body))
    frame = inner(page)
    page.wait_for_function("() => told.some(m => m.secret === 'abc' && m.message === 'height')")
    expect(frame.get_by_role("button")).to_have_count(0)


def test_pages_name_their_end_point(site: str) -> None:
    with urlopen(f"{site}/commune/48095") as answer:
        page = html.document_fromstring(answer.read())
    for kind in ("application/json+oembed", "text/xml+oembed"):
        (link,) = page.xpath("//link[@rel='alternate'][@type=$kind]/@href", kind=kind)
        with urlopen(link) as answer:
            assert b"/widget/commune/48095" in answer.read()


def test_choosing_a_widget(open_page: Open, site: str) -> None:
    page = open_page(f"{site}/integrer", 1280)
    page.get_by_role("combobox", name="Chercher une commune, une intercommunalité").fill("Mende")
    page.get_by_role("option", name="Mende").first.click()
    code = page.get_by_label("Un cadre : convient partout")
    expect(code).to_have_value(holding("/widget/commune/48095"))
    page.get_by_label("Fond", exact=True).select_option("sombre")
    expect(code).to_have_value(holding("fond=sombre"))
    page.get_by_label("Hauteur, en pixels").fill("12")
    expect(page.get_by_role("alert")).to_contain_text("pixels")
    expect(page.get_by_role("button", name="Copier")).to_have_count(3)
    without = open_page(f"{site}/integrer", java_script_enabled=False)
    without.get_by_label("Chercher une commune, une intercommunalité").fill("Mende")
    without.get_by_role("button", name="Chercher", exact=True).last.click()
    without.get_by_label("Mende Commune").first.check()
    without.get_by_role("button", name="Voir cette carte").click()
    expect(without.get_by_label("Un composant")).to_contain_text('code="48095"')


def holding(text: str) -> Any:
    """A pattern of any text that holds another."""

    return re.compile(re.escape(text))


def test_a_kit_on_the_simplest_server(
    browser: Browser, national_atlas: NationalAtlas, tmp_path: Path
) -> None:
    """Served by ``python -m http.server``, which gives no part of a file; nothing else is asked."""
    program = Path(sys.executable).with_name("geo-service")
    folders = [tmp_path / "kit", tmp_path / "encore"]
    exports = [
        subprocess.Popen(
            [program, "widget", "export", "--niveau", "commune", "--code", "48095",
             "--out", folder],
            env={
                "GEO_STATE_DIR": str(national_atlas.state_dir), "PATH": "/usr/bin:/bin", **COMPILED,
            },
            cwd=ROOT, stdout=subprocess.DEVNULL,
        )
        for folder in folders
    ]  # fmt: skip
    assert [export.wait() for export in exports] == [0, 0]
    one, other = (
        {p.relative_to(f): p.read_bytes() for p in sorted(f.rglob("*")) if p.is_file()}
        for f in folders
    )
    assert one == other
    server = subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"],
        cwd=folders[0], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        origin = server.stdout.readline().split("(")[1].split("/)")[0]
        context = browser.new_context(
            viewport={"width": 700, "height": 900}, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{origin}/")
        expect(page.locator(".carte-dessin svg").first).to_be_visible()
        assert "Mende" in (page.text_content("h1") or "")
        page.get_by_role("button", name="Explorer la carte").click()
        page.locator("canvas.maplibregl-canvas").wait_for()
        # The list of what is on the map is made of the tiles, once they are read and drawn.
        expect(page.get_by_role("listbox").get_by_text("Mende").first).to_be_attached()
        assert all(url.startswith((origin, "blob:", "data:")) for url in asked)
        assert faults == []
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / "kit.png", full_page=True)
        context.close()
    finally:
        server.terminate()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()
