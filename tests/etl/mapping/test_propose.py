"""What is proposed for files of no known standard."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from etl.errors import EtlError
from etl.mapping import headers, model
from etl.mapping.check import Outcome, check_file
from etl.mapping.propose import propose
from etl.readers import Context
from tests.etl import small_atlas

CONTEXT = small_atlas.context()


def rows(count: int = 12) -> pd.DataFrame:
    """Places of Amareins, under headers that help little."""
    places = range(count)
    return pd.DataFrame(
        {
            "ref": [f"L{number}" for number in places],
            "Intitulé": [f"Espace {number}" for number in places],
            "A": [str(46.01 + number / 1000) for number in places],
            "B": [str(5.01 + number / 1000) for number in places],
            "C": ["01001", "01002", "1001"] * (count // 3),
            "D": ["22740001700074"] * count,
            "E": ["15/03/2021"] * count,
            "F": ["www.amareins.fr"] * count,
            "G": ["04 50 33 12 34"] * count,
            "H": ["jeanne@exemple.fr"] * count,
            "horaires": ["Mo-Fr 09:00-12:00"] * count,
            "I": ["Accéder à du matériel;Créer avec le numérique", "Créer avec le numérique"]
            * (count // 2),
            "Nom du contact": ["Jeanne"] * count,
        }
    )


def test_values_tell_what_headers_do_not() -> None:
    frame = rows()
    proposal = propose(list(frame.columns), frame, CONTEXT)
    found = {choice.champ: choice.colonnes[0] for choice in proposal.choix}
    assert found == {
        "latitude": "A",
        "longitude": "B",
        "code_insee": "C",
        "siret": "D",
        "date_maj": "E",
        "site_web": "F",
        "telephone": "G",
        "nom": "Intitulé",
    }
    assert proposal.horaires is not None
    assert (proposal.horaires.champ, proposal.horaires.colonnes) == ("osm", ("horaires",))
    assert [(guess.colonne, guess.vocabulaire) for guess in proposal.services] == [
        ("I", "mediation-numerique")
    ]
    assert set(proposal.personnelles) == {"H", "Nom du contact"}
    assert all(0 < choice.confiance <= 100 and choice.raison for choice in proposal.choix)


def test_headers_are_denied_by_values() -> None:
    frame = rows().rename(columns={"A": "Coord. X", "B": "Coord. Y", "ref": "SIRET de la ligne"})
    proposal = propose(list(frame.columns), frame, CONTEXT)
    found = {choice.champ: choice for choice in proposal.choix}
    assert found["latitude"].colonnes == ("Coord. X",)
    assert "et non dans l'ordre que les en-têtes laissent penser" in found["latitude"].raison
    assert found["siret"].colonnes == ("D",)


def test_a_point_in_one_column_and_days() -> None:
    frame = pd.DataFrame(
        {
            "nom": ["A", "B", "C"],
            "position": ["5.05,46.05", "5.15,46.05", "5.25,46.05"],
            "mardi après-midi": ["14h-17h"] * 3,
            "Lundi matin": ["9h-12h", "-", "9h-12h"],
            "mardi matin": ["9h-12h"] * 3,
            "jeudi": ["9h-12h"] * 3,
        }
    )
    proposal = propose(list(frame.columns), frame, CONTEXT)
    assert proposal.axes == "longitude-latitude"
    assert [choice.champ for choice in proposal.choix] == ["point", "nom"]
    assert proposal.jours == {
        "lundi": ["Lundi matin"],
        "mardi": ["mardi matin", "mardi après-midi"],
        "jeudi": ["jeudi"],
    }


@pytest.mark.parametrize(
    ("header", "champ", "least"),
    [
        ("Code_INSEE", "code_insee", 0.9),
        ("codePostal", "code_postal", 0.9),
        ("Adresse du lieu", "adresse", 0.6),
        ("telephonne", "telephone", 0.5),
        ("Lon", "longitude", 0.9),
        ("bfc_id", "identifiant", 0.6),
    ],
)
def test_headers(header: str, champ: str, least: float) -> None:
    assert headers.header_score(header, champ) >= least
    assert headers.header_score("description", champ) == 0


def write(folder: Path, frame: pd.DataFrame) -> Path:
    path = folder / "lieux.json"
    path.write_text(json.dumps(frame.to_dict("records")), encoding="utf-8")
    return path


def test_what_is_written_is_what_is_used(tmp_path: Path) -> None:
    outcome = check_file(write(tmp_path, rows()), small_atlas.context())
    assert (outcome.lues, outcome.chargees, outcome.rejetees) == (12, 12, 0)
    assert model.parse(outcome.toml, "écrite") == outcome.mapping
    assert len(outcome.lieux) == 5
    assert outcome.lieux.iloc[0]["services"] == "espace-public-numerique, creation-numerique"
    assert "# Jamais lue" in outcome.toml
    assert "eanne@" not in outcome.toml


def test_strange_headers_make_a_right_toml(tmp_path: Path) -> None:
    frame = rows().rename(columns={"Intitulé": 'Nom "usuel" \\ du\nlieu', "A": "# lat"})
    outcome = check_file(write(tmp_path, frame), small_atlas.context())
    assert outcome.chargees == 12


def test_without_services_nothing_is_invented(tmp_path: Path) -> None:
    path = write(tmp_path, rows().drop(columns="I"))
    outcome = check_file(path, small_atlas.context())
    assert outcome.mapping is None
    assert outcome.chargees == 0
    given = check_file(path, small_atlas.context(), services=["fablab"])
    assert given.chargees == 12
    with pytest.raises(EtlError, match="services inconnus"):
        check_file(path, small_atlas.context(), services=["imprimerie"])


def gironde(shared_data: Path, context: Context, **settings: str) -> Outcome:
    return check_file(shared_data / "lieux" / "mednum-gironde.json", context, **settings)


@pytest.mark.national
def test_gironde_proposed_then_loaded(
    shared_data: Path, national_context: Context, tmp_path: Path
) -> None:
    outcome = gironde(shared_data, national_context)
    assert outcome.proposal is not None
    found = {choice.champ: choice.colonnes[0] for choice in outcome.proposal.choix}
    assert found == {
        "latitude": "Coord. X",
        "longitude": "Coord. Y",
        "date_maj": "Dernière MAJ",
        "site_web": "Site internet",
        "telephone": "Téléphone",
        "commune": "Commune",
        "adresse": "Adresse postale",
        "nom": "Lieu",
        "typologie": "Type Structure",
    }
    services = outcome.proposal.services[0]
    assert (services.colonne, services.separateurs) == ("services", [" / "])
    assert services.valeurs == {
        "Accès à Internet en autonomie": "espace-public-numerique",
        "Etre accompagné dans ses démarches administratives": "aide-demarches-numeriques",
        "Etre initié aux outils numériques": "ateliers-initiation-numerique",
        "Pratiquer des activités récréatives numériques": "",
    }
    assert (outcome.lues, outcome.chargees + outcome.rejetees) == (347, 347)
    assert outcome.chargees >= 300
    written = tmp_path / "gironde.toml"
    written.write_text(outcome.toml, encoding="utf-8")
    again = gironde(shared_data, national_context, correspondance=str(written))
    assert (again.chargees, again.motifs) == (outcome.chargees, outcome.motifs)
