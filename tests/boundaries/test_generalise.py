from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from boundaries import coverage
from boundaries.build import Territories
from boundaries.errors import BoundariesError
from boundaries.generalise import GROUP_ZOOMS, ZOOMS, generalise, outline_groups, tolerance
from tests.boundaries.topology import made_of, overlap, segments


def outlines(drawn, zoom: int, niveau: str) -> np.ndarray:
    rows = drawn[(drawn["zoom"] == zoom) & (drawn["niveau"] == niveau)]
    return rows.geometry.to_numpy()


@pytest.fixture(scope="module")
def drawn(territories: Territories):
    return generalise(territories)


def test_tolerance_is_a_pixel_and_a_grid_unit_at_last() -> None:
    # 40 075 016.69 m around the equator, in 2^7 tiles of 512 pixels.
    assert tolerance(7) == pytest.approx(40_075_016.69 / 128 / 512)
    assert tolerance(3) / tolerance(4) == pytest.approx(2)
    assert tolerance(11) == pytest.approx(40_075_016.69 / 2048 / 4096)


def test_each_level_is_drawn_at_its_zooms(drawn, territories: Territories) -> None:
    mapped = territories.territoires.dropna(subset="geom")
    codes = mapped.groupby("niveau")["code"].agg(sorted)
    found = drawn.groupby(["zoom", "niveau"])["code"].agg(list)
    expected = {(zoom, niveau) for niveau, zooms in ZOOMS.items() for zoom in zooms}
    assert set(found.index) == expected
    for (_, niveau), listed in found.items():
        assert listed == codes[niveau]


def test_nothing_vanishes_nor_tears(drawn) -> None:
    assert drawn.crs.to_epsg() == 3857
    assert drawn.geometry.is_valid.all()
    assert not drawn.geometry.is_empty.any()
    assert set(drawn.geometry.geom_type) == {"MultiPolygon"}
    for _, rows in drawn.groupby(["zoom", "niveau"]):
        shapes = rows.geometry.to_numpy()
        assert coverage.broken(shapes, 0.0).size == 0
        assert overlap(shapes) == pytest.approx(0, abs=1)


def test_levels_share_their_edges(drawn) -> None:
    for zoom in ZOOMS["epci"]:
        finest = "commune" if zoom in ZOOMS["commune"] else "epci"
        fine = outlines(drawn, zoom, finest)
        if finest == "epci":
            # A commune without EPCI and départements' borders inside an EPCI are drawn too.
            fine = np.r_[fine, outlines(drawn, zoom, "departement")]
        for niveau in ("epci", "departement", "region"):
            assert made_of(outlines(drawn, zoom, niveau), fine)
    for zoom in ZOOMS["region"]:
        if zoom in ZOOMS["departement"]:
            assert made_of(outlines(drawn, zoom, "region"), outlines(drawn, zoom, "departement"))


def test_farther_means_simpler(drawn) -> None:
    counts = [len(segments(outlines(drawn, zoom, "region"))) for zoom in ZOOMS["region"]]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_a_territory_that_would_vanish_stops_everything(
    territories: Territories, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = shapely.Polygon()
    monkeypatch.setattr(shapely, "coverage_simplify", lambda shapes, _: np.full(len(shapes), empty))
    with pytest.raises(BoundariesError, match="fait disparaître"):
        generalise(territories)


def test_groupes_are_made_of_the_communes_as_they_are_drawn(drawn, territories) -> None:
    members = pd.DataFrame(
        [("groupe", "un", "15001"), ("groupe", "un", "77001"), ("groupe", "deux", "15001"),
         ("groupe", "loin", "98701"), ("epci", "x", "15001")],
        columns=["niveau", "code", "commune"],
    )  # fmt: skip
    found = outline_groups(drawn, members)
    # 98701 has no outline: neither has the groupe that is made of it alone.
    assert found.groupby("zoom")["code"].agg(list).to_dict() == {
        zoom: ["deux", "un"] for zoom in GROUP_ZOOMS
    }
    assert set(found["niveau"]) == {"groupe"}
    assert found.crs == drawn.crs
    first = ZOOMS["commune"].start
    for zoom in GROUP_ZOOMS:
        at = max(zoom, first)
        communes = drawn[(drawn["zoom"] == at) & (drawn["niveau"] == "commune")]
        expected = communes[communes["code"].isin(["15001", "77001"])].geometry.union_all()
        (outline,) = outlines_of(found, zoom, "un")
        assert outline.geom_type == "MultiPolygon"
        assert shapely.equals(outline, expected)


def outlines_of(frame, zoom: int, code: str) -> np.ndarray:
    return frame[(frame["zoom"] == zoom) & (frame["code"] == code)].geometry.to_numpy()


def test_without_groupes_nothing_is_drawn(drawn, territories: Territories) -> None:
    found = outline_groups(drawn, territories.appartenances)
    assert found.empty
    assert list(found.columns) == list(drawn.columns)
