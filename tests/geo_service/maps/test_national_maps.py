"""Static maps of the whole of France: nothing missing, true areas, light enough for a page."""

from __future__ import annotations

import gzip
import xml.etree.ElementTree as ET

import pytest
import shapely

from geo_service.atlas import PublishedAtlas
from geo_service.maps import WHOLE, Look, draw_territory
from geo_service.maps.composition import compose
from geo_service.maps.outlines import Box, read_outlines
from geo_service.maps.paths import UNITS, path_data
from geo_service.watcher import AtlasWatcher
from tests.geo_service.maps.reading import rings

pytestmark = [pytest.mark.anyio, pytest.mark.national]

SVG = "{http://www.w3.org/2000/svg}"
SITE = Look(480, 420, links=True, furniture=False, inline=True)
INLINE = Look(640, 480, links=True, furniture=False, inline=True)


@pytest.fixture
def atlas(france_watcher: AtlasWatcher) -> PublishedAtlas:
    assert france_watcher.current is not None
    return france_watcher.current


@pytest.mark.parametrize(
    ("niveau", "code"),
    [
        ("departement", "89"),
        ("epci", "200030674"),
        ("epci", "200072999"),
        ("epci", "200058477"),
        ("commune", "52132"),
        ("commune", "80667"),
        ("commune", "64209"),
    ],
)
async def test_a_ground_whose_lines_cross_once_simplified_is_drawn(
    atlas: PublishedAtlas, niveau: str, code: str
) -> None:
    """Of some 150 territories, one has such a ground."""
    drawn = await draw_territory(
        atlas, atlas.metadata.territories.by_key[niveau, code], WHOLE, SITE
    )
    assert drawn.rows
    assert drawn.svg.startswith("<svg")


async def areas(atlas: PublishedAtlas, niveau: str, codes: list[str]) -> dict[str, float]:
    """Areas of the table, km² in the legal projection."""
    rows = await atlas.database.fetch(
        "SELECT code, superficie_km2 FROM territoires WHERE niveau = %(niveau)s "
        "AND code = ANY (%(codes)s::text[])",
        {"niveau": niveau, "codes": codes},
    )
    return {row["code"]: row["superficie_km2"] for row in rows}


@pytest.mark.parametrize(
    ("niveau", "code", "communes"),
    [("epci", "243500139", 43), ("departement", "974", 24), ("departement", "48", 152)],
)
async def test_what_is_drawn_has_the_shape_of_the_land(
    atlas: PublishedAtlas, niveau: str, code: str, communes: int
) -> None:
    found = compose(atlas, atlas.metadata.territories.by_key[niveau, code])
    assert found is not None
    (picture,) = found.pictures
    assert len(set(picture.codes)) == len(picture.codes) == communes
    outlines = await read_outlines(atlas, found, picture, Box(0, 0, 800, 600))
    drawn = []
    for d in path_data(outlines.shapes):
        pieces = [shapely.make_valid(shapely.Polygon(ring)) for ring in rings(d)]
        drawn.append(shapely.union_all(pieces))
    square_km = (outlines.metres / UNITS / 1000) ** 2
    known = await areas(atlas, "commune", list(picture.codes))
    for commune, shape in zip(picture.codes, drawn, strict=True):
        # A line of half a pixel all around is the most that simplifying moves.
        slack = shape.length / UNITS * 0.5 * (outlines.metres / 1000) ** 2
        assert abs(shape.area * square_km - known[commune]) < slack, commune
    total = sum(shape.area for shape in drawn)
    assert total * square_km == pytest.approx(sum(known.values()), rel=0.005)
    # Neighbours share their borders: no overlap beyond what rounding folds.
    assert shapely.union_all(drawn).area == pytest.approx(total, rel=0.001)


@pytest.mark.parametrize(
    ("niveau", "code", "most"),
    [
        ("epci", "243500139", 10_000),
        ("epci", "200054781", 18_000),
        ("pays", "france", 30_000),
        ("departement", "62", 75_000),
    ],
)
async def test_a_map_in_a_page_is_light(
    atlas: PublishedAtlas, niveau: str, code: str, most: int
) -> None:
    territory = atlas.metadata.territories.by_key[niveau, code]
    found = await draw_territory(atlas, territory, WHOLE, INLINE)
    root = ET.fromstring(found.svg)
    assert len(list(root.iter(f"{SVG}a"))) == sum(row.drawn for row in found.rows)
    assert len(gzip.compress(found.svg.encode(), 6)) < most


async def test_the_country_has_all_its_departements(atlas: PublishedAtlas) -> None:
    territory = atlas.metadata.territories.by_key["pays", "france"]
    found = compose(atlas, territory)
    assert found is not None
    assert len(set(found.codes)) == len(found.codes) == 101
    overseas = {picture.caption: picture.srid for picture in found.pictures[1:6]}
    assert overseas == {
        "Guadeloupe": 5490,
        "Martinique": 5490,
        "Guyane": 2972,
        "La Réunion": 2975,
        "Mayotte": 4471,
    }
    drawn = await draw_territory(atlas, territory, WHOLE, Look())
    texts = [text.text or "" for text in ET.fromstring(drawn.svg).iter(f"{SVG}text")]
    for name in overseas:
        assert any(text.startswith(f"{name}\u00a0: ") for text in texts)
    assert {row.nom for row in drawn.rows if not row.drawn} >= {
        "Nouvelle-Calédonie",
        "Polynésie française",
        "Saint-Pierre-et-Miquelon",
        "Wallis et Futuna",
    }


async def test_every_territory_has_a_composition(atlas: PublishedAtlas) -> None:
    """Communes are drawn once, in one projection a picture, whatever the territory."""
    matrices = atlas.metadata.matrices
    for (niveau, code), territory in atlas.metadata.territories.by_key.items():
        if niveau in {"arrondissement", "pays"}:
            continue
        found = compose(atlas, territory)
        members = matrices.members(niveau, code)
        if not matrices.mapped[members].any():
            assert found is None
            continue
        assert found is not None
        assert len(set(found.codes)) == len(found.codes) > 0
        if niveau == "commune":
            assert code in found.codes
        elif found.level == "commune":
            assert len(found.codes) + len(found.missing) == len(members)


@pytest.mark.parametrize(
    ("niveau", "code"),
    [
        ("commune", "29155"),
        ("commune", "97411"),
        ("region", "76"),
        ("region", "94"),
        ("region", "06"),
        ("groupe", "action-coeur-de-ville"),
    ],
)
async def test_the_hard_ones_are_drawn(atlas: PublishedAtlas, niveau: str, code: str) -> None:
    if (niveau, code) not in atlas.metadata.territories.by_key:
        pytest.skip("les données partagées ne sont pas sur cette machine")
    territory = atlas.metadata.territories.by_key[niveau, code]
    found = await draw_territory(atlas, territory, WHOLE, Look())
    assert found.drawn
    ET.fromstring(found.svg)
    texts = (row.text for row in found.rows)
    assert all(text.endswith("%") or text == "non documenté" for text in texts)
