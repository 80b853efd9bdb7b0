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

from etl.communes import Communes
from etl.location import SEUIL_KM, locate, looks_swapped, points_of
from etl.location.points import sea_or_abroad
from etl.motifs import MOTIFS
from etl.readers import Context
from etl.signalements import Signalements
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


def run_named(*rows: dict[str, object]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Locate rows with postcodes, names and addresses."""
    base = {"code": "", "lon": NAN, "lat": NAN, "code_postal": "", "commune_nom": "", "nom": ""}
    frame = pd.DataFrame([{**base, "adresse": "", **row} for row in rows])
    frame.insert(0, "ligne", range(1, len(frame) + 1))
    signalements = Signalements()
    located = locate(
        frame.astype({"lon": "float64", "lat": "float64"}),
        communes=CONTEXT.communes,
        resolver=CONTEXT.resolver,
        signalements=signalements,
        champ_code="insee",
        champ_point="point",
        champ_commune="ville",
    )
    return located, signalements.frame()


@pytest.mark.parametrize(
    ("row", "commune", "reason"),
    [
        ({"code_postal": "01100", "commune_nom": "BOURG"}, "01002", "commune_par_le_nom"),
        ({"code_postal": "75015", "commune_nom": "PARIS 15E"}, "75056", "commune_par_le_nom"),
        (
            {"code_postal": "01100", "commune_nom": "Ancienville"},
            "01001",
            "commune_par_ancien_nom",
        ),
        (
            {"code_postal": "01100", "commune_nom": "Amarein"},
            "01001",
            "commune_par_nom_approche",
        ),
        ({"code_postal": "2000"}, "02001", "commune_par_le_code_postal"),
        (
            {"code_postal": "01100", "nom": "Mairie de Les Ormes"},
            "01003",
            "commune_par_le_nom",
        ),
        ({"adresse": "3 rue Haute, 01110 Amareins"}, "01001", "commune_par_le_nom"),
        # A divided code is told apart by the name.
        ({"code": "01990", "commune_nom": "Le Bourg"}, "01002", "commune_par_le_nom"),
        # A point at the other end of the country does not beat a postcode and its name.
        (
            {"code_postal": "01100", "commune_nom": "Le Bourg", "lon": 3.45, "lat": 49.55},
            "01002",
            "commune_par_le_nom",
        ),
    ],
)
def test_a_name_tells_the_commune(row: dict[str, object], commune: str, reason: str) -> None:
    located, said = run_named(row)
    assert located["commune"].tolist() == [commune]
    assert reason in reasons(said)


def test_a_point_next_door_beats_the_postal_name() -> None:
    located, said = run_named(
        {"code_postal": "01100", "commune_nom": "Le Bourg", "lon": 5.09, "lat": 46.05}
    )
    assert located["commune"].tolist() == ["01001"]
    assert set(reasons(said)) == {"commune_discordante", "commune_par_le_point"}
    assert "désigne Le Bourg" in said.set_index("motif").loc["commune_discordante", "phrase"]


@pytest.mark.parametrize(
    ("row", "reason", "words"),
    [
        ({"code_postal": "01100"}, "commune_ambigue", "Amareins (01001), Le Bourg (01002)"),
        ({"commune_nom": "Nulle Part"}, "nom_de_commune_inconnu", "« Nulle Part »"),
    ],
)
def test_a_name_that_tells_nothing_is_refused(
    row: dict[str, object], reason: str, words: str
) -> None:
    located, said = run_named(row)
    assert located.empty
    assert reasons(said) == [reason]
    assert words in said["phrase"].iloc[0]


def test_swapped_axes_are_put_right() -> None:
    located, said = run([("97411", -20.9, 55.45), ("", 46.05, 5.05), ("01001", 5.05, 46.05)])
    assert located["commune"].tolist() == ["97411", "01001", "01001"]
    assert (located["ecart_km"] == 0).all()
    assert reasons(said).count("axes_inverses") == 2


def test_swapped_axes_are_told_by_the_zone_of_the_code() -> None:
    lon, lat = np.array([48.8, 2.3, -20.9, NAN, 12.0]), np.array([2.3, 48.8, 55.5, 1.0, -45.2])
    codes = pd.Series(["75056", "75056", "01001", "", "97608"])
    assert looks_swapped(lon, lat, codes).tolist() == [True, False, False, False, False]
    assert looks_swapped(lon, lat, pd.Series([""] * 5)).tolist() == [
        True,
        False,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("point", "flags"),
    [
        ((0.0, 0.0), ["point_nul"]),
        ((10.0, 60.0), ["point_hors_de_france"]),
        ((166.4, -22.2), []),  # Nouméa, in a collectivité without outline
        ((3.39, 49.55), []),  # 700 m off the outline
        ((3.3, 49.55), ["point_en_mer"]),
        ((-63.1, 18.05), []),
    ],
)
def test_points_out_of_the_communes_are_flagged(
    point: tuple[float, float], flags: list[str]
) -> None:
    _, said = run([("02001", *point)])
    known = {"point_nul", "point_hors_de_france", "point_en_mer"}
    assert [reason for reason in reasons(said) if reason in known] == flags


def test_ground_of_other_countries_is_not_the_sea() -> None:
    square = shapely.MultiPolygon([shapely.box(7.3, 43.7, 7.5, 43.85)])
    france = CONTEXT.territoires.iloc[:1].assign(geom=[square], centre=[square.centroid])
    communes = Communes.of(france)
    off_menton, ventimiglia = shapely.Point(7.45, 43.65), shapely.Point(7.6, 43.82)
    at_sea, abroad = sea_or_abroad(np.array([off_menton, ventimiglia]), communes)
    assert at_sea.tolist() == [True, False]
    assert abroad.tolist() == [False, True]


def test_how_precise_a_point_is() -> None:
    located, _ = run(
        [
            ("01001", 5.05123, 46.05123),
            ("01001", 5.05, 46.05),
            ("01001", 5.11, 46.05123),
            ("01001", NAN, NAN),
        ]
    )
    precision = located["precision_m"].tolist()
    assert precision[0] == 100
    assert precision[1] == round(0.005 * 111_133 * math.sqrt(2))
    assert precision[2] == pytest.approx(773, abs=3)
    side = 0.1 * 111_133
    assert precision[3] == pytest.approx(
        math.sqrt(side * side * math.cos(math.radians(46.05)) / math.pi), rel=1e-3
    )


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
