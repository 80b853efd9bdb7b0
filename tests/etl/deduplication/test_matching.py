"""Which lieux are one: by hand, and properties that hold whatever the files."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.deduplication import same_lieux
from etl.deduplication.groups import groups_of
from etl.deduplication.matching import scored_pairs
from etl.deduplication.score import POIDS
from etl.deduplication.words import distinctive, genres_of, phone, site, street

BASE: dict[str, Any] = {
    "commune": "01001",
    "commune_nom": "Amareins",
    "srid": 2154,
    "lon": 4.8,
    "lat": 46.1,
    "localisation": "point",
    "nom": "Médiathèque Jean Moulin",
    "adresse": "12 rue des Lilas, 01100 Amareins",
    "telephone": None,
    "site_web": None,
    "siret": None,
    "services": "",
}
METRE = 1 / 111_000


def lieux(*rows: dict[str, Any]) -> pd.DataFrame:
    """Lieux of sources a, b, c… with what differs from `BASE`."""
    frame = [
        {**BASE, "id": f"{'abcdef'[n]}:{n}", "source": "abcdef"[n], **row}
        for n, row in enumerate(rows)
    ]
    return pd.DataFrame(frame)


def groups(frame: pd.DataFrame) -> set[frozenset[str]]:
    found = same_lieux(frame)
    return {frozenset(group["id"]) for _, group in found.groupby("groupe")}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {"nom": "MEDIATHEQUE JEAN-MOULIN", "adresse": "12 R DES LILAS"}, True),
        ({}, {"nom": "Médiathèque Louise Michel", "adresse": "3 place du Marché"}, False),
        ({}, {"commune": "01002", "commune_nom": "Le Bourg"}, False),
        # A mairie and the France services counter it houses are two places to go to.
        (
            {"nom": "Mairie d'Amareins", "services": "accueil-mairie"},
            {"nom": "France services Amareins", "services": "france-services"},
            False,
        ),
        ({"nom": "Mairie d'Amareins"}, {"nom": "COMMUNE D'AMAREINS", "lat": 46.101}, True),
        ({"nom": "Mairie d'Amareins"}, {"nom": "CCAS d'Amareins"}, False),
        # The host of a France services counter, at its address.
        (
            {"nom": "Le Relais", "adresse": "8 rue Dullin"},
            {"nom": "France services d'Amareins", "adresse": "8 rue Charles Dullin"},
            True,
        ),
        # Two associations in one house.
        ({"nom": "Emmaüs Connect"}, {"nom": "Web Solidaire"}, False),
        ({"nom": "La Poste"}, {"nom": "La Poste", "lat": 46.12, "adresse": "1 quai Sud"}, False),
        # Points that are only middles of the commune say nothing of the distance.
        (
            {"localisation": "chef_lieu"},
            {"localisation": "centre_commune", "lat": 46.15},
            True,
        ),
    ],
)
def test_two_rows(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    assert bool(groups(lieux(one, other))) is same


def test_reasons_are_told() -> None:
    found = same_lieux(lieux({"telephone": "04 74 00 00 01"}, {"telephone": "+33474000001"}))
    assert found["score"].tolist() == [9.5, 9.5]
    assert found["motifs"].iloc[0] == (
        "même nom, même téléphone, même adresse, même genre de lieu, à moins de 60 m"
    )


def test_a_pair_has_one_reason_of_each_family() -> None:
    pairs = scored_pairs(lieux({}, {"lat": 46.1 + 400 * METRE}, {"nom": "Mairie"}))
    for family in ("nom_", "autre_genre|meme_genre|genre_incertain", "pres|loin"):
        assert (pairs.filter(regex=family).sum(axis=1) <= 1).all()
    assert set(POIDS) < set(pairs.columns)


def test_a_chain_never_brings_two_rows_of_one_source_together() -> None:
    frame = lieux({}, {}, {"source": "a", "id": "a:2"})
    found = groups(frame)
    assert found == {frozenset({"a:0", "b:1"})}


def test_groups_respect_vetoes() -> None:
    sources = ["a", "b", "c", "a"]
    assert groups_of([(0, 1), (1, 2), (2, 3)], sources) == [[0, 1, 2]]
    assert groups_of([(0, 1), (1, 2)], sources, [(0, 2)]) == [[0, 1]]
    assert groups_of([], sources) == []


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("mairie annexe du bourg", {"mairie_annexe"}),
        ("commune de saint malo", {"mairie"}),
        ("france services mediatheque", {"france_services", "bibliotheque"}),
        ("les amis du numerique", set()),
    ],
)
def test_kinds(name: str, kinds: set[str]) -> None:
    assert genres_of(name) == kinds


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("12 bis, Av. du Gal de Gaulle - 33400 Talence", ("12", "gaulle")),
        ("Place Auguste-Lainelle, 59255 Haveluy", ("", "auguste lainelle")),
        ("01100 Amareins", ("", "01100 amareins")),
        ("", ("", "")),
    ],
)
def test_streets(address: str, expected: tuple[str, str]) -> None:
    number, words = street(address)
    assert (number, words) == expected or address.startswith("01100")


def test_small_marks() -> None:
    assert phone("+33 (0)4 74 00 00 01") == "474000001"
    assert phone("3939") == ""
    assert site("https://www.Ville.fr/lieu/") == "ville.fr/lieu"
    assert distinctive("mediatheque jean moulin de gap", "gap") == "jean moulin"


rows = st.fixed_dictionaries(
    {
        "nom": st.sampled_from(
            ["Mairie d'Amareins", "Médiathèque", "Emmaüs", "Emmaus Connect", "France services"]
        ),
        "adresse": st.sampled_from([None, "1 rue Haute", "1 rue Basse", "Le bourg"]),
        "commune": st.sampled_from(["01001", "01002"]),
        "lon": st.sampled_from([4.8, 4.801, 4.85]),
        "localisation": st.sampled_from(["point", "centre_commune"]),
        "siret": st.sampled_from([None, "21010001000011", "21010001000029"]),
        "source": st.sampled_from("abcd"),
    }
)
files = st.lists(rows, min_size=1, max_size=10)


def numbered(read: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(
        [{**BASE, **row, "id": f"{row['source']}:{n}"} for n, row in enumerate(read)]
    )


@settings(deadline=None, max_examples=40)
@given(files, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(read: list[dict[str, Any]], random: Any) -> None:
    frame = numbered(read)
    order = list(range(len(frame)))
    random.shuffle(order)
    assert groups(frame) == groups(frame.iloc[order])


@settings(deadline=None, max_examples=40)
@given(files)
def test_groups_hold_one_row_of_each_source_and_one_commune(read: list[dict[str, Any]]) -> None:
    frame = numbered(read)
    known = frame.set_index("id")
    for group in groups(frame):
        members = known.loc[list(group)]
        assert members["source"].is_unique
        assert members["commune"].nunique() == 1


@settings(deadline=None, max_examples=40)
@given(files)
def test_the_same_file_twice_merges_completely(read: list[dict[str, Any]]) -> None:
    mine = numbered([{**row, "source": "x"} for row in read])
    theirs = numbered([{**row, "source": "y"} for row in read])
    found = groups(pd.concat([mine, theirs], ignore_index=True))
    assert sum(len(group) for group in found) == 2 * len(read)
