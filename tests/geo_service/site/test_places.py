"""Lists of lieux and actions, and the page of each: whatever a file holds, it stays text."""

from __future__ import annotations

import httpx
import pytest

from etl.location.precision import LOCALISATIONS
from geo_service.api.actions import action_answer
from geo_service.api.lieux import place_answer
from geo_service.site import places
from geo_service.site.addresses import shortened, web_page
from geo_service.site.assets import Entry
from geo_service.site.rendering import Page, write
from geo_service.watcher import AtlasWatcher
from tests.geo_service import little_atlas
from tests.geo_service.site.reading import Read

pytestmark = pytest.mark.anyio

SCRIPT = "<script>alert(1)</script>"
TURNED = "Caf\u202ee\u2067 numérique"


def drawn(page: Page, watcher: AtlasWatcher) -> str:
    """Write a page as the service does."""
    entry = Entry("/assets/site.js", "", "'sha256-x'")
    return write(page, origin="http://atlas.test", entry=entry, atlas=watcher.current).decode()


@pytest.mark.parametrize(
    "address",
    [
        "/commune/35238/lieux",
        "/commune/48902/lieux",
        "/pays/france/lieux",
        f"/departement/48/lieux?service={little_atlas.CYBER}",
        "/commune/35238/actions",
        "/departement/75/actions",
        "/lieu/mairies:35238",
        "/lieu/mairies:48900",
        "/action/a:1",
        "/action/a:2",
        "/action/a:3",
    ],
)
async def test_pages_are_whole_without_script(site: httpx.AsyncClient, address: str):
    page = await site.get(address)
    assert page.status_code == 200, page.text
    assert Read(page.text).faults() == []


@pytest.mark.parametrize("name", ["lieux", "actions"])
async def test_lists_are_those_of_the_api(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setattr(places, "_PAGE", 2)
    answer = (await site.get(f"/api/territoires/pays/france/{name}")).json()
    found: list[str] = []
    address: str | None = f"/pays/france/{name}"
    while address:
        read = Read((await site.get(address)).text)
        found += read.root.xpath("//li[@class='carton']/h2/a/@href")
        links = read.links()
        address = links.get("Lieux suivants") or links.get("Actions suivantes")
    kind = {"lieux": "lieu", "actions": "action"}[name]
    assert found == [f"/{kind}/{row['id']}" for row in answer[name]]
    assert len(found) == answer["total"] > 2
    stale = await site.get(f"/pays/france/{name}?cursor=faux")
    assert "voici son début" in stale.text


async def test_only_services_found_there_are_offered(site: httpx.AsyncClient):
    read = Read((await site.get("/commune/35051/lieux")).text)
    assert set(read.root.xpath("//select[@name='service']/option/@value")) == {
        "",
        little_atlas.SITE,
        little_atlas.MAIRIE,
    }
    empty = Read((await site.get("/commune/48902/lieux")).text)
    assert "Cela ne veut pas dire qu’il n’y en a pas" in empty.texts("//*[@class='vide']")[0]


async def test_unknown_ones_are_not_found(site: httpx.AsyncClient):
    for address in ("/lieu/nulle:part", "/action/a:99", "/lieu/a%00b", f"/action/{SCRIPT}"):
        page = await site.get(address)
        assert page.status_code == 404, address
        assert page.headers["content-type"].startswith("text/html")
        assert Read(page.text).faults() == []
    wrong = await site.get("/commune/35238/lieux?service=site-internet-comune")
    assert wrong.status_code == 404
    assert f"/commune/35238/lieux?service={little_atlas.SITE}" in Read(wrong.text).links().values()
    city = await site.get("/arrondissement/75115/lieux")
    assert (city.status_code, city.headers["location"]) == (301, "/commune/75056/lieux")


async def test_a_place_tells_all_that_is_known(site: httpx.AsyncClient):
    read = Read((await site.get("/lieu/mairies:48900")).text)
    assert read.texts("//h1")[0].endswith(f"Mairie - {little_atlas.HOSTILE}")
    facts = dict(
        zip(read.texts("//dl//dt"), read.texts("//dl//dd"), strict=True),
    )
    assert facts["Adresse"] == "1 rue du Centre"
    assert facts["Horaires"] == "-18h le lundi"
    assert facts["Accessibilité"] == "non renseignée"
    assert facts["Service"] == "Accueil en mairie"
    assert "1er février 2026" in facts["À jour"]


async def test_hostile_texts_stay_text(watcher: AtlasWatcher):
    atlas = watcher.current
    assert atlas is not None
    action = await action_answer(atlas, "a:1") | {
        "titre": f"{SCRIPT} {TURNED} {'très long ' * 200}",
        "description": f"</main>{SCRIPT}\n{TURNED}",
        "url": "javascript:alert(document.domain)",
        "acteurs": [{"id": "x", "nom": f'"><img src=x onerror=alert(1)>{TURNED}'}],
    }
    place = await place_answer(atlas, "mairies:35238") | {
        "nom": SCRIPT,
        "adresse": f'" onmouseover="alert(1) {TURNED}',
        "site_web": "data:text/html,<script>alert(1)</script>",
        "localisation": "chef_lieu",
        "provenances": [{"source": "mairies", "identifiant": SCRIPT, "nom": f"{SCRIPT}2"}],
    }
    for page in (
        await places.action_page(atlas, action),
        await places.place_page(atlas, place),
    ):
        text = drawn(page, watcher)
        read = Read(text)
        assert read.faults() == []
        assert len(read.root.xpath("//script")) == 1
        assert not read.root.xpath("//img")
        assert not any(
            link.lower().startswith(("javascript:", "data:")) for link in read.links().values()
        )
        assert SCRIPT in read.texts("//h1")[0]
        # What would turn the rest of a line around is taken out.
        assert "\u202e" not in text
        assert len(read.title) < 300
    shown = Read(drawn(await places.action_page(atlas, action), watcher))
    assert "qui n’est pas celle d’une page" in shown.texts("//main")[0]
    located = Read(drawn(await places.place_page(atlas, place), watcher))
    assert "Position approximative" in located.texts("//*[@class='avis']")[0]


def test_every_way_of_locating_has_its_words():
    assert set(places.WHERE) == set(LOCALISATIONS)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://exemple.fr/a?b=c", True),
        (" http://exemple.fr ", True),
        ("HTTPS://EXEMPLE.FR", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//exemple.fr", False),
        ("exemple.fr", False),
        ("https://", False),
        ("https://[::1", False),
        ("https://exemple.fr/" + "a" * 3000, False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_pages_are_links(address: str | None, kept: bool):
    assert (web_page(address) is not None) is kept


def test_texts_are_cut_between_words():
    assert shortened("court", 10) == "court"
    cut = shortened("des mots et encore des mots", 15)
    assert cut == "des mots et…"
    assert len(shortened("a" * 2000, 100)) == 100
