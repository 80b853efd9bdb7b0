"""Groupes: made of their communes and of nothing else, and the country unchanged."""

from __future__ import annotations

import pandas as pd
import psycopg
import pytest
import shapely

from boundaries import groups
from boundaries.build import Territories
from boundaries.errors import BoundariesError
from boundaries.load import copy_territories

COLUMNS = ["code", "nom", "nature"]


def grouped(territories: Territories, **members: list[str]) -> Territories:
    """The territories with groupes of those names, and those communes."""
    names = pd.DataFrame([(code, f"Le {code}", "PETR") for code in members], columns=COLUMNS)
    pairs = [(code, commune) for code, communes in members.items() for commune in communes]
    return groups.add(territories, names, pd.DataFrame(pairs, columns=["groupe", "commune"]))


def test_a_groupe_is_the_union_of_its_communes(territories: Territories) -> None:
    made = grouped(territories, pays=["15001", "77001"])
    frame = made.territoires.set_index(["niveau", "code"])
    row = frame.loc[("groupe", "pays")]
    parts = frame.loc[[("commune", "15001"), ("commune", "77001")]]
    assert (row["nom"], row["nature"], row["recherche"]) == ("Le pays", "PETR", "le pays")
    assert (row["population"], row["population_annee"], row["srid_legal"]) == (3000, 2023, 2154)
    assert row["superficie_km2"] == pytest.approx(parts["superficie_km2"].sum())
    assert shapely.is_valid(row["geom"])
    assert shapely.symmetric_difference(row["geom"], shapely.union_all(parts["geom"])).area < 1e-12
    assert shapely.contains_properly(row["geom"], row["centre"])
    assert row["emprise"] == pytest.approx(row["geom"].bounds, abs=1e-6)


def test_groupes_change_nothing_else(territories: Territories) -> None:
    made = grouped(territories, un=["15001"], deux=["15001", "75056"])
    before, after = territories.territoires, made.territoires
    others = after[after["niveau"] != "groupe"]
    pd.testing.assert_frame_equal(pd.DataFrame(others), pd.DataFrame(before))
    members = made.appartenances
    assert members[members["niveau"] != "groupe"].equals(territories.appartenances)
    mine = members[members["niveau"] == "groupe"]
    assert sorted(zip(mine["code"], mine["commune"], strict=True)) == [
        ("deux", "15001"),
        ("deux", "75056"),
        ("un", "15001"),
    ]
    nobody = pd.DataFrame(columns=["groupe", "commune"])
    assert groups.add(territories, pd.DataFrame(columns=COLUMNS), nobody) is territories


def test_a_groupe_of_several_zones_has_no_legal_crs(territories: Territories) -> None:
    frame = grouped(territories, loin=["75056", "97101", "98701"], iles=["98701"]).territoires
    far, islands = (frame[frame["code"] == code].iloc[0] for code in ("loin", "iles"))
    assert far["population"] == 5750
    assert pd.isna(far["srid_legal"])
    # One commune has no polygon: the area of the whole is not known.
    assert pd.isna(far["superficie_km2"])
    assert far["emprise"][0] == pytest.approx(-61.6)
    assert (islands["geom"], islands["centre"], islands["emprise"]) == (None, None, None)
    assert islands["population"] == 50


def test_groupes_are_copied(territories: Territories, publication_conn: psycopg.Connection) -> None:
    copy_territories(publication_conn, grouped(territories, a=["15001", "98701"], b=["98701"]))
    rows = publication_conn.execute(
        "SELECT code, population, geom IS NULL FROM territoires WHERE niveau = 'groupe' ORDER BY 1"
    ).fetchall()
    assert rows == [("a", 1050, False), ("b", 50, True)]


@pytest.mark.parametrize(
    ("members", "named"),
    [({"vide": []}, "vide"), ({"g": ["99999"]}, "99999"), ({"g": ["75101"]}, "75101")],
)
def test_what_makes_no_groupe_is_refused(
    members: dict[str, list[str]], named: str, territories: Territories
) -> None:
    with pytest.raises(BoundariesError, match=named):
        grouped(territories, **members)


def test_a_code_taken_twice_is_refused(territories: Territories) -> None:
    names = pd.DataFrame([("g", "Un", None), ("g", "Deux", None)], columns=COLUMNS)
    pairs = pd.DataFrame({"groupe": ["g"], "commune": ["15001"]})
    with pytest.raises(BoundariesError, match="même code : g"):
        groups.add(territories, names, pairs)
