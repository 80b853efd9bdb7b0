"""Ready-made styles, their fonts and sprites: valid, complete, served as map libraries want."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psycopg
import pytest
from fontTools.pens.areaPen import AreaPen
from fontTools.ttLib import TTFont
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from geo_service.static_files import IMMUTABLE
from geo_service.styles import sprites
from geo_service.styles.build import FONT
from geo_service.styles.glyphs import EM, MARGIN, Face, ranges
from geo_service.styles.library import STYLES, style_document
from geo_service.styles.palette import BUILT, DARK, FACES, FIRSTS, LIGHT, RATE_BOUNDS, RATES
from tests.support import ROOT, NationalAtlas

NAMES = ("territoires", "couverture", "lieux")
EVERY = [*NAMES, *(f"{name}-sombre" for name in NAMES)]
WEB = ROOT / "geo_service" / "web"
FILES = [FONT / f"source-sans-3-{part}-wght-normal.woff2" for part in ("latin", "latin-ext")]

#: What the référentiel of a publication may be: the icons of lieux depend on it.
SERVICES = {
    "vivre-ensemble": ["a", "b"],
    "partage-connaissances": ["c"],
    "democratie-services-publics": ["accueil-mairie"],
    "autre": ["d"],
}


# --- documents ---------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_styles_are_listed(api: httpx.AsyncClient) -> None:
    listed = (await api.get("/styles/")).json()["styles"]
    assert [one["nom"] for one in listed] == EVERY == list(STYLES)
    assert [one["sombre"] for one in listed] == [False] * 3 + [True] * 3
    for one in listed:
        assert one["url"] == f"http://atlas.test/styles/{one['nom']}.json"
        document = (await api.get(one["url"])).json()
        assert document["name"] == one["titre"]
        assert document["metadata"]["atlas:description"] == one["description"]


@pytest.mark.anyio
async def test_addresses_are_those_of_the_host_asked(api: httpx.AsyncClient) -> None:
    answer = await api.get("/styles/lieux.json", headers={"Host": "carte.example.org"})
    document = answer.json()
    for address in (
        document["sprite"],
        document["glyphs"],
        *(source["url"] for source in document["sources"].values()),
    ):
        assert address.startswith("http://carte.example.org/")
    assert len(re.findall("https?://", answer.text)) == 2 * len(document["sources"]) + 2
    assert (await api.get("/styles/lieux.json", headers={"Host": "a b"})).status_code == 400


def test_every_style_is_valid() -> None:
    """The validator of the specification finds nothing to say, whatever the référentiel."""
    script = """
      import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
      import { readFileSync } from "node:fs";
      const styles = JSON.parse(readFileSync(0, "utf-8"));
      const said = styles.map((style) => validateStyleMin(style).map((fault) => fault.message));
      console.log(JSON.stringify(said));
    """
    documents = [
        style_document(name, "http://atlas.test", services, "abc")
        for name in STYLES
        for services in (SERVICES, {}, {"vivre-ensemble": ["a"]})
    ]
    documents.append({**documents[0], "layers": [{"id": "x", "type": "fil"}]})
    said = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        cwd=WEB,
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        check=True,
    )
    *found, wrong = json.loads(said.stdout)
    assert found == [[]] * len(found)
    assert wrong


def places(node: Any) -> Iterator[str]:
    """Attributes that an expression reads."""
    if isinstance(node, list):
        if len(node) == 2 and node[0] in {"get", "has"}:
            yield node[1]
        for part in node:
            yield from places(part)
    elif isinstance(node, dict):
        for part in node.values():
            yield from places(part)


def read_by(document: dict[str, Any]) -> dict[tuple[str, str], set[str]]:
    """Attributes that a style reads, by source and layer of the source."""
    found: dict[tuple[str, str], set[str]] = {}
    for layer in document["layers"]:
        if "source" in layer:
            key = (layer["source"], layer["source-layer"])
            found.setdefault(key, set()).update(places(layer))
    return found


@pytest.mark.national
@pytest.mark.parametrize("name", EVERY)
def test_what_styles_draw_is_in_the_archives(national_server: str, name: str) -> None:
    """Every layer and every attribute a style names is in the tiles."""
    document = httpx.get(f"{national_server}/styles/{name}.json").json()
    layers = {
        (source, layer["id"]): set(layer["fields"])
        for source in document["sources"]
        for layer in httpx.get(f"{national_server}/tiles/{source}.json").json()["vector_layers"]
    }
    for key, attributes in read_by(document).items():
        assert attributes <= layers[key], key


@pytest.mark.parametrize("name", EVERY)
def test_fonts_and_icons_of_styles_are_there(name: str) -> None:
    document = style_document(name, "http://atlas.test", SERVICES, "abc")
    icons = json.loads((BUILT / "sprites" / "atlas.json").read_text())
    text = json.dumps(document["layers"])
    for layer in document["layers"]:
        (font,) = layer.get("layout", {}).get("text-font", list(FACES)[:1])
        assert font in FACES
        pattern = layer.get("paint", {}).get("fill-pattern", "hachures")
        assert pattern in icons
    named = set(re.findall(r'"((?:theme-|hachures)[\w-]*|lieu|mairie)"', text))
    assert named <= set(icons)
    drawn = {"theme-vivre-ensemble", "mairie"} <= named
    assert drawn == name.startswith("lieux")
    assert "theme-autre" not in named


def lightness(colour: str) -> float:
    """L* of CIE 1976, from sRGB (IEC 61966-2-1)."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return float(116 * y ** (1 / 3) - 16)


def test_classes_read_without_colours() -> None:
    """Lightness alone tells the classes apart, and names stand out from their halo."""
    steps = [lightness(colour) for colour in RATES]
    assert all(before - after > 6 for before, after in itertools.pairwise(steps))
    assert list(RATE_BOUNDS) == sorted(set(RATE_BOUNDS))
    assert len(RATE_BOUNDS) == len(RATES) - 1
    for theme in (LIGHT, DARK):
        assert abs(lightness(theme.ink) - lightness(theme.halo)) > 70
        assert abs(lightness(theme.cluster_ink) - lightness(theme.cluster)) > 50


def test_legend_is_that_of_the_classes() -> None:
    document = style_document("couverture", "http://atlas.test", SERVICES, "abc")
    legend = document["metadata"]["atlas:legende"]
    (fill,) = [layer for layer in document["layers"] if layer["id"] == "communes-taux"]
    step = fill["paint"]["fill-color"]
    assert [one["couleur"] for one in legend] == step[2::2]
    assert [one["libelle"] for one in legend][:2] == ["de 0 à 10\u00a0%", "de 10 à 20\u00a0%"]
    night = style_document("couverture-sombre", "http://atlas.test", SERVICES, "abc")
    shown = night["metadata"]["atlas:legende"]
    assert [one["libelle"] for one in shown] == [one["libelle"] for one in legend]
    assert [one["couleur"] for one in shown] == list(RATES[::-1])
    assert step[3::2] == [0.1, 0.2, 0.3, 0.4, 0.6, 0.8]


# --- HTTP --------------------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/styles/", "application/json"),
        ("/styles/couverture-sombre.json", "application/json"),
        ("/sprites/atlas.json", "application/json"),
        ("/sprites/atlas@2x.png", "image/png"),
        ("/fonts/Atlas Texte Bold/0-255.pbf", "application/x-protobuf"),
        ("/fonts/Atlas Texte Bold/1024-1279.pbf", "application/x-protobuf"),
        ("/fonts/OFL.txt", "text/plain; charset=utf-8"),
    ],
)
async def test_files_are_served_to_any_site(api: httpx.AsyncClient, path: str, kind: str) -> None:
    answer = await api.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "max-age" in answer.headers["cache-control"]
    assert answer.headers["cache-control"] != IMMUTABLE
    etag = answer.headers["etag"]
    assert etag.startswith('"')
    again = await api.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    plain = await api.get(path, headers={"Accept-Encoding": "identity"})
    assert plain.content == answer.content
    assert plain.headers["etag"] != etag or "content-encoding" not in answer.headers
    headed = await api.head(path)
    assert headed.content == b""
    assert headed.headers["etag"] == etag
    assert (await api.options(path)).status_code == 204
    refused = await api.get(path, params={"x": "1"})
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/styles/couvertures.json", "Vouliez-vous dire « couverture »"),
        ("/styles/x.json", "Styles disponibles"),
        ("/sprites/autre.png", "planche"),
        ("/sprites/..%2Ffonts%2FOFL.txt", "n’existe pas"),
        ("/fonts/Comic Sans/0-255.pbf", "Polices disponibles : Atlas Texte Regular"),
        ("/fonts/Atlas Texte Bold/0-256.pbf", "plage de caractères"),
        ("/fonts/Atlas Texte Bold/1-256.pbf", "plage de caractères"),
        ("/fonts/Atlas Texte Bold/65536-65791.pbf", "plage de caractères"),
        ("/fonts/Atlas Texte Bold/x.pbf", "plage de caractères"),
    ],
)
async def test_unknown_files(api: httpx.AsyncClient, path: str, word: str) -> None:
    answer = await api.get(path)
    assert answer.status_code == 404
    assert "pbf" in path or answer.headers["content-type"] in {
        "application/problem+json",
        "text/html; charset=utf-8",
    }
    assert word in answer.text


@pytest.mark.anyio
async def test_first_known_font_of_a_list_is_given(api: httpx.AsyncClient) -> None:
    bold = await api.get("/fonts/Atlas Texte Bold/0-255.pbf")
    assert (await api.get("/fonts/Autre,Atlas Texte Bold/0-255.pbf")).content == bold.content


# --- fonts -------------------------------------------------------------------------------------

Kind = descriptor_pb2.FieldDescriptorProto


def read_glyphs(content: bytes) -> Any:
    """Read a range of glyphs with another program, from the format's own field numbers."""
    file = descriptor_pb2.FileDescriptorProto(name="glyphs.proto", package="llmr")
    one, many = Kind.LABEL_OPTIONAL, Kind.LABEL_REPEATED
    messages: dict[str, list[tuple[str, int, Any, Any]]] = {
        "glyph": [
            ("id", 1, Kind.TYPE_UINT32, one),
            ("bitmap", 2, Kind.TYPE_BYTES, one),
            ("width", 3, Kind.TYPE_UINT32, one),
            ("height", 4, Kind.TYPE_UINT32, one),
            ("left", 5, Kind.TYPE_SINT32, one),
            ("top", 6, Kind.TYPE_SINT32, one),
            ("advance", 7, Kind.TYPE_UINT32, one),
        ],
        "fontstack": [
            ("name", 1, Kind.TYPE_STRING, one),
            ("range", 2, Kind.TYPE_STRING, one),
            ("glyphs", 3, Kind.TYPE_MESSAGE, many),
        ],
        "glyphs": [("stacks", 1, Kind.TYPE_MESSAGE, many)],
    }
    inside = {"glyphs": ".llmr.glyph", "stacks": ".llmr.fontstack"}
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field, number, kind, label in fields:
            message.field.add(
                name=field, number=number, type=kind, label=label, type_name=inside.get(field)
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    kind_of = message_factory.GetMessageClass(pool.FindMessageTypeByName("llmr.glyphs"))
    (stack,) = kind_of.FromString(content).stacks
    return stack


@pytest.mark.parametrize("name", FACES)
def test_glyphs_have_the_outlines_of_the_font(name: str) -> None:
    """Levels above the threshold cover the area of the outline; advances are the font's."""
    font = TTFont(FILES[0])
    drawn = font.getGlyphSet(location={"wght": FACES[name]})
    scale = EM / font["head"].unitsPerEm
    stack = read_glyphs((BUILT / "fonts" / name / "0-255.pbf").read_bytes())
    assert (stack.name, stack.range) == (name, "0-255")
    codes = [glyph.id for glyph in stack.glyphs]
    assert codes == sorted(font.getBestCmap().keys() & set(range(256)))
    for glyph in stack.glyphs:
        outline = drawn[font.getBestCmap()[glyph.id]]
        assert glyph.advance == round(outline.width * scale)
        if not glyph.bitmap:
            continue
        shape = (glyph.height + 2 * MARGIN, glyph.width + 2 * MARGIN)
        levels = np.frombuffer(glyph.bitmap, np.uint8).reshape(shape).astype(float)
        # The level falls by 255 / 8 a pixel: half a pixel around the outline is its anti-aliasing.
        inside = np.clip((levels - 191.25) / (255 / 8) + 0.5, 0, 1).sum()
        pen = AreaPen(drawn)
        outline.draw(pen)
        area = abs(pen.value) * scale**2
        # Overlapping parts of a contour count once on the map.
        assert inside == pytest.approx(area, rel=0.25, abs=3), chr(glyph.id)
        assert levels[0].max() < 191
        assert levels[-1].max() < 191


def test_names_stand_where_map_libraries_expect_them() -> None:
    """A capital is centred on the line that MapLibre draws at 17 pixels below the top."""
    stack = read_glyphs((BUILT / "fonts" / "Atlas Texte Semibold" / "0-255.pbf").read_bytes())
    (capital,) = [glyph for glyph in stack.glyphs if glyph.id == ord("H")]
    middle = -capital.top + capital.height / 2
    assert abs(middle - 17) < 1.5


def test_the_same_sources_give_the_same_bytes() -> None:
    name, weight = "Atlas Texte Bold", FACES["Atlas Texte Bold"]
    for file, content in ranges(Face(FILES, weight), name, [8448]):
        assert (BUILT / "fonts" / name / file).read_bytes() == content
    for density, suffix in ((1, ""), (2, "@2x")):
        picture, places = sprites.sheet(sprites.read_icons(), density)
        assert (BUILT / "sprites" / f"atlas{suffix}.png").read_bytes() == picture
        assert json.loads((BUILT / "sprites" / f"atlas{suffix}.json").read_text()) == places


def test_the_licence_goes_with_the_fonts() -> None:
    installed = (FONT.parent / "LICENSE").read_text()
    assert "SIL OPEN FONT LICENSE Version 1.1" in installed.replace("\n", " ")
    assert (BUILT / "fonts" / "OFL.txt").read_text() == installed


@pytest.mark.national
def test_every_name_can_be_written(national_atlas: NationalAtlas) -> None:
    """No character of a territory's name is without a glyph, in any weight."""
    with psycopg.connect(national_atlas.reader_url) as conn:
        rows = conn.execute(
            f"SELECT DISTINCT regexp_split_to_table(nom, '') FROM pub_{national_atlas.publication}"
            ".territoires"
        ).fetchall()
    wanted = {ord(character) for (character,) in rows if character}
    assert len(wanted) > 60
    for name in FACES:
        known = {
            glyph.id
            for start in FIRSTS
            for glyph in read_glyphs(
                (BUILT / "fonts" / name / f"{start}-{start + 255}.pbf").read_bytes()
            ).glyphs
        }
        assert {chr(code) for code in wanted - known} == set()


# --- sprites -----------------------------------------------------------------------------------


def test_icons_do_not_overlap_and_fit_the_sheet() -> None:
    """Places are whole pixels inside the picture; density 2 is twice density 1."""
    for density, suffix in ((1, ""), (2, "@2x")):
        picture = (BUILT / "sprites" / f"atlas{suffix}.png").read_bytes()
        assert picture.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = (int.from_bytes(picture[k : k + 4]) for k in (16, 20))
        icons = json.loads((BUILT / "sprites" / f"atlas{suffix}.json").read_text())
        assert set(icons) == {path.stem for path in sprites.ICONS.glob("*.svg")}
        taken = []
        for name, icon in icons.items():
            assert icon["pixelRatio"] == density
            own = ET.parse(sprites.ICONS / f"{name}.svg").getroot()
            assert icon["width"] == density * int(own.attrib["width"])
            assert icon["height"] == density * int(own.attrib["height"])
            assert icon["x"] + icon["width"] <= width
            assert icon["y"] + icon["height"] <= height
            taken.append((icon["x"], icon["x"] + icon["width"]))
        taken.sort()
        assert all(end < start for (_, end), (start, _) in itertools.pairwise(taken))


def test_an_icon_without_a_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    with pytest.raises(ValueError, match=r"x\.svg tells no size"):
        sprites.read_icons(tmp_path)
