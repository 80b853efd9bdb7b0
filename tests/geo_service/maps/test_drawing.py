"""Paths, names and text of a drawing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_service.maps import Look, Row, drawing
from geo_service.maps.labels import Wanted, place
from geo_service.maps.outlines import Box, Outlines, _ground
from geo_service.maps.paths import UNITS, path_data
from geo_service.maps.text import clean, escape, halves, short_name, width, wrap
from geo_service.maps.values import SILENCE, Entry, Style
from tests.geo_service.maps.reading import rings

NAMESPACE = {"s": "http://www.w3.org/2000/svg"}
ENTRIES = (
    Entry("0 %", "", Style("ca-r0", "#fdf1c3"), 1, "1 commune"),
    Entry("?", "", SILENCE, 0, ""),
)


def cells() -> np.ndarray:
    """A coverage: two squares side by side, the second with a hole that a third fills."""
    hole = shapely.box(1300, 400, 1400, 500)
    return np.array(
        [shapely.box(0, 0, 1000, 900), shapely.box(1000, 0, 2000, 900) - hole, hole], dtype=object
    )


def outlines(shapes: np.ndarray) -> Outlines:
    nothing = shapely.from_wkt("POLYGON EMPTY")
    return Outlines(Box(0, 0, 2000 / UNITS, 900 / UNITS), shapes, nothing, nothing, 50.0)


def test_paths_have_the_area_and_the_borders_of_the_shapes() -> None:
    shapes = cells()
    for shape, d in zip(shapes, path_data(shapes), strict=True):
        whole, *holes = [shapely.Polygon(ring) for ring in rings(d)]
        assert whole.difference(shapely.union_all(holes)).equals(shape)


def test_lines_are_open_and_what_is_empty_is_nothing() -> None:
    shapes = ["LINESTRING EMPTY", "LINESTRING (1 1, 1 1, 4 5, 4 3)", "MULTILINESTRING EMPTY"]
    assert path_data(shapely.from_wkt(shapes)) == ["", "M1 1l3 4 0-2", ""]
    assert path_data(np.zeros(0, dtype=object)) == []


def test_land_is_one_piece_even_where_lines_cross() -> None:
    bow = shapely.Polygon([(0, 900), (1000, 900), (1000, 1000), (500, 850), (0, 1000)])
    assert not bow.is_valid
    land, borders = _ground(np.append(cells(), bow), Box(0, 0, 4000 / UNITS, 2000 / UNITS), 0)
    assert land.area == pytest.approx(shapely.union_all(shapely.make_valid([*cells(), bow])).area)
    assert not borders.is_empty


def test_what_is_too_small_is_still_drawn() -> None:
    (d,) = path_data(np.array([shapely.box(5.1, 5.1, 5.2, 5.2)], dtype=object))
    (ring,) = rings(d)
    assert shapely.Polygon(ring).area == 1
    assert path_data(np.array([shapely.LineString([(0, 0), (0.2, 0)])], dtype=object)) == [""]


@given(
    st.lists(st.tuples(st.integers(-9999, 9999), st.integers(-9999, 9999)), min_size=4, max_size=30)
)
def test_any_ring_comes_back(points: list[tuple[int, int]]) -> None:
    line = shapely.LineString(points)
    (d,) = path_data(np.array([line], dtype=object))
    kept = [p for at, p in enumerate(points) if at == 0 or p != points[at - 1]]
    assert not d if len(kept) < 2 else rings(d) == [kept]


#: Any text a file may hold: lone surrogates excepted, which PostgreSQL refuses.
NAMES = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@given(NAMES, NAMES)
def test_a_drawing_is_well_formed_whatever_the_names(nom: str, other: str) -> None:
    look = Look(width=300, height=200, links=True)
    ink = drawing.ink_of(look, "c1")
    shapes = cells()[:2]
    rows = [Row("1", nom, "commune", "0 %", 0.0, 0), Row("2", other, "commune", "?", None, 1)]
    fitted = outlines(shapes)
    wanted = [Wanted(at, row.nom, row.text, 1, "") for at, row in enumerate(rows)]
    body = [
        ink.patterns(),
        drawing.territories(fitted, rows, ENTRIES, look, ink, query="enjeu=a&b", scattered=False),
        drawing.names(fitted, wanted, 12, ink, look, dots=True),
        drawing.frame(fitted.box, clean(nom), 10, ink),
    ]
    svg = drawing.document(look, ink, nom, other, body)
    root = ET.fromstring(svg)
    links = root.findall(".//s:a", NAMESPACE)
    assert [link.attrib["aria-label"] for link in links] == [
        f"{clean(nom)}\u00a0: 0 %",
        f"{clean(other)}\u00a0: ?",
    ]
    assert links[0].attrib["href"] == "/commune/1?enjeu=a&b"
    assert not re.search("[\u202a-\u202e\u2066\u2067]", svg.partition("</desc>")[2])


def test_text_written_from_right_to_left_is_isolated() -> None:
    assert clean("  Le\tHavre\x00 ") == "Le Havre"
    assert clean("Abc\u202edef") == "Abcdef"
    assert clean("שלום") == "\u2068שלום\u2069"
    assert escape('<a href="x">&\x08') == "&lt;a href=&quot;x&quot;&gt;&amp;"


def test_names_do_not_touch_and_stay_inside() -> None:
    shapes = np.array(
        [
            shapely.box(x, y, x + 400, y + 300)
            for x in range(0, 4000, 400)
            for y in range(0, 3000, 300)
        ],
        dtype=object,
    )
    wanted = [Wanted(at, f"Saint-Machin-{at}", "12 %", 1, "") for at in range(len(shapes))]
    room = (4000 / UNITS, 3000 / UNITS)
    found = place(outlines(shapes), wanted, 12, room, dots=True)
    boxes = []
    for label in found:
        wide = max(width(line, 12, 600) for line in label.lines)
        left = label.x - {"start": 0, "middle": wide / 2, "end": wide}[label.anchor]
        boxes.append(
            shapely.box(left, label.y - 9, left + wide, label.y - 9 + 11 * len(label.lines))
        )
    assert len(boxes) > 15
    whole = shapely.box(0, 0, *room)
    assert all(whole.contains(box) for box in boxes)
    assert sum(box.area for box in boxes) == pytest.approx(shapely.union_all(boxes).area)
    # The most important one has its name.
    assert "".join(found[0].lines) == "Saint-Machin-0"


def test_names_are_cut_where_people_cut_them() -> None:
    assert halves("Saint-Jacques-de-la-Lande")[1] == ["Saint-Jacques-", "de-la-Lande"]
    assert halves("Mende") == [["Mende"]]
    assert short_name("Communauté de communes Cœur de Lozère") == "CC Cœur de Lozère"
    lines = wrap("un deux trois quatre", width("un deux", 10), 10)
    assert lines == ["un deux", "trois", "quatre"]
    assert width("MM", 10, 700) > width("ii", 10, 400) > 0
