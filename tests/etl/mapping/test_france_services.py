"""France services, read by a standard: rows by hand, and the real list against pandas."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.config import AtlasConfig
from etl.errors import EtlError
from etl.mapping import library
from etl.mapping.reader import read as read_parts
from etl.readers import Context, Reading
from tests.etl.small_atlas import SQUARES, context, csv_text, source
from tests.support import ROOT

CONTEXT = context()
COLUMNS = (*library.by_name("france-services").columns(), "commentaire", "type_fs")


def place(identifier: str, **values: str) -> dict[str, str]:
    return {
        "id_fs": identifier,
        "lib_fs": "France services d'Amareins",
        "adresse": "1 rue de la Poste",
        "insee_com": "01001",
        "code_postal": "01000",
        "lib_com": "Amareins",
        "latitude": "46.05",
        "longitude": "5.05",
        "prise_rdv": "Non",
        **values,
    }


def read(folder: Path, *rows: dict[str, str], **config: object) -> Reading:
    path = folder / "fs.csv"
    path.write_text(csv_text(COLUMNS, rows), encoding="utf-8")
    settings = {
        "id": "france-services",
        "correspondance": "france-services",
        "exhaustive": ["france-services"],
        **config,
    }
    (reading,) = read_parts(path, source("correspondance", **settings), CONTEXT)
    return reading


def test_a_place(tmp_path: Path) -> None:
    morning = "09:00 - 12:00"
    reading = read(
        tmp_path,
        place(
            "12",
            complement_adresse="Bureau de Poste",
            h_lundi=morning,
            h_mardi=f"00:00 - 00:00 / {morning}",
            h_jeudi=f"{morning} / 14:00 - 17:30",
            h_vendredi="00:00 - 00:00",
            prise_rdv="Oui",
        ),
    )
    lieu = reading.lieux.iloc[0]
    assert lieu["id"] == "france-services:12"
    assert lieu["nom"] == "France services d'Amareins"
    assert lieu["adresse"] == "Bureau de Poste, 1 rue de la Poste, 01000 Amareins"
    assert lieu["horaires"].replace("\u00a0", " ") == (
        "Lundi et mardi : 9 h – 12 h ; jeudi : 9 h – 12 h, 14 h – 17 h 30 ; rendez-vous possible"
    )
    assert (lieu["commune"], lieu["localisation"]) == ("01001", "point")
    assert (lieu["geom"].x, lieu["geom"].y) == (5.05, 46.05)
    assert reading.lieux_services.to_dict("records") == [
        {"lieu": "france-services:12", "service": "france-services"}
    ]
    assert reading.signalements.empty


def test_the_list_covers_every_commune(tmp_path: Path) -> None:
    reading = read(tmp_path, place("1"))
    assert reading.exhaustivites.to_numpy().tolist() == [
        ["france-services", code] for code in sorted(SQUARES)
    ]
    assert read(tmp_path, place("1"), exhaustive=[]).exhaustivites.empty


def test_comments_are_not_read(tmp_path: Path) -> None:
    reading = read(tmp_path, place("1", commentaire="Écrire à jean.dupont@exemple.fr"))
    assert "dupont" not in reading.lieux.to_csv()


def test_rows_are_refused_with_their_reason(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        place("1"),
        place("1"),
        place(""),
        place("2", insee_com="", latitude="", longitude="", code_postal="", lib_com=""),
        place("3", insee_com="98800", lib_com="Nouméa", latitude="-22.2", longitude="166.4"),
        place("4", insee_com="98800", lib_com="Nouméa", latitude="", longitude=""),
    )
    said = reading.signalements
    refused = said[said["gravite"] == "rejet"].sort_values("ligne")
    assert refused["ligne"].tolist() == [2, 3, 4, 5, 6]
    assert refused["motif"].tolist() == [
        "identifiant_double",
        "identifiant_absent",
        "sans_localisation",
        "point_hors_territoire",
        "commune_inconnue",
    ]
    assert (reading.lignes_lues, reading.lignes_chargees, reading.lignes_rejetees) == (6, 1, 5)


def test_unreadable_hours_and_coordinates_are_told(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        place("1", h_lundi="le matin"),
        place("2", latitude="46° nord"),
        place("3", lib_fs="", latitude="95"),
    )
    assert reading.lignes_chargees == 3
    said = reading.signalements[["ligne", "motif"]].to_numpy().tolist()
    assert sorted(map(tuple, said)) == [
        (1, "horaires_illisibles"),
        (2, "point_absent"),
        (2, "point_invalide"),
        (3, "point_absent"),
        (3, "point_invalide"),
    ]
    assert reading.lieux["nom"].tolist()[2] == "France services"
    assert reading.lieux["horaires"].isna().all()


# A file full of control characters is no text: recognising it refuses it whole (etl/formats).
anything = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    st.sampled_from(["01001", "01009", "1001", "", "0", "46.05", "1e400", "nan", "-inf"]),
)
rows = st.dictionaries(st.sampled_from(COLUMNS), anything)


@settings(deadline=None, max_examples=60)
@given(st.lists(rows, min_size=1, max_size=8))
def test_every_row_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("fs")
    given_rows = [place(str(i)) | row for i, row in enumerate(values)]
    reading = read(folder, *given_rows)
    assert reading.lignes_lues == len(given_rows)
    assert len(reading.lieux) == reading.lignes_chargees
    said = reading.signalements
    refused = said.loc[said["gravite"] == "rejet", "ligne"]
    assert refused.is_unique
    assert len(refused) == reading.lignes_rejetees == len(given_rows) - len(reading.lieux)
    assert set(reading.lieux["commune"]) <= set(SQUARES)


# --- the real list -----------------------------------------------------------------------------


@pytest.mark.national
def test_the_real_list_against_pandas(shared_data: Path, national_context: Context) -> None:
    config = AtlasConfig.load(ROOT / "atlas.toml").source("france-services")
    path = shared_data / str(config.fichier)
    raw = pd.read_csv(path, dtype="str", keep_default_na=False)
    (reading,) = read_parts(path, config, national_context)
    assert reading.lignes_lues == len(raw) == 2_845
    overseas = raw["insee_com"].str.match(r"97[578]|98")
    assert reading.lignes_rejetees == overseas.sum()
    assert set(reading.lieux["id"]) == set("france-services:" + raw.loc[~overseas, "id_fs"])
    codes = set(national_context.communes.codes)
    old = raw[~raw["insee_com"].isin(codes) & ~overseas]
    assert reading.lignes_reparees == len(old)
    today = raw[raw["insee_com"].isin(codes)]
    by_commune = reading.lieux.groupby("commune").size()
    expected = today.groupby("insee_com").size()
    unmoved = expected.index.difference(["75056", "13055", "69123", "49126", "93066"])
    assert (by_commune.loc[unmoved] >= expected.loc[unmoved]).all()
    assert by_commune.sum() == expected.sum() + len(old)
    assert len(reading.exhaustivites) == 34_875


@pytest.mark.national
def test_half_the_real_list_is_refused(
    shared_data: Path, national_context: Context, tmp_path: Path
) -> None:
    config = AtlasConfig.load(ROOT / "atlas.toml").source("france-services")
    content = (shared_data / str(config.fichier)).read_bytes()
    half = tmp_path / "moitie.csv"
    half.write_bytes(content[: len(content) // 2])
    with pytest.raises(EtlError, match="semble incomplète"):
        list(read_parts(half, config, national_context))
    raw = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False)
    raw.iloc[: len(raw) // 2].to_csv(half, index=False)
    with pytest.raises(EtlError, match="semble incomplète"):
        list(read_parts(half, config, national_context))
