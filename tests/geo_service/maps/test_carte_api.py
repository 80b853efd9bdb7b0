"""``carte.svg`` and ``carte.png``, and the maps themselves, on the little atlas."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET

import httpx
import pytest

from geo_service.atlas import PublishedAtlas
from geo_service.maps import WHOLE, Look, StaticMap, draw_territory, subject_of
from geo_service.watcher import AtlasWatcher
from tests.geo_service import little_atlas

pytestmark = pytest.mark.anyio

SVG = "{http://www.w3.org/2000/svg}"
RENNES = "/api/territoires/commune/35238"
LOZERE = "/api/territoires/departement/48"
SITE = little_atlas.SITE
LINKS = Look(640, 480, links=True, furniture=False, inline=True)


@pytest.fixture
def atlas(watcher: AtlasWatcher) -> PublishedAtlas:
    assert watcher.current is not None
    return watcher.current


async def drawn(
    atlas: PublishedAtlas, niveau: str, code: str, look: Look = LINKS, **axes: str
) -> tuple[StaticMap, ET.Element]:
    territory = atlas.metadata.territories.by_key[niveau, code]
    found = await draw_territory(atlas, territory, subject_of(atlas, **axes), look)
    return found, ET.fromstring(found.svg)


def names(root: ET.Element) -> list[str]:
    return [link.attrib["aria-label"] for link in root.iter(f"{SVG}a")]


def png_size(body: bytes) -> tuple[int, int]:
    """Width and height a PNG file says it has (its IHDR)."""
    assert body.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", body[16:24])
    return width, height


# --- what is drawn -----------------------------------------------------------------------------


async def test_a_commune_is_drawn_in_its_epci(atlas: PublishedAtlas) -> None:
    found, root = await drawn(atlas, "commune", "35238", enjeu="services-publics")
    subject, _, told = found.title.partition("\u00a0: ")
    assert subject == "Enjeu «\u00a0Services publics\u00a0»"
    assert told == "taux de couverture de Rennes et de ses voisines"
    assert [row.nom for row in found.rows] == ["Acigné", "Cesson-Sévigné", "Rennes"]
    links = {link.attrib["href"] for link in root.iter(f"{SVG}a")}
    assert links == {
        f"/commune/{code}?enjeu=services-publics" for code in ("35001", "35051", "35238")
    }
    assert "Rennes Métropole" in found.description
    assert f"Rennes\u00a0: {found.figure}" in names(root)
    # A strict policy refuses both in a page.
    assert "<style" not in found.svg
    assert " style=" not in found.svg


async def test_statuts_of_a_service_are_told_apart(atlas: PublishedAtlas) -> None:
    found, root = await drawn(atlas, "departement", "48", service=SITE)
    counts = {entry.label: entry.count for entry in found.legend}
    assert counts == {"Présent": 1, "Partagé": 0, "Absent": 3, "Non renseigné": 1}
    assert [entry.hatched for entry in found.legend] == [False, False, False, True]
    assert (
        "présent dans 1\u00a0commune, absent dans 3\u00a0communes et non renseigné dans "
        "1\u00a0commune" in found.description
    )
    patterns = {pattern.attrib["id"] for pattern in root.iter(f"{SVG}pattern")}
    used = {
        fill[5:-1]
        for path in root.iter(f"{SVG}path")
        if (fill := path.get("fill", "")).startswith("url(")
    }
    assert used == patterns
    assert [row.value for row in found.rows].count("absent") == 3
    silent, _ = await drawn(atlas, "departement", "48", service=little_atlas.NEVER)
    assert {row.text for row in silent.rows} == {"non renseigné"}


async def test_names_that_came_from_a_file_are_only_text(atlas: PublishedAtlas) -> None:
    found, root = await drawn(atlas, "departement", "48", Look())
    assert "<script" not in found.svg
    titles = [title.text or "" for title in root.iter(f"{SVG}title")]
    assert any(title.startswith(little_atlas.HOSTILE) for title in titles)


@pytest.mark.parametrize(
    ("niveau", "code", "level", "count"),
    [
        ("epci", "243500139", "commune", 3),
        ("departement", "48", "commune", 5),
        ("region", "76", "commune", 5),
        ("groupe", "villes-choisies", "commune", 4),
        ("pays", "france", "departement", 4),
        ("commune", "48095", "commune", 2),
    ],
)
async def test_every_territory_is_drawn_once(
    atlas: PublishedAtlas, niveau: str, code: str, level: str, count: int
) -> None:
    found, root = await drawn(atlas, niveau, code)
    assert found.drawn
    assert found.level == level
    assert len(names(root)) == count
    assert len([row for row in found.rows if row.drawn]) == count
    assert sorted(names(root)) == sorted(
        f"{row.nom}\u00a0: {row.text}" for row in found.rows if row.drawn
    )
    assert sum(entry.count for entry in found.legend) == count
    assert root.attrib["role"] == "group"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert (title.text, description.text) == (found.title, found.description)
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"


async def test_collectivites_without_outline_are_named(atlas: PublishedAtlas) -> None:
    found, _ = await drawn(atlas, "pays", "france")
    assert [row.nom for row in found.rows if not row.drawn] == [
        "Nouvelle-Calédonie",
        "Saint-Barthélemy",
    ]
    assert "Nouvelle-Calédonie" in found.note


@pytest.mark.parametrize(
    ("niveau", "code"), [("commune", "98818"), ("departement", "988"), ("arrondissement", "75115")]
)
async def test_a_territory_without_map_says_so(
    atlas: PublishedAtlas, niveau: str, code: str
) -> None:
    found, root = await drawn(atlas, niveau, code, Look())
    assert not found.drawn
    assert found.title.startswith("Pas encore de carte")
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert "Pas encore de carte" in texts
    assert not found.rows


async def test_a_map_is_drawn_once_for_all_who_ask(atlas: PublishedAtlas) -> None:
    territory = atlas.metadata.territories.by_key["epci", "243500139"]
    first = await draw_territory(atlas, territory, WHOLE, Look(700, 500))
    assert await draw_territory(atlas, territory, WHOLE, Look(700, 500)) is first
    assert await draw_territory(atlas, territory, WHOLE, Look(701, 500)) is not first


# --- addresses ---------------------------------------------------------------------------------


async def test_a_drawing_stands_by_itself(api: httpx.AsyncClient) -> None:
    answer = await api.get(f"{RENNES}/carte.svg?theme=democratie&apparence=auto")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
    root = ET.fromstring(answer.content)
    assert root.attrib["role"] == "img"
    assert (root.attrib["width"], root.attrib["height"]) == ("800", "600")
    assert not list(root.iter(f"{SVG}a"))
    texts = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    assert "1er mars 2026" in texts
    assert little_atlas.FIRST in texts
    assert "Licences" in texts
    style = root.find(f"{SVG}style")
    assert style is not None
    assert "prefers-color-scheme:dark" in (style.text or "")


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("largeur=400", (400, 500)),
        ("cadre=apercu", (1200, 630)),
        ("cadre=carte&largeur=320&hauteur=240&echelle=2&apparence=sombre", (640, 480)),
    ],
)
async def test_a_picture_has_the_size_asked(
    api: httpx.AsyncClient, query: str, size: tuple[int, int]
) -> None:
    answer = await api.get(f"{LOZERE}/carte.png?service={SITE}&{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    assert "content-encoding" not in answer.headers
    assert png_size(answer.content) == size


@pytest.mark.parametrize("name", ["carte.svg", "carte.png?largeur=320"])
async def test_maps_can_be_cached_and_validated(api: httpx.AsyncClient, name: str) -> None:
    address = f"{RENNES}/{name}"
    answer = await api.get(address)
    etag = answer.headers["etag"]
    assert etag.startswith('"')
    assert answer.headers["cache-control"].startswith("public, max-age=")
    assert "Accept-Encoding" in answer.headers["vary"]
    same = await api.get(address, headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    # A browser puts the headers of a 304 in the place of those it has.
    assert same.headers["content-security-policy"] == answer.headers["content-security-policy"]
    assert (await api.get(address, headers={"If-None-Match": "*"})).status_code == 304
    assert (await api.head(address)).headers["etag"] == etag
    other = await api.get(address.replace("35238", "35051"))
    assert other.headers["etag"] != etag


async def test_a_drawing_is_compressed_on_request(api: httpx.AsyncClient) -> None:
    plain = await api.get(f"{RENNES}/carte.svg", headers={"Accept-Encoding": "identity"})
    zipped = await api.get(f"{RENNES}/carte.svg", headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content
    assert zipped.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize(
    ("address", "word"),
    [
        (f"{RENNES}/carte.svg?largeur=10", "au moins 320"),
        (f"{RENNES}/carte.svg?largeur=9999", "au plus 2000"),
        (f"{RENNES}/carte.svg?echelle=2", "« echelle »"),
        (f"{RENNES}/carte.png?echelle=4", "au plus 3"),
        (f"{RENNES}/carte.png?largeur=2000&echelle=3", "millions de pixels"),
        (f"{RENNES}/carte.png?apparence=auto", "clair, sombre"),
        (f"{RENNES}/carte.svg?cadre=apercu&largeur=800", "1 200 × 630"),
        (f"{RENNES}/carte.svg?service={SITE}&enjeu=services-publics", "un seul"),
        (f"{RENNES}/carte.svg?enjeu=service-public", "Vouliez-vous dire"),
        (f"{RENNES}/carte.svg?largeur=400&largeur=500", "plusieurs fois"),
    ],
)
async def test_bad_parameters_are_refused(api: httpx.AsyncClient, address: str, word: str) -> None:
    answer = await api.get(address)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.json()["detail"]


async def test_unknown_and_old_territories(api: httpx.AsyncClient) -> None:
    unknown = await api.get("/api/territoires/commune/00000/carte.svg")
    assert unknown.status_code == 404
    for old, new in (("commune/35999", "commune/35238"), ("arrondissement/75115", "commune/75056")):
        moved = await api.get(f"/api/territoires/{old}/carte.png?echelle=2")
        assert moved.status_code == 301
        assert moved.headers["location"] == f"/api/territoires/{new}/carte.png?echelle=2"
