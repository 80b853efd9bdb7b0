"""Rows through their mapping: what becomes of each."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import EtlError
from etl.formats import RawPart
from etl.formats.base import REFUSED, REPAIRED
from etl.identifiers import LONGEST_ROW_ID
from etl.mapping import model
from etl.mapping.apply import Applied
from etl.mapping.fields import Binding
from tests.etl import small_atlas
from tests.etl.mapping.files import (
    COLUMNS,
    MAPPING,
    check_account,
    parts,
    place,
    read,
    reasons,
    write,
)
from tests.etl.small_atlas import SQUARES

CONTEXT = small_atlas.context()


def test_a_place_with_everything(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        place(
            "7",
            adresse="1 rue de la Poste",
            cp="1000",
            ville="Amareins",
            lat="46,05",
            siret="227 400 017 00074",
            tel="+33450331234",
            web="www.amareins.fr",
            type="EPN",
            places="12",
            maj="15/03/2021",
            horaires="Mo-Fr 09:00-12:00",
            services="accéder à une connexion Internet;Imprimante 3D",
        ),
    )
    lieu = reading.lieux.iloc[0]
    assert lieu["id"] == "essai:7"
    assert lieu["adresse"] == "1 rue de la Poste, 01000 Amareins"
    assert (lieu["siret"], lieu["typologie"], lieu["capacite"]) == ("22740001700074", "EPN", 12.0)
    assert (lieu["telephone"], lieu["site_web"]) == ("04 50 33 12 34", "http://www.amareins.fr")
    assert lieu["date_maj"] == dt.date(2021, 3, 15)
    assert lieu["horaires"].replace("\u00a0", " ") == "Lundi au vendredi : 9 h – 12 h"
    assert (lieu["geom"].x, lieu["geom"].y, lieu["commune"]) == (5.05, 46.05, "01001")
    assert reading.lieux_services.to_numpy().tolist() == [
        ["essai:7", "espace-public-numerique"],
        ["essai:7", "fablab"],
    ]
    assert reasons(reading) == {
        1: ["adresse_web_corrigee", "nombre_corrige", "siret_corrige", "zero_perdu"]
    }
    assert reading.lignes_reparees == 1


def test_rows_are_refused_with_their_reason(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        place("1"),
        place("1"),
        place(""),
        place("2", etat="Ferme"),
        place("3", services="Accueil"),
        place("4", services=""),
        place("5", services="Danse"),
        place("6", insee="98800", lat="-22.2", lon="166.4"),
        place("7" * (LONGEST_ROW_ID + 1)),
    )
    assert reasons(reading) == {
        2: ["identifiant_double"],
        3: ["identifiant_absent"],
        4: ["ligne_exclue"],
        5: ["sans_service"],
        6: ["sans_service"],
        7: ["sans_service", "valeur_hors_vocabulaire"],
        8: ["point_hors_territoire"],
        9: ["identifiant_trop_long"],
    }
    assert reading.lignes_chargees == 1
    check_account([reading], 9)


def test_unknown_values_are_told_and_the_others_kept(tmp_path: Path) -> None:
    glued = (
        "Prendre en main un ordinateur Devenir autonome dans les démarches administratives "
        "Accéder à du matérie"
    )
    reading = read(tmp_path, place("1", services="Imprimante 3D;Danse"), place("2", services=glued))
    assert reading.lieux_services["service"].tolist() == [
        "fablab",
        "aide-demarches-numeriques",
        "ateliers-initiation-numerique",
    ]
    said = reading.signalements
    assert said["motif"].tolist() == ["valeur_hors_vocabulaire"] * 2
    assert said["valeur"].tolist() == ["Danse", "acceder a du materie"]


def test_default_services_keep_a_row(tmp_path: Path) -> None:
    mapping = MAPPING.replace("[[filtres]]", "[services]\ndefaut = 'wifi-public'\n[[filtres]]")
    reading = read(tmp_path, place("1", services=""), place("2"), mapping=mapping)
    assert reading.lieux_services.to_numpy().tolist() == [
        ["essai:2", "fablab"],
        ["essai:1", "wifi-public"],
    ]


def test_swapped_axes_and_names_of_people(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        place("1", lat="5.05", lon="46.05"),
        place("2", nom="Mme Martin", adresse="2 rue Basse, chez M. Paul Durand"),
        place("3", horaires="Lundi 9h-12h, demander à jeanne@exemple.fr"),
    )
    assert reading.lieux["localisation"].tolist() == ["point"] * 3
    assert reading.lieux["nom"].tolist()[1] == "Lieu"
    assert reading.lieux["adresse"].tolist()[1] == "2 rue Basse"
    assert reasons(reading) == {
        1: ["axes_inverses"],
        2: ["donnee_personnelle", "donnee_personnelle", "nom_absent"],
    }
    everything = reading.lieux.to_csv() + reading.signalements.to_csv()
    for name in ("Martin", "Durand", "jeanne"):
        assert name not in everything


def test_personal_columns_never_reach_the_atlas(tmp_path: Path) -> None:
    rows = [place("1") | {"courriel": "jeanne@exemple.fr", "contact": "Jeanne Durand"}]
    reading = read(tmp_path, *rows)
    assert "eanne" not in reading.lieux.to_csv() + reading.signalements.to_csv()
    with pytest.raises(EtlError, match="n'est jamais lue"):
        read(tmp_path, *rows, mapping=MAPPING.replace('"tel"', '"contact"'))


def test_a_file_without_identifiers_gets_some(tmp_path: Path) -> None:
    mapping = MAPPING.replace('identifiant = "id"\n', "")
    rows = [place("1"), place("2"), place("3", nom="Fablab")]
    first, again = (read(tmp_path, *rows, mapping=mapping) for _ in range(2))
    assert first.lieux["id"].tolist() == again.lieux["id"].tolist()
    assert first.lieux["id"].str.fullmatch("essai:[0-9a-f]{12}").all()
    assert reasons(first) == {2: ["doublon"]}


def test_identifiers_are_known_across_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [place(str(number % 5)) for number in range(9)]
    path = write(tmp_path, rows)
    opened = __import__("etl.mapping.reader", fromlist=["open_table"]).open_table(path)
    monkeypatch.setattr(type(opened), "parts", lambda table: table.read(2))
    readings = parts(path, small_atlas.context(), exhaustive=["fablab"])
    assert len(readings) == 5
    assert max(len(reading.lieux) for reading in readings) == 2
    said = check_account(readings, 9)
    assert said["ligne"].tolist() == [6, 7, 8, 9]
    assert set(said["motif"]) == {"identifiant_double"}
    # The communes an exhaustive source covers are said once.
    assert [len(reading.exhaustivites) for reading in readings] == [len(SQUARES), 0, 0, 0, 0]


def test_missing_columns(tmp_path: Path) -> None:
    path = tmp_path / "lieux.json"
    path.write_text(json.dumps([{"ID": "1", "NOM": "Fablab", "Services": "Imprimante 3D"}]))
    toml = tmp_path / "lieux.toml"
    toml.write_text(MAPPING)
    with pytest.raises(
        EtlError, match=r"n'a pas la ou les colonnes adresse, cp.*Colonnes trouvées"
    ):
        parts(path, CONTEXT)
    toml.write_text('colonnes_absentes = "ignorer"\n' + MAPPING)
    (reading,) = parts(path, CONTEXT)
    assert reasons(reading)[1][0].startswith("sans_loc")
    path.write_text(json.dumps([{"id": "1", "titre": "Fablab"}]))
    with pytest.raises(EtlError, match="n'a pas la ou les colonnes nom"):
        parts(path, CONTEXT)


def test_too_few_rows_stop_the_run(tmp_path: Path) -> None:
    with pytest.raises(EtlError, match="semble incomplète : 1 lignes lues, au moins 10"):
        read(tmp_path, place("1"), lignes_minimum=10)


def test_services_the_referentiel_lacks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EtlError, match=r"services inconnus du référentiel .* : impression"):
        read(tmp_path, place("1"), mapping=MAPPING.replace('"fablab"', '"impression"'))
    with pytest.raises(EtlError, match="n'a pas de vocabulaire « absent »"):
        read(tmp_path, place("1"), mapping=MAPPING.replace("mediation-numerique", "absent"))


# --- points in one column, boolean columns ------------------------------------------------------

POINTS = """
titre = "Points"
axes = "latitude-longitude"
[champs]
nom = "nom"
point = "point"
[[services.tables]]
colonnes = "mediateur"
oui_non = true
[services.tables.valeurs]
oui = "conseiller-numerique"
non = []
[services]
"""


@pytest.mark.parametrize(
    "point",
    [
        "46.05, 5.05",
        "46,05 ; 5,05",
        "[46.05,5.05]",
        "POINT (5.05 46.05)",
        "5.05,46.05",
        "46.05 5.05",
    ],
)
def test_points_in_one_column(tmp_path: Path, point: str) -> None:
    mapping = POINTS.replace("[services]\n", "").replace(
        'colonnes = "mediateur"', 'colonnes = "ok"'
    )
    rows = [{"nom": "Fablab", "point": point, "ok": "Oui"}]
    path = tmp_path / "lieux.json"
    path.write_text(json.dumps(rows))
    (tmp_path / "lieux.toml").write_text(mapping)
    (reading,) = parts(path, small_atlas.context())
    lieu = reading.lieux.iloc[0]
    assert (round(lieu["geom"].x, 6), round(lieu["geom"].y, 6)) == (5.05, 46.05)
    assert reading.lieux_services["service"].tolist() == ["conseiller-numerique"]


# --- services tied to structures -----------------------------------------------------------------

TIED = """
titre = "Services"
colonnes_absentes = "ignorer"
rattachement = ["source", "structure"]
[champs]
identifiant = "id"
nom = "nom"
code_insee = "insee"
[[services.tables]]
colonnes = "services"
vocabulaire = "mediation-numerique"
[services.tables.valeurs]
"Imprimante 3D" = "fablab"
"""


def test_services_go_to_the_lieu_of_their_structure(tmp_path: Path) -> None:
    context = small_atlas.context()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    structures = write(tmp_path / "a", [place("dora:1"), place("dora:2")])
    parts(structures, context, id="structures")
    rows = [
        {"id": "s1", "structure": "1", "services": "Créer avec le numérique"},
        {"id": "s2", "structure": "1", "services": "Imprimante 3D"},
        {"id": "s3", "structure": "9", "services": "Imprimante 3D"},
        {"id": "s4", "structure": "8", "services": "Imprimante 3D", "insee": "01002"},
        {"id": "s5", "structure": "8", "services": "Créer avec le numérique", "insee": "01002"},
        {"id": "s6", "structure": "7", "services": "Danse"},
        {"id": "s7", "structure": "7" * LONGEST_ROW_ID, "services": "Imprimante 3D"},
    ]
    path = write(tmp_path / "b", [{"source": "dora", "nom": "S", **row} for row in rows], TIED)
    (reading,) = parts(path, context, id="services", rattachement="structures")
    assert reading.lieux["id"].tolist() == ["services:dora:8"]
    assert sorted(reading.lieux_services.to_numpy().tolist()) == [
        ["services:dora:8", "creation-numerique"],
        ["services:dora:8", "fablab"],
        # « fablab » was given to it already, by the structures themselves.
        ["structures:dora:1", "creation-numerique"],
    ]
    assert reasons(reading) == {
        3: ["structure_absente"],
        4: ["point_absent"],
        6: ["sans_service", "valeur_hors_vocabulaire"],
        7: ["identifiant_trop_long"],
    }
    check_account([reading], 7)
    with pytest.raises(EtlError, match="n'est pas lue avant elle"):
        parts(path, small_atlas.context(), id="services", rattachement="structures")


# --- any row --------------------------------------------------------------------------------------

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=14),
    st.sampled_from(
        ["", "01001", "1001", "98800", "46.05", "5,05", "nan", "1e400", "#REF!", "null", "0",
         "Imprimante 3D", "Imprimante 3D;Danse", "Mo-Fr 09:00-12:00", "31/02/2021", "fermé",
         "22740001700074", "0556678066", "www.a.fr", "[1, 2]", "{phrase} {valeur}", "01990"]
    ),
)  # fmt: skip
rows = st.lists(st.dictionaries(st.sampled_from(COLUMNS), texts), max_size=8)


def raw(values: list[dict[str, str]], **lost: Any) -> RawPart:
    frame = pd.DataFrame(
        [[row.get(name, "") for name in COLUMNS] for row in values], columns=COLUMNS, dtype="str"
    )
    return RawPart(
        frame,
        np.arange(1, len(values) + 1, dtype="int64"),
        pd.DataFrame(lost.get("refused", []), columns=list(REFUSED)),
        pd.DataFrame([], columns=list(REPAIRED)),
    )


@settings(max_examples=40)
@given(rows)
def test_any_row_is_loaded_or_refused(values: list[dict[str, str]]) -> None:
    mapping = model.parse(MAPPING, "essai.toml")
    source = small_atlas.source("correspondance", id="essai")
    applied = Applied(Binding.of(mapping, COLUMNS, "Le fichier"), source, CONTEXT)
    lost = [(99, "valeurs_en_trop_ou_manquantes", "Trop de {valeurs}.", None)]
    reading = applied.read(raw(values, refused=lost))
    check_account([reading], len(values) + 1)
    assert len(reading.lieux) == reading.lignes_chargees
    assert set(reading.lieux["commune"]) <= set(SQUARES)
    assert set(reading.lieux_services["lieu"]) == set(reading.lieux["id"])
