"""Civic engagement: rows by hand, and the real list against pandas."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.config import AtlasConfig
from etl.readers import Context, Reading, engagement_citoyen
from etl.readers.engagement_citoyen import read_period
from tests.etl.small_atlas import context, csv_text, source
from tests.support import ROOT

CONTEXT = context()
COLUMNS = engagement_citoyen._COLUMNS


def action(identifier: str, **values: str) -> dict[str, str]:
    return {
        "id_engcit": identifier,
        "codgeo": "01001",
        "libgeo": "Amareins",
        "echelon": "commune",
        "dispositif": "PATDE",
        **values,
    }


def read(folder: Path, *rows: dict[str, str], **config: object) -> Reading:
    path = folder / "e.csv"
    path.write_text(csv_text(COLUMNS, rows), encoding="utf-8")
    return engagement_citoyen.read(
        path, source("engagement_citoyen", role="actions", **config), CONTEXT
    )


def test_an_action(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        action(
            "pptde-16",
            dispositif="PPTDE",
            periode="Sep. 2021-Dec.2022",
            ingredients="Démocratie culturelle",
            url="https://exemple.fr/x",
        ),
    )
    row = reading.actions.iloc[0]
    assert row["id"] == "engagement-citoyen:pptde-16"
    assert row["titre"] == "Projet partagé Territoires d'engagement"
    assert row["description"] == "Thème : Démocratie culturelle."
    assert row["url"] == "https://exemple.fr/x"
    assert (row["date_debut"], row["date_fin"]) == (dt.date(2021, 9, 1), dt.date(2022, 12, 31))
    assert (row["porteur_niveau"], row["porteur_code"]) == ("commune", "01001")
    assert reading.actions_services.to_dict("records") == [
        {"action": "engagement-citoyen:pptde-16", "service": "demarche-participative"}
    ]
    assert reading.lieux.empty
    assert reading.exhaustivites.empty
    assert reading.signalements.empty


def test_carriers_of_every_level(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        action("a", codgeo="1009"),
        action("b", codgeo="200000001", echelon="epci"),
        action("c", codgeo="1", echelon="departement"),
        action("d", codgeo="84", echelon="region"),
        action("e", codgeo="4", echelon="region"),
    )
    assert reading.actions[["porteur_niveau", "porteur_code"]].to_numpy().tolist() == [
        ["commune", "01001"],
        ["epci", "200000001"],
        ["departement", "01"],
        ["region", "84"],
        ["region", "04"],
    ]
    said = reading.signalements[["ligne", "motif"]].to_numpy().tolist()
    assert said == [
        [1, "zero_perdu"],
        [1, "code_ancien"],
        [3, "zero_perdu"],
        [5, "zero_perdu"],
    ]
    assert reading.lignes_reparees == 3


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"codgeo": "#Invalid Ref: X", "echelon": "#Invalid Ref: X"}, "reference_invalide"),
        ({"echelon": "quartier"}, "niveau_inconnu"),
        ({"echelon": ""}, "niveau_inconnu"),
        ({"dispositif": "XYZ"}, "vocabulaire_inconnu"),
        ({"codgeo": "200052801", "echelon": "epci"}, "porteur_inconnu"),
        ({"codgeo": "", "echelon": "epci"}, "porteur_inconnu"),
        ({"codgeo": "99999"}, "porteur_inconnu"),
        ({"codgeo": ""}, "porteur_inconnu"),
        ({"codgeo": "99", "echelon": "departement"}, "porteur_inconnu"),
        ({"id_engcit": ""}, "identifiant_absent"),
    ],
)
def test_rows_are_refused_with_their_reason(
    tmp_path: Path, values: dict[str, str], reason: str
) -> None:
    reading = read(tmp_path, action("a"), action("b") | values)
    assert reading.actions["id"].tolist() == ["engagement-citoyen:a"]
    assert reading.signalements[["ligne", "motif"]].to_numpy().tolist() == [[2, reason]]


def test_unknown_subjects_and_periods_are_told(tmp_path: Path) -> None:
    reading = read(tmp_path, action("a", ingredients="Cuisine", periode="naguère"))
    assert reading.lignes_chargees == 1
    assert reading.signalements["motif"].tolist() == ["theme_inconnu", "periode_illisible"]
    assert reading.actions["date_debut"].tolist() == [None]
    assert reading.actions["description"].tolist() == [None]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2021-2025", dt.date(2021, 1, 1), dt.date(2025, 12, 31)),
        ("Sep. 2022- Dec.2023", dt.date(2022, 9, 1), dt.date(2023, 12, 31)),
        ("juin 2023 - juil. 2023", dt.date(2023, 6, 1), dt.date(2023, 7, 31)),
        ("Févr. 2024-Févr. 2024", dt.date(2024, 2, 1), dt.date(2024, 2, 29)),
        ("Mars 2020-août 2021", dt.date(2020, 3, 1), dt.date(2021, 8, 31)),
    ],
)
def test_periods(text: str, start: dt.date, end: dt.date) -> None:
    assert read_period(text) == (start, end)


@pytest.mark.parametrize("text", ["2021", "2025-2021", "x 2021-2022", "0000-0001", ""])
def test_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"period|month|year"):
        read_period(text)


anything = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["01001", "1", "epci", "region", "AI", "2021-2025", "200000001", ""]),
)
rows = st.dictionaries(st.sampled_from(COLUMNS), anything)


@settings(deadline=None, max_examples=60)
@given(st.lists(rows, min_size=1, max_size=8))
def test_every_row_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, str]]
) -> None:
    given_rows = [action(str(i)) | row for i, row in enumerate(values)]
    reading = read(tmp_path_factory.mktemp("e"), *given_rows)
    assert reading.lignes_lues == len(given_rows)
    said = reading.signalements
    refused = said.loc[said["gravite"] == "rejet", "ligne"]
    assert refused.is_unique
    assert len(refused) == reading.lignes_rejetees == len(given_rows) - len(reading.actions)
    assert set(reading.actions_services["action"]) == set(reading.actions["id"])


@pytest.mark.national
def test_the_real_list_against_pandas(shared_data: Path, national_context: Context) -> None:
    config = AtlasConfig.load(ROOT / "atlas.toml").source("engagement-citoyen")
    path = shared_data / str(config.fichier)
    raw = pd.read_csv(path, dtype="str", keep_default_na=False)
    reading = engagement_citoyen.read(path, config, national_context)
    assert reading.lignes_lues == len(raw) == 230
    groups = raw["libgeo"].str.match(r"PETR|SM |Syndicat")
    broken = raw["codgeo"].str.startswith("#")
    assert reading.lignes_rejetees == (groups | broken).sum() == 13
    loaded = raw[~groups & ~broken]
    by_level = reading.actions.groupby("porteur_niveau").size()
    assert by_level.to_dict() == loaded.groupby("echelon").size().to_dict()
    assert by_level["commune"] == 135
    services = reading.actions_services.groupby("service").size()
    devices = loaded["dispositif"]
    assert services.to_dict() == {
        "appui-participation": devices.isin(["AI", "CCO"]).sum(),
        "demarche-participative": devices.isin(["PATDE", "PPTDE"]).sum(),
    }
    assert reading.actions["date_debut"].notna().sum() == (loaded["periode"] != "").sum()
