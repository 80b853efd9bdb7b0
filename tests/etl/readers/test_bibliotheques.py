"""Public libraries: rows by hand, and the real list against pandas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.config import AtlasConfig
from etl.readers import Context, Reading, bibliotheques
from tests.etl.small_atlas import SQUARES, context, csv_text, source
from tests.support import ROOT

CONTEXT = context()
COLUMNS = (*bibliotheques._COLUMNS, "Libelle2", "Localisation")
CENTRE = "46.06, 5.06"


def library(code: str, **values: str) -> dict[str, str]:
    return {
        "code_bib": f"{code}.0",
        "Libelle1": f"Médiathèque {code}",
        "voie": "2 rue des Livres",
        "CP": "01000",
        "Ville": "Amareins",
        "INSEE": "01001",
        "coordonnees_ban": "46.05, 5.05",
        "coordonnees_insee": CENTRE,
        "coordonnees_finales": "46.05,5.05",
        "type_adresse": "Bibliothèque ouverte au public",
        **values,
    }


def read(folder: Path, *rows: dict[str, str]) -> Reading:
    path = folder / "b.csv"
    path.write_text(csv_text(COLUMNS, rows), encoding="utf-8")
    return bibliotheques.read(path, source("bibliotheques"), CONTEXT)


def test_a_library(tmp_path: Path) -> None:
    reading = read(tmp_path, library("8724", amplitude_horaire="13.5"))
    lieu = reading.lieux.iloc[0]
    assert lieu["id"] == "bibliotheques:8724"
    assert lieu["nom"] == "Médiathèque 8724"
    assert lieu["adresse"] == "2 rue des Livres, 01000 Amareins"
    assert lieu["horaires"].replace("\u00a0", " ") == "13 h 30 par semaine"
    assert lieu["geom"] == shapely.Point(5.05, 46.05)
    assert reading.lieux_services["service"].tolist() == ["bibliotheque-publique"]
    assert reading.exhaustivites.empty


def test_the_centre_of_the_commune_is_no_precise_point(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        library("1", coordonnees_ban="", coordonnees_finales="46.06,5.06"),
        library("2", coordonnees_finales=""),
        library("3", coordonnees_ban="", coordonnees_insee="", coordonnees_finales=""),
        library("4", coordonnees_ban="", coordonnees_finales=""),
        library("5", coordonnees_finales="rue"),
    )
    lieux = reading.lieux.set_index("id")
    assert lieux["localisation"].tolist() == [
        "centre_commune",
        "point",
        "centre_commune",
        "centre_commune",
        "point",
    ]
    assert lieux.loc["bibliotheques:1", "geom"] == shapely.Point(5.06, 46.06)
    assert lieux.loc["bibliotheques:4", "geom"] == shapely.Point(5.06, 46.06)
    assert lieux.loc["bibliotheques:3", "geom"].equals_exact(shapely.Point(5.05, 46.05), 1e-9)
    assert "point_invalide" in set(reading.signalements["motif"])


def test_offices_twins_and_unknown_communes_are_refused(tmp_path: Path) -> None:
    nowhere = {"coordonnees_ban": "", "coordonnees_insee": "", "coordonnees_finales": ""}
    reading = read(
        tmp_path,
        library("1", Libelle1="Médiathèque"),
        library("2", Libelle1="MEDIATHEQUE"),
        library("3", type_adresse="Adresse administrative"),
        library("4", INSEE="98802", Ville="Bourail", **nowhere),
        library("5", Libelle1="Médiathèque", voie="3 rue des Livres"),
        library("6", Libelle1="Point lecture", voie="", **nowhere),
        library("7", Libelle1="Point lecture", voie="", **nowhere),
    )
    said = reading.signalements
    refused = said[said["gravite"] == "rejet"]
    assert dict(zip(refused["ligne"], refused["motif"], strict=True)) == {
        2: "doublon",
        3: "hors_du_public",
        4: "commune_inconnue",
    }
    assert len(reading.lieux) == 4


def test_arrondissements_and_old_codes_go_to_their_commune(tmp_path: Path) -> None:
    paris = {"coordonnees_ban": "", "coordonnees_finales": "48.85,2.35"}
    reading = read(tmp_path, library("1", INSEE="75101", **paris), library("2", INSEE="01010"))
    assert reading.lieux["commune"].tolist() == ["75056", "01001"]
    assert reading.lignes_reparees == 2


def test_people_are_dropped_at_the_door(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        library(
            "1",
            Libelle1="Domicile de Mme DURAND",
            Libelle2="M. DURAND",
            Localisation="C/O ANNIE DURAND",
            voie="1 rue Haute durand@exemple.fr",
        ),
    )
    assert reading.lieux["nom"].tolist() == ["Bibliothèque"]
    assert reading.lieux["adresse"].tolist() == ["1 rue Haute, 01000 Amareins"]
    for frame in (reading.lieux, reading.signalements):
        assert "durand" not in frame.to_csv().lower()
    assert set(reading.signalements["motif"]) == {"donnee_personnelle", "nom_absent"}


anything = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["01001", "75101", "1001", "", "46.05, 5.05", "5,5", "48.85,2.35", "a,b"]),
)
rows = st.dictionaries(st.sampled_from(COLUMNS), anything)


@settings(deadline=None, max_examples=60)
@given(st.lists(rows, min_size=1, max_size=8))
def test_every_row_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, str]]
) -> None:
    given_rows = [library(str(i)) | row for i, row in enumerate(values)]
    reading = read(tmp_path_factory.mktemp("b"), *given_rows)
    assert reading.lignes_lues == len(given_rows)
    said = reading.signalements
    refused = said.loc[said["gravite"] == "rejet", "ligne"]
    assert refused.is_unique
    assert len(refused) == reading.lignes_rejetees == len(given_rows) - len(reading.lieux)
    assert set(reading.lieux["commune"]) <= set(SQUARES)
    assert not reading.lieux["geom"].is_empty.any()


# --- the real list -----------------------------------------------------------------------------


@pytest.mark.national
def test_the_real_list_against_pandas(shared_data: Path, national_context: Context) -> None:
    config = AtlasConfig.load(ROOT / "atlas.toml").source("bibliotheques")
    path = shared_data / str(config.fichier)
    raw = pd.read_csv(path, dtype="str", keep_default_na=False)
    reading = bibliotheques.read(path, config, national_context)
    assert reading.lignes_lues == len(raw) == 15_779
    said = reading.signalements
    refused = said[said["gravite"] == "rejet"]
    assert len(refused) == reading.lignes_rejetees < 400
    by_reason = refused.groupby("motif")["ligne"].agg(set)
    offices = raw.index[raw["type_adresse"] == "Adresse administrative"] + 1
    assert by_reason["hors_du_public"] == set(offices)
    away = by_reason["commune_inconnue"] | by_reason["point_hors_territoire"]
    assert set(raw.loc[[i - 1 for i in away], "INSEE"].str[:2]) <= {"97", "98", "69"}
    # A library whose code is still one of today's is in that commune, wherever its point is.
    codes = set(national_context.communes.codes)
    lieux = reading.lieux.assign(code=reading.lieux["id"].str.removeprefix("bibliotheques:"))
    declared = raw.assign(code=raw["code_bib"].str.removesuffix(".0")).set_index("code")["INSEE"]
    joined = lieux.join(declared, on="code")
    current = joined[joined["INSEE"].isin(codes)]
    assert len(current) > 15_000
    assert (current["commune"] == current["INSEE"]).all()
    text = reading.lieux.drop(columns="geom").to_csv()
    assert "CUNIER" not in text
    assert "orange.fr" not in text
    assert reading.exhaustivites.empty
