"""Locating: a row's commune and point, against shapely row by row and geodesics."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.location import SEUIL_KM, locate, points_of
from etl.readers import Context
from etl.signalements import MOTIFS, Signalements
from tests.etl.small_atlas import LINKS, SIDE, SQUARES, context

CONTEXT = context()
NAN = math.nan


def run(
    rows: list[tuple[str, float, float]],
    repli: list[tuple[float, float]] | None = None,
    atlas: Context = CONTEXT,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Locate rows (code, lon, lat); give what was kept and what was said."""
    frame = pd.DataFrame(rows, columns=["code", "lon", "lat"]).astype({"code": "str"})
    frame.insert(0, "ligne", range(1, len(frame) + 1))
    if repli is not None:
        frame["repli_lon"], frame["repli_lat"] = zip(*repli, strict=True)
    signalements = Signalements()
    located = locate(
        frame,
        communes=atlas.communes,
        resolver=atlas.resolver,
        signalements=signalements,
        champ_code="insee",
        champ_point="point",
    )
    return located, signalements.frame()


def reasons(said: pd.DataFrame) -> list[str]:
    return said["motif"].tolist()


def centre_of(code: str) -> shapely.Point:
    _, west, south, _ = SQUARES[code]
    return shapely.Point(west + SIDE / 2, south + SIDE / 2)


def test_a_point_in_its_commune_is_kept_without_remark() -> None:
    located, said = run([("01001", 5.05, 46.05)])
    assert said.empty
    row = located.iloc[0]
    assert (row["commune"], row["localisation"], row["ecart_km"]) == ("01001", "point", 0)
    assert row["geom"] == shapely.Point(5.05, 46.05)
    assert located.crs.to_epsg() == 4326


@pytest.mark.parametrize(
    ("code", "commune", "reason"),
    [
        ("01009", "01001", ["code_ancien"]),
        ("01010", "01001", ["code_ancien"]),
        ("1001", "01001", ["zero_perdu"]),
        ("1009", "01001", ["zero_perdu", "code_ancien"]),
        (" 01001 ", "01001", []),
    ],
)
def test_a_code_of_any_year_is_resolved(code: str, commune: str, reason: list[str]) -> None:
    located, said = run([(code, 5.05, 46.05)])
    assert located["commune"].tolist() == [commune]
    assert reasons(said) == reason
    assert (said["gravite"] == "reparation").all()


def test_an_arrondissement_is_its_city() -> None:
    located, _ = run([("75101", 2.35, 48.85)])
    assert located["commune"].tolist() == ["75056"]


@pytest.mark.parametrize("code", ["", "99999", "zzz"])
def test_without_a_known_code_the_point_decides(code: str) -> None:
    located, said = run([(code, 5.15, 46.05)])
    assert located["commune"].tolist() == ["01002"]
    assert located["localisation"].tolist() == ["point"]
    assert reasons(said) == ["commune_par_le_point"]


def test_the_declared_code_wins_over_a_point_next_door() -> None:
    located, said = run([("01001", 5.11, 46.05)])
    assert located["commune"].tolist() == ["01001"]
    assert located["localisation"].tolist() == ["point"]
    expected = pyproj.Geod(ellps="WGS84").inv(5.1, 46.05, 5.11, 46.05)[2] / 1000
    assert located["ecart_km"].iloc[0] == pytest.approx(expected, rel=3e-3)
    assert reasons(said) == ["point_hors_commune"]
    assert "773 m" in said["phrase"].iloc[0]
    assert "Amareins" in said["phrase"].iloc[0]


def test_a_point_too_far_is_replaced_by_the_centre() -> None:
    located, said = run([("01001", 5.35, 46.05)])
    row = located.iloc[0]
    assert (row["commune"], row["localisation"]) == ("01001", "centre_commune")
    assert row["geom"].equals_exact(centre_of("01001"), 1e-9)
    assert row["ecart_km"] > SEUIL_KM
    assert set(reasons(said)) == {"point_hors_commune", "point_remplace", "point_en_mer"}


def test_the_threshold_itself_is_believed() -> None:
    degrees = SEUIL_KM / (pyproj.Geod(ellps="WGS84").inv(5.1, 46.05, 6.1, 46.05)[2] / 1000)
    located, _ = run([("01001", 5.1 + degrees * f, 46.05) for f in (0.99, 1.01)])
    assert located["localisation"].tolist() == ["point", "centre_commune"]


def test_distances_overseas_are_in_the_projection_of_the_island() -> None:
    located, _ = run([("97411", 55.52, -20.9)])
    expected = pyproj.Geod(ellps="WGS84").inv(55.5, -20.9, 55.52, -20.9)[2] / 1000
    assert located["ecart_km"].iloc[0] == pytest.approx(expected, rel=1e-3)


def test_a_point_at_the_other_end_of_the_world_has_a_finite_distance() -> None:
    located, _ = run([("97411", -125.0, 20.0), ("01001", -175.0, -46.0)])
    assert np.isfinite(located["ecart_km"]).all()
    assert (located["ecart_km"] > 5000).all()


def test_without_point_the_centre_stands_in() -> None:
    located, said = run([("01003", NAN, NAN)])
    row = located.iloc[0]
    assert row["localisation"] == "centre_commune"
    assert row["geom"].equals_exact(centre_of("01003"), 1e-9)
    assert math.isnan(row["ecart_km"])
    assert reasons(said) == ["point_absent"]


def test_an_older_centre_is_preferred_when_it_is_inside() -> None:
    inside, outside = (5.02, 46.03), (5.5, 46.5)
    located, _ = run([("01001", NAN, NAN), ("01001", NAN, NAN)], repli=[inside, outside])
    assert located["geom"].iloc[0] == shapely.Point(inside)
    assert located["geom"].iloc[1].equals_exact(centre_of("01001"), 1e-9)
    assert (located["localisation"] == "centre_commune").all()


def test_an_older_centre_can_tell_the_commune() -> None:
    located, said = run([("99999", NAN, NAN)], repli=[(5.02, 46.03)])
    assert located["commune"].tolist() == ["01001"]
    assert reasons(said) == ["commune_par_le_point", "point_absent"]


@pytest.mark.parametrize(
    ("row", "reason", "flags"),
    [
        (("", NAN, NAN), "sans_localisation", []),
        (("99999", NAN, NAN), "commune_inconnue", []),
        (("99999", 0.0, 0.0), "commune_inconnue", ["point_nul"]),
        (("", 0.0, 0.0), "sans_localisation", ["point_nul"]),
        (("99999", 10.0, 60.0), "point_hors_territoire", ["point_hors_de_france"]),
        (("", 1000.0, 46.0), "sans_localisation", []),
        (("01990", NAN, NAN), "commune_partagee", []),
    ],
)
def test_a_row_nobody_can_place_is_refused_once(
    row: tuple[str, float, float], reason: str, flags: list[str]
) -> None:
    located, said = run([row])
    assert located.empty
    assert reasons(said) == [reason, *flags]
    assert MOTIFS[reason][0] == "rejet"
    assert list(located.columns) == [
        "commune",
        "localisation",
        "precision_m",
        "ecart_km",
        "geom",
    ]


def test_a_code_shared_between_communes_is_placed_by_its_point() -> None:
    located, said = run([("01990", 5.02, 46.03), ("01990", NAN, NAN)])
    assert located["commune"].tolist() == ["01001"]
    assert reasons(said) == ["commune_par_le_point", "commune_partagee"]
    refused = said.set_index("motif").loc["commune_partagee", "phrase"]
    assert "entre 01001, 01002" in refused


def test_a_point_on_a_border_goes_to_the_lowest_code() -> None:
    located, _ = run([("", 5.1, 46.05)])
    assert located["commune"].tolist() == ["01001"]


def test_usable_points() -> None:
    lon = np.array([2.0, 0.0, 181.0, NAN, math.inf, -180.0])
    lat = np.array([48.0, 0.0, 0.0, 1.0, 0.0, 90.0])
    points, usable = points_of(lon, lat)
    assert usable.tolist() == [True, False, False, False, False, True]
    assert len(points) == 6


codes = st.sampled_from([*SQUARES, *(old for old, _, _ in LINKS), "", "99999", "1001"])
numbers = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(-180, 180))
near = st.tuples(st.floats(4.9, 5.4), st.floats(45.9, 46.2))
points = st.one_of(near, st.tuples(numbers, numbers))


@settings(deadline=None)
@given(st.lists(st.tuples(codes, points), max_size=12))
def test_every_row_is_kept_or_refused_once(rows: list[tuple[str, tuple[float, float]]]) -> None:
    located, said = run([(code, lon, lat) for code, (lon, lat) in rows])
    refused = said[said["gravite"] == "rejet"]["ligne"].tolist()
    assert sorted([*refused, *(located.index + 1)]) == list(range(1, len(rows) + 1))
    squares = {
        code: shapely.box(west, south, west + SIDE, south + SIDE)
        for code, (_, west, south, _) in SQUARES.items()
    }
    for i, row in located.iterrows():
        assert row["precision_m"] > 0
        code, (lon, lat) = rows[int(str(i))]
        known = CONTEXT.resolver.resolve(code.zfill(5)) if code else None
        square = squares[row["commune"]]
        assert known in (None, row["commune"])
        if row["localisation"] == "point":
            assert (row["geom"].x, row["geom"].y) == (lon, lat)
            assert (row["ecart_km"] == 0) or not square.intersects(row["geom"])
            assert row["ecart_km"] <= SEUIL_KM
        else:
            assert square.contains(row["geom"])
        if known is None:
            assert square.intersects(row["geom"])


def test_a_row_cannot_be_refused_twice() -> None:
    signalements = Signalements()
    signalements.add("identifiant_absent", [1, 2], "id", "Sans identifiant.")
    with pytest.raises(ValueError, match="twice"):
        signalements.add("doublon", [2], "id", "Doublon.")


def test_remarks_mask_addresses_and_cut_long_values() -> None:
    signalements = Signalements()
    signalements.add(
        "adresse_web_invalide",
        [3, 1],
        "url",
        "« {valeur} »",
        ["contact jean.dupont@ville-exemple.fr !", "x" * 1000],
    )
    signalements.add("commune_sans_mairie", [None], None, "{valeur}", ["Médi@thèque"])
    frame = signalements.frame()
    assert frame["ligne"].tolist() == [None, 1, 3]
    assert frame["valeur"].tolist()[0] == "Médi@thèque"
    assert len(frame["valeur"].tolist()[1]) == 200
    assert frame["phrase"].tolist()[2] == "« contact [adresse électronique] ! »"
    assert (signalements.rejetees, signalements.reparees) == (0, 0)


def test_a_refused_row_is_not_counted_as_repaired() -> None:
    signalements = Signalements()
    signalements.add("code_ancien", [1, 2], "code", "Ancien.")
    signalements.add("doublon", [2], "nom", "Doublon.")
    assert (signalements.rejetees, signalements.reparees) == (1, 1)
